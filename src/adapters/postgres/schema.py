"""The schema's story: which step a database has reached, which step this program wants, and the way there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

import asyncpg

from ..addresses import place_of
from .errors import DatabaseRefuses, DatabaseUnavailable, RoleUnbound
from .granting import grant, is_granted
from .seeing import hide, show
from .urls import CONNECT_S, driver_url, engine_of

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

_STEP = re.compile(r"^(\d{4})_\w+\.py$")
_ONE_AT_A_TIME = 0x616E616C697361  # "analisa": two programs that start together must not both migrate


_LATER = (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""What a server that is starting, stopping or full answers."""

OWNER_SETTING = "ANALISA_OWNER_DATABASE_URL"
_PROGRAM = "ANALISA_DATABASE_URL"
"""What to mend where an address is wrong."""

BASE = "base"
"""Before the first step."""


def steps() -> list[str]:
    """Return the steps that this program ships, in order; reads file names only, so that a start stays quick."""
    found = (_STEP.match(entry.name) for entry in files("analisa.migrations.versions").iterdir())
    return sorted(step.group(1) for step in found if step)


def head_revision() -> str:
    """Return the newest step that this program ships."""
    return steps()[-1]


async def current_revision(url: str, *, setting: str = _PROGRAM) -> str | None:
    """Return the step that the database at *url*, which *setting* names, has reached, or None for an empty one.

    Raises `DatabaseUnavailable` or `DatabaseRefuses`.
    """
    async with _asking(url, setting) as connection:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision


async def check_program(url: str) -> bool:
    """Whether the role of *url* has been given what the program needs; nothing has, in an empty database.

    Raises `RoleUnbound` for a role that row-level security does not bind, `DatabaseUnavailable` or `DatabaseRefuses`.
    """
    async with _asking(url) as connection:
        await _refuse_unbound(connection)
        return await is_granted(connection)


@asynccontextmanager
async def _asking(url: str, setting: str = _PROGRAM) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await _connect(url, setting)
    try:
        yield connection
    except (asyncpg.PostgresError, OSError) as error:
        raise DatabaseUnavailable(f"PostgreSQL at {place_of(url)} does not answer as it should: {error}") from error
    finally:
        await connection.close()


async def _connect(url: str, setting: str) -> asyncpg.Connection[asyncpg.Record]:
    place = f"PostgreSQL at {place_of(url)}"
    try:
        return await asyncpg.connect(driver_url(url), timeout=CONNECT_S)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise DatabaseRefuses(f"{place} answers, but not to us: {error}; mend {setting}") from error
    except (OSError, *_LATER) as error:
        # A bare ConnectionError is asyncpg's own word for a server that is there and does not take the kind of
        # connection asked for (TLS, say); whatever the system reports is of a subclass.
        refused = type(error) is ConnectionError
        said = str(error) or type(error).__name__
        kind = DatabaseRefuses if refused else DatabaseUnavailable
        raise kind(f"{place} does not answer ({said}); start it, or mend {setting}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as error:
        raise DatabaseRefuses(f"{place} cannot be asked like this: {error}; mend {setting}") from error


async def _refuse_unbound(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    role = await connection.fetchval(
        "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)"
    )
    if role is not None:
        raise RoleUnbound(role)


async def migrate(url: str, revision: str = "head", *, program: str | None = None) -> None:
    """Bring the database at *url* to *revision* (`head`, `base` or a step's number); several callers wait for the first.

    The role of *url* owns the tables; that of the address *program*, where it is another, gets what the program needs.
    """
    from sqlalchemy import text  # noqa: PLC0415  loaded only by the start that has to migrate

    engine = engine_of(url)
    try:
        async with engine.connect() as connection:
            # Held by the session and let go with it, also when a step fails.
            await connection.execute(text("select pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
            await connection.commit()
            owner = await _driver(connection)
            await hide(owner)
            await connection.run_sync(_walk, revision)
            await connection.commit()  # looking where it stood began a transaction
            await _let_in(owner, program or url)
    finally:
        await engine.dispose()


async def _driver(connection: AsyncConnection) -> asyncpg.Connection[asyncpg.Record]:
    raw: asyncpg.Connection[asyncpg.Record] | None = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    return raw


async def _let_in(owner: asyncpg.Connection[asyncpg.Record], program: str) -> None:
    async with _asking(program) as asking:
        role = await asking.fetchval("select current_user")
    if role != await owner.fetchval("select current_user"):
        await grant(owner, role)
    await show(owner, role)


def _walk(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(files("analisa.migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    back = revision == BASE or (revision != "head" and revision < (_reached(connection) or "0000"))
    connection.rollback()  # looking began a transaction, and alembic commits only one that it began itself
    (command.downgrade if back else command.upgrade)(config, revision)


def _reached(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext  # noqa: PLC0415

    return MigrationContext.configure(connection).get_current_revision()
