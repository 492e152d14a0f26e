"""A network as a plugin declares it: its name, and what can be known of it without asking it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from ..domain.shared.social import EngagementBase

LONGEST_LINK = 2_048
"""Characters of a link that are looked at; no network makes longer ones."""


@dataclass(frozen=True, slots=True)
class PostLink:
    """What a link shows: the post it leads to and the handle of its author, each None where it does not."""

    post_id: str | None = None
    handle: str | None = None


@dataclass(frozen=True, kw_only=True)
class Network:
    """A social network. Subclass it to add what its ids and links tell; do no I/O here."""

    name: str
    """Short, lower case: `instagram`."""
    title: str
    engagement_base: EngagementBase = "followers"
    """What interactions are divided by in the score."""
    follower_digits: int | None = None
    """Significant digits to which the network rounds the follower counts it shows; None = exact."""

    def post_instant(self, post_id: str) -> datetime | None:
        """Return the moment that is part of the post's id, in UTC, or None where ids hold none."""
        del post_id
        return None

    def post_from_link(self, url: str) -> tuple[str | None, str | None]:
        """Return the post id and the author's handle that *url* shows, each None where it does not."""
        shown = self.read_link(url)
        return shown.post_id, shown.handle

    def read_link(self, url: str) -> PostLink:
        """Say what *url* shows; anything that is not a link of this network shows nothing."""
        del url
        return PostLink()


def link_of(url: str, *hosts: str) -> SplitResult | None:
    """Split *url* if it leads to one of *hosts* or to a subdomain (`www.`, `m.`, `vm.`); scheme optional."""
    text = url.strip()[:LONGEST_LINK]
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return None
    known = any(host == name or host.endswith(f".{name}") for name in hosts)
    return parts if known and parts.scheme in {"http", "https"} else None


_DIGITS = re.compile(r"[0-9]{1,20}")
_PLAUSIBLE = (datetime(2004, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def digits(text: str) -> int | None:
    """Read *text* as a whole id of at most 20 ASCII digits, or None."""
    return int(text) if _DIGITS.fullmatch(text) else None


def plausible(milliseconds: int) -> datetime | None:
    """Return the instant *milliseconds* after 1970 if a social network could have existed then, else None."""
    if not 0 <= milliseconds < 1 << 43:
        return None
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return instant if _PLAUSIBLE[0] <= instant < _PLAUSIBLE[1] else None
