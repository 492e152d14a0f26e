"""How an import runs: asked for what is missing, previewed, interrupted and resumed, alone, and shown while it runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.files.uploads import UploadDirectory
from analisa.adapters.postgres.collection.views import PostgresImportViews
from analisa.adapters.postgres.database import Tenant
from analisa.adapters.postgres.outbox import CATALOGUE
from analisa.application.collection.archives import ArchiveSource, ImportRefused, Need, Plan, ReadOptions
from analisa.application.collection.errors import ImportNeeds, ImportNotFound, ImportRunning, ReaderFailed
from analisa.application.collection.imports import CarryOutImport, PreviewImport, RequestImport, RequestImportHandler
from analisa.application.collection.ports import ImportOptions, ImportRun, Progress
from analisa.application.collection.reactions import reactions
from analisa.domain.collection.batch import Batch, Finding, Severity
from analisa.domain.collection.conflict import OnConflict
from analisa.domain.collection.events import ImportRequested
from analisa.domain.collection.records import TABLES
from analisa.domain.collection.report import FileReport
from analisa.domain.shared.errors import Unavailable
from analisa.domain.shared.events import EventGivenUp
from analisa.domain.shared.ids import ImportId
from tests.builders import a_batch, a_post, a_reading, a_snapshot, day
from tests.fakes.collection import BatchReader, Death, FakeArchives
from tests.fakes.identity import FakeEntitlements
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl

FILES = (
    a_batch("posts", a_post("P1"), a_post("P2", "bia"), file="posts.csv"),
    a_batch("post_metrics", a_snapshot("P1", likes=1), a_snapshot("P9", likes=1), file="metrics.csv"),
    a_batch("profile_metrics", a_reading(followers=10), file="readings.csv"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def test_what_the_files_do_not_say_is_asked_for(home: Installation) -> None:
    reader = BatchReader(FILES, needs=[Need("profile", "say whose export it is: --profile youtube:UC…")])

    with pytest.raises(ImportNeeds, match="--profile youtube"):
        await home.bring(reader=reader)

    assert await home.rows("select state from imports") == [{"state": "failed"}]
    assert await home.rows("select id from posts") == []


async def test_a_handle_is_resolved_to_the_profile_that_is_known_by_it(home: Installation) -> None:
    await home.bring(a_batch("profiles", {"profile_id": "1789", "handle": "Ana.Lima"}))
    reader = BatchReader(FILES)

    await home.bring(reader=reader, profile="instagram:@ana.lima", paths=("/a",))
    await home.bring(reader=reader, profile="instagram:nobody", paths=("/b",))

    assert [options.profile.name for options in reader.seen if options.profile] == ["1789", "nobody"]


async def test_a_profile_that_is_no_profile_is_refused_with_an_example(home: Installation) -> None:
    with pytest.raises(ImportRefused, match=r"instagram:maria\.silva"):
        await home.bring(*FILES, profile="ana")


async def test_a_preview_says_what_would_happen_and_leaves_nothing(home: Installation) -> None:
    importer = home.importer(FakeArchives(BatchReader(FILES)))
    options = ImportOptions(paths=("/nowhere",))

    preview = await importer.preview(PreviewImport(actor=home.local, options=options))

    assert preview.report is not None
    # The metrics found the posts of the file before: the preview runs all files in a row, as the import would.
    assert {name: counts.new for name, counts in preview.report.tables.items()} == {
        "posts": 2,
        "post_metrics": 1,
        "profile_metrics": 1,
    }
    for table in ("imports", "posts", "post_metrics", "profiles", "import_findings", "outbox", "influencers"):
        assert await home.rows(f"select 1 from {table}") == [], table


async def test_a_preview_of_files_that_leave_something_open_says_what(home: Installation) -> None:
    reader = BatchReader(FILES, needs=[Need("observed_at", "say when")])
    preview = await home.importer(FakeArchives(reader)).preview(
        PreviewImport(actor=home.local, options=ImportOptions(paths=("/nowhere",)))
    )

    assert preview.report is None
    assert [need.what for need in preview.plan.needs] == ["observed_at"]


async def test_an_interrupted_import_goes_on_with_the_files_that_were_not_committed(home: Installation) -> None:
    job = await home.note()
    interrupted = home.importer(FakeArchives(BatchReader(FILES, dies_after=2)))
    with pytest.raises(Death):
        await interrupted.carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    committed = await home.rows("select name from import_files order by position")
    assert committed == [{"name": "posts.csv"}]

    again = await home.note()
    assert again.id == job.id
    report = await home.importer(FakeArchives(BatchReader(FILES))).carry_out(
        CarryOutImport(actor=home.local, import_id=job.id)
    )

    assert report is not None
    assert [file.name for file in report.files] == ["posts.csv", "metrics.csv", "readings.csv"]
    assert report.tables["posts"].new == 2
    assert await home.rows("select state from imports") == [{"state": "done"}]
    done = await home.importer(FakeArchives(BatchReader(FILES))).carry_out(
        CarryOutImport(actor=home.local, import_id=job.id)
    )
    assert done is None


async def test_files_that_changed_since_the_interruption_are_refused(home: Installation) -> None:
    job = await home.note()
    with pytest.raises(Death):
        await home.importer(FakeArchives(BatchReader(FILES, dies_after=2))).carry_out(
            CarryOutImport(actor=home.local, import_id=job.id)
        )
    others = (a_batch("posts", a_post("P1"), file="other.csv"), *FILES[1:])

    with pytest.raises(ImportRefused, match="not the ones that this import began with"):
        await home.importer(FakeArchives(BatchReader(others))).carry_out(
            CarryOutImport(actor=home.local, import_id=job.id)
        )


async def test_two_runs_of_one_import_never_work_at_once(home: Installation) -> None:
    job = await home.note()
    async with home.store.run(job) as run, run.file(0, "posts.csv", size=1, sha256=""):
        with pytest.raises(ImportRunning, match="another process"):
            await home.importer(FakeArchives(BatchReader(FILES))).carry_out(
                CarryOutImport(actor=home.local, import_id=job.id)
            )
    assert (await home.register.get(home.local, job.id)).state == "running"


async def test_a_run_that_began_before_another_one_committed_finds_what_that_one_stored(home: Installation) -> None:
    job = await home.note()

    async def store(run: ImportRun) -> FileReport:
        async with run.file(0, "posts.csv", size=1, sha256="") as load:
            await load.stage(FILES[0])
            report = await load.merge(OnConflict.KEEP, rows_read=2)
            await load.keep(report)
        return report

    async with home.store.run(job) as late, home.store.run(job) as early:
        assert late.committed == {}
        first = await store(early)
        second = await store(late)

    assert first == second
    assert first.tables["posts"].new == 2
    assert await home.rows("select position from import_files") == [{"position": 0}]


async def test_imports_of_the_same_owner_at_once_store_every_row_once(home: Installation) -> None:
    def batches(name: str) -> list[Batch]:
        posts = [a_post(f"P{number}", f"creator {number % 7}") for number in range(200)]
        return [
            a_batch("posts", *posts, file=f"{name}.csv"),
            a_batch(
                "post_metrics", *[a_snapshot(f"P{number}", likes=number) for number in range(200)], file=f"{name}.csv"
            ),
        ]

    reports = await asyncio.gather(*(home.bring(*batches(f"f{n}"), paths=(f"/{n}",)) for n in range(12)))

    assert sum(report.tables["post_metrics"].new for report in reports) == 200
    assert sum(report.tables["post_metrics"].unchanged for report in reports) == 2_200
    assert len(await home.rows("select id from influencers")) == 7


async def test_a_reader_that_breaks_its_promises_is_refused_with_the_file(home: Installation) -> None:
    rows: dict[str, list[object]] = {
        "network": ["instagram"],
        "profile_id": ["ana"],
        "observed_at": [day(0)],
        "followers": ["many"],
    }
    broken = Batch(TABLES["profile_metrics"], "odd.csv", lines=[2], columns=rows)

    with pytest.raises(ImportRefused, match=r"odd\.csv: the reader handed over something that is not what it promised"):
        await home.bring(broken)
    with pytest.raises(ImportRefused, match="do not fit together: followers"):
        await home.bring(
            Batch(broken.table, "odd.csv", lines=[2, 3], columns={**rows, "followers": [1]}), paths=("/b",)
        )
    with pytest.raises(ImportRefused, match="came back to the file"):
        await home.bring(FILES[0], FILES[2], FILES[0], paths=("/c",))


async def test_a_reader_that_fails_in_its_own_way_fails_the_import_and_nothing_else(home: Installation) -> None:
    class Clumsy(BatchReader):
        def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
            if options.encoding:
                raise KeyError("column")
            return super().plan(source, options)

        def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
            yield from super().read(source, plan)
            raise ZeroDivisionError

    with pytest.raises(ReaderFailed, match="reader batches failed with ZeroDivisionError"):
        await home.bring(reader=Clumsy(FILES[:1]))
    with pytest.raises(ReaderFailed, match="KeyError"):
        await home.bring(reader=Clumsy(FILES[:1]), encoding="latin-1")
    assert await home.rows("select 1 from posts") == []
    assert await home.rows("select distinct state from imports") == [{"state": "failed"}]


async def test_what_was_sent_in_is_forgotten_when_its_import_ends(home: Installation) -> None:
    shelf = UploadDirectory(home.uploads)

    async def content() -> AsyncIterator[bytes]:
        yield b"x"

    for reader in (BatchReader(FILES), BatchReader(FILES, fails_after=0)):
        import_id = ImportId(home.ids.new())
        await shelf.put(import_id, "a.csv", content(), limit=9)
        await shelf.keep(import_id, import_id)
        await RequestImportHandler(home.register, FakeEntitlements(home.clock))(
            RequestImport(actor=home.local, import_id=import_id, options=ImportOptions())
        )
        reaction, _ = reactions(home.importer(FakeArchives(reader)))
        event = ImportRequested(
            import_id=import_id, organisation=home.local.organisation, owner=home.local.organisation
        )

        await reaction.handle(event)
        await reaction.handle(event)

        assert shelf.files(import_id) == []


async def test_an_import_that_is_given_up_says_so_and_can_be_carried_out_when_asked_again(home: Installation) -> None:
    shelf = UploadDirectory(home.uploads)

    async def content() -> AsyncIterator[bytes]:
        yield b"x"

    import_id = ImportId(home.ids.new())
    await shelf.put(import_id, "a.csv", content(), limit=9)
    await shelf.keep(import_id, import_id)
    await RequestImportHandler(home.register, FakeEntitlements(home.clock))(
        RequestImport(actor=home.local, import_id=import_id, options=ImportOptions())
    )
    local = home.local.organisation
    event = ImportRequested(import_id=import_id, organisation=local, owner=local)
    event_id = home.ids.new()
    carry_out, give_up = reactions(home.importer(FakeArchives(BatchReader(FILES))))

    await give_up.handle(
        EventGivenUp(
            event_id=event_id, event_name=event.name, said=msgspec.json.encode(event).decode(), cause="it died"
        )
    )

    ((state, error),) = [tuple(row.values()) for row in await home.rows("select state, error::text from imports")]
    assert (state, json.loads(error)["code"]) == ("failed", "imports.given_up")
    assert "it died); the files are kept. Look into the worker's log" in json.loads(error)["message"]
    assert f"analisa events --redrive {event_id}" in json.loads(error)["message"]

    await carry_out.handle(event)

    assert await home.rows("select state, error from imports") == [{"state": "done", "error": None}]
    assert shelf.files(import_id) == []


async def test_of_other_events_that_are_given_up_imports_know_nothing(home: Installation) -> None:
    _, give_up = reactions(home.importer(FakeArchives(BatchReader(FILES))))

    await give_up.handle(EventGivenUp(event_id=home.ids.new(), event_name="x.happened", said="{}", cause="it died"))

    assert await home.rows("select 1 from imports") == []


async def test_an_import_that_was_cancelled_in_the_database_can_be_carried_out_again(home: Installation) -> None:
    job = await home.note()
    importer = home.importer(FakeArchives(BatchReader(FILES)))

    async def cancel() -> None:
        """End whatever waits for the turn of this owner."""
        while not await home.rows(  # noqa: ASYNC110  what is waited for happens in the server
            "select pg_cancel_backend(pid) from pg_locks where locktype = 'advisory' and not granted"
        ):
            await asyncio.sleep(0.02)

    async with home.database.writing(Tenant.of(home.local)) as connection:
        owner = f"observations of {home.local.organisation}"
        await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:owner, 0))"), {"owner": owner})
        with pytest.raises(Unavailable, match=r"could not store posts\.csv: canceling statement"):
            await asyncio.gather(importer.carry_out(CarryOutImport(actor=home.local, import_id=job.id)), cancel())

    assert (await home.register.get(home.local, job.id)).state == "running"
    report = await importer.carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    assert report is not None
    assert report.tables["posts"].new == 2


async def test_a_refused_file_leaves_no_trace_and_the_reason(home: Installation) -> None:
    with pytest.raises(ImportRefused, match=r"metrics\.csv, line 7"):
        await home.bring(reader=BatchReader([FILES[0], FILES[1], FILES[1]], fails_after=2))

    assert await home.rows("select 1 from post_metrics") == []
    line = (await PostgresImportViews(home.database).page(home.local)).items[0]
    assert line.state == "failed"
    assert line.error is not None
    assert "line 7" in line.error


async def test_findings_of_the_reader_and_of_the_store_are_listed_page_by_page(home: Installation) -> None:
    unreadable = [
        Finding(
            severity=Severity.QUARANTINED,
            code="number.unreadable",
            message="m",
            file="posts.csv",
            line=n,
            cells={"a": "1"},
        )
        for n in range(3, 6)
    ]
    await home.bring(a_batch("posts", a_post(), findings=unreadable, file="posts.csv"), FILES[1])
    views = PostgresImportViews(home.database)
    line = (await views.page(home.local)).items[0]

    first = await views.findings(home.local, line.import_id, severity=Severity.QUARANTINED, limit=3)
    rest = await views.findings(home.local, line.import_id, severity=Severity.QUARANTINED, after=first.next)

    assert line.quarantined == 4
    assert [item.finding.line for item in first.items] == [3, 4, 5]
    assert [item.finding.code for item in rest.items] == ["post.unknown"]
    assert rest.next is None
    assert first.items[0].finding.cells == {"a": "1"}


async def test_imports_are_listed_newest_first_page_by_page(home: Installation) -> None:
    for number in range(3):
        await home.bring(FILES[0], paths=(f"/folder/{number}.csv",))
    views = PostgresImportViews(home.database)

    first = await views.page(home.local, limit=2)
    rest = await views.page(home.local, after=first.next, limit=2)

    assert [line.files for line in (*first.items, *rest.items)] == [("2.csv",), ("1.csv",), ("0.csv",)]
    assert rest.next is None
    detail = await views.detail(home.local, first.items[0].import_id)
    assert detail.report.tables["posts"].unchanged == 2
    assert detail.line.progress.phase == "done"


async def test_progress_is_seen_from_outside_while_a_file_is_open(home: Installation) -> None:
    seen: list[Progress] = []
    job = await home.note()
    views = PostgresImportViews(home.database)

    importer = home.importer(FakeArchives(BatchReader(FILES)))
    await importer.carry_out(CarryOutImport(actor=home.local, import_id=job.id), seen.append)

    assert [progress.phase for progress in seen][-1] == "done"
    assert [progress.rows for progress in seen if progress.phase == "storing"] == [2, 4, 5]
    state, progress = await views.progress(home.local, job.id)
    assert (state, progress.phase, progress.rows, progress.files_done) == ("done", "done", 5, 3)


async def test_a_requested_import_is_carried_out_by_the_reaction_once(home: Installation) -> None:
    import_id = ImportId(home.ids.new())
    await RequestImportHandler(home.register, FakeEntitlements(home.clock))(
        RequestImport(actor=home.local, import_id=import_id, options=ImportOptions(public=True))
    )
    row = (await home.rows("select payload::text as payload, name, version from outbox"))[0]
    assert CATALOGUE[row["name"], row["version"]] is ImportRequested
    event = ImportRequested(import_id=import_id, organisation=home.local.organisation, owner=None)
    reaction, _ = reactions(home.importer(FakeArchives(BatchReader(FILES))))

    await reaction.handle(event)
    await reaction.handle(event)

    assert await home.rows("select state, owner from imports") == [{"state": "done", "owner": None}]
    assert len(await home.rows("select 1 from posts where owner is null")) == 2


async def test_a_requested_import_that_cannot_succeed_is_not_tried_for_ever(home: Installation) -> None:
    import_id = ImportId(home.ids.new())
    await RequestImportHandler(home.register, FakeEntitlements(home.clock))(
        RequestImport(actor=home.local, import_id=import_id, options=ImportOptions())
    )
    reaction, _ = reactions(home.importer(FakeArchives(BatchReader(FILES, fails_after=0))))

    await reaction.handle(
        ImportRequested(import_id=import_id, organisation=home.local.organisation, owner=home.local.organisation)
    )

    assert await home.rows("select state from imports") == [{"state": "failed"}]


async def test_an_unknown_import_is_said_to_be_unknown(home: Installation) -> None:
    with pytest.raises(ImportNotFound, match="analisa imports"):
        await home.register.get(home.local, ImportId(home.ids.new()))
