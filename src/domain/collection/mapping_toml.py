"""Reading a mapping from TOML. Every mistake is found before a row is read, and named with its line and its cure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn

from .cells import clean_object, read_cells
from .cells_numbers import NumberStyle
from .dates import Order, zone_of
from .headers import normalise
from .mapping import LANGUAGE, ColumnRule, DateStyle, DropRule, MappingInvalid, MappingRules, TableRule
from .mapping_patterns import pattern_of
from .records import TABLES, Field, Kind, Table

MOST_BYTES = 1 << 20
TOP_KEYS = {"mapping", "title", "kind", "defaults", "table"}
TABLE_KEYS = {
    "table", "files", "sheet", "header", "delimiter", "encoding", "network", "observed_at", "sequence", "numbers",
    "missing", "dates", "zone", "drop", "totals", "constants", "columns",
}  # fmt: skip
RULE_KEYS = {
    "column", "otherwise", "optional", "pattern", "link", "number", "unit", "percent", "missing", "dates", "zone", "list",
    "values", "fold", "repair", "kind",
}  # fmt: skip
KINDS = ("text", "number", "duration")
_FIRST_SEQUENCE, _LAST_SEQUENCE = 1, 10_000


def load_mapping(text: bytes) -> MappingRules:
    """Read and check a mapping; `MappingInvalid` names the first mistake."""
    if len(text) > MOST_BYTES:
        raise MappingInvalid(f"it has more than {MOST_BYTES} bytes")
    try:
        decoded = text.decode("utf-8-sig")
        document = tomllib.loads(decoded)
    except UnicodeDecodeError as error:
        raise MappingInvalid(f"it is not UTF-8: byte 0x{text[error.start]:02X} at offset {error.start}") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise MappingInvalid(f"it is not TOML: {error}", line=int(line[1]) if line else 0) from error
    return _Loader(decoded, document).mapping()


class _Loader:
    """One mapping on its way from TOML to rules; keeps the text, to find lines in it."""

    def __init__(self, text: str, document: Mapping[str, Any]) -> None:
        self._lines = text.splitlines()
        self._document = document
        self._table = 0

    def mapping(self) -> MappingRules:
        document = self._document
        self._known(document, TOP_KEYS, "the mapping")
        if document.get("mapping") != LANGUAGE:
            self._fail("mapping", f"the first line must be `mapping = {LANGUAGE}`, the version of this language")
        kind = document.get("kind", "observations")
        if kind not in ("observations", "owner_export"):
            self._fail("kind", f"{kind!r} is neither 'observations' nor 'owner_export'")
        tables = document.get("table")
        if not isinstance(tables, list) or not tables:
            self._fail("table", "there is no [[table]]; each says how some files feed one table")
        defaults = self._mapping(document.get("defaults", {}), "defaults")
        self._known(defaults, TABLE_KEYS - {"table", "columns"}, "[defaults]")
        rules = tuple(self._table_rule(place, table, defaults) for place, table in enumerate(tables, start=1))
        return MappingRules(title=str(document.get("title", "")), kind=kind, tables=rules)

    def _table_rule(self, number: int, given: object, defaults: Mapping[str, Any]) -> TableRule:
        self._table = number
        own = self._mapping(given, "table")
        self._known(own, TABLE_KEYS, "a [[table]]")
        constants = {
            **self._mapping(defaults.get("constants", {}), "constants"),
            **self._mapping(own.get("constants", {}), "constants"),
        }
        said = {**defaults, **own, "constants": constants}
        name = said.get("table")
        if not isinstance(name, str) or name not in TABLES:
            self._fail("table", f"{name!r} is not a table; {', '.join(TABLES)} are")
        table = TABLES[name]
        columns = self._mapping(own.get("columns", {}), "columns")
        known_constants = self._constants(table, said, columns)
        rules = {key: self._column_rule(table, key, rule, said) for key, rule in columns.items() if key != "extra"}
        extra = self._mapping(columns.get("extra", {}), "columns.extra")
        rule = TableRule(
            table=table,
            number=number,
            files=self._texts(said, "files"),
            sheet=self._typed(said, "sheet", (str, int)),
            header=self._counted(said, "header", 1, 1_000),
            delimiter=self._delimiter(said),
            encoding=self._typed(said, "encoding", (str,)),
            sequence=self._counted(said, "sequence", _FIRST_SEQUENCE, _LAST_SEQUENCE),
            observed_at=self._instant(said),
            constants=known_constants,
            columns=rules,
            extra={key: self._extra_rule(key, rule, said) for key, rule in extra.items()},
            drop=self._drops(said),
            totals=self._typed(said, "totals", (str,)),
        )
        self._check_key(rule)
        return rule

    def _check_key(self, rule: TableRule) -> None:
        """Everything a row cannot do without has a column or a constant, or can come from the person."""
        said = {*rule.columns, *rule.constants}
        from_person = {"profile_id", "observed_at", "network"}
        for name in rule.table.required:
            if name not in said and name not in from_person:
                self._fail("columns", f'{rule.table.name} needs {name}: name its column, as in {name} = "…"')

    def _constants(self, table: Table, said: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, object]:
        given = dict(said["constants"])
        if "network" in said:
            given.setdefault("network", said["network"])
        constants: dict[str, object] = {}
        for name, value in given.items():
            if name not in table.names:
                if name in said.get("constants", {}) and name not in self._document.get("defaults", {}).get(
                    "constants", {}
                ):
                    self._unknown(f"constants.{name}", name, table.names, f"field of {table.name}")
                continue
            if name in columns:
                if name != "network":
                    self._fail(f"constants.{name}", f"{name} has a column and a constant; leave one of them out")
                continue
            constants[name] = self._constant(table.field(name), value)
        return constants

    def _constant(self, target: Field, value: object) -> object:
        if target.kind is Kind.OBJECT:
            if not isinstance(value, dict) or clean_object(value):
                self._fail(f"constants.{target.name}", "it must be a table of values without NUL characters")
            return value
        if isinstance(value, datetime) and value.tzinfo is None:
            self._fail(f"constants.{target.name}", "the time has no zone; write it as 2026-01-31T12:00:00Z")
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        parsed = read_cells(target, [text.lower() if isinstance(value, bool) else text])
        for problem in parsed.problems.values():
            self._fail(target.name if target.name == "network" else f"constants.{target.name}", problem.message)
        return parsed.values[0]

    def _column_rule(self, table: Table, name: str, given: object, said: Mapping[str, Any]) -> ColumnRule:
        if name not in table.names:
            self._unknown(f"columns.{name}", name, table.names, f"field of {table.name}")
        return self._rule(f"columns.{name}", given, said)

    def _extra_rule(self, name: str, given: object, said: Mapping[str, Any]) -> ColumnRule:
        return self._rule(f"columns.extra.{name}", given, said)

    def _rule(self, key: str, given: object, said: Mapping[str, Any]) -> ColumnRule:
        rule = {"column": given} if isinstance(given, (str, list)) else self._mapping(given, key)
        self._known(rule, RULE_KEYS, key)
        columns = self._texts(rule, "column", key)
        if not columns:
            self._fail(key, 'the rule names no column; write column = "the header"')
        number = rule.get("number", said.get("numbers"))
        kind = self._choice({"kind": "number" if "number" in rule else "text", **rule}, "kind", KINDS, key)
        return ColumnRule(
            columns=columns,
            where=f"table {self._table}, {key}",
            optional=self._flag(rule, "optional", key),
            otherwise=self._typed(rule, "otherwise", (str,), key) or "",
            patterns=self._patterns(rule, key),
            link=self._flag(rule, "link", key),
            number=self._style(number, key),
            kind=kind,  # type: ignore[arg-type]
            unit=self._unit(rule, key),
            percent=self._flag(rule, "percent", key),
            missing=frozenset(normalise(word) for word in self._texts({**said, **rule}, "missing", key)),
            dates=self._dates(rule.get("dates", said.get("dates", "infer")), key),
            zone=self._zone(rule.get("zone", said.get("zone")), key),
            separator=self._typed(rule, "list", (str,), key),
            values={normalise(cell): str(value) for cell, value in self._mapping(rule.get("values", {}), key).items()},
            fold=self._choice(rule, "fold", ("", "handle", "lower"), key),  # type: ignore[arg-type]
            repair=self._choice(rule, "repair", ("", "latin-1"), key) == "latin-1",
        )

    def _drops(self, said: Mapping[str, Any]) -> tuple[DropRule, ...]:
        given = said.get("drop", [])
        rules = []
        for drop in given if isinstance(given, list) else [given]:
            rule = self._mapping(drop, "drop")
            self._known(rule, {"column", "equals", "empty"}, "drop")
            column = self._typed(rule, "column", (str,), "drop")
            equals = frozenset(normalise(word) for word in self._texts(rule, "equals", "drop"))
            empty = self._flag(rule, "empty", "drop")
            if column is None or not (equals or empty):
                self._fail("drop", 'a rule names a column and what it equals: { column = "Type", equals = ["Total"] }')
            rules.append(DropRule(column=column, equals=equals, empty=empty))
        return tuple(rules)

    def _dates(self, value: object, key: str) -> DateStyle:
        if isinstance(value, str) and value in {"infer", "day-first", "month-first"}:
            return "infer" if value == "infer" else Order(str(value))
        formats = [value] if isinstance(value, str) else value
        if not isinstance(formats, list) or not all(isinstance(form, str) and "%" in form for form in formats):
            self._fail(
                key, f"dates = {value!r} is none of infer, day-first, month-first, or formats like '%d.%m.%Y %H:%M'"
            )
        for form in formats:
            try:
                datetime.strptime(datetime(2026, 1, 31, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007 - only tried
            except ValueError as error:
                self._fail(key, f"the date format {form!r} cannot be used: {error}")
        return tuple(formats)

    def _zone(self, value: object, key: str) -> str | None:
        if value is None:
            return None
        try:
            zone_of(str(value))
        except ValueError as error:
            self._fail(key, str(error))
        return str(value)

    def _style(self, value: object, key: str) -> NumberStyle | None:
        if value is None:
            return None
        try:
            return NumberStyle.parse(str(value))
        except ValueError as error:
            self._fail(key, str(error))

    def _patterns(self, rule: Mapping[str, Any], key: str) -> tuple[str, ...]:
        patterns = self._texts(rule, "pattern", key)
        for pattern in patterns:
            try:
                pattern_of(pattern)
            except ValueError as error:
                self._fail(key, str(error))
        return patterns

    def _unit(self, rule: Mapping[str, Any], key: str) -> Decimal:
        value = rule.get("unit", 1)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1e12:
            self._fail(key, f"unit = {value!r} is not a positive number")
        return Decimal(str(value))

    def _instant(self, said: Mapping[str, Any]) -> datetime | None:
        value = said.get("observed_at")
        if value is None:
            return None
        text = value.isoformat() if isinstance(value, date) else str(value)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            text += "T00:00:00Z"
        found = read_cells(Field("observed_at", Kind.INSTANT), [text])
        for problem in found.problems.values():
            self._fail("observed_at", problem.message)
        instant = found.values[0]
        return instant if isinstance(instant, datetime) else None

    def _delimiter(self, said: Mapping[str, Any]) -> str | None:
        value: str | None = self._typed(said, "delimiter", (str,))
        if value is not None and (len(value) != 1 or value in '"\r\n'):
            self._fail("delimiter", f"{value!r} is not one character that divides cells")
        return value

    def _flag(self, rule: Mapping[str, Any], name: str, key: str) -> bool:
        return bool(self._typed(rule, name, (bool,), key))

    def _choice(self, rule: Mapping[str, Any], name: str, known: Sequence[str], key: str) -> str:
        value = rule.get(name, "")
        if value not in known:
            self._fail(key, f"{name} = {value!r} is none of {', '.join(filter(None, known))}")
        return str(value)

    def _counted(self, said: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
        value: int | None = self._typed(said, name, (int,))
        if value is not None and not least <= value <= most:
            self._fail(name, f"{name} = {value} is not between {least} and {most}")
        return value

    def _typed(self, said: Mapping[str, Any], name: str, kinds: tuple[type, ...], key: str = "") -> Any:
        value = said.get(name)
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            self._fail(key or name, f"{name} = {value!r} is not {' or '.join(_WORDS[kind] for kind in kinds)}")
        return value

    def _texts(self, said: Mapping[str, Any], name: str, key: str = "") -> tuple[str, ...]:
        value = said.get(name, ())
        texts = (value,) if isinstance(value, str) else value
        if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
            self._fail(key or name, f"{name} = {value!r} is neither a text nor a list of texts")
        return tuple(texts)

    def _mapping(self, value: object, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self._fail(key, f"{value!r} stands where a table of keys belongs")
        return value

    def _known(self, given: Mapping[str, Any], known: set[str], what: str) -> None:
        for name in given:
            if name not in known:
                self._unknown(name, name, sorted(known), f"key of {what}")

    def _unknown(self, key: str, name: str, known: Sequence[str], what: str) -> NoReturn:
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        self._fail(key, f"{name!r} is not a {what}; {hint}")

    def _fail(self, key: str, message: str) -> NoReturn:
        place = f"table {self._table}, {key}: " if self._table else f"{key}: "
        raise MappingInvalid(place + message, line=find_line(self._lines, self._table, key))


_WORDS: dict[type, str] = {str: "a text", int: "a number", bool: "true or false"}


def find_line(lines: Sequence[str], table: int, key: str) -> int:
    """Return the line (1-based) on which *key* of the *table*-th [[table]] stands, or where that table begins."""
    leaf = key.rpartition(".")[2]
    wanted = re.compile(rf"""\s*(?:[\w."']+\.)?["']?{re.escape(leaf)}["']?\s*=""")
    inline = re.compile(rf"""[{{,]\s*{re.escape(leaf)}\s*=""")
    seen, start = 0, 0
    for number, line in enumerate(lines, start=1):
        if line.strip().startswith("[[table]]"):
            seen += 1
            start = number if seen == table else start
        if seen == table and (wanted.match(line) or inline.search(line)):
            return number
    return start
