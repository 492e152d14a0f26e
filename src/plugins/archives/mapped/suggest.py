"""A first mapping for tables nobody described: guessed from headers and cells, written to be read and edited."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from ....application.collection.archives import ArchiveSource, ImportRefused
from ....domain.collection.cells_numbers import NumberRule, NumberStyle, read_numbers
from ....domain.collection.dates import weigh_order
from ....domain.collection.headers import normalise
from ....domain.collection.mapping import LANGUAGE
from ....domain.collection.number_styles import StyleVote
from ....domain.collection.records import POST_TYPES
from ..chunks import Chunk, TableOptions
from ..tables import is_table_name, sample_of
from .binding import BUILT_IN
from .words import TYPE_WORDS, fields_of

_HANDLE = re.compile(r"@[\w.\-]+|[a-z0-9_.\-]+")
_DESCRIBED = ("handle", "display_name", "country", "category")
_POST_FIELDS = ("published_at", "type", "title", "text", "hashtags", "duration_s")
_COUNTS = ("views", "impressions", "reach", "likes", "comments", "shares", "saves")
_NUMBERS = frozenset({*_COUNTS, "followers", "following"})
_EXAMPLES = 2
_EXAMPLE_CHARS = 40
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class _Guess:
    """A column, the field it may feed, and its rule as TOML."""

    column: str
    field: str
    rule: str
    examples: tuple[str, ...]
    note: str = ""

    def line(self) -> str:
        shown = ": ".join(filter(None, (self.note, " | ".join(self.examples))))
        return f"{self.field} = {self.rule}" + (f"  # {shown}" if shown else "")


def suggest_mapping(source: ArchiveSource) -> str:
    """Return a mapping to edit: what could be guessed is filled in, the rest stands in comments with examples."""
    files = [file.name for file in source.files if is_table_name(file.name)][:_MOST_FILES]
    if not files:
        raise ImportRefused(f"{source.label} holds no CSV, JSONL or XLSX file")
    samples = {file: sample_of(source, file, TableOptions(flatten=True)) for file in files}
    parts = [
        f"mapping = {LANGUAGE}",
        f"title = {_quoted(source.label)}",
        '# "owner_export" for an export of one\'s own account, which always stays private',
        'kind = "observations"',
        "",
        "[defaults]",
        *_network_lines(samples.values()),
        '# zone = "America/Sao_Paulo"            # of times without a zone',
        '# observed_at = "2026-01-31T12:00:00Z"  # when the figures were taken, where no column says so',
        "",
    ]
    alike: dict[frozenset[str], list[str]] = {}
    for file, sample in samples.items():
        alike.setdefault(frozenset(sample.header), []).append(file)
    for group in alike.values():
        parts += _file_lines(group, max((samples[file] for file in group), key=lambda sample: len(sample.lines)))
    return "\n".join(parts)


def _network_lines(samples: Iterable[Chunk]) -> Iterator[str]:
    found = {name for sample in samples for name in _networks_in(sample)}
    if len(found) == 1:
        yield f"network = {_quoted(next(iter(found)))}"
    else:
        yield f'# network = "instagram"               # one of {", ".join(BUILT_IN)}'


def _networks_in(sample: Chunk) -> Iterator[str]:
    for cells in sample.columns:
        for cell in cells[:20]:
            for name, network in BUILT_IN.items():
                if "/" in cell and any(network.post_from_link(cell)):
                    yield name


def _file_lines(files: Sequence[str], sample: Chunk) -> list[str]:
    guesses = _guesses(sample)
    named = _quoted(files[0]) if len(files) == 1 else f"[{', '.join(map(_quoted, files))}]"
    lines: list[str] = []
    taken: set[str] = set()
    for table, fields in _tables(set(guesses)):
        lines += ["[[table]]", f"table = {_quoted(table)}", f"files = {named}"]
        if "observed_at" not in guesses and table.endswith("metrics"):
            lines.append('# observed_at = "2026-01-31T12:00:00Z"')
        lines.append("[table.columns]")
        for guess in (_for_field(guesses, name) for name in fields):
            lines.append(guess.line())
            taken.add(guess.column)
        lines.append("")
    left = [name for name in sample.header if name not in taken]
    if left:
        lines.append(f"# columns of {files[0]!r} that nothing is taken from yet:")
        lines += [f"#   {_quoted(name)}  e.g. {' | '.join(_harmless(sample, name, guesses))}" for name in left]
        lines.append("")
    return lines


def _tables(has: AbstractSet[str]) -> Iterator[tuple[str, list[str]]]:
    """Choose the tables that the guessed fields *has* can feed, and their fields; the key may still have to be named."""

    def known(*names: str) -> list[str]:
        return [name for name in names if name in has]

    if "comment_id" in has:
        yield "comments", known("comment_id", "post_id", "author_ref", "published_at", "text", "likes")
        return
    of_posts = bool(known("post_id", "link", "published_at", *_COUNTS))
    of_profiles = bool(known("profile_id", "handle")) or not of_posts
    if of_profiles and known(*_DESCRIBED):
        yield "profiles", ["profile_id", *known(*_DESCRIBED)]
    if of_profiles and known("followers", "following"):
        yield "profile_metrics", ["profile_id", *known("observed_at", "followers", "following")]
    if of_posts or not known("profile_id", *_DESCRIBED, "followers", "following"):
        yield "posts", ["post_id", "profile_id", *known(*_POST_FIELDS)]
    if known(*_COUNTS):
        yield "post_metrics", ["post_id", *known("observed_at", *_COUNTS)]


def _for_field(guesses: Mapping[str, _Guess], name: str) -> _Guess:
    if name == "post_id" and "link" in guesses:
        link = guesses["link"]
        return _Guess(link.column, name, f"{{ column = {_quoted(link.column)}, link = true }}", link.examples)
    if name == "profile_id" and name not in guesses and "handle" in guesses:
        handle = guesses["handle"]
        rule = f'{{ column = {_quoted(handle.column)}, fold = "handle" }}'
        return _Guess(handle.column, name, rule, handle.examples)
    if name in guesses:
        return guesses[name]
    return _Guess("", f"# {name}", '"…"', ("which column?",))


def _guesses(sample: Chunk) -> dict[str, _Guess]:
    found: dict[str, _Guess] = {}
    style = _style(sample)
    columns = {
        name: [cell for cell in cells if cell] for name, cells in zip(sample.header, sample.columns, strict=True)
    }
    comments = any(_is_of_comments(name, cells) for name, cells in columns.items())
    for column, filled in columns.items():
        fields = [field for field in fields_of(column) if comments or field != "author_ref"]
        rules = ((field, _rule(field, column, filled, style)) for field in fields)
        field, rule = next(((field, rule) for field, rule in rules if rule), ("", ""))
        if field == "display_name" and "handle" not in found and all(map(_HANDLE.fullmatch, filled)):
            field = "handle"  # `Perfil` may hold either: names of people have blanks and capitals
        if rule and field not in found:
            shown = () if field == "author_ref" else _examples(sample, column)
            found[field] = _Guess(column, field, rule, shown, _note(field, filled))
    bare = next((column for column in columns if normalise(column) == "id"), None)
    if bare is not None and not {"post_id", "link", "comment_id"} & set(found):
        field = "profile_id" if "followers" in found and not set(_COUNTS) & set(found) else "post_id"
        found.setdefault(field, _Guess(bare, field, _quoted(bare), _examples(sample, bare)))
    return found


def _is_of_comments(column: str, cells: Sequence[str]) -> bool:
    """Say whether *column* shows that every row is a comment: it holds their ids, or their text and no count of them."""
    fields = fields_of(column)
    return "comment_id" in fields or (fields == ["comments", "text"] and not _rule("comments", column, cells, "plain"))


def _rule(field: str, column: str, cells: Sequence[str], style: str) -> str:
    """Write the rule for *column*; "" where the cells cannot be what the header says."""
    name = _quoted(column)
    if field in _NUMBERS:
        return _number_rule(name, cells, style)
    if field == "link" and cells and not any(map(_leads_to_a_post, cells)):
        return ""
    if field == "type":
        return _type_rule(name, cells)
    if field == "hashtags":
        separator = (
            "literal"
            if any(cell.startswith("[") for cell in cells)
            else ","
            if any("," in cell for cell in cells)
            else "blank"
        )
        return f"{{ column = {name}, list = {_quoted(separator)} }}"
    return name


def _note(field: str, cells: Sequence[str]) -> str:
    """Say what the person must add. An order is not guessed: the ids may show it, or the import asks."""
    if field not in {"published_at", "observed_at"}:
        return ""
    evidence = weigh_order(cells, range(len(cells)))
    open_order = evidence.numeric and evidence.order is None
    return 'add dates = "day-first" or "month-first" if the import asks' if open_order else ""


def _leads_to_a_post(cell: str) -> bool:
    return any(network.post_from_link(cell)[0] for network in BUILT_IN.values())


def _type_rule(name: str, cells: Sequence[str]) -> str:
    """Translate the words for kinds of posts that are known; others are left for the person to say."""
    said = list(dict.fromkeys(cell.strip() for cell in cells))
    known = {cell: kind for cell in said for kind, words in TYPE_WORDS if re.search(words, normalise(cell))}
    if not known or all(cell in POST_TYPES for cell in said):
        return name
    pairs = ", ".join(f"{_quoted(cell)} = {_quoted(kind)}" for cell, kind in known.items())
    return f"{{ column = {name}, values = {{ {pairs} }} }}"


def _number_rule(name: str, cells: Sequence[str], style: str) -> str:
    """Read *cells* in the file's *style*, with suffixes where there are any; "" where most are no numbers."""
    read = read_numbers(cells, NumberRule(style=replace(NumberStyle.parse(style), compact=True), integral=True))
    if read.parsed.labels.total() > len(cells) // 4:
        return ""
    if read.compact:
        style = "compact" if style == "plain" else f"{style}K"
    return name if style == "plain" else f"{{ column = {name}, number = {_quoted(style)} }}"


