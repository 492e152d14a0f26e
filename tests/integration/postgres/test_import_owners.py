"""Whose observations are whose: organisations never see, overwrite or complete each other's, and public is public."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from analisa.adapters.postgres.collection.source import PostgresObservationSource
from analisa.adapters.postgres.collection.views import PostgresImportViews
from analisa.application.collection.archives import ArchiveKind
from analisa.application.collection.errors import AlwaysPrivate, DemonstrationReadOnly, ImportNotFound
from analisa.application.collection.ports import ExportScope
from analisa.application.shared.actor import NotPermitted
from analisa.domain.collection.report import TableCounts
from tests.builders import a_batch, a_post, a_snapshot
from tests.fakes.collection import BatchReader
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def test_two_organisations_bring_the_same_post_and_never_meet(home: Installation) -> None:
    acme, brio = await home.found("acme"), await home.found("brio")
    await home.bring(
        a_batch("posts", a_post(title="as acme saw it")), a_batch("post_metrics", a_snapshot(likes=1)), actor=acme
    )

    report = await home.bring(
        a_batch("posts", a_post(title="as brio saw it")), a_batch("post_metrics", a_snapshot(likes=2)), actor=brio
    )

    assert report.tables["post_metrics"] == TableCounts(rows=1, new=1)
    for actor, title, likes in ((acme, "as acme saw it", 1), (brio, "as brio saw it", 2)):
        assert await home.rows("select title from posts", actor=actor) == [{"title": title}]
        assert await home.rows("select likes from post_metrics", actor=actor) == [{"likes": likes}]
        assert len(await home.rows("select id from influencers", actor=actor)) == 1
    assert await home.rows("select title from posts") == []


async def test_public_observations_are_seen_by_all_and_private_ones_stand_beside_them(home: Installation) -> None:
    acme = await home.found("acme")
    await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(likes=1)), public=True)

    report = await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(likes=5)), actor=acme)

    assert report.tables["post_metrics"] == TableCounts(rows=1, new=1)
    assert await home.rows("select likes from post_metrics") == [{"likes": 1}]
    seen = await home.rows("select likes, owner is null as public from post_metrics order by likes", actor=acme)
    assert seen == [{"likes": 1, "public": True}, {"likes": 5, "public": False}]
    assert len(await home.rows("select id from influencers", actor=acme)) == 1


async def test_private_snapshots_of_a_public_post_hang_on_a_row_of_their_own(home: Installation) -> None:
    acme = await home.found("acme")
    await home.bring(a_batch("posts", a_post(title="public title")), public=True)

    report = await home.bring(a_batch("post_metrics", a_snapshot(likes=5)), actor=acme)

    assert report.tables["post_metrics"] == TableCounts(rows=1, new=1)
    titles = await home.rows("select title, owner is null as public from posts order by 2", actor=acme)
    assert titles == [{"title": "public title", "public": False}, {"title": "public title", "public": True}]
    assert await home.rows("select likes from post_metrics") == []


async def test_public_snapshots_never_hang_on_a_private_post(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post()))

    report = await home.bring(a_batch("post_metrics", a_snapshot(likes=5)), public=True)

    assert report.tables["post_metrics"] == TableCounts(rows=1, quarantined=1)


async def test_only_an_operator_brings_in_public_observations(home: Installation) -> None:
    acme = await home.found("acme")
    with pytest.raises(NotPermitted, match="only an operator"):
        await home.note(acme, public=True)


async def test_an_owners_export_is_never_public(home: Installation) -> None:
    reader = BatchReader([a_batch("posts", a_post())], kind=ArchiveKind.OWNER_EXPORT)
    with pytest.raises(AlwaysPrivate, match="leave --public out"):
        await home.bring(reader=reader, public=True)

    await home.bring(reader=reader)
    assert await home.rows("select owner from posts") == [{"owner": home.local.organisation}]


async def test_the_demonstration_takes_no_imports(home: Installation) -> None:
    with pytest.raises(DemonstrationReadOnly, match="ANALISA_ORGANISATION"):
        await home.note(replace(home.local, demonstration=True))


async def test_an_import_is_another_organisations_secret(home: Installation) -> None:
    acme, brio = await home.found("acme"), await home.found("brio")
    await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot("lost")), actor=acme)
    views = PostgresImportViews(home.database)
    mine = (await views.page(acme)).items[0]

    assert (await views.page(brio)).items == ()
    with pytest.raises(ImportNotFound):
        await views.detail(brio, mine.import_id)
    with pytest.raises(ImportNotFound):
        await views.findings(brio, mine.import_id)


async def test_an_export_prefers_the_organisations_own_record_and_can_be_narrowed(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post(title="public"), a_post("P2", "bia")), public=True)
    await home.bring(a_batch("posts", a_post(title="own")))
    source = PostgresObservationSource(home.database)

    async def posts(scope: ExportScope) -> list[object]:
        batches = [batch async for batch in source.batches(home.local, scope) if batch.table.name == "posts"]
        return [title for batch in batches for title in batch.columns.get("title", [None] * len(batch))]

    assert await posts(ExportScope()) == ["own", None]
    assert await posts(ExportScope(only_own=True)) == ["own"]
    assert await posts(ExportScope(only_public=True)) == ["public", None]
