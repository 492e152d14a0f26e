"""The demonstration comes in whole, stays apart from everybody's data, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.database import NOBODY, Tenant
from analisa.application.analytics.references import BuildReference
from analisa.application.analytics.scoring import ScoreProfiles
from analisa.application.collection.demonstration import InventedPerson, LoadDemonstration, LoadDemonstrationHandler
from analisa.application.shared.organisations import OrganisationNotFound
from analisa.domain.collection.batch import Batch
from analisa.domain.shared.errors import Unavailable
from analisa.entrypoints.cli import main
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.settings import Settings, read_settings
from analisa.plugins.sample.world import SampleWorld


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    return read_settings({"ANALISA_HOME": str(home), "ANALISA_DATABASE_URL": database_url})


@pytest.fixture(autouse=True)
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALISA_HOME", str(tmp_path))
    monkeypatch.setenv("ANALISA_DATABASE_URL", database_url)


def a_world(seed: int = 4) -> SampleWorld:
    return SampleWorld(seed=seed, creators=12, today=datetime.now(UTC).date(), days=40)


class BrokenOff:
    """A world that ends in the middle, as when the lights go out."""

    def __init__(self, whole: SampleWorld) -> None:
        self.recipe = whole.recipe
        self._whole = whole

    def people(self) -> Iterator[InventedPerson]:
        return self._whole.people()

    def batches(self) -> Iterator[Batch]:
        yield from islice(self._whole.batches(), 3)
        raise Unavailable("the lights went out")


def loading(application: Application, **changes: Any) -> LoadDemonstrationHandler:
    handler: LoadDemonstrationHandler = application.root.demonstration.load(**changes)
    return handler


async def owned(admin_url: str) -> dict[str, int]:
    """The rows that belong to the demonstration, by table, whatever row security hides from others."""
    connection = await asyncpg.connect(admin_url)
    try:
        tables = await connection.fetch(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'owner' "
            "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"
        )
        local = await connection.fetchval("select id from organisations where slug = 'local'")
        counts = {
            name: await connection.fetchval(f"select count(*) from {name} where owner <> $1", local)
            for (name,) in tables
        }
    finally:
        await connection.close()
    return {name: count for name, count in counts.items() if count}


async def test_an_interrupted_load_goes_on_with_the_world_it_began_with(settings: Settings) -> None:
    async with open_application(settings) as application:
        began = loading(application, made_from=lambda recipe: BrokenOff(SampleWorld.from_recipe(recipe)))
        with pytest.raises(Unavailable, match="lights"):
            await began(LoadDemonstration(world=a_world(seed=4)))

        held = await loading(application)(LoadDemonstration(world=a_world(seed=5)))

        assert held.fresh
        assert held.world == a_world(seed=4)
        detail = await application.root.collection.views().detail(held.actor, held.import_id)
        rows: dict[str, int] = {}
        for batch in a_world(seed=4).batches():
            rows[batch.table.name] = rows.get(batch.table.name, 0) + len(batch)
        assert {name: table.new for name, table in detail.report.tables.items()} == rows
        assert await application.root.demonstration.remove()()


async def test_a_second_load_changes_nothing(settings: Settings) -> None:
    async with open_application(settings) as application:
        first = await loading(application)(LoadDemonstration(world=a_world()))

        second = await loading(application)(LoadDemonstration(world=a_world(seed=9)))

        assert (first.fresh, second.fresh) == (True, False)
        assert second.world == a_world()
        assert second.import_id == first.import_id
        assert await application.root.demonstration.remove()()


async def test_the_persons_of_the_world_hold_their_profiles(settings: Settings) -> None:
    async with open_application(settings) as application:
        held = await loading(application)(LoadDemonstration(world=a_world()))

        async with application.database.reading(Tenant.of(held.actor)) as connection:
            rows = await connection.fetch(
                "select name, kind, count(*) as profiles from influencers join influencer_profiles "
                "on influencer_id = influencers.id group by influencers.id, name, kind"
            )
        assert sorted((row["name"], row["kind"] == "brand", row["profiles"]) for row in rows) == sorted(
            (person.name, person.is_brand, len(person.profiles)) for person in a_world().people()
        )
        assert await application.root.demonstration.remove()()


async def test_nothing_that_belongs_to_it_is_left_behind(
    settings: Settings, database_url: str, postgres: EmbeddedPostgres
) -> None:
    admin_url = postgres.admin_url(database_url.rpartition("/")[2])
    async with open_application(settings) as application:
        held = await loading(application)(LoadDemonstration(world=a_world()))
        await application.root.analytics.reference_tables().build(BuildReference(actor=held.actor, switch=True))
        await application.root.analytics.score_profiles()(ScoreProfiles(owner=held.actor.organisation, full=True))
        before = await owned(admin_url)

        await application.root.demonstration.remove()()

        assert {"posts", "post_metrics", "influencers", "scores", "reference_tables"} <= set(before)
        assert await owned(admin_url) == {}
        async with application.database.reading(NOBODY) as connection:
            assert await connection.fetchval("select count(*) from profiles") == 0


async def test_an_account_that_others_know_too_keeps_its_number(settings: Settings) -> None:
    async with open_application(settings) as application:
        await loading(application)(LoadDemonstration(world=a_world()))
        local = Tenant.of(await application.actor())
        async with application.database.writing(local) as connection:
            await connection.execute(
                text(
                    "insert into profile_descriptions (owner, profile_id, import_no) "
                    "select :owner, min(id), 1 from profiles"
                ),
                {"owner": local.organisation},
            )

        assert await application.root.demonstration.remove()()

        async with application.database.reading(local) as connection:
            assert await connection.fetchval(
                "select count(*) from profile_descriptions join profiles on id = profile_id"
            )
        async with application.database.writing(local) as connection:
            await connection.execute(text("delete from profile_descriptions"))


async def test_nobody_can_act_for_a_demonstration_that_is_gone(settings: Settings) -> None:
    async with open_application(settings) as application:
        assert not await application.root.demonstration.remove()()

        with pytest.raises(OrganisationNotFound, match="load it with: analisa demo"):
            await application.actor("demo")


def run(*arguments: str) -> int:
    return main(["demo", *arguments])


def test_the_command_loads_scores_and_removes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("--size", "15", "--seed", "2", "--json") == 0
    loaded = json.loads(capsys.readouterr().out)
    assert (loaded["fresh"], loaded["size"], loaded["seed"]) == (True, 15, 2)
    assert loaded["rows"]["profiles"] >= 15

    assert main(["top", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    monkeypatch.setenv("ANALISA_ORGANISATION", "demo")
    assert main(["top", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 15
    monkeypatch.delenv("ANALISA_ORGANISATION")

    assert run() == 0
    assert "was there already: 15 invented creators" in capsys.readouterr().out
    assert run("--seed", "3") == 2
    assert "another world, of size 15 and seed 2; remove it first" in capsys.readouterr().err

    assert run("--remove") == 0
    assert "is removed" in capsys.readouterr().out
    assert run("--remove", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"removed": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--size", "0"), "at least one creator, not 0"),
        (("--seed", "-1"), "seed is 0 or more, not -1"),
        (("--remove", "--size", "3"), "leave --size and --seed out"),
    ],
)
def test_the_command_says_what_it_cannot_do(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err
