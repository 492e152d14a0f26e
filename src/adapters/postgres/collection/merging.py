"""Merging: one table's staged records against what is stored, set-wise, in one of two ways.

Rows go in first, in file order (descriptions the newest first), and those whose key is taken are passed over: the
table's own unique index is what finds repeats. Where every row went in, that was all. Else the others are looked at:
what an earlier row of the file says already, what is stored already, what adds to it and what contradicts it.
"""

# ruff: noqa: S608  names and expressions come from targets.py, what people wrote is bound or staged
from __future__ import annotations

from ....application.collection.archives import ImportRefused
from ....domain.collection.batch import Severity
from ....domain.collection.conflict import OnConflict
from ....domain.collection.report import TableCounts
from .findings import CELLS, affected
from .older import fill_from_older
from .publication import PAIR, contradicts, filled_pair, fills_pair, settled_pair
from .targets import Target
from .work import Merge

SHOWN = 60
"""Characters of a value that a finding repeats."""


async def merge(work: Merge, target: Target, *, rows: int, quarantined: int) -> TableCounts:
    """Store the staged records of *target*; of its *rows*, *quarantined* were taken out before.

    Leaves them in the temporary table `ready`, with their keys, for whoever looks at them next.
    """
    await _lay_out(work, target)
    names = ", ".join(target.columns)
    inserted = affected(
        await work.raw.execute(
            f"insert into {target.stored} (owner, {names}, import_no) "
            f"select {work.owned.literal}, {names}, {work.number} from ready order by {_first(target)} "
            "on conflict do nothing"
        )
    )
    counts = TableCounts(rows=rows, new=inserted, quarantined=quarantined)
    if inserted == rows - quarantined:
        await work.raw.execute("insert into touched select distinct about from ready")
        return counts
    counts += await _repeats(work, target)
    if target.described and counts.repeated + counts.conflicts:
        await fill_from_older(work, target)
    counts += await _compare(work, target)
    await work.raw.execute(
        "insert into touched select distinct r.about from ready r left join compared c using (n) "
        "where (c.n is null or c.changes) and not exists (select from repeats p where p.n = r.n) "
        "union select former from compared where changes and former is not null"
    )
    await work.raw.execute("drop table repeats, compared")
    return counts


async def _lay_out(work: Merge, target: Target) -> None:
    """Put the records with their keys into `ready`: the tables they come from are looked through once.

    The planner knows `ready` from then on, however much of the stored tables it has not seen yet.
    """
    await work.raw.execute(
        f"drop table if exists ready; create temp table ready on commit drop as {target.ready(work.owned)}"
    )
    await work.raw.execute("analyze ready")


async def _repeats(work: Merge, target: Target) -> TableCounts:
    """Count rows of the file with a key of another one that counts; every one that differs is a finding.

    That a description was another one at another time is none, where both say when.
    """
    keys = ", ".join(target.key)
    number = affected(
        await work.raw.execute(
            "create temp table repeats on commit drop as select n, first from ("
            f"select n, first_value(n) over (partition by {keys} order by {_first(target)}) as first from ready) r "
            "where n <> first"
        )
    )
    if not number:
        return TableCounts()
    differs = _difference(target, "r", "e", missing_counts=True)
    same_time = "coalesce(r.described_at = e.described_at, true)" if target.described else "true"
    conflicts = await work.findings.add(
        Severity.CONFLICT,
        "row.repeated",
        target.name,
        "select d.n, d.line, '' as field, format('line %s of the file has the same key and says something else: %s; "
        f"the first row counts', d.earlier, d.differs) as message, {CELLS} as cells from ("
        f"select r.n, r.line, e.line as earlier, {differs} as differs "
        f"from repeats p join ready r on r.n = p.n join ready e on e.n = p.first where {same_time}"
        f") d join staged_{target.name} s on s.n = d.n where d.differs <> ''",
    )
    if conflicts and work.on_conflict is OnConflict.STOP:
        await _stop(work, target, "row.repeated")
    return TableCounts(repeated=number - conflicts, conflicts=conflicts)


