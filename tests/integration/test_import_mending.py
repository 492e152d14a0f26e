"""The quarantine's way out and back in: exported, mended by hand, read again as the import did, and settled."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import pytest_asyncio

from analisa.adapters.postgres.collection.views import PostgresImportViews
from analisa.application.collection.archives import ImportRefused
from analisa.application.collection.imports import CarryOutImport, NoteImportHandler, RetryImport, RetryImportHandler
from analisa.application.collection.mending import DropQuarantined, ExportQuarantine
from analisa.domain.shared.ids import ImportId
from analisa.plugins.manager import installed as plugins
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl

MAPPING = """
mapping = 1

[[table]]
table = "profile_metrics"
files = "*.csv"
network = "tiktok"
[table.columns]
profile_id = "Account"
followers = "Followers"
observed_at = "Seen"
"""


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def _import(home: Installation, path: Path, mapping: str | None = None) -> ImportId:
    job = await home.note(paths=(str(path),), mapping=mapping)
    await home.importer(plugins()).carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    return job.id


async def _exported(home: Installation, import_id: ImportId, target: Path) -> Path:
    """Write the quarantined rows of the import to *target*, which is returned."""
    await home.mending(plugins()).export(ExportQuarantine(actor=home.local, import_id=import_id, target=target))
    return target


async def _retry(home: Installation, import_id: ImportId, mended: Path, encoding: str | None = None) -> ImportId:
    note = NoteImportHandler(home.register, home.ids)
    job = await RetryImportHandler(home.register, note)(
        RetryImport(actor=home.local, import_id=import_id, mended=mended, encoding=encoding)
    )
    await home.importer(plugins()).carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    return job.id


async def _waiting(home: Installation, import_id: ImportId) -> int:
    return (await PostgresImportViews(home.database).detail(home.local, import_id)).line.quarantined


def _archive(folder: Path) -> Path:
    """An archive with three rows that cannot be stored: two that cannot be read, one whose post nobody described."""
    folder.mkdir()
    tables = [{"table": name, "file": f"{name}.csv"} for name in ("posts", "post_metrics")]
    (folder / "manifest.json").write_text(json.dumps({"format": "creator-archive", "version": "1.0", "tables": tables}))
    (folder / "posts.csv").write_text(
        "network,post_id,profile_id,published_at,title\n"
        "instagram,P1,ana,2026-01-01T00:00Z,=1+1\n"
        'instagram,P2,ana,yesterday,"=two\nlines"\n'
    )
    (folder / "post_metrics.csv").write_text(
        "network,post_id,observed_at,likes\n"
        "instagram,P1,2026-01-02T00:00Z,12\n"
        "instagram,P1,2026-01-03T00:00Z,lots\n"
        "instagram,P7,2026-01-03T00:00Z,4\n"
    )
    return folder


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
async def test_mended_rows_come_in_and_the_others_keep_waiting(home: Installation, tmp_path: Path, suffix: str) -> None:
    import_id = await _import(home, _archive(tmp_path / "archive"))
    rows = tmp_path / f"rows.{suffix}"
    exported = await home.mending(plugins()).export(
        ExportQuarantine(actor=home.local, import_id=import_id, target=rows)
    )
    text = rows.read_text()
    rows.write_text(text.replace("yesterday", "2026-01-01T00:00Z"))

    await _retry(home, import_id, rows)

    assert exported == 3
    assert await _waiting(home, import_id) == 2
    assert await home.rows("select title from posts order by title") == [{"title": "=1+1"}, {"title": "=two\nlines"}]
    listed = await home.rows("select code, state from import_findings where import_id = $1 order by id", import_id)
    assert listed == [
        {"code": "time.unreadable", "state": "mended"},
        {"code": "number.unreadable", "state": "open"},
        {"code": "post.unknown", "state": "open"},
    ]


async def test_a_row_without_its_post_comes_in_once_the_post_has(home: Installation, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "archive")
    import_id = await _import(home, archive)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    (archive / "posts.csv").write_text("network,post_id,profile_id\ninstagram,P7,bia\n")
    await _import(home, archive)

    await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 2
    assert {"likes": 4} in await home.rows("select likes from post_metrics")


async def test_rows_of_a_mapped_table_are_read_by_the_same_mapping(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Notes,Followers,Seen\nana,,1200,2026-01-01T00:00Z\n#NAME?,,-1,2026-01-01T00:00Z\n")
    import_id = await _import(home, source, MAPPING)
    assert await _waiting(home, import_id) == 1
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace("#NAME?", "bia").replace("-1", "1300"))

    await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 0
    assert await home.rows("select followers from profile_metrics order by 1") == [
        {"followers": 1200},
        {"followers": 1300},
    ]


async def test_a_mapping_for_all_files_reads_mended_rows_and_nothing_else(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\nana,1200,2026-01-01T00:00Z\n#NAME?,1300,2026-01-01T00:00Z\n")
    import_id = await _import(home, source, MAPPING.replace('files = "*.csv"', ""))
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace("#NAME?", "bia"))

    retried = await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 0
    report = (await PostgresImportViews(home.database).detail(home.local, retried)).report
    assert (report.rows_read, report.ignored) == (1, [])


async def test_a_ragged_row_of_an_archive_finds_its_table_again(home: Installation, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "archive")
    (archive / "posts.csv").write_text("network,post_id,profile_id\ninstagram,P1,ana,\ninstagram,P2,a,na\n")
    import_id = await _import(home, archive)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace(",a,na", ",ana,"))

    await _retry(home, import_id, rows)

    assert {"network_post_id": "P2"} in await home.rows("select network_post_id from posts")


BROKEN = (
    'Account,Followers,Seen\n"ana"x,1,2026-01-01T00:00Z\nbia,2,2026-01-01T00:00Z,5\ncid,3\n'
    "#NAME?,4,2026-01-01T00:00Z\ndu\0,5,2026-01-01T00:00Z\n"
)


async def test_rows_that_come_back_as_they_went_out_keep_waiting(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text(BROKEN)
    import_id = await _import(home, source, MAPPING)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")

    retried = await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 5
    assert await home.rows("select followers from profile_metrics") == []
    detail = await PostgresImportViews(home.database).detail(home.local, retried)
    assert detail.report.rows_read == 5
    assert detail.report.files[0].findings == {
        "quarantined": {"row.quotes": 1, "row.ragged": 2, "id.spreadsheet_error": 1, "text.nul": 1}
    }


async def test_rows_whose_form_was_mended_come_in(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text(BROKEN)
    import_id = await _import(home, source, MAPPING)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    with rows.open(newline="") as stream:
        exported = list(csv.DictReader(stream))
    exported[0]["[line divided by ,]"] = "ana,1,2026-01-01T00:00Z"
    exported[1]["[column 4]"] = ""
    exported[2]["Seen"] = "2026-01-01T00:00Z"
    with rows.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, exported[0])
        writer.writeheader()
        writer.writerows(exported)

    await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 2
    stored = await home.rows("select followers from profile_metrics order by 1")
    assert [row["followers"] for row in stored] == [1, 2, 3]


async def test_mended_readings_are_dated_in_the_order_that_the_whole_file_showed(
    home: Installation, tmp_path: Path
) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\nana,1,31/01/2026\n#NAME?,2,03/02/2026\n")
    import_id = await _import(home, source, MAPPING)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace("#NAME?", "bia"))

    await _retry(home, import_id, rows)

    days = await home.rows("select observed_at from profile_metrics order by 1")
    assert [row["observed_at"].date().isoformat() for row in days] == ["2026-01-31", "2026-02-03"]


async def test_a_row_that_becomes_no_record_keeps_waiting(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\nana,1,yesterday\nbia,2,yesterday\n")
    mapping = MAPPING.replace("[table.columns]", 'totals = "Account"\n[table.columns]')
    import_id = await _import(home, source, mapping)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace("yesterday", "2026-01-01T00:00Z").replace("ana", "Total"))

    await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 1
    assert await home.rows("select followers from profile_metrics") == [{"followers": 2}]


async def test_rows_are_written_out_with_the_columns_in_the_order_of_the_file(
    home: Installation, tmp_path: Path
) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Notes,Seen,Followers,Account\n,yesterday,1200,ana\n")
    import_id = await _import(home, source, MAPPING)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")

    assert rows.read_text().startswith("_finding,_file,_line,_problem,Notes,Seen,Followers,Account\n")


META = (
    "Post ID,Account ID,Account username,Account name,Description,Publish time,Permalink,Post type,Date,Views,Reach,Likes\n"
    "17900000000000001,17841400000000001,ana,Ana,Olá,25/03/2025 10:00,,IG image,Lifetime,9,8,7\n"
    "1.792E+16,17841400000000001,ana,Ana,Olá,03/04/2025 10:00,,IG image,Lifetime,9,8,7\n"
)
POSTS = """
mapping = 1

