"""Whatever the bytes: batches that keep their promises, or a refusal; nothing else, and in bounded memory."""

from __future__ import annotations

import io
import json
import resource
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from analisa.application.collection.archives import ArchiveReader, ReadOptions, SourceLimits
from analisa.domain.collection.batch import Batch
from analisa.domain.collection.records import Kind
from analisa.domain.shared.errors import AnalisaError
from analisa.domain.shared.social import ProfileRef
from analisa.plugins.archives.source import Source
from analisa.plugins.manager import Plugins
from tests.promises import Figures

from .archives import a_source, an_archive
from .test_known_exports import BRAZILIAN, ENGLISH, TABLE, row

pytestmark = pytest.mark.promise("SEC21")

PLUGINS = Plugins.load([])
SHORT, FULL = 10, 1_000
MAPPING = b"""mapping = 1
[defaults]
network = "tiktok"
numbers = "compact"
[[table]]
table = "posts"
[table.columns]
post_id = { column = "ID", optional = true }
profile_id = { column = "Author", optional = true, fold = "handle" }
published_at = { column = "When", optional = true }
hashtags = { column = "Tags", optional = true, list = "literal" }
duration_s = { column = "Length", optional = true }
extra.note = { column = "Note", optional = true, kind = "number" }
[[table]]
table = "post_metrics"
[table.columns]
post_id = { column = "ID", optional = true }
views = { column = "Views", optional = true }
"""
LIST = "ID,Author,When,Tags,Length,Note,Views\n" + "".join(
    f"75{number:017},@ana,2025-0{number % 9 + 1}-02 10:00,\"['a', 'b']\",0:0{number % 9}:10,1.5,1.{number}M\n"
    for number in range(30)
)
JSONL = "".join(
    json.dumps({"ID": number, "Author": {"name": "é"}, "Views": number * 1.5}) + "\n" for number in range(20)
)
ARCHIVE = an_archive(
    {
        "profiles.csv": 'network,profile_id,handle,created_at,extra\nx,1,ana,2020-01-01T00:00:00Z,\nx,2,bea,,"{""a"": 1}"\n',
        "posts.jsonl": '{"network": "x", "post_id": "5", "profile_id": "1", "hashtags": ["a", "b"], "duration_s": 1.5}\n',
        "post_metrics.csv": "network,post_id,observed_at,views,watch_time_s\nx,5,2025-01-01T00:00:00Z,5,1.5\n",
    }
)
TYPES: Mapping[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: (int, float),
    Kind.INSTANT: datetime,
    Kind.BOOLEAN: bool,
    Kind.WORDS: tuple,
    Kind.OBJECT: dict,
}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in LIST.splitlines():
        book.active.append(line.split(",")[:7])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ARCHIVE.items():
            archive.writestr(name, text)
    return stream.getvalue()


SAMPLES: Mapping[str, bytes] = {
    "list.csv": LIST.encode(),
    "list.jsonl": JSONL.encode(),
    "list.xlsx": workbook(),
    "meta.csv": (ENGLISH + row() * 3).encode(),
    "studio.csv": TABLE.encode(),
    "studio.pt.csv": BRAZILIAN.encode(),
    "wide.csv": LIST.encode("utf-16"),
}
PIECES = [
    b"\0",
    b'"',
    b"\xff",
    b"\r",
    b"\n",
    b",",
    b";",
    b"\xed\xa0\x80",
    b"7.5E+18",
    b"{",
    b"[" * 300,
    b"9" * 400,
    b"=1+1",
    b"\\u0000",
    b"\xef\xbb\xbf",
]
OPTIONS = ReadOptions(
    mapping=MAPPING,
    author_salt=b"s",
    observed_at=datetime(2026, 1, 1, tzinfo=UTC),
    profile=ProfileRef.parse("youtube:UCabcdefghijklmnopqrstuv"),
)
LIMITS = SourceLimits(max_rows=10_000, max_line_chars=1 << 16, max_unpacked_bytes=8 << 20, max_sheet_bytes=8 << 20)


def mutated(content: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, length, piece in changes:
        place = int(where * len(content))
        content = content[:place] + piece + content[place + length :]
    return content


CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(st.sampled_from(PIECES), st.binary(max_size=6))),
    min_size=1,
    max_size=6,
)


