"""Descriptions of profiles: how an account looks. The newest wins, older ones fill gaps, every name is remembered."""

# ruff: noqa: S608  names and expressions are this file's own, what people wrote is staged
from __future__ import annotations

from datetime import datetime

from ....domain.collection.batch import Severity
from ....domain.collection.conflict import OnConflict
from ....domain.collection.records import PROFILES
from ....domain.collection.report import TableCounts
from .findings import CELLS, affected
from .merging import Merge, difference, fills, settled, spoken_key, stop
from .targets import Target

_WORDS = {name: f"s.{name}" for name in PROFILES.names if name not in {*PROFILES.key, "observed_at"}}

DESCRIPTIONS = Target(
    PROFILES,
    key={"profile_id": "p.id"},
    values=_WORDS,
    joins="join profiles p on p.network = s.network and p.network_id = s.profile_id",
    about="p.id",
    dated=False,
)


async def merge_descriptions(work: Merge, *, rows: int, quarantined: int, now: datetime) -> TableCounts:
    """Store what the staged `profiles` say; *now* dates the names that came without a date."""
    await _lay_out(work)
    counts = TableCounts(rows=rows, quarantined=quarantined) + await _repeats(work) + await _compare(work)
    counts += TableCounts(new=affected(await work.raw.execute(_insert(work))))
    await work.raw.execute(
        "insert into touched select distinct r.profile_id from ready r left join compared c using (n) "
        "where r.n = r.first and (c.n is null or c.changes)"
    )
    await _remember_names(work, now)
    await work.raw.execute("drop table compared")
    return counts


async def _lay_out(work: Merge) -> None:
    """Put the descriptions into `ready`; `first` names the newest of each profile, the earliest row among equals."""
    ready = DESCRIPTIONS.ready(work.owned).replace("select s.n,", "select s.observed_at as described_at, s.n,", 1)
    await work.raw.execute(
        "drop table if exists ready; create temp table ready on commit drop as select r.*, first_value(n) over "
        f"(partition by profile_id order by described_at desc nulls last, n) as first from ({ready}) r"
    )
    await work.raw.execute("analyze ready")


async def _repeats(work: Merge) -> TableCounts:
    """Count the other descriptions of a profile; those of the same date that differ from the first are findings."""
    number = await work.raw.fetchval("select count(*) from ready where n <> first")
    if not number:
        return TableCounts()
    differs = difference(DESCRIPTIONS, "r", "e", missing_counts=True)
    conflicts = await work.findings.add(
        Severity.CONFLICT,
        "row.repeated",
        PROFILES.name,
        "select d.n, d.line, '' as field, format('line %s of the file describes the same profile otherwise: %s; the "
        f"first row counts', d.earlier, d.differs) as message, {CELLS} as cells from ("
        f"select r.n, r.line, e.line as earlier, {differs} as differs from ready r join ready e on e.n = r.first "
        "where r.n <> r.first and r.described_at is not distinct from e.described_at"
        ") d join staged_profiles s on s.n = d.n where d.differs <> ''",
    )
    if conflicts and work.on_conflict is OnConflict.STOP:
        await stop(work, DESCRIPTIONS, "row.repeated")
    return TableCounts(repeated=number - conflicts, conflicts=conflicts)


async def _compare(work: Merge) -> TableCounts:
    """Compare with stored descriptions: newer ones replace, older ones fill, undatable ones are as the person said."""
    replace = work.on_conflict is OnConflict.REPLACE
    words = ", ".join(f"r.{name}" for name in DESCRIPTIONS.values)
    await work.raw.execute(
        "create temp table compared on commit drop as select d.*, "
        "age > 0 and differs <> '' as renewed, "
        "age = 0 and differs <> '' as contradicts, "
        f"case when differs = '' then fills when age > 0 then true when age < 0 then fills else {replace} end as changes "
        "from ("
        f"select r.n, r.line, r.profile_id, {words}, r.described_at, "
        "coalesce(sign(extract(epoch from r.described_at - t.described_at)), 0) as age, "
        f"{difference(DESCRIPTIONS, 'r', 't')} as differs, {fills(DESCRIPTIONS)} as fills "
        f"from ready r join profile_descriptions t on t.profile_id = r.profile_id and {work.owned.holds('t')} "
        "where r.n = r.first) d"
    )
    rows, contradicting, changes = await work.raw.fetchrow(
        "select count(*), count(*) filter (where contradicts), count(*) filter (where changes) from compared"
    ) or (0, 0, 0)
    if contradicting:
        await _report_conflicts(work, replace=replace)
    await work.raw.execute(_update(work))
    conflicts = 0 if replace else contradicting
    return TableCounts(merged=changes, conflicts=conflicts, unchanged=rows - changes - conflicts)


async def _report_conflicts(work: Merge, *, replace: bool) -> None:
    done = (
        "this row replaced it" if replace else "the stored description stays; --on-conflict replace would take this one"
    )
    await work.findings.add(
        Severity.CONFLICT,
        "row.contradicts_stored",
        PROFILES.name,
        f"select d.n, d.line, '' as field, format('%s is described otherwise, and nobody says which is newer: %s; {done}', "
        f"{spoken_key(DESCRIPTIONS, 'd')}, d.differs) as message, {CELLS} as cells "
        "from compared d join staged_profiles s on s.n = d.n where d.contradicts",
    )
    if work.on_conflict is OnConflict.STOP:
        await stop(work, DESCRIPTIONS, "row.contradicts_stored")


def _insert(work: Merge) -> str:
    names = ", ".join((*DESCRIPTIONS.columns, "described_at"))
    return (
        f"insert into profile_descriptions (owner, {names}, import_no) "
        f"select {work.owned.literal}, {names}, {work.number} from ready r "
        "where n = first and not exists (select from compared c where c.n = r.n)"
    )


def _update(work: Merge) -> str:
    """Newer words replace, older ones fill; the date moves on also where no word changed."""
    words = ", ".join(
        f"{name} = case when c.age < 0 then {_older(name)} else {settled(DESCRIPTIONS, name)} end"
        for name in DESCRIPTIONS.values
    )
    return (
        f"update profile_descriptions t set {words}, described_at = greatest(t.described_at, c.described_at) "
        f"from compared c where (c.changes or c.age > 0) and t.profile_id = c.profile_id and {work.owned.holds('t')}"
    )


def _older(name: str) -> str:
    if name == "extra":
        return "case when c.extra is null then t.extra else c.extra || coalesce(t.extra, '{}') end"
    return f"coalesce(t.{name}, c.{name})"


async def _remember_names(work: Merge, now: datetime) -> None:
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
