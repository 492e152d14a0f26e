"""A first mapping for tables nobody described: guessed from headers and cells, written to be read and edited."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
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

_WORDS: Sequence[tuple[str, str]] = (
    ("comment_id", r"comment[ _]?id|id do comentário"),
    ("author_ref", r"user[ _]?id|author(?: id| name)?|autor|commenter"),
    ("link", r"permalink|link|(?:vid|video|post)[ _]?url|url do post|enlace"),
    (
        "post_id",
        (
            r"(?:post|video|vid|media|message|tweet|content)[ _-]?id|video|vidid|"
            r"id d[aeo](?: la|l)? ?(?:post|publicação|publicación|vídeo|video|mídia|conteúdo|contenido)"
        ),
    ),
    ("profile_id", r"(?:channel|profile|account|page|user)[ _-]?id"),
    (
        "handle",
        (
            r"handle|user[ _]?name|account username|custom[ _]url|nome de usuário|usuário|usuario|arroba|@|"
            r".*(?:insta|tiktok|youtu).*name.*"
        ),
    ),
    (
        "display_name",
        (
            r"(?:display|account|profile|channel|full)[ _]?(?:name|title)|profile|perfil|"
            r"account|conta|cuenta|creator|criador|creador|influencer|influenciador|name|nome|nombre"
        ),
    ),
    (
        "observed_at",
        r"(?:snapshot|scrape|crawl|observed|date|last seen).*(?:utc|at)|.*scrape ?time|snapshot_utc|date_utc",
    ),
    (
        "published_at",
        (
            r"(?:video )?publish(?:ed)?.*|post ?time|.*post_?time|date|data|fecha|datum|horário de publicação|created_at|"
            r"publicado (?:em|el)|postado em|(?:data|fecha) d[ae] publica(?:ção|ción)"
        ),
    ),
    ("type", r"(?:post|media|content) ?type|tipo.*|type|format|formato"),
    ("title", r"(?:video |post )?title|título"),
    ("text", r"message|caption|.*_caption|description|text|comments?(?=$)|legenda|descrição|descripción|texto"),
    ("hashtags", r".*hashtags?"),
    ("duration_s", r".*duration.*|duração.*|duración.*"),
    ("followers", r".*(?:followers?|subscribers|nfollower|seguidores|abonn).*"),
    ("following", r"following|seguindo|siguiendo"),
    ("views", r".*(?:views?|view_count|nview|visualizações|vistas|visualizaciones|plays)(?: .*)?"),
    ("impressions", r"impressions|impressões|impresiones"),
    ("reach", r"reach|alcance.*|accounts reached"),
    ("likes", r".*(?:likes?|like_count|nlike|curtidas|me gusta|reactions)(?: .*)?"),
    ("shares", r".*(?:shares?|nshare|compartilhamentos|compartidos)(?: .*)?"),
    ("saves", r".*(?:saves?|nsave|salvamentos|guardados)"),
    ("comments", r".*(?:comments?|comment_count|ncomment|comentários|comentarios)(?: .*)?"),
    ("country", r".*country.*|país.*|pais"),
    ("category", r"categor.*"),
)
_TYPE_WORDS: Sequence[tuple[str, str]] = (
    ("video", r"v[ií]deo"),
    ("image", r"image|imagem|imagen|photo|foto"),
    ("carousel", r"carousel|carrossel|carrusel|album|álbum|sidecar"),
    ("story", r"story|stories|historia|história"),
    ("live", r"\blive\b|ao vivo|en vivo|directo"),
    ("short", r"short"),
    ("reel", r"reel"),
)
"""Later ones win: `IG reel` is a reel even where it says video as well."""
_HANDLE = re.compile(r"@?[a-z0-9_.\-]+")
_POST_FIELDS = ("post_id", "profile_id", "published_at", "type", "url", "title", "text", "hashtags", "duration_s")
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

    def line(self) -> str:
        shown = " | ".join(self.examples)
        return f"{self.field} = {self.rule}" + (f"  # {shown}" if shown else "")


def suggest_mapping(source: ArchiveSource) -> str:
    """Return a mapping to edit: what could be guessed is filled in, the rest stands in comments with examples."""
    files = [file.name for file in source.files if is_table_name(file.name)][:_MOST_FILES]
    if not files:
        raise ImportRefused(f"{source.label} holds no CSV, JSONL or XLSX file")
    parts = [
        f"mapping = {LANGUAGE}",
        f"title = {_quoted(source.label)}",
        '# "owner_export" for an export of one\'s own account, which always stays private',
        'kind = "observations"',
        "",
        "[defaults]",
        *_network_lines(source, files),
        '# zone = "America/Sao_Paulo"            # of times without a zone',
        '# observed_at = "2026-01-31T12:00:00Z"  # when the figures were taken, where no column says so',
        "",
    ]
    alike: dict[frozenset[str], list[str]] = {}
    samples = {file: sample_of(source, file, TableOptions(flatten=True)) for file in files}
    for file, sample in samples.items():
        alike.setdefault(frozenset(sample.header), []).append(file)
    for group in alike.values():
        parts += _file_lines(group, max((samples[file] for file in group), key=lambda sample: len(sample.lines)))
    return "\n".join(parts)


def _network_lines(source: ArchiveSource, files: Sequence[str]) -> Iterator[str]:
    found = {name: network for file in files for name, network in _networks_in(sample_of(source, file))}
    if len(found) == 1:
        yield f"network = {_quoted(next(iter(found)))}"
    else:
        yield f'# network = "instagram"               # one of {", ".join(BUILT_IN)}'


def _networks_in(sample: Chunk) -> Iterator[tuple[str, object]]:
    for cells in sample.columns:
        for cell in cells[:20]:
            for name, network in BUILT_IN.items():
                if "/" in cell and any(network.post_from_link(cell)):
                    yield name, network


def _file_lines(files: Sequence[str], sample: Chunk) -> list[str]:
    guesses = _guesses(sample)
    left = [
        _Guess(name, "", "", harmless_examples(sample, name, set(guesses)))
        for name in sample.header
        if name not in {one.column for one in guesses.values()}
    ]
    named = _quoted(files[0]) if len(files) == 1 else f"[{', '.join(map(_quoted, files))}]"
    lines: list[str] = []
    for table, fields in _tables(guesses):
        lines += ["[[table]]", f"table = {_quoted(table)}", f"files = {named}"]
        if (
            table != "comments"
            and "sequence" not in guesses
            and "observed_at" not in guesses
            and table.endswith("metrics")
        ):
            lines.append('# observed_at = "2026-01-31T12:00:00Z"')
        lines.append("[table.columns]")
        lines += [_for_field(guesses, name).line() for name in fields]
        lines.append("")
    if left:
        lines.append(f"# columns of {files[0]!r} that nothing is taken from yet:")
        lines += [f"#   {_quoted(one.column)}  e.g. {' | '.join(one.examples)}" for one in left]
        lines.append("")
    return lines


def _tables(guesses: Mapping[str, _Guess]) -> Iterator[tuple[str, list[str]]]:
    """Choose the tables that the guessed fields can feed, and their fields."""
    has = set(guesses)
    profile = [name for name in ("profile_id", "handle") if name in has][:1]
    if "comment_id" in has:
        yield (
            "comments",
            [name for name in ("comment_id", "post_id", "author_ref", "published_at", "text", "likes") if name in has],
        )
        return
    if profile and has & {"handle", "display_name", "country", "category"}:
        described = [name for name in ("handle", "display_name", "country", "category") if name in has]
        yield "profiles", ["profile_id", *described]
    if profile and "followers" in has:
        yield (
            "profile_metrics",
            ["profile_id", *(name for name in ("observed_at", "followers", "following") if name in has)],
        )
    if has & {"post_id", "link", "published_at"}:
        yield "posts", ["post_id", "profile_id", *(name for name in _POST_FIELDS[2:] if name in has)]
        yield "post_metrics", ["post_id", *(name for name in ("observed_at", *_COUNTS) if name in has)]
    elif not profile:
        yield "posts", [name for name in _POST_FIELDS if name in has] or ["post_id"]


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
    for column, cells in zip(sample.header, sample.columns, strict=True):
        field = next(iter(_fields(column)), None)
        if field is None or (field in found and " [" not in column):
            continue
        filled = [cell for cell in cells if cell]
        if field == "display_name" and "handle" not in found and all(map(_HANDLE.fullmatch, filled)):
            field = "handle"  # `Perfil` may hold either: names of people have blanks and capitals
        rule = _rule(field, column, filled, style)
        if rule and field not in found:
            shown = () if field == "author_ref" else _examples(sample, column)
            found[field] = _Guess(column, field, rule, shown)
    return found


def _fields(column: str) -> list[str]:
    """Return the fields that *column* may feed by its name, the likeliest first."""
    text = normalise(re.sub(r" \[\d+\]$", "", column))
    return [field for field, words in _WORDS if re.fullmatch(words, text)]


def _rule(field: str, column: str, cells: Sequence[str], style: str) -> str:
    """Write the rule for *column*; "" where the cells cannot be what the header says."""
    name = _quoted(column)
    if field in _NUMBERS:
        return _number_rule(name, cells, style)
    if field in {"published_at", "observed_at"} and cells:
        evidence = weigh_order(cells, range(len(cells)))
        if evidence.numeric and evidence.order is None:
            return f'{{ column = {name}, dates = "day-first" }}  # or "month-first"? the first rows fit both;'
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


def _type_rule(name: str, cells: Sequence[str]) -> str:
    """Translate the words for kinds of posts that are known; others are left for the person to say."""
    said = list(dict.fromkeys(cell.strip() for cell in cells))
    known = {cell: kind for cell in said for kind, words in _TYPE_WORDS if re.search(words, normalise(cell))}
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
        if _NUMBERS & set(_fields(column)):
            vote.take(cells, NumberRule(integral=True))
    return vote.winner


def harmless_examples(sample: Chunk, column: str, fields: Collection[str] | None = None) -> tuple[str, ...]:
    """Return example cells of a column that nothing is taken from; none in a list of comments, where it may be a name."""
    return () if "comment_id" in (_guesses(sample) if fields is None else fields) else _examples(sample, column)


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
