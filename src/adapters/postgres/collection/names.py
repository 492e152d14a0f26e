"""Display names: every name under which an account was seen is remembered, and when."""

# ruff: noqa: S608  names and expressions are this file's own, what people wrote is staged
from __future__ import annotations

from datetime import datetime

from .work import Merge


async def remember_names(work: Merge, now: datetime) -> None:
    """Widen the time in which each display name was seen; a name without a date is noted once, as of *now*."""
    await work.raw.execute(
        "insert into profile_names as known (owner, profile_id, name, first_seen_at, last_seen_at, import_no) "
        f"select {work.owned.literal}, profile_id, display_name, coalesce(min(described_at), $1), "
        f"coalesce(max(described_at), $1), {work.number} from ready where display_name is not null group by 2, 3 "
        "on conflict (profile_id, name, owner) do update set "
        "first_seen_at = least(known.first_seen_at, excluded.first_seen_at), "
        "last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at) "
        "where $1 not in (excluded.first_seen_at, excluded.last_seen_at) and "
        "(excluded.first_seen_at < known.first_seen_at or excluded.last_seen_at > known.last_seen_at)",
        now,
    )
