"""TikTok: what its ids and links tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..hookspecs import hookimpl
from ..network import Network, PostLink, digits, link_of, plausible


class TikTok(Network):
    def post_instant(self, post_id: str) -> datetime | None:
        """The upper 32 bits of a video's id count seconds since 1970."""
        number = digits(post_id)
        return None if number is None else plausible((number >> 32) * 1000)

    def read_link(self, url: str) -> PostLink:
        parts = link_of(url, "tiktok.com")
        if parts is None:
            return PostLink()
        steps = [step for step in parts.path.split("/") if step]
        author = steps[0][1:].lower() if steps and steps[0].startswith("@") and len(steps[0]) > 1 else None
        post = steps[2] if len(steps) > 2 and steps[1] in {"video", "photo"} and digits(steps[2]) is not None else None
        return PostLink(post, author)


@hookimpl
def analisa_networks() -> Iterable[Network]:
    return [TikTok(name="tiktok", title="TikTok", engagement_base="views")]
