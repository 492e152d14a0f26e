"""Reading files by rules: bind, survey, and then chunk by chunk; used for mappings and for known exports alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from ....application.collection.archives import (
    ArchiveKind,
    ArchiveSource,
    ColumnPlan,
    ImportRefused,
    Plan,
    ReadOptions,
    TablePlan,
)
from ....domain.collection.batch import Batch
from ....domain.collection.cells_numbers import NumberStyle
from ....domain.collection.dates import Order
from ....domain.collection.mapping import ColumnRule, MappingRules, TableRule
from ....domain.collection.records import COMMENTS, POSTS
from ..chunks import Chunk, TableOptions, shown
from ..gather import gather
from ..mended_rows import MendedSource
from ..tables import SAMPLE_ROWS, Format, chunks_of, format_of, is_table_name
from .binding import Bound, BoundTable, bind
from .rows import FileRows
from .survey import Survey

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of one file: the tables that come from the same sheet with the same header."""

    file: str
    options: TableOptions
    tables: tuple[BoundTable, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """All that `read_work` needs, as planned."""

    passes: tuple[Pass, ...]
    salt: bytes


def plan_work(source: ArchiveSource, rules: MappingRules, options: ReadOptions, reader: str) -> Plan:
    """Find the files of every rule, look through them once, and say what would be read."""
    looks = list(_all_looks(source, rules.tables, options))
    # What others point to is read first: a file of figures may come before its file of posts in the order of names.
    describing = {look.file for look in looks for table in look.tables if table.rule.table is POSTS}
    looks.sort(key=lambda look: look.file not in describing)
    tables: list[TablePlan] = []
    doubts: list[str] = []
    for look in looks:
        for survey in look.surveys:
            doubts += survey.settle(look.file)
        tables += look.table_plans()
    authors = any(bound.name == "author_ref" for look in looks for table in look.tables for bound in table.columns)
    if authors and not options.author_salt:
        doubts.append("authors of comments are left out, because no secret is at hand to make pseudonyms with")
    read = {look.file for look in looks}
    return Plan(
        reader=reader,
        kind=ArchiveKind(rules.kind),
        tables=tuple(tables),
        doubts=tuple(dict.fromkeys(doubts)),
        needs=tuple(dict.fromkeys(need for look in looks for table in look.tables for need in table.needs)),
        controls=tuple(control for look in looks for control in look.surveys[0].controls),
        ignored=tuple(file.name for file in source.files if file.name not in read),
        settled=_settled(looks),
        detail=Work(tuple(Pass(look.file, look.options, look.tables) for look in looks), options.author_salt),
    )


def _settled(looks: Sequence[_Look]) -> Mapping[str, Mapping[str, str]]:
    settled: dict[str, dict[str, str]] = {}
    for look in looks:
        for table in look.tables:
            settled.setdefault(look.file, {}).update(table.settled)
    return settled


def read_work(source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
    """Read what was planned, file by file."""
    if plan.needs:
        raise ImportRefused("; ".join(need.message for need in plan.needs))
    work = plan.detail
    if not isinstance(work, Work):
        raise ImportRefused("this plan was made by another reader")
    for one in work.passes:
        yield from gather(_read_pass(source, one, work.salt))


def _read_pass(source: ArchiveSource, one: Pass, salt: bytes) -> Iterator[Batch]:
    rows = FileRows(one.file, one.tables, salt)
    for chunk in chunks_of(source, one.file, one.options):
        yield from rows.batches(chunk)
    yield from rows.closing()


@dataclass(frozen=True, slots=True)
class _Look:
    """What the first pass through one sheet of one file showed."""

    file: str
    options: TableOptions
    header: tuple[str, ...]
    surveys: tuple[Survey, ...]
    sample: Chunk

    @property
    def tables(self) -> tuple[BoundTable, ...]:
        return tuple(survey.table for survey in self.surveys)

    def table_plans(self) -> Iterator[TablePlan]:
        """Say for every table which columns feed it; what nothing is taken from stands with the first."""
        used = {bound.column for table in self.tables for bound in table.columns}
        unused = [name for name in self.sample.header if name not in used]
        for place, table in enumerate(self.tables):
            columns = _column_plans(table, self.sample, self.file, unused if place == 0 else [])
            yield TablePlan(file=self.file, table=table.rule.table.name, columns=columns, header=self.header)


def _all_looks(source: ArchiveSource, rules: Sequence[TableRule], options: ReadOptions) -> Iterator[_Look]:
    """Look at every file that a rule reads; each rule has to read one."""
    used: set[int] = set()
    passed_over: ImportRefused | None = None
    for file in source.files:
        mine = [rule for rule in rules if not rule.files or any(_fits(file.name, glob) for glob in rule.files)]
        if not (file.given or is_table_name(file.name)):
            # A readme or a manifest may lie beside the tables that a rule without names means.
            unnamed = [rule for rule in mine if not rule.files]
            refused = _refusal(source, file.name, unnamed, options)
            if refused is not None:
                passed_over = passed_over or refused
                mine = [rule for rule in mine if rule.files]
        used.update(rule.number for rule in mine)
        yield from _looks(source, file.name, mine, options)
    _refuse_unused(source, [rule for rule in rules if rule.number not in used], passed_over)


def _refusal(
    source: ArchiveSource, file: str, rules: Sequence[TableRule], options: ReadOptions
) -> ImportRefused | None:
    """Return why the beginning of *file* is no table with the columns of *rules*, or None where it is one."""
    try:
        for rule in rules:
            table_options = _table_options(rule, options)
            names = _names(source, file, table_options)
            for chunk in chunks_of(source, file, table_options):
                bind(rule, names or chunk.header, file, options)
                break
    except ImportRefused as refused:
        return refused
    return None


def _looks(source: ArchiveSource, file: str, rules: Sequence[TableRule], options: ReadOptions) -> Iterator[_Look]:
    groups: dict[TableOptions, list[TableRule]] = {}
    for rule in rules:
        groups.setdefault(_table_options(rule, options), []).append(rule)
    for table_options, group in groups.items():
        yield _look(source, file, table_options, group, options)


def _fits(file: str, glob: str) -> bool:
    """Compare *glob* with the file's path and with its name alone; one that begins with `/` with the whole path only."""
    if glob.startswith("/"):
        return fnmatchcase(f"/{file}", glob)
    return fnmatchcase(file, glob) or fnmatchcase(file.rpartition("/")[2], glob)


def _look(
    source: ArchiveSource, file: str, table_options: TableOptions, rules: Sequence[TableRule], options: ReadOptions
) -> _Look:
    """Go through *file* once: the first chunk brings the header, and all of them the evidence."""
    names = _names(source, file, table_options)
    surveys: tuple[Survey, ...] = ()
    sample: Chunk | None = None
    for chunk in chunks_of(source, file, table_options):
        if not surveys:
            surveys = tuple(Survey(bind(rule, names or chunk.header, file, options)) for rule in rules)
        if sample is None or not sample.lines:
            sample = chunk.head(SAMPLE_ROWS)
        for survey in surveys:
            survey.take(chunk, file)
    if sample is None:
        raise ImportRefused("is empty: there is not a single row", file=file)
    return _Look(file, table_options, names or sample.header, surveys, sample)


def _table_options(rule: TableRule, options: ReadOptions) -> TableOptions:
    return TableOptions(
        encoding=rule.encoding or options.encoding,
        delimiter=rule.delimiter,
        header_line=rule.header,
        sheet=rule.sheet,
        flatten=True,
    )


def _names(source: ArchiveSource, file: str, options: TableOptions) -> tuple[str, ...]:
    """Return all names that occur anywhere in a JSONL file; of other formats the first chunk tells them."""
    names: dict[str, None] = {}
    if format_of(source, file, options.encoding) is Format.JSONL:
        for chunk in chunks_of(source, file, options):
            names.update(dict.fromkeys(chunk.header))
    return tuple(names)


def _refuse_unused(source: ArchiveSource, unused: Sequence[TableRule], passed_over: ImportRefused | None) -> None:
    if isinstance(source, MendedSource):
        return  # The other files of the import had no row to mend.
    for rule in unused:
        if not rule.files and passed_over is not None:
            raise passed_over
        shown = ", ".join(file.name for file in source.files[:10])
        raise ImportRefused(
            f"mapping, table {rule.number}: no file is called {' or '.join(rule.files)}; there are {shown}"
        )


def _column_plans(table: BoundTable, sample: Chunk, file: str, unused: Sequence[str]) -> tuple[ColumnPlan, ...]:
    columns = [
        ColumnPlan(
            bound.column,
            f"extra.{bound.name}" if bound.in_extra else bound.name,
            say(bound, table),
            _examples(bound, sample, file),
        )
        for bound in table.columns
        if bound.column
    ]
    columns += [ColumnPlan("", name, f"always {value}", ()) for name, value in table.constants.items()]
    for name in unused:
        # What is left out of a list of comments may be a name.
        cells = () if table.rule.table is COMMENTS else sample.columns[sample.header.index(name)]
        columns.append(ColumnPlan(name, "", "left out", _first(cells)))
    return tuple(columns)


def _examples(bound: Bound, sample: Chunk, file: str) -> tuple[str, ...]:
    if bound.name == "author_ref":
        return ("(a pseudonym)",)
    return _first(bound.cells(sample, file))


def _first(cells: Sequence[str]) -> tuple[str, ...]:
    distinct = list(dict.fromkeys(cell for cell in cells if cell))[:_EXAMPLES]
    return tuple(map(shown, distinct))


def say(bound: Bound, table: BoundTable) -> str:
    """Say in a few words how the cells of *bound* are read, by its rule and by what the file showed."""
    rule: ColumnRule = bound.rule
    order = rule.dates if isinstance(rule.dates, Order) else table.order(bound)
    zone = table.zone(bound)
    style = rule.number or table.style
    words = [
        f"cut out by {' or '.join(rule.patterns)}" if rule.patterns else "",
        "taken from the link" if rule.link else "",
        _number_words(style)
        if style and (bound.target.kind in {"integer", "decimal"} or rule.kind == "number")
        else "",
        f"dates {order}" if order else "",
        f"zone {zone}" if zone and bound.target.kind == "instant" else "",
        f"list by {rule.separator}" if rule.separator else "",
        f"as a {rule.fold}" if rule.fold else "",
        "a pseudonym is made of it" if bound.name == "author_ref" else "",
    ]
    return ", ".join(filter(None, words)) or "as it is"


def _number_words(style: NumberStyle) -> str:
    compact = replace(style, compact=False) != style
    example = f"1{style.group}234{style.point}5"
    return f"numbers like {example}" + (" or 1.4M" if compact else "")
