"""Readings that look like failures: kept and marked, so that figures show them and the score leaves them out.

A metric that becomes 0 where the snapshot before was silent about it (`post_metrics`), and 0 followers after more than
1,000 (`profile_metrics`). Snapshots may come in any order: a new one may also cast suspicion on a later stored one.
Likes above views are reported, and judged by nobody here.
"""

# ruff: noqa: S608  names and expressions are this file's own
from __future__ import annotations

from ....domain.collection.batch import Severity
from ....domain.collection.records import POST_METRICS, PROFILE_METRICS, Kind
from .findings import CELLS
from .work import Merge

LOST_AFTER = 1_000
"""Followers above which a later reading of 0 is a failed one (ARCHIVE-FORMAT, duty 6)."""

_METRICS = tuple(field.name for field in POST_METRICS.fields if field.kind in {Kind.INTEGER, Kind.DECIMAL})


async def mark_suspect_zeros(work: Merge) -> int:
    """Mark metrics of the posts in `ready` that became 0 out of silence; the number of snapshots newly marked."""
    await _list_doubtful(work)
    if not await work.raw.fetchval("select exists (select from doubtful)"):
        await work.raw.execute("drop table doubtful")
        return 0
    marked = await work.findings.add(
        Severity.FLAGGED,
        "zero.suspect",
        POST_METRICS.name,
        "select coalesce(r.n, 0) as n, coalesce(r.line, 0) as line, u.suspect[1] as field, "
        "format('%s is 0 at %s where the snapshot before was silent: kept, and left out of the score', "
        "array_to_string(u.suspect, ', '), u.observed_at) as message, "
        f"coalesce((select {CELLS} from staged_post_metrics s where s.n = r.n), '{{}}') as cells "
        "from marked u left join ("
        "select post_id, observed_at, scope, min(n) as n, min(line) as line from ready group by 1, 2, 3"
        ") r using (post_id, observed_at, scope) where u.suspect is not null",
        before=f"with {_judgement(work)}, {_marking(work)}",
    )
    await work.raw.execute("drop table doubtful")
    return marked


async def _list_doubtful(work: Merge) -> None:
    """List the posts with a 0 among their new snapshots, or among stored ones later than a new one.

    Each post is looked up by its index, whatever the planner believes of partitions that were filled a moment ago.
    """
    await work.raw.execute(
        "create temp table doubtful on commit drop as "
        f"select distinct post_id, scope from ready where {_any_zero('ready')} union "
        "select r.post_id, r.scope from ("
        "select post_id, scope, min(observed_at) as since from ready group by 1, 2) r "
        "cross join lateral (select from post_metrics m where m.post_id = r.post_id and m.scope = r.scope "
        f"and m.observed_at > r.since and m.observed_at > (select min(observed_at) from ready) and {work.owned.holds('m')} "
        f"and m.xmin <> '{work.mark}'::xid and {_any_zero('m')} limit 1) z"
    )
    await work.raw.execute("analyze doubtful")


def _any_zero(alias: str) -> str:
    return f"0 in ({', '.join(f'{alias}.{name}' for name in _METRICS)})"


def _judgement(work: Merge) -> str:
    """SQL: `judged`, every snapshot of the doubtful posts with the names of its suspect metrics."""
    tests = ", ".join(f"case when m.{name} = 0 and lag(m.{name}) over w is null then '{name}' end" for name in _METRICS)
    return (
        "judged as (select m.post_id, m.scope, m.observed_at, m.suspect as before, "
        f"case when lag(m.observed_at) over w is not null then nullif(array_remove(array[{tests}], null), '{{}}') end "
        "as suspect from doubtful d cross join lateral (select * from post_metrics m where m.post_id = d.post_id "
        f"and m.scope = d.scope and {work.owned.holds('m')} offset 0) m "
        "window w as (partition by m.post_id, m.scope order by m.observed_at))"
    )


def _marking(work: Merge) -> str:
    return (
        "marked as (update post_metrics t set suspect = j.suspect from judged j where j.suspect is distinct from j.before "
        "and t.post_id = j.post_id and t.scope = j.scope and t.observed_at = j.observed_at "
        f"and {work.owned.holds('t')} returning t.post_id, t.scope, t.observed_at, t.suspect)"
    )


async def mark_lost_followers(work: Merge) -> int:
    """Mark readings of 0 followers, of profiles in `ready`, after more than `LOST_AFTER`; the number newly marked."""
    earlier = (
        "exists (select from profile_metrics e where e.profile_id = z.profile_id and e.observed_at < z.observed_at "
        f"and e.followers > {LOST_AFTER} and {work.owned.holds('e')})"
    )
    return await work.findings.add(
        Severity.FLAGGED,
        "followers.lost",
        PROFILE_METRICS.name,
        "select coalesce(r.n, 0) as n, coalesce(r.line, 0) as line, 'followers' as field, "
        f"format('0 followers at %s, after more than {LOST_AFTER}: a failed reading, kept and left out', u.observed_at) "
        f"as message, coalesce((select {CELLS} from staged_profile_metrics s where s.n = r.n), '{{}}') as cells "
        "from marked u left join ("
        "select profile_id, observed_at, min(n) as n, min(line) as line from ready group by 1, 2"
        ") r using (profile_id, observed_at) where u.suspect is not null",
        before="with judged as (select z.profile_id, z.observed_at, z.suspect as before, "
        f"case when z.followers = 0 and {earlier} then '{{followers}}'::text[] end as suspect from ("
        "select profile_id, min(observed_at) as since from ready group by 1) r cross join lateral ("
        "select * from profile_metrics m where m.profile_id = r.profile_id and m.observed_at >= r.since "
        "and m.observed_at >= (select min(observed_at) from ready) "
        f"and {work.owned.holds('m')} and (m.followers = 0 or m.suspect is not null) offset 0) z), "
        "marked as (update profile_metrics t set suspect = j.suspect from judged j where j.suspect is distinct from j.before "
        f"and t.profile_id = j.profile_id and t.observed_at = j.observed_at and {work.owned.holds('t')} "
        "returning t.profile_id, t.observed_at, t.suspect)",
    )


async def report_likes_over_views(work: Merge) -> int:
    """Report snapshots with more likes than views, which some networks do show for a while."""
    return await work.findings.add(
        Severity.FLAGGED,
        "likes.over_views",
        POST_METRICS.name,
        "select s.n, s.line, 'likes' as field, format('%s likes and only %s views: kept as they are', s.likes, s.views) "
        f"as message, {CELLS} as cells from staged_post_metrics s where s.likes > s.views",
    )