async def _compare(work: Merge, target: Target) -> TableCounts:
    """Compare the records whose key was stored before; fill what was open, and settle what contradicts.

    Where both say when they were read, the newer words win. Where nobody can say which is newer, it is a conflict, and
    goes as the person asked.
    """
    replace = work.on_conflict is OnConflict.REPLACE
    columns = ", ".join(f"r.{name}" for name in target.columns)
    await work.raw.execute(
        "create temp table compared on commit drop as select d.*, age = 0 and differs <> '' as contradicts, "
        "age > 0 or undated and differs = '' as dates, "
        f"case when differs = '' or age < 0 then fills else age > 0 or {str(replace).lower()} end as changes from ("
        f"select r.n, r.line, {columns}, {_former(target)} as former, {_age(target)} as age, "
        f"{_undated(target)} as undated, {_difference(target, 'r', 't')} as differs, {_fills(target)} as fills "
        f"from ready r join {target.stored} t on {target.same_key('t', 'r')} and {work.owned.holds('t')} "
        f"where t.xmin <> '{work.mark}'::xid and not exists (select from repeats p where p.n = r.n)) d"
    )
    rows, contradicting, changes, dated = await work.raw.fetchrow(
        "select count(*), count(*) filter (where contradicts), count(*) filter (where changes), "
        "count(*) filter (where dates) from compared"
    ) or (0, 0, 0, 0)
    if contradicting:
        await _report_conflicts(work, target, replace=replace)
    if changes or dated:
        await work.raw.execute(_update(work, target))
    conflicts = 0 if replace else contradicting
    return TableCounts(merged=changes, conflicts=conflicts, unchanged=rows - changes - conflicts)


async def _report_conflicts(work: Merge, target: Target, *, replace: bool) -> None:
    unclear = ", and nobody says which is newer" if target.described else ""
    done = "this row replaced it" if replace else "the stored row stays; --on-conflict replace would take this one"
    await work.findings.add(
        Severity.CONFLICT,
        "row.contradicts_stored",
        target.name,
        f"select d.n, d.line, '' as field, format('%s is stored otherwise{unclear}: %s; {done}', "
        f"{_spoken_key(target, 'd')}, d.differs) as message, {CELLS} as cells "
        f"from compared d join staged_{target.name} s on s.n = d.n where d.contradicts",
    )
    if work.on_conflict is OnConflict.STOP:
        await _stop(work, target, "row.contradicts_stored")


async def _stop(work: Merge, target: Target, code: str) -> None:
    first = await work.raw.fetchrow(
        "select line, message from import_findings where import_id = $1 and code = $2 and table_name = $3 "
        "order by id desc limit 1",
        work.findings.import_id,
        code,
        target.name,
    )
    line, message = first or (0, "")
    raise ImportRefused(
        f"{message.partition('; ')[0]}; nothing of this file was stored, as --on-conflict stop asks",
        file=work.findings.file,
        line=line,
    )


def _first(target: Target) -> str:
    """SQL: the order in which rows of one key count: the newest description, else the first row of the file."""
    return "described_at desc nulls last, n" if target.described else "n"


def _age(target: Target) -> str:
    """SQL: whether the file's row `r` is newer (1) or older (-1) than the stored row `t`; 0 where nobody can say."""
    return "coalesce(sign(extract(epoch from r.described_at - t.described_at)), 0)" if target.described else "0"


def _undated(target: Target) -> str:
    """SQL: the file's row `r` says when the words of the stored row `t` were read, and `t` does not."""
    return "r.described_at is not null and t.described_at is null" if target.described else "false"


def _former(target: Target) -> str:
    """SQL: the profile that the stored row `t` is about, where the file's row `r` gives it to another one."""
    return (
        "case when t.profile_id <> r.profile_id then t.profile_id end"
        if "profile_id" in target.values
        else "null::bigint"
    )


