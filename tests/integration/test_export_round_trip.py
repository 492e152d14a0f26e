"""What one installation exports, another imports and exports again, to the byte."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.collection.source import PostgresObservationSource
from analisa.adapters.postgres.influencers.profiles import PostgresProfileDirectory
from analisa.application.collection.exports import ExportArchive, ExportArchiveHandler
from analisa.application.collection.imports import CarryOutImport
from analisa.application.collection.ports import ExportScope
from analisa.domain.collection.batch import Batch
from analisa.domain.collection.report import ImportReport
from analisa.domain.shared.social import ProfileRef
from analisa.plugins.archives.creator_archive.writer import ArchiveWriter, CreatorArchiveFiles
from analisa.plugins.manager import installed as plugins
from analisa.plugins.sample.world import SampleWorld
from tests.builders import a_batch, a_post, a_reading, a_snapshot, day
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl, FreshDatabase

ODD = (
    a_batch("profiles", {"profile_id": "odd", "bio": 'quotes " and\r\nlines', "extra": {"a": [1, {"b": None}]}}),
    a_batch("profile_metrics", a_reading("odd", followers=0, precision="rounded")),
    a_batch(
        "posts",
        a_post(
            "=1+1", "odd", hashtags=("sol", "two words", "#odd"), paid_partnership=False, duration_s=0.1, text="\u00ad"
        ),
        a_post("007", "odd", published_at=day(-1), published_precision="day", hashtags=()),
    ),
    a_batch(
        "post_metrics", a_snapshot("007", views=2**62, watch_time_s=1e-9), a_snapshot("007", scope="P28D", views=0)
    ),
    a_batch("comments", {"comment_id": "c", "post_id": "nowhere", "text": "olá\t\u200d👩🏽‍🚀", "likes": 0}),
)


async def _export(home: Installation, target: Path, scope: ExportScope | None = None) -> dict[str, bytes]:
    export = ExportArchiveHandler(
        PostgresObservationSource(home.database),
        CreatorArchiveFiles(home.clock, "a test"),
        PostgresProfileDirectory(home.database),
    )
    await export(ExportArchive(actor=home.local, target=target, scope=scope or ExportScope()))
    return _files(target)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


async def _import(home: Installation, path: Path) -> ImportReport:
    job = await home.note(paths=(str(path),))
    report = await home.importer(plugins()).carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    assert report is not None
    return report


def _world(target: Path) -> Path:
    with ArchiveWriter(target, datetime(2026, 3, 1, tzinfo=UTC), "a test") as writer:
        for batch in SampleWorld(seed=5, creators=15, today=date(2026, 3, 1), days=50).batches():
            writer.write(batch)
        for batch in ODD:
            writer.write(Batch(batch.table, "sample", batch.lines, batch.columns))
    return target


async def test_an_export_is_imported_and_exported_to_the_byte(
    postgres: EmbeddedPostgres, migrated_template: str, tmp_path: Path
) -> None:
    async with (
        FreshDatabase(postgres, migrated_template, "export_here") as here_url,
        FreshDatabase(postgres, migrated_template, "export_there") as there_url,
        installed(here_url, tmp_path / "here") as here,
        installed(there_url, tmp_path / "there") as there,
    ):
        first = await _import(here, _world(tmp_path / "world"))
        exported = await _export(here, tmp_path / "first")
        second = await _import(there, tmp_path / "first")
        again = await _export(there, tmp_path / "second")

    assert exported == again
    assert len(exported) == 8
    assert {name: counts.rows for name, counts in second.tables.items()} == {
        name: counts.new for name, counts in first.tables.items()
    }


@pytest.mark.parametrize("name", ["instagram:odd", "instagram:@odd"])
async def test_one_profile_is_exported_alone(database_url: DatabaseUrl, tmp_path: Path, name: str) -> None:
    async with installed(database_url, tmp_path / "home") as home:
        await _import(home, _world(tmp_path / "world"))

        alone = await _export(home, tmp_path / "alone", ExportScope(profile=ProfileRef.parse(name)))

    rows = {file: content.count(b"instagram,") for file, content in alone.items() if file != "manifest.json"}
    assert rows == {"profiles.csv": 1, "profile_metrics.csv": 1, "posts.csv": 2, "post_metrics.csv": 2}
