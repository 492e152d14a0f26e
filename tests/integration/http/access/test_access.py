"""Every route, asked by everybody about everything: with both locks, and with either of them off."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from dependency_injector import providers

from analisa.application.identity.ports import ANYWHERE, Caller, Credentials, Place
from analisa.domain.identity.permissions import OF_ROLES, Role
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.http.export import exported
from analisa.entrypoints.settings import Settings, read_settings
from tests.integration.http.access.asking import asked
from tests.integration.http.access.world import World, a_full_key, an_influencer, an_organisation, everybody
from tests.integration.http.conftest import BASE
from tests.promises import Figures
from tests.servers import DatabaseUrl
from tests.signed_in import a_user

TABLE: Final = Path(__file__).with_name("access.csv")
CALLERS: Final = (*(role.value for role in Role), "key", "elsewhere", "removed", "anonymous")
ROUTES: Final = {
    operation["operationId"]: (method.upper(), path, operation["x-permission"])
    for path, item in json.loads(exported())["paths"].items()
    for method, operation in item.items()
}
HERE, THERE = 31, 47
"""Seeds of the two worlds."""


@dataclass(frozen=True)
class Row:
    """What one operation answers everybody, about one kind of thing."""

    operation: str
    variant: str
    about: str
    answers: dict[str, str]

    @property
    def callers(self) -> list[str]:
        """Who asks: nobody of elsewhere where it is not about anybody's."""
        return [caller for caller in CALLERS if self.answers[caller]]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, self.variant, self.about)))


def rows() -> list[Row]:
    with TABLE.open(newline="", encoding="utf-8") as stream:
        return [
            Row(row["operation"], row["variant"], row["about"], {name: row[name] for name in CALLERS})
            for row in csv.DictReader(stream)
        ]


ROWS: Final = rows()


Said: TypeAlias = Callable[[str, int], Settings]