def _update(work: Merge, target: Target) -> str:
    """Fill open columns of the stored row; where the file's row replaces it, what the file says wins.

    The date of a description moves on also where no word changed.
    """
    settings = [f"{name} = {_settled(target, name)}" for name in target.values]
    if target.described:
        settings.append("described_at = greatest(t.described_at, c.described_at)")
    return (
        f"update {target.stored} t set {', '.join(settings)} from compared c "
        f"where (c.changes or c.dates) and {target.same_key('t', 'c')} and {work.owned.holds('t')}"
    )


def _exactness(target: Target) -> tuple[str, ...]:
    """The instant of publication and its precision, where the table keeps both; a comment has the instant alone."""
    return PAIR if set(PAIR) <= set(target.values) else ()


def _settled(target: Target, name: str) -> str:
    """SQL: what the stored row `t` says after the compared row `c`."""
    if name in _exactness(target):
        wins, yields = settled_pair(name), filled_pair(name)
    elif name == "extra":
        wins, yields = _both_say("t", "c"), _both_say("c", "t")
    else:
        wins, yields = f"coalesce(c.{name}, t.{name})", f"coalesce(t.{name}, c.{name})"
    return f"case when c.age < 0 then {yields} else {wins} end" if target.described else wins


def _both_say(weaker: str, stronger: str) -> str:
    return (
        f"case when c.extra is null then t.extra else coalesce({weaker}.extra, '{{}}') "
        f"|| coalesce({stronger}.extra, '{{}}') end"
    )


def _fills(target: Target) -> str:
    """SQL: the file's row `r` says something where the stored row `t` is silent."""
    exactness = _exactness(target)
    tests = [f"r.{name} is not null and t.{name} is null" for name in target.values if name not in exactness]
    if exactness:
        tests.append(fills_pair("r", "t"))
    if "extra" in target.values:
        tests.append("r.extra || t.extra <> t.extra")  # words that the stored row does not have
    return " or ".join(f"({test})" for test in tests)


def _difference(target: Target, mine: str, other: str, *, missing_counts: bool = False) -> str:
    """SQL: in words, how *mine* contradicts *other*; empty where it does not.

    A value beside a missing one is no contradiction, unless *missing_counts*.
    """
    # The precision of an instant is part of what the instant says, and never contradicts by itself.
    names = [name for name in target.values if missing_counts or name != "published_precision"]
    parts = [_differs_in(target, name, mine, other, missing_counts=missing_counts) for name in names]
    return f"concat_ws(', ', {', '.join(parts)})"


def _differs_in(target: Target, name: str, mine: str, other: str, *, missing_counts: bool) -> str:
    left, right = f"{mine}.{name}", f"{other}.{name}"
    if name == "extra" and not missing_counts:
        # Two sources may each add their own words; only a word that both say can differ.
        return f"case when {left} || {right} <> {right} || {left} then 'extra differs' end"
    inexact = name == "published_at" and name in _exactness(target)
    test = contradicts(mine, other) if inexact else f"{left} <> {right}"
    if missing_counts:
        test = f"{left} is distinct from {right}"
    return f"case when {test} then format('{name} is %s here and %s there', {_spoken(left)}, {_spoken(right)}) end"


def _spoken(value: str) -> str:
    if value.endswith(".profile_id"):
        return f"(select network_id from profiles where id = {value})"
    return f"coalesce(left({value}::text, {SHOWN}), 'nothing')"


def _spoken_key(target: Target, alias: str) -> str:
    """SQL: the record's key, as people know it."""
    spoken = {
        "post_id": "(select network_post_id from posts where id = {})",
        "profile_id": "(select network || ':' || network_id from profiles where id = {})",
    }
    parts = [spoken.get(name, "{}::text").format(f"{alias}.{name}") for name in target.key]
    return f"concat_ws(' ', {', '.join(parts)})"
