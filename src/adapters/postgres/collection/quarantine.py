"""Rows that were read well and cannot be stored: taken out of the staging before the merge, with their cells."""

# ruff: noqa: S608  names and expressions come from targets.py, what people wrote is bound or staged
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ....domain.collection.batch import Severity
from ....domain.collection.records import POST_METRICS, TABLES
from .findings import CELLS
from .targets import TARGETS, Target
from .work import Merge

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No network that is known here is older; a date before it is a date that was read wrongly."""
AHEAD = timedelta(days=1)
"""How far a clock elsewhere may be ahead of ours."""


async def refuse_dates(work: Merge, table: str, *, now: datetime) -> int:
    """Take out rows of the staged *table* that claim to be seen in the future, or before there was anything to see."""
    if "observed_at" not in TABLES[table].names:
        return 0
    early, late = (moment.isoformat() for moment in (EARLIEST, now + AHEAD))
    wrong = f"not (observed_at >= '{early}' and observed_at <= '{late}')"  # nulls pass: a description may have no date
    if not await work.raw.fetchval(f"select exists (select from staged_{table} where {wrong})"):
        return 0
    return await work.findings.add(
        Severity.QUARANTINED,
        "time.impossible",
        table,
        "select s.n, s.line, 'observed_at' as field, "
        f"format('seen at %s, which cannot be: dates from {EARLIEST:%Y-%m-%d} to tomorrow are; check the date rule', "
        f"s.observed_at) as message, {CELLS} as cells from taken s",
        before=f"with taken as (delete from staged_{table} where {wrong} returning *)",
    )


async def refuse_orphans(work: Merge) -> int:
    """Take out post snapshots whose post nobody described, after borrowing what is public about the post."""
    target = TARGETS[POST_METRICS.name]
    unknown = (
        "not exists (select from posts p where p.network = s.network and p.network_post_id = s.post_id "
        f"and {work.owned.holds('p')})"
    )
    if not await work.raw.fetchval(f"select exists (select from staged_{target.name} s where {unknown})"):
        return 0
    if work.owned.owner is not None:
        await _borrow_posts(work, unknown)
    return await work.findings.add(
        Severity.QUARANTINED,
        "post.unknown",
        target.name,
        "select s.n, s.line, 'post_id' as field, format('nobody has described post %s:%s, so it is not known whose it is: "
        f"import its row of posts, then retry this one', s.network, s.post_id) as message, {CELLS} as cells from taken s",
        before=f"with taken as (delete from staged_{target.name} s where {unknown} returning *)",
    )


async def _borrow_posts(work: Merge, unknown: str) -> None:
    """Give the owner their own row of each public post that they bring private snapshots of.

    An owner's snapshots hang on the owner's posts, so that public and private never mix.
    """
    columns = ", ".join(_post().columns)
    borrowed = ", ".join(f"q.{name}" for name in _post().columns)
    await work.raw.execute(
        f"insert into posts (owner, {columns}, import_no) select {work.owned.literal}, {borrowed}, {work.number} "
        f"from posts q join (select distinct s.network, s.post_id from staged_{POST_METRICS.name} s where {unknown}) s "
        "on q.network = s.network and q.network_post_id = s.post_id where q.owner is null on conflict do nothing"
    )


def _post() -> Target:
    return TARGETS["posts"]