@pytest.fixture(scope="module")
def said(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Settings of one installation, by the address of its database; what is kept in Valkey nobody shares."""
    home = str(tmp_path_factory.mktemp("home"))

    def settings(database_url: str, valkey: int) -> Settings:
        return read_settings(
            {
                "ANALISA_HOME": home,
                "ANALISA_DATABASE_URL": database_url,
                "ANALISA_REDIS_URL": f"{redis_url.removesuffix('/0')}/{valkey}",
                "ANALISA_PROFILE": "test",
                "ANALISA_PASSWORD_COST": "4",
                "ANALISA_MAX_PER_CALLER": "1000000",
                "ANALISA_MAX_PER_ORGANISATION": "1000000",
                "ANALISA_REQUESTS_PER_MINUTE": "1000000",
            }
        )

    return settings


@pytest.fixture(scope="module")
def settings(said: Said, database_url: DatabaseUrl) -> Settings:
    return said(database_url, 0)


@asynccontextmanager
async def calling(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(application), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    application: Application, stranger: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> World:
    shelf = tmp_path_factory.mktemp("uploads")
    operator = await a_user(application, operator=True)
    public = await an_influencer(stranger, operator, "Known to everybody", public=True)
    here = await an_organisation(application, stranger, "here", HERE, shelf)
    there = await an_organisation(application, stranger, "there", THERE, shelf)
    people = await everybody(application, stranger, here)
    callers = {name: person.headers for name, person in people.items()}
    return World(
        application=application,
        client=stranger,
        here=here,
        there=there,
        operator=operator,
        callers={
            **callers,
            "key": await a_full_key(application, here.actor),
            "elsewhere": there.owner.headers,
            "anonymous": {},
        },
        people={**people, "elsewhere": there.owner},
        kept={("influencer", "public"): public},
    )


class Unchecked:
    """Credentials of people who may do everything where they belong: the policies of the program are off."""

    def __init__(self, checked: Credentials) -> None:
        self._checked = checked

    async def session(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return _unchecked(await self._checked.session(credential, place))

    async def token(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return _unchecked(await self._checked.token(credential, place))

    async def key(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return _unchecked(await self._checked.key(credential, place))

    async def forget(self, credentials: Collection[str]) -> None:
        await self._checked.forget(credentials)


def _unchecked(caller: Caller | None) -> Caller | None:
    if caller is None or caller.actor is None:
        return caller
    return replace(caller, actor=replace(caller.actor, permissions=None))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def without_policies(world: World, said: Said, database_url: DatabaseUrl) -> AsyncIterator[httpx.AsyncClient]:
    """The same installation, in which everybody may do everything where they belong."""
    del world
    async with open_application(said(database_url, 1), redis=True) as application:
        credentials = application.root.identity.credentials
        credentials.override(providers.Object(Unchecked(credentials())))
        async with calling(application) as client:
            yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def without_row_security(world: World, said: Said, database_url: DatabaseUrl) -> AsyncIterator[httpx.AsyncClient]:
    """The same installation, connected as somebody whom row-level security does not bind."""
    del world
    unbound = said(database_url.admin, 2)
    async with open_application(unbound, redis=True, check_schema=False) as application, calling(application) as client:
        yield client


async def answers(world: World, client: httpx.AsyncClient, row: Row, callers: Sequence[str]) -> dict[str, int]:
    """Ask as each of the *callers*, each about a thing of their own where the operation changes it.

    Nobody is told what is hidden from them, and nothing of the other organisation is another afterwards.
    """
    method, _, _ = ROUTES[row.operation]
    kind = asked(row.operation, row.variant, "").about
    fresh = method != "GET" and kind not in {"import", "profile"}
    things = {
        caller: "" if kind == "nothing" else await world.thing(kind, row.about, caller, fresh=fresh)
        for caller in callers
    }
    await world.forget_guesses()
    before = await world.shown_there() if row.about == "other" and fresh else None
    found = {caller: await answer(world, client, row, caller, thing) for caller, thing in things.items()}
    if before is not None:
        assert await world.shown_there() == before
    return {caller: each.status_code for caller, each in found.items()}


async def answer(world: World, client: httpx.AsyncClient, row: Row, caller: str, thing: str) -> httpx.Response:
    method, path, permission = ROUTES[row.operation]
    question = asked(row.operation, row.variant, thing)
    params = {name: str(value).replace("{mine}", world.here.influencers[0]) for name, value in question.params.items()}
    filled = {"niche": "travel", "provider": "nobody", "role": "planner"}
    filled |= {
        name: value.replace("{member}", str(world.people["analyst"].user_id)) for name, value in question.path.items()
    }
    path = re.sub(r"{(\w+)}", lambda name: filled.get(name[1], thing), path)
    changes_oneself = permission == "signed_in" and method != "GET" and question.about == "nothing"
    body = question.json
    if isinstance(body, dict) and body.get("influencer_id") == "{twin}":
        body = {"influencer_id": await world.twin(caller)}
    if isinstance(body, dict) and body.get("ids") == ["{mine}"]:
        body = {"ids": [world.here.influencers[0]]}
    headers = {**await world.head(caller, disposable=changes_oneself), **question.headers}
    found = await client.request(
        method,
        path,
        params=params,
        json=body,
        headers=headers,
        files=question.files,
    )
    client.cookies.clear()  # what one caller was given is not the next one's
    if row.operation == "createExport" and found.is_success:  # so many may wait, and no more
        await world.application.root.exporting.exporter().write(
            world.here.actor.organisation, UUID(found.json()["export_id"])
        )
    told = found.text.replace(thing, "") if thing else found.text
    hidden = (world.here if caller == "elsewhere" else world.there).secrets
    assert [word for word in hidden if word in told] == [], (row, caller, told)
    return found


def test_every_route_stands_in_the_table_and_nothing_else_does() -> None:
    assert {row.operation for row in ROWS} == set(ROUTES)
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_table_says_what_permissions_say(row: Row) -> None:
    """Who lacks the permission is refused whatever it is about; who is nobody is asked who they are."""
    permission = ROUTES[row.operation][2]
    if permission == "open":
        assert len({row.answers[caller] for caller in row.callers}) == 1
        return
    assert row.answers["anonymous"] == "401"
    if permission == "signed_in":
        assert row.answers["key"] == "403"
        return
    assert row.answers["removed"] == "403"
    for role in Role:
        assert (row.answers[role] == "403") >= (permission not in OF_ROLES[role]), role


@pytest.mark.promise("SEC8")
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_everybody_is_answered_as_the_table_says(world: World, row: Row, figures: Figures) -> None:
    found = await answers(world, world.client, row, row.callers)

    figures.ran(len(found))
    assert {caller: str(status) for caller, status in found.items()} == {each: row.answers[each] for each in found}


FEW: Final = ("owner", "creator", "key", "elsewhere", "anonymous")
"""Who asks every time; `make prove` has everybody ask."""
EVERYBODY: Final = pytest.param(CALLERS, marks=pytest.mark.prove, id="everybody")


@pytest.mark.promise("P13")
@pytest.mark.parametrize("callers", [pytest.param(FEW, id="few"), EVERYBODY])
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_row_security_alone_keeps_organisations_apart(
    world: World, without_policies: httpx.AsyncClient, row: Row, callers: Sequence[str], figures: Figures
) -> None:
    found = await answers(world, without_policies, row, [each for each in row.callers if each in callers])

    figures.ran(len(found))
    for caller, status in found.items():
        told = row.answers["owner" if caller in set(Role) else caller]  # they may all do what an owner may
        assert str(status) == told or told == "403", (caller, status)


@pytest.mark.promise("P13")
@pytest.mark.parametrize("callers", [pytest.param(FEW, id="few"), EVERYBODY])
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_the_program_alone_keeps_organisations_apart(
    world: World, without_row_security: httpx.AsyncClient, row: Row, callers: Sequence[str], figures: Figures
) -> None:
    found = await answers(world, without_row_security, row, [each for each in row.callers if each in callers])

    figures.ran(len(found))
    assert {caller: str(status) for caller, status in found.items()} == {each: row.answers[each] for each in found}


OWNED: Final = """
    select c.table_name, c.column_name from information_schema.columns c
    where c.table_schema = 'public' and c.column_name in ('owner', 'organisation')
    and exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = c.table_name)
    order by 1
