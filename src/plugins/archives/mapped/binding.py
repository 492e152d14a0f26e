"""Rules meet a file: which column of it feeds which field, and what the person must still say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final

from ....application.collection.archives import ImportRefused, Need, NetworkFacts, ReadOptions
from ....domain.collection.cells import Problem, in_range
from ....domain.collection.cells_numbers import NumberStyle
from ....domain.collection.dates import Order
from ....domain.collection.headers import normalise
from ....domain.collection.mapping import FILE_COLUMN, ColumnRule, TableRule
from ....domain.collection.records import Field, Kind
from ...facebook import Facebook
from ...instagram import Instagram
from ...tiktok import TikTok
from ...x import X
from ...youtube import YouTube
from ..chunks import Chunk

BUILT_IN: Mapping[str, NetworkFacts] = {
    network.name: network
    for network in (
        Instagram(name="instagram", title="Instagram"),
        TikTok(name="tiktok", title="TikTok"),
        YouTube(name="youtube", title="YouTube"),
        Facebook(name="facebook", title="Facebook"),
        X(name="x", title="X"),
    )
}
EXTRA = Field("extra", Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Bound:
    """One field, its rule, and the column of the file that feeds it."""

    target: Field
    name: str
    """The field's name, or the name inside `extra`."""
    rule: ColumnRule
    column: str
    """Name of the column in the file; `@file` for the file's own name, "" where the file lacks it."""

    otherwise: str = ""
    """Name of the column that stands in where this one yields nothing."""

    @property
    def in_extra(self) -> bool:
        return self.target is EXTRA

    def cells(self, chunk: Chunk, file: str) -> Sequence[str]:
        """Return the column's cells in *chunk*, empty ones where it is not there."""
        return _cells(self.column, chunk, file)

    def others(self, chunk: Chunk, file: str) -> Sequence[str] | None:
        """Return the cells that stand in for those that yield nothing, if a column does."""
        return _cells(self.otherwise, chunk, file) if self.otherwise else None


def _cells(column: str, chunk: Chunk, file: str) -> Sequence[str]:
    if column == FILE_COLUMN:
        return [file] * len(chunk.lines)
    if column in chunk.header:
        return chunk.columns[chunk.header.index(column)]
    return [""] * len(chunk.lines)


@dataclass(slots=True)
class BoundTable:
    """A table rule with its columns found and its constants complete, as far as they can be."""

    rule: TableRule
    columns: tuple[Bound, ...]
    constants: dict[str, object]
    needs: list[Need] = field(default_factory=list)
    settled: dict[str, str] = field(default_factory=dict)
    """How the file is written, as its whole content showed, in words: `dates of Posted` is `day-first`."""
    networks: Mapping[str, NetworkFacts] = field(default_factory=dict)

    @property
    def network(self) -> str:
        return str(self.constants.get("network", ""))

    @property
    def style(self) -> NumberStyle | None:
        """The style of numbers whose rule names none, in a known export."""
        text = self.settled.get(NUMBERS)
        return None if text is None else NumberStyle.parse(text)

    def order(self, bound: Bound) -> Order | None:
        """The order of numeric dates in the column of *bound*."""
        text = self.settled.get(dates_of(bound.column))
        return None if text is None else Order(text)

    def zone(self, bound: Bound) -> str | None:
        """The zone of times in the column of *bound* that carry none, by its rule or by what the file showed."""
        return bound.rule.zone or self.settled.get(zone_of(bound.column))

    def link(self, name: str, url: str) -> str:
        """Return the post's id or the author's handle that *url* shows, "" where none."""
        for network in self._asked():
            post, handle = network.post_from_link(url)
            shown = post if name == "post_id" else handle
            if shown:
                return shown
        return ""

    def instants(self, ids: Sequence[object]) -> list[datetime | None] | None:
        """Return the times that stand in *ids*, or None where this table's network has none."""
        facts = self.networks.get(self.network)
        if facts is None:
            return None
        known = {text: facts.post_instant(text) for text in set(ids) if isinstance(text, str)}
        return [known.get(text) if isinstance(text, str) else None for text in ids]

    def cure(self, wanted: str) -> str:
        """Say where to say *wanted*: the rules of a known export are no mapping that anybody could mend."""
        if not self.rule.known:
            return f"write {wanted} into the mapping"
        return f"export the file again, or read it by a mapping with {wanted} (--suggest-mapping prints one to edit)"

    def _asked(self) -> Sequence[NetworkFacts]:
        if self.network:
            return [self.networks[self.network]] if self.network in self.networks else []
        return list(self.networks.values())


