"""The schema's story: which step a database has reached, which step this program wants, and the way there."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import asyncpg

from ..addresses import place_of
from .errors import DatabaseRefuses, DatabaseUnavailable, RoleUnbound
from .urls import CONNECT_S, driver_url, engine_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

_STEP = re.compile(r"^(\d{4})_\w+\.py$")
_ONE_AT_A_TIME = 0x616E616C697361  # "analisa": two programs that start together must not both migrate


_LATER = (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""What a server that is starting, stopping or full answers."""

BASE = "base"
"""Before the first step."""


def steps() -> list[str]:
    """Return the steps that this program ships, in order; reads file names only, so that a start stays quick."""
    found = (_STEP.match(entry.name) for entry in files("analisa.migrations.versions").iterdir())
    return sorted(step.group(1) for step in found if step)


def head_revision() -> str:
    """Return the newest step that this program ships."""
    return steps()[-1]


async def current_revision(url: str, *, bound: bool = False) -> str | None:
    """Return the step that the database at *url* has reached, or None for an empty one.

    Raises `DatabaseUnavailable` or `DatabaseRefuses`, and with *bound* `RoleUnbound` for a role that row-level security does not bind.
    """
    connection = await _connect(url)
    try:
        if bound:
            await _refuse_unbound(connection)
        return await _step(connection)
    except (asyncpg.PostgresError, OSError) as error:
        raise DatabaseUnavailable(f"PostgreSQL at {place_of(url)} does not answer as it should: {error}") from error
    finally:
        await connection.close()


async def _step(connection: asyncpg.Connection[asyncpg.Record]) -> str | None:
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def _connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    place = f"PostgreSQL at {place_of(url)}"
    try:
        return await asyncpg.connect(driver_url(url), timeout=CONNECT_S)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise DatabaseRefuses(f"{place} answers, but not to us: {error}; mend ANALISA_DATABASE_URL") from error
    except (OSError, *_LATER) as error:
        # A bare ConnectionError is asyncpg's own word for a server that is there and does not take the kind of
        # connection asked for (TLS, say); whatever the system reports is of a subclass.
        refused = type(error) is ConnectionError
        said = str(error) or type(error).__name__
        kind = DatabaseRefuses if refused else DatabaseUnavailable
        raise kind(f"{place} does not answer ({said}); start it, or mend ANALISA_DATABASE_URL") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as error:
        raise DatabaseRefuses(f"{place} cannot be asked like this: {error}; mend ANALISA_DATABASE_URL") from error


async def _refuse_unbound(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    role = await connection.fetchval(
        "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)"
    )
    if role is not None:
        raise RoleUnbound(role)


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at *url* to *revision* (`head`, `base` or a step's number); several callers wait for the first."""
    from sqlalchemy import text  # noqa: PLC0415  loaded only by the start that has to migrate

    engine = engine_of(url)
    try:
        async with engine.connect() as connection:
            # Held by the session and let go with it, also when a step fails.
            await connection.execute(text("select pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
            await connection.commit()
            await connection.run_sync(_walk, revision)
    finally:
        await engine.dispose()


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