"""


@pytest.mark.promise("P13")
@pytest.mark.parametrize("lock", ["row security", "views"])
async def test_each_lock_alone_hides_every_row_of_every_table(
    world: World, database_url: DatabaseUrl, figures: Figures, lock: str
) -> None:
    here, there = world.here.actor.organisation, world.there.actor.organisation
    admin = await asyncpg.connect(database_url.admin)
    probing = await asyncpg.connect(database_url if lock == "row security" else database_url.admin)
    if lock == "views":
        await probing.execute("set search_path = seen")
    filled = 0
    for table, column in await admin.fetch(OWNED):
        theirs = await admin.fetchval(f"select count(*) from public.{table} where {column} = $1", here)
        filled += theirs > 0
        for organisation in (str(there), ""):
            await probing.execute("select set_config('analisa.organisation', $1, false)", organisation)
            assert await probing.fetchval(f"select count(*) from {table} where {column} = $1", here) == 0, table
            figures.ran(1)
            if lock == "row security" and table not in {"audit_entries", "audit_signatures", "prices"}:
                assert (
                    await probing.execute(f"update {table} set {column} = $2 where {column} = $1", here, there)
                    == "UPDATE 0"
                )
                assert await probing.execute(f"delete from {table} where {column} = $1", here) == "DELETE 0"
        await probing.execute("select set_config('analisa.organisation', '', false)")
        public = await admin.fetchval(f"select count(*) from public.{table} where {column} is null")
        assert await probing.fetchval(f"select count(*) from {table}") <= public, (
            f"{table} shows who has no tenant more"
        )
        if theirs:
            await probing.execute("select set_config('analisa.organisation', $1, false)", str(here))
            shown = await probing.fetchval(f"select count(*) from {table} where {column} = $1", here)
            assert shown in {theirs, 0}, table  # the identity context's own are shown to it alone
    await admin.close()
    await probing.close()
    assert filled > 20


async def test_nobody_acts_for_an_organisation_that_is_not_theirs(world: World) -> None:
    organised = {
        operation["operationId"]
        for item in json.loads(exported())["paths"].values()
        for operation in item.values()
        if any(parameter["name"] == "organisation" for parameter in operation.get("parameters", []))
    }
    assert len(organised) > 30
    for operation in organised:
        method, path, _ = ROUTES[operation]
        words = {"profile": world.there.profiles[0], "niche": "travel", "role": "planner"}
        filled = re.sub(r"{(\w+)}", lambda name: words.get(name[1], world.there.influencers[0]), path)  # noqa: B023
        found = await world.client.request(
            method, filled, params={"organisation": "there"}, headers=world.callers["owner"], json={}
        )
        assert (found.status_code, found.json()["code"]) == (404, "identity.organisation_not_found"), operation
