"""The one way to PostgreSQL: every connection is handed out inside a transaction that knows its tenant.

Nothing else in the program takes a connection (a test holds that): a query that forgot its tenant would see only
public rows, and one that forgot its transaction would leave its tenant behind for the next.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ...application.shared.actor import Actor
from ...domain.shared.ids import OrganisationId, Owner, WorkspaceId
from .errors import DatabaseFull, DatabaseUnavailable
from .seeing import SEARCH_PATH
from .urls import CONNECT_S, driver_url, engine_of

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
"""An asyncpg connection, for COPY and prepared statements."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """For whom a transaction runs: its *organisation*'s rows and public ones; an *operator* may write public ones."""

    organisation: OrganisationId | None
    operator: bool = False
    identity: bool = False
    """It lets people in: it sees users, sessions and keys of all organisations, and nothing else of theirs."""
    workspace: WorkspaceId | None = None
    """Of what is of workspaces it sees and writes this one's alone."""
    asked: bool = False
    """Somebody asks, and is shown what they may see; work that nobody waits for names its rows itself."""

    @classmethod
    def of(cls, actor: Actor) -> Tenant:
        return cls(actor.organisation, actor.operator, workspace=actor.workspace, asked=True)

    @classmethod
    def owning(cls, owner: Owner) -> Tenant:
        """The tenant that writes rows of *owner*, for work that nobody waits for."""
        return cls(owner, operator=owner is None)

    @property
    def settings_sql(self) -> str:
        """SQL that tells the transaction its tenant; a UUID and a word, so nothing in it needs quoting."""
        organisation = "" if self.organisation is None else str(self.organisation)
        operator = "on" if self.operator else "off"
        return (
            f"select set_config('analisa.organisation', '{organisation}', true), "
            f"set_config('analisa.operator', '{operator}', true)"
            + (", set_config('analisa.identity', 'on', true)" if self.identity else "")
            + (f", set_config('analisa.workspace', '{self.workspace}', true)" if self.workspace else "")
        )


NOBODY = Tenant(None)
"""Sees public rows only; for tables that have no owner (outbox, organisations, profiles)."""


IDENTITY = Tenant(None, identity=True)
"""Lets people in; for the identity context's own tables alone."""


