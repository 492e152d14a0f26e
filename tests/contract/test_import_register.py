"""What every register of imports promises, the fake and the one in PostgreSQL alike."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from analisa.adapters.files.uploads import UploadDirectory
from analisa.application.collection.errors import ImportNotFound
from analisa.application.collection.imports import (
    NoteImport,
    NoteImportHandler,
    RequestImport,
    RequestImportHandler,
    RetryImport,
    RetryImportHandler,
)
from analisa.application.collection.ports import ImportOptions, ImportRegister
from analisa.application.collection.sweeping import SweepUploads
from analisa.application.shared.actor import Actor
from analisa.domain.collection.conflict import OnConflict
from analisa.domain.collection.events import ImportRequested
from analisa.domain.collection.report import FileReport, ImportReport, TableCounts
from analisa.domain.shared.ids import ImportId, OrganisationId
from tests.fakes.collection import FakeImports
from tests.fakes.identity import FakeEntitlements
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl

OPTIONS = ImportOptions(
    paths=("/a", "/b"),
    mapping="mapping = 1",
    observed_at=datetime(2026, 3, 1, tzinfo=UTC),
    on_conflict=OnConflict.REPLACE,
)
REPORT = ImportReport(
    reader="r",
    files=[
        FileReport(name="a", rows_read=2, tables={"posts": TableCounts(rows=2, new=2)}, findings={"flagged": {"c": 1}})
    ],
)


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


@pytest.fixture(params=["fake", "postgres"])
def register(request: pytest.FixtureRequest, home: Installation) -> ImportRegister:
    return FakeImports() if request.param == "fake" else home.register


async def test_what_was_added_is_found_as_it_was(register: ImportRegister, home: Installation) -> None:
    import_id = ImportId(home.ids.new())
    added = await register.add(home.local, import_id, OPTIONS, owner=None)

    assert (await register.get(home.local, import_id)) == added
    assert (added.options, added.state, added.owner) == (OPTIONS, "queued", None)


async def test_added_once_more_it_is_the_one_that_is_there(register: ImportRegister, home: Installation) -> None:
    import_id = ImportId(home.ids.new())
    event = ImportRequested(import_id=import_id, organisation=home.local.organisation, owner=None)
    added = await register.add(home.local, import_id, OPTIONS, event, owner=None)

    many = await asyncio.gather(
        *(register.add(home.local, import_id, replace(OPTIONS, public=True), event, owner=None) for _ in range(4))
    )

    assert many == [added] * 4
    if isinstance(register, FakeImports):
        assert register.events == [event]
    else:
        assert len(await home.rows("select 1 from outbox where name = 'collection.import_requested'")) == 1
    with pytest.raises(ImportNotFound):
        await register.add(Actor(organisation=OrganisationId(uuid4())), import_id, OPTIONS, owner=None)


async def test_files_of_which_imports_are_wanted_is_known(
    register: ImportRegister, home: Installation, tmp_path: Path
) -> None:
    shelf = UploadDirectory(tmp_path / "shelf")
    queued, failed, done, nobodys, young = (ImportId(home.ids.new()) for _ in range(5))
    for import_id in (queued, failed, done):
        await register.add(home.local, import_id, OPTIONS, owner=None)
    await register.fail(home.local, failed, code="imports.given_up", message="no")
    await register.finish(home.local, done, REPORT)
    for import_id in (queued, failed, done, nobodys, young):
        folder = tmp_path / "shelf" / str(import_id)
        folder.mkdir(parents=True)
        if import_id != young:
            os.utime(folder, (0, 0))

    assert await SweepUploads(shelf, register)() == 2

    left = {path.name for path in (tmp_path / "shelf").iterdir()}
    assert left == {str(each) for each in (queued, failed, young)}
    assert await SweepUploads(shelf, register)() == 0


async def test_another_organisations_import_is_not_there(register: ImportRegister, home: Installation) -> None:
    import_id = ImportId(home.ids.new())
    await register.add(home.local, import_id, OPTIONS, owner=home.local.organisation)

    with pytest.raises(ImportNotFound):
        await register.get(Actor(organisation=OrganisationId(uuid4())), import_id)


async def test_the_newest_unfinished_import_of_the_same_options_is_found(
    register: ImportRegister, home: Installation
) -> None:
    first, second, other = (ImportId(home.ids.new()) for _ in range(3))
    await register.add(home.local, first, OPTIONS, owner=None)
    await register.add(home.local, second, OPTIONS, owner=None)
    await register.add(home.local, other, replace(OPTIONS, public=True), owner=None)

    found = await register.interrupted(home.local, OPTIONS)
    assert found is not None
    assert found.id == second
    await register.finish(home.local, second, REPORT)
    await register.fail(home.local, first, code="c", message="no")
    assert await register.interrupted(home.local, OPTIONS) is None
    assert await register.interrupted(Actor(organisation=OrganisationId(uuid4())), OPTIONS) is None


async def test_an_import_ends_done_or_failed_with_the_reason(register: ImportRegister, home: Installation) -> None:
    done, failed = ImportId(home.ids.new()), ImportId(home.ids.new())
    await register.add(home.local, done, OPTIONS, owner=None)
    await register.add(home.local, failed, OPTIONS, owner=None)

    await register.finish(home.local, done, REPORT)
    await register.fail(home.local, failed, code="c", message="line 7 is odd")

    assert (await register.get(home.local, done)).state == "done"
    assert (await register.get(home.local, failed)).error == "line 7 is odd"


async def test_settling_what_does_not_wait_changes_nothing(register: ImportRegister, home: Installation) -> None:
    import_id = ImportId(home.ids.new())
    await register.add(home.local, import_id, OPTIONS, owner=None)
    assert await register.settle(home.local, import_id, {1: "mended", 2: "dropped"}) == 0


async def test_noting_the_same_import_again_finds_the_one_that_was_interrupted(
    register: ImportRegister, home: Installation
) -> None:
    note = NoteImportHandler(register, home.ids)
    first = await note(NoteImport(actor=home.local, options=OPTIONS))

    assert (await note(NoteImport(actor=home.local, options=OPTIONS))).id == first.id
    assert (await note(NoteImport(actor=home.local, options=replace(OPTIONS, reader="r")))).id != first.id


async def test_a_retry_keeps_the_way_in_which_the_rows_were_read(register: ImportRegister, home: Installation) -> None:
    note = NoteImportHandler(register, home.ids)
    requested = await RequestImportHandler(register, FakeEntitlements(home.clock))(
        RequestImport(actor=home.local, import_id=ImportId(home.ids.new()), options=replace(OPTIONS, paths=()))
    )
    retry = RetryImportHandler(register, note)
    again = await retry(RetryImport(actor=home.local, import_id=requested.id, mended=Path("/rows.csv")))
    once_more = await retry(RetryImport(actor=home.local, import_id=again.id, mended=Path("/others.csv")))

    assert requested.options.uploaded
    assert again.options == replace(OPTIONS, paths=("/rows.csv",), retry_of=requested.id)
    assert once_more.options.retry_of == requested.id
