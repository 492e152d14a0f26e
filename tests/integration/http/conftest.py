"""The API over a real database and a real Valkey, called in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from analisa.adapters.system.clock import SystemClock
from analisa.application.influencers.directory import Person, RegisterInfluencers
from analisa.application.shared.actor import Actor
from analisa.domain.influencers.influencer import Kind
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.settings import Settings, read_settings
from analisa.plugins.sample.world import SampleWorld
from tests.installation import Installation
from tests.integration.http.passwords import PASSWORD, execute
from tests.integration.http.serving import Api, started
from tests.signed_in import SignedIn, a_user, joined

BASE = "http://127.0.0.1:8000"
UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that takes files of up to a megabyte."""
    environ = {
        "ANALISA_HOME": str(tmp_path_factory.mktemp("home")),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
        "ANALISA_MAX_FILE_BYTES": "1000000",
        "ANALISA_PROFILE": "test",
        "ANALISA_PASSWORD_COST": "4",
    }
    return read_settings(environ)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def application(settings: Settings) -> AsyncIterator[Application]:
    async with open_application(settings, redis=True) as application:
        yield application


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def operator(application: Application) -> SignedIn:
    """Who owns the local organisation and looks after the installation."""
    return await a_user(application, operator=True)


@pytest_asyncio.fixture(loop_scope="session")
async def email(application: Application) -> str:
    """The address of somebody who has a password."""
    address = f"{uuid4().hex[:10]}@example.org"
    await a_user(application, email=address, password=PASSWORD)
    return address


@pytest_asyncio.fixture(loop_scope="session")
async def nothing_guessed_yet(application: Application) -> AsyncIterator[None]:
    """Tests come from one address, which would have to wait."""
    await execute(application, "delete from guesses")
    yield


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demonstration(application: Application, operator: SignedIn) -> Actor:
    """The demonstration's organisation, to which the operator belongs too."""
    actor = await application.organisations.found_demonstration()
    await joined(application, operator, actor.organisation)
    return actor


@pytest.fixture(scope="module")
def transport(application: Application) -> httpx.ASGITransport:
    # Failures come back as answers, as they would over a socket.
    return httpx.ASGITransport(create_app(application), raise_app_exceptions=False)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stranger(transport: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    """The API as somebody calls it who is nobody."""
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(transport: httpx.ASGITransport, operator: SignedIn) -> AsyncIterator[httpx.AsyncClient]:
    """The API as the operator calls it."""
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=operator.headers) as client:
        yield client


@pytest.fixture(scope="module")
def running(settings: Settings, application: Application, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API as a process that takes files of up to 20 MiB; tests leave it running."""
    del application  # it has made sure of the database
    with started(settings, tmp_path_factory.mktemp("log"), ANALISA_MAX_FILE_BYTES="20MiB") as api:
        yield api


@dataclass(frozen=True)
class Scored:
    """The API over the sample world, imported into the local organisation and scored."""

    api: httpx.AsyncClient
    world: SampleWorld
    lines: list[dict[str, Any]]
    """Everybody in the list, the best first."""

    def profile(self, network: str) -> dict[str, Any]:
        """The best influencer's profile on *network*, of those who have one there."""
        found = (profile for line in self.lines for profile in line["profiles"] if profile["network"] == network)
        return next(found)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scored(application: Application, api: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    world = SampleWorld(seed=3, creators=60, today=datetime.now(UTC).date(), days=60, daily_share=0.5)
    local = await application.actor()
    people = [
        Person(name=each.name, profiles=each.profiles, kind=Kind.BRAND if each.is_brand else Kind.PERSON)
        for each in world.people()
    ]
    await application.root.influencers.register_influencers()(RegisterInfluencers(actor=local, people=people))
    shelf: Path = tmp_path_factory.mktemp("uploads")
    await Installation(application.database, local, shelf, clock=SystemClock()).bring(*world.batches())
    await application.root.analytics.score_profiles().everywhere(full=True)
    listed = (await api.get("/api/v1/influencers", params={"limit": 200})).json()
    return Scored(api, world, listed["items"])