def _style(sample: Chunk) -> str:
    """Return the style in which the counts of the file, taken together, are written."""
    vote = StyleVote(compact=True)
    for column, cells in zip(sample.header, sample.columns, strict=True):
        if _NUMBERS & set(fields_of(column)):
            vote.take(cells, NumberRule(integral=True))
    return vote.winner


def harmless_examples(sample: Chunk, column: str) -> tuple[str, ...]:
    """Return example cells of a column that nothing is taken from; none in a list of comments, where it may be a name."""
    return _harmless(sample, column, _guesses(sample))


def _harmless(sample: Chunk, column: str, fields: Collection[str]) -> tuple[str, ...]:
    return () if {"comment_id", "author_ref"} & set(fields) else _examples(sample, column)


def _examples(sample: Chunk, column: str) -> tuple[str, ...]:
    cells = sample.columns[sample.header.index(column)]
    shown = list(dict.fromkeys(re.sub(r"\s+", " ", cell).strip() for cell in cells if cell.strip()))[:_EXAMPLES]
    return tuple("".join(letter for letter in cell[:_EXAMPLE_CHARS] if letter.isprintable()) for cell in shown)


def _quoted(text: str) -> str:
    """Write *text* as a TOML string on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(letter if letter.isprintable() else f"\\u{ord(letter) & 0xFFFF:04X}" for letter in escaped) + '"'
    )