NUMBERS: Final = "numbers"


def dates_of(column: str) -> str:
    return f"dates of {column}"


def zone_of(column: str) -> str:
    return f"zone of {column}"


def numbers_of(column: str) -> str:
    return f"numbers of {column}"


def bind(rule: TableRule, header: Sequence[str], file: str, options: ReadOptions) -> BoundTable:
    """Find the columns of *rule* in *header*, and complete its constants from what the person said."""
    names = {normalise(name): name for name in reversed(header)}
    targets = [(rule.table.field(name), name, one) for name, one in rule.columns.items()]
    targets += [(EXTRA, name, one) for name, one in rule.extra.items()]
    columns = [
        Bound(target, name, one, _find(one, names, header, file), names.get(normalise(one.otherwise), ""))
        for target, name, one in targets
    ]
    table = BoundTable(
        rule,
        tuple(columns),
        dict(rule.constants),
        settled=dict(options.settled.get(file, {})),
        networks={**BUILT_IN, **options.networks},
    )
    _complete(table, file, options)
    return table


def _find(rule: ColumnRule, names: Mapping[str, str], header: Sequence[str], file: str) -> str:
    for column in rule.columns:
        if column == FILE_COLUMN:
            return FILE_COLUMN
        if normalise(column) in names:
            return names[normalise(column)]
    if rule.optional:
        return ""
    close = get_close_matches(normalise(rule.columns[0]), list(names), n=1)
    hint = f"did you mean {names[close[0]]!r}?" if close else f"it has {', '.join(map(repr, header[:40]))}"
    wanted = " or ".join(repr(column) for column in rule.columns)
    raise ImportRefused(f"has no column {wanted}, which the mapping names ({rule.where}); {hint}", file=file)


def _complete(table: BoundTable, file: str, options: ReadOptions) -> None:
    """Fill in whose export it is and when it was taken, or note that somebody must say so."""
    has_column = {bound.name for bound in table.columns if not bound.in_extra and bound.column}
    fields = table.rule.table.names
    if "network" not in table.constants and "network" not in has_column:
        _complete_network(table, file, options)
    if "profile_id" in fields and "profile_id" not in table.constants and "profile_id" not in has_column:
        _complete_profile(table, file, options)
    if "observed_at" in fields and "observed_at" not in has_column:
        _complete_time(table, file, options)
    if table.rule.sequence is not None and "extra" in fields:
        known = table.constants.get("extra")
        table.constants["extra"] = {**(known if isinstance(known, dict) else {}), "sequence": table.rule.sequence}


def _complete_network(table: BoundTable, file: str, options: ReadOptions) -> None:
    if options.profile is not None:
        table.constants["network"] = options.profile.network
    else:
        message = f'{file} does not say on which network it was; write network = "…" into the mapping'
        table.needs.append(Need("network", message))


def _complete_profile(table: BoundTable, file: str, options: ReadOptions) -> None:
    if options.profile is None:
        if "profile_id" in table.rule.table.required:
            message = f"{file} does not say whose it is; say --profile NETWORK:ID-OR-HANDLE"
            table.needs.append(Need("profile", message))
        return
    network = table.constants.get("network", options.profile.network)
    if network != options.profile.network:
        raise ImportRefused(f"is about {network}, and --profile names {options.profile}", file=file)
    table.constants["profile_id"] = options.profile.name


def _complete_time(table: BoundTable, file: str, options: ReadOptions) -> None:
    known = options.observed_at or table.rule.observed_at
    if known is None and "observed_at" in table.constants:
        return
    if known is not None:
        moment = in_range(known) if known.tzinfo else Problem("time.no_zone", "it has no zone")
        if isinstance(moment, Problem):
            raise ImportRefused(f"--observed-at: {moment.message}")
        table.constants["observed_at"] = moment
    elif table.rule.sequence is not None:
        table.constants["observed_at"] = undated(table.rule.sequence)
    elif "observed_at" in table.rule.table.required:
        message = f"{file} does not say when its figures were taken; say --observed-at 2026-01-31T12:00:00Z"
        table.needs.append(Need("observed_at", message))


def undated(sequence: int) -> datetime:
    """Return the stand-in for the time of an undated file: *sequence* days after 2000 began, before all networks.

    It keeps undated files in order, and is no date: what is measured per day must leave the year 2000 out.
    """
    return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=sequence)
