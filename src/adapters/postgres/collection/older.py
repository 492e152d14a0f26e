"""Older descriptions in the same file: what the newest one leaves open is filled by those before it."""

# ruff: noqa: S608  names and expressions come from targets.py, what people wrote is staged
from __future__ import annotations

from .targets import Target
from .work import Merge


async def fill_from_older(work: Merge, target: Target) -> None:
    """Fill the records of `ready` that count from the dated `repeats` of them, and the rows just stored of these."""
    names = ", ".join(f"count({name}) as {name}" for name in target.values)
    await work.raw.execute(
        "create temp table older on commit drop as select p.first, r.* from repeats p join ready r on r.n = p.n "
        "join ready e on e.n = p.first where r.described_at < e.described_at; "
        "create index on older (first, described_at desc, n)"
    )
    said = dict(await work.raw.fetchrow(f"select {names} from older") or {})
    known = [name for name in target.values if said.get(name)]
    if known:
        fills = ", ".join(f"{name} = coalesce(r.{name}, {_newest(name)})" for name in known)
        await work.raw.execute(f"update ready r set {fills} where exists (select from older o where o.first = r.n)")
        stored = ", ".join(f"{name} = r.{name}" for name in known)
        await work.raw.execute(
            f"update {target.stored} t set {stored} from ready r where r.n in (select first from older) "
            f"and {target.same_key('t', 'r')} and {work.owned.holds('t')} and t.xmin = '{work.mark}'::xid"
        )
    await work.raw.execute("drop table older")


def _newest(name: str) -> str:
    """SQL: what the newest of the older descriptions says of *name* that says anything; a precision goes with its instant."""
    told = "published_at" if name == "published_precision" else name
    chosen = f"select o.{name} from older o where o.first = r.n and o.{told} is not null order by o.described_at desc, o.n limit 1"
    return f"case when r.published_at is null then ({chosen}) end" if told != name else f"({chosen})"
