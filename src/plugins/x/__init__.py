"""X (Twitter): what its ids and links tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..hookspecs import hookimpl
from ..network import Network, PostLink, digits, link_of, plausible

_EPOCH_MS = 1_288_834_974_657
"""Snowflakes began on 2010-11-04T01:42:54.657Z; the bits above 22 count milliseconds since then."""
_FIRST_SNOWFLAKE = 29_700_859_247
"""Ids up to here were handed out one by one and hold no time."""


class X(Network):
    def post_instant(self, post_id: str) -> datetime | None:
        number = digits(post_id)
        if number is None or number <= _FIRST_SNOWFLAKE:
            return None
        return plausible((number >> 22) + _EPOCH_MS)

    def read_link(self, url: str) -> PostLink:
        parts = link_of(url, "x.com", "twitter.com")
        if parts is None:
            return PostLink()
        steps = [step for step in parts.path.split("/") if step]
        post = steps[2] if len(steps) > 2 and steps[1] == "status" and digits(steps[2]) is not None else None
        author = steps[0].lower() if steps and steps[0] not in {"i", "search", "hashtag"} else None
        return PostLink(post, author)


@hookimpl
def analisa_networks() -> Iterable[Network]:
    return [X(name="x", title="X", engagement_base="views_else_followers")]
