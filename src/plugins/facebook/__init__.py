"""Facebook: what its links tell. Its ids hold no time."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

from ..hookspecs import hookimpl
from ..network import Network, PostLink, digits, link_of

_POST_STEPS = {"posts", "videos", "photos", "reel", "permalink"}


class Facebook(Network):
    def read_link(self, url: str) -> PostLink:
        parts = link_of(url, "facebook.com", "fb.watch")
        if parts is None:
            return PostLink()
        query = parse_qs(parts.query, max_num_fields=32)
        for name in ("story_fbid", "fbid", "v"):
            if name in query:
                return PostLink(query[name][0] if _is_post(query[name][0]) else None)
        steps = [step for step in parts.path.split("/") if step]
        for place, step in enumerate(steps[:-1]):
            if step in _POST_STEPS and place <= 1:
                author = steps[0].lower() if place == 1 else None
                return PostLink(steps[-1] if _is_post(steps[-1]) else None, author)
        return PostLink(None, steps[0].lower() if len(steps) == 1 and not steps[0].endswith(".php") else None)


def _is_post(text: str) -> bool:
    return digits(text) is not None or text.startswith("pfbid")


@hookimpl
def analisa_networks() -> Iterable[Network]:
    return [Facebook(name="facebook", title="Facebook")]
