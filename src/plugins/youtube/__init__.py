"""YouTube: what its links tell. Its ids hold no time, and it rounds the subscriber counts it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs

from ..hookspecs import hookimpl
from ..network import Network, PostLink, link_of

_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")


class YouTube(Network):
    def read_link(self, url: str) -> PostLink:
        parts = link_of(url, "youtube.com", "youtu.be", "youtube-nocookie.com")
        if parts is None:
            return PostLink()
        steps = [step for step in parts.path.split("/") if step]
        if parts.hostname in {"youtu.be", "www.youtu.be"}:
            return PostLink(_video(steps[0]) if steps else None)
        if steps[:1] == ["watch"]:
            return PostLink(_video(parse_qs(parts.query, max_num_fields=32).get("v", [""])[0]))
        if len(steps) > 1 and steps[0] in {"shorts", "live", "embed", "v"}:
            return PostLink(_video(steps[1]))
        return PostLink(None, steps[0][1:].lower() if steps and steps[0].startswith("@") else None)


def _video(text: str) -> str | None:
    return text if _VIDEO.fullmatch(text) else None


@hookimpl
def analisa_networks() -> Iterable[Network]:
    return [YouTube(name="youtube", title="YouTube", engagement_base="views", follower_digits=3)]