def check(batch: Batch) -> None:
    """A batch keeps the promises of `Batch` and of every field's kind."""
    assert set(batch.columns) <= set(batch.table.names)
    for name, values in batch.columns.items():
        assert len(values) == len(batch.lines)
        kind = batch.table.field(name).kind
        assert all(value is None or isinstance(value, TYPES[kind]) for value in values), name
        if kind is Kind.INTEGER:
            assert all(0 <= value < 2**63 for value in values if isinstance(value, int))
        text = json.dumps([str(value) for value in values], ensure_ascii=False)
        assert "\\x00" not in repr(values)
        text.encode()
    for name in batch.table.required:
        assert None not in batch.columns.get(name, [None] if len(batch) else [])
    for finding in batch.findings:
        assert finding.message
        assert "\0" not in finding.message + finding.file
        assert finding.file == batch.file
        assert "\\x00" not in repr(dict(finding.cells))


def survive(open_source: Callable[[], Source], reader: ArchiveReader) -> None:
    try:
        with open_source() as source:
            reader.recognise(source)
            for batch in reader.read(source, reader.plan(source, OPTIONS)):
                check(batch)
    except AnalisaError as error:
        assert str(error)  # noqa: PT017 - a refusal with a sentence is one of the two right outcomes


def every_reader(name: str, content: bytes) -> None:
    for reader in PLUGINS.archive_readers().values():
        survive(lambda: a_source({name: content}, max_rows=10_000, max_line_chars=1 << 16), reader)


def any_bytes(content: bytes, name: str) -> None:
    every_reader(name, content)


def any_mutation(name: str, changes: list[tuple[float, int, bytes]]) -> None:
    every_reader(name, mutated(SAMPLES[name], changes))


def any_archive(name: str, changes: list[tuple[float, int, bytes]]) -> None:
    text = ARCHIVE[name]
    content = mutated(text.encode() if isinstance(text, str) else text, changes)
    files: dict[str, str | bytes] = {**ARCHIVE, name: content}
    if name != "manifest.json":
        manifest = json.loads(ARCHIVE["manifest.json"])
        files["manifest.json"] = json.dumps(
            {**manifest, "tables": [{**one, "sha256": None} for one in manifest["tables"]]}
        )
    survive(lambda: a_source(files), PLUGINS.archive_readers()["creator-archive"])


def any_zip(folder: Path, changes: list[tuple[float, int, bytes]]) -> None:
    path = folder / "a.zip"
    path.write_bytes(mutated(packed(), changes))
    survive(lambda: Source.open([path], LIMITS), PLUGINS.archive_readers()["creator-archive"])


def run(figures: Figures, test: Callable[..., None], examples: int, **arguments: st.SearchStrategy[Any]) -> None:
    figures.ran(examples)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    wrapped = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=checks)(
        given(**arguments)(test)
    )
    seed(20_260_301)(wrapped)()


@pytest.mark.parametrize("examples", [SHORT, pytest.param(FULL, marks=pytest.mark.prove)])
def test_any_bytes_give_batches_or_a_refusal(figures: Figures, examples: int) -> None:
    names = st.sampled_from(["a.csv", "a.jsonl", "a.xlsx", "manifest.json"])
    starts = st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"a,b\n", b'{"a": ', b'"'])

    run(
        figures,
        lambda start, content, name: any_bytes(start + content, name),
        examples,
        start=starts,
        content=st.binary(max_size=400),
        name=names,
    )


@pytest.mark.parametrize("examples", [SHORT, pytest.param(FULL, marks=pytest.mark.prove)])
def test_any_mutation_gives_batches_or_a_refusal(figures: Figures, examples: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    run(figures, any_mutation, 3 * examples, name=st.sampled_from(sorted(SAMPLES)), changes=CHANGES)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 << 10


@pytest.mark.parametrize("examples", [SHORT, pytest.param(FULL, marks=pytest.mark.prove)])
def test_any_mutation_of_an_archive_gives_batches_or_a_refusal(figures: Figures, examples: int) -> None:
    run(figures, any_archive, 2 * examples, name=st.sampled_from(sorted(ARCHIVE)), changes=CHANGES)


@pytest.mark.parametrize("examples", [SHORT, pytest.param(FULL, marks=pytest.mark.prove)])
def test_any_mutation_of_a_zip_gives_batches_or_a_refusal(tmp_path: Path, figures: Figures, examples: int) -> None:
    run(figures, lambda changes: any_zip(tmp_path, changes), 2 * examples, changes=CHANGES)
