"""A search as people ask for it, in words, the same in a URL, on the command line and in an export."""

from __future__ import annotations

from datetime import datetime

from ....domain.influencers.criteria import EVERYBODY, NOBODY
from ....domain.influencers.criteria_text import read
from ...shared.actor import Actor
from .checking import checked, require_for, words_sought
from .search import Search, Sort


def asked(actor: Actor, filter_: str | None, q: str | None, sort: str | None, *, now: datetime) -> Search:
    """Read a filter, the words of a search box and an order.

    Raises `NotPermitted` for what the actor may not ask for, `FilterRefused`, `ConditionRefused`, `TooManyWords` or `SortUnknown`. A search box without a letter or
    a digit in it finds nobody.
    """
    words = words_sought(q or "")
    order = Sort.read(sort, words=bool(words))
    criteria = EVERYBODY if filter_ is None else checked(read(filter_))
    require_for(actor, criteria)
    return Search(criteria=NOBODY if q and not words else criteria, words=words, sort=order, now=now)