[[table]]
table = "posts"
network = "tiktok"
[table.columns]
post_id = "Post ID"
profile_id = "Account ID"
published_at = "Publish time"
"""


@pytest.mark.parametrize("mapping", [None, POSTS])
async def test_mended_posts_are_dated_in_the_order_that_the_whole_file_showed(
    home: Installation, tmp_path: Path, mapping: str | None
) -> None:
    source = tmp_path / "export.csv"
    source.write_text(META)
    job = await home.note(paths=(str(source),), mapping=mapping, observed_at=datetime(2026, 1, 1, tzinfo=UTC))
    await home.importer(plugins()).carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    rows = await _exported(home, job.id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace("1.792E+16", "17920000000000001"))

    await _retry(home, job.id, rows)

    assert await _waiting(home, job.id) == 0
    days = await home.rows("select to_char(published_at, 'YYYY-MM-DD') as day from posts order by 1")
    assert days == [{"day": "2025-03-25"}, {"day": "2025-04-03"}]


async def test_a_date_out_of_range_waits_with_the_fields_of_the_archive(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\nana,1200,2026-01-01T00:00Z\nbia,1300,2062-01-01T00:00Z\n")
    import_id = await _import(home, source, MAPPING)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    with rows.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["profile_id"], row["observed_at"], row["_file"]) == ("bia", "2062-01-01T00:00:00+00:00", "list.csv")
    rows.write_text(rows.read_text().replace("2062-01-01T00:00:00+00:00", "2026-01-02T00:00:00Z"))

    await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 0
    assert await home.rows("select followers from profile_metrics order by 1") == [
        {"followers": 1200},
        {"followers": 1300},
    ]


async def test_a_date_that_no_reader_takes_is_mended_like_any_other_cell(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\nana,1200,0001-01-01T00:00Z\n")
    import_id = await _import(home, source, MAPPING)
    rows = await _exported(home, import_id, tmp_path / "rows.csv")
    rows.write_text(rows.read_text().replace("0001-01-01", "2026-01-02"))

    await _retry(home, import_id, rows)

    assert await _waiting(home, import_id) == 0
    assert {"followers": 1200} in await home.rows("select followers from profile_metrics")


async def test_empty_rows_are_counted_one_by_one(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\n" + ",,\n" * 100_000 + "ana,1,2026-01-01T00:00Z\n\n")

    import_id = await _import(home, source, MAPPING)

    report = (await PostgresImportViews(home.database).detail(home.local, import_id)).report
    assert (report.rows_read, report.files[0].findings) == (1, {"left_out": {"row.empty": 100_001}})


async def test_rows_can_be_given_up(home: Installation, tmp_path: Path) -> None:
    import_id = await _import(home, _archive(tmp_path / "archive"))
    mending = home.mending(plugins())
    first = (await home.rows("select min(id) as id from import_findings"))[0]["id"]

    assert await mending.drop(DropQuarantined(actor=home.local, import_id=import_id, findings=[first])) == 1
    assert await mending.drop(DropQuarantined(actor=home.local, import_id=import_id)) == 2
    assert await _waiting(home, import_id) == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("_finding,likes\nfirst,12\n", r"rows\.csv, line 2: column _finding says 'first'"),
        ("likes\n12\n", r"rows\.csv, line 2: there is no column _finding"),
        ('_finding,likes\n1,"12\n', r"rows\.csv, line 2: the row cannot be read"),
        ("_finding,likes\n1,12,13\n", r"rows\.csv, line 2: the row has 3 cells under 2 headers"),
        ("_finding,likes\n999999,12\n", "holds no row that still waits"),
        ("\xff", "byte 0xFF at offset 0 is not utf-8; save the file as UTF-8, or name its encoding"),
    ],
)
async def test_a_file_that_is_not_what_was_exported_is_refused(
    home: Installation, tmp_path: Path, content: str, told: str
) -> None:
    import_id = await _import(home, _archive(tmp_path / "archive"))
    rows = tmp_path / "rows.csv"
    rows.write_text(content, "latin-1")

    with pytest.raises(ImportRefused, match=told):
        await _retry(home, import_id, rows)
    assert await _waiting(home, import_id) == 3


@pytest.mark.parametrize(
    ("delimiter", "encoding", "told"), [(";", "cp1252", "cp1252"), ("\t", "utf-16", None), (";", "utf-8-sig", None)]
)
async def test_rows_are_read_as_a_spreadsheet_saved_them(
    home: Installation, tmp_path: Path, delimiter: str, encoding: str, told: str | None
) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen,Notes\nana,1200,yesterday,mañana\n")
    import_id = await _import(home, source, MAPPING)
    rows, saved = tmp_path / "rows.csv", tmp_path / "saved.csv"
    await _exported(home, import_id, rows)
    text = rows.read_text().replace("yesterday", "2026-01-01T00:00Z")
    with saved.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(csv.reader(text.splitlines()))

    await _retry(home, import_id, saved, encoding=told)

    assert await _waiting(home, import_id) == 0


async def test_rows_are_read_from_a_workbook(home: Installation, tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Account,Followers,Seen\nana,1200,yesterday\n")
    import_id = await _import(home, source, MAPPING)
    rows, saved = tmp_path / "rows.csv", tmp_path / "saved.xlsx"
    await _exported(home, import_id, rows)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in csv.reader(rows.read_text().replace("yesterday", "2026-01-01T00:00Z").splitlines()):
        book.active.append(row)
    book.save(saved)

    await _retry(home, import_id, saved)

    assert await _waiting(home, import_id) == 0


async def test_an_existing_file_is_never_written_over(home: Installation, tmp_path: Path) -> None:
    import_id = await _import(home, _archive(tmp_path / "archive"))
    rows = tmp_path / "rows.csv"
    rows.write_text("mine")

    with pytest.raises(ImportRefused, match="there already"):
        await home.mending(plugins()).export(ExportQuarantine(actor=home.local, import_id=import_id, target=rows))
    assert rows.read_text() == "mine"