class Database:
    """A pool for reads that go straight to asyncpg, and an engine for writes."""

    def __init__(self, engine: AsyncEngine, pool: asyncpg.Pool[asyncpg.Record], *, wait_s: float = 30) -> None:
        self._engine = engine
        self._pool = pool
        self._wait_s = wait_s

    @asynccontextmanager
    async def reading(self, tenant: Tenant, *, timeout_s: float = 30, plan_anew: bool = False) -> AsyncIterator[Driver]:
        """Hand out an asyncpg connection in a read-only snapshot: all queries inside see one moment.

        With *plan_anew* statements are planned for the values they are asked with, every time: for questions whose
        best plan depends on them.
        """
        begin = "begin isolation level repeatable read read only"
        guard = f"set local statement_timeout = {int(timeout_s * 1000)}"
        if tenant.asked:
            guard += f"; set local search_path = {SEARCH_PATH}"
        if plan_anew:
            guard += "; set local plan_cache_mode = force_custom_plan"
        try:
            connection = await self._reader(f"{begin}; {guard}; {tenant.settings_sql}")
            try:
                yield connection
            finally:
                try:
                    if not connection.is_closed():
                        await connection.execute("rollback")
                finally:
                    await self._pool.release(connection)
        except _AWAY as error:
            raise _unavailable(error) from error

    async def _reader(self, begin: str) -> PoolConnectionProxy[asyncpg.Record]:
        """Take a connection on which *begin* has run; one that died in the pool is replaced once, unseen."""
        for again in (True, False):
            connection = await self._free()
            try:
                await connection.execute(begin)
            except BaseException as error:
                await self._pool.release(connection)
                if not (again and isinstance(error, _AWAY)):
                    raise
            else:
                break
        return connection

    async def _free(self) -> PoolConnectionProxy[asyncpg.Record]:
        """Wait for a connection, but not for ever: who waits holds a place of its own, and its caller gives up."""
        try:
            return await self._pool.acquire(timeout=self._wait_s)
        except TimeoutError as error:
            if self._pool.get_size() < self._pool.get_max_size():  # there was room: PostgreSQL did not let us in
                raise _unavailable(error) from error
            raise DatabaseUnavailable(
                "all connections for reading are in use; try again, or raise ANALISA_POOL_READERS"
            ) from error

    @asynccontextmanager
    async def writing(self, tenant: Tenant, *, idle_s: float = 600) -> AsyncIterator[AsyncConnection]:
        """Hand out a connection in a transaction that commits when the block ends well, and else leaves no trace.

        The server ends a transaction that is left idle for *idle_s* seconds: a process that was stopped in its midst
        keeps no locks for ever.
        """
        guard = f"set_config('idle_in_transaction_session_timeout', '{int(idle_s * 1000)}', true)"
        try:
            async with self._engine.begin() as connection:
                await connection.execute(text(f"{tenant.settings_sql}, {guard}"))
                yield connection
        except PoolExhausted as error:
            raise DatabaseUnavailable(
                "all connections for writing are in use; try again, or raise ANALISA_POOL_WRITERS"
            ) from error
        except (InterfaceError, OperationalError, *_AWAY) as error:
            raise _unavailable(error) from error
        except DBAPIError as error:
            # The dialect has names for few of the driver's errors; the driver's own one is the cause.
            cause = error.orig.__cause__ if error.orig else None
            if error.connection_invalidated or isinstance(cause, _AWAY):
                raise _unavailable(cause or error) from error
            raise

    async def at_once(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run one *statement* as a transaction of its own, seeing and writing what has no owner; return its rows.

        No process can stop between it and its commit.
        """
        try:
            connection = await self._free()
            try:
                rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            finally:
                await self._pool.release(connection)
        except _AWAY as error:
            raise _unavailable(error) from error
        return rows

    async def ping(self) -> None:
        """Return when PostgreSQL answers, or raise `DatabaseUnavailable`."""
        async with self.reading(NOBODY, timeout_s=2) as connection:
            await connection.fetchval("select 1")


async def _nothing_to_reset(_: object) -> None:
    """What a transaction set is gone with it, and nothing is handed out without one: a round trip less."""


_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
)
"""What a PostgreSQL that is away, starting, stopping or full makes a call raise, and one that ended our session."""


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    if isinstance(error, asyncpg.InsufficientResourcesError) and not isinstance(error, asyncpg.TooManyConnectionsError):
        reason = str(error).partition("\n")[0]
        return DatabaseFull(f"PostgreSQL has no room ({reason}); nothing was kept. Make room, and try again")
    return DatabaseUnavailable(
        f"PostgreSQL does not answer ({type(error).__name__}); it is tried again on the next call"
    )


async def driver(connection: AsyncConnection) -> Driver:
    """Return the asyncpg connection below *connection*, in the same transaction: for COPY and set-wise SQL."""
    raw = await connection.get_raw_connection()
    return cast("Driver", raw.driver_connection)


@asynccontextmanager
async def open_database(
    url: str, *, readers: int = 8, writers: int = 8, name: str = "analisa", wait_s: float = 30
) -> AsyncIterator[Database]:
    """Open at most *readers* + *writers* connections to the database at *url*; close them at the end.

    The server lists them under *name* (application_name). Whoever wants one waits at most *wait_s* seconds.
    """
    called = {"application_name": name}
    engine = engine_of(
        url,
        server_settings=called,
        pool_size=writers,
        max_overflow=0,
        pool_timeout=wait_s,
        pool_pre_ping=True,  # what died in the pool while PostgreSQL was away is replaced, not handed to a request
        hide_parameters=True,  # what people wrote has no place in a log
    )
    try:
        try:
            pool = await asyncpg.create_pool(
                driver_url(url),
                min_size=0,
                max_size=readers,
                server_settings=called,
                timeout=CONNECT_S,
                reset=_nothing_to_reset,
            )
        except _AWAY as error:
            raise _unavailable(error) from error
        try:
            yield Database(engine, pool, wait_s=wait_s)
        finally:
            await pool.close()
    finally:
        await engine.dispose()
