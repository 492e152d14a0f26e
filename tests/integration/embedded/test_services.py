"""A command finds the servers it needs: those it is told of, those of a running `up`, or its own for a moment."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from analisa.adapters.embedded.errors import HomeBusy
from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.domain.shared.errors import Unavailable
from analisa.entrypoints.services import COMMAND, SUPERVISOR, announced, hold, services
from analisa.entrypoints.settings import read_settings


def quiet(_: str) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("services") / "home")


async def test_a_command_starts_what_it_needs_and_stops_it_again(home: Home) -> None:
    async with services(read_settings({"ANALISA_HOME": str(home.root)}), redis=True) as endpoints:
        connection = await asyncpg.connect(endpoints.database_url)
        assert await connection.fetchval("select current_user") == "analisa"
        await connection.close()
        assert endpoints.redis_url is not None
        async with Redis.from_url(endpoints.redis_url) as redis:
            assert await redis.ping()

    assert list(home.run.iterdir()) == []
    with pytest.raises(OSError, match=r"refused|Connect"):
        await asyncpg.connect(endpoints.database_url)


async def test_valkey_is_started_only_when_it_is_needed(home: Home) -> None:
    async with services(read_settings({"ANALISA_HOME": str(home.root)})) as endpoints:
        assert endpoints.redis_url is None
        assert [path.stem for path in home.run.iterdir()] == ["postgres"]


async def test_servers_that_the_settings_name_need_no_home(tmp_path: Path) -> None:
    environment = {
        "ANALISA_HOME": str(tmp_path / "home"),
        "ANALISA_DATABASE_URL": "postgresql://a@b/c",
        "ANALISA_REDIS_URL": "redis://d/0",
    }

    async with services(read_settings(environment), redis=True) as endpoints:
        assert (
            endpoints.database_url
            == endpoints.owner_database_url
            == endpoints.admin_database_url
            == "postgresql://a@b/c"
        )
        assert endpoints.redis_url == "redis://d/0"

    assert not (tmp_path / "home").exists()


async def test_a_command_joins_a_running_up(home: Home) -> None:
    home.prepare()
    with ExitStack() as held:
        await hold(home, held, SUPERVISOR, quiet)
        postgres = EmbeddedPostgres(home)
        await postgres.start()
        with announced(home, postgres, None):
            async with services(read_settings({"ANALISA_HOME": str(home.root)})) as endpoints:
                assert endpoints.database_url == postgres.url
                assert endpoints.owner_database_url == postgres.owner_url
                assert endpoints.admin_database_url == postgres.admin_url()
            assert postgres.child.running, "the servers of an up are not a command's to stop"
            with pytest.raises(Unavailable, match="was started with ANALISA_REDIS_URL; set the same here"):
                async with services(read_settings({"ANALISA_HOME": str(home.root)}), redis=True):
                    pass
        await postgres.stop()


async def test_a_command_waits_for_another_one(home: Home) -> None:
    home.prepare()
    told: list[str] = []
    waits = asyncio.Event()

    def tell(message: str) -> None:
        told.append(message)
        waits.set()

    async def second() -> str:
        async with services(read_settings({"ANALISA_HOME": str(home.root)}), tell=tell) as endpoints:
            return endpoints.database_url

    with ExitStack() as first:
        await hold(home, first, COMMAND, quiet)
        waiting = asyncio.create_task(second())
        await waits.wait()
        assert not waiting.done()

    assert (await waiting).startswith("postgresql://")
    assert told[0].startswith(f"waiting for {COMMAND} (process ")


async def test_a_second_up_does_not_wait(home: Home) -> None:
    home.prepare()
    with ExitStack() as first, ExitStack() as second:
        await hold(home, first, SUPERVISOR, quiet)

        with pytest.raises(HomeBusy, match="stop it first"):
            await hold(home, second, SUPERVISOR, quiet)


async def test_an_announcement_of_the_dead_is_not_believed(home: Home) -> None:
    home.prepare()
    (home.root / "services.json").write_text('{"pid": 1, "started": "long ago", "postgres": "postgresql://gone/x"}')

    async with services(read_settings({"ANALISA_HOME": str(home.root)})) as endpoints:
        assert "gone" not in endpoints.database_url


async def test_a_commands_own_error_passes_through_and_the_servers_stop(home: Home) -> None:
    with pytest.raises(HomeBusy, match="of its own"):
        async with services(read_settings({"ANALISA_HOME": str(home.root)})):
            raise HomeBusy(home.root, holder="a command", pid=None, cure="an error of its own")

    assert list(home.run.iterdir()) == []
