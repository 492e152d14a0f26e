"""Events, reactions and little programs with which the queue is tried; `python -m tests.queueing ROLE` runs one."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from analisa.adapters.embedded.postgres import ROLE
from analisa.adapters.files.exports import ExportDirectory
from analisa.adapters.files.heads import HeadsInFile
from analisa.adapters.files.secrets import SecretFiles
from analisa.adapters.files.uploads import UploadDirectory
from analisa.adapters.postgres import outbox
from analisa.adapters.postgres.analytics.discovery.saved import PostgresSavedSearchWorks
from analisa.adapters.postgres.collection.register import PostgresImports
from analisa.adapters.postgres.compliance.audit import PostgresAudit
from analisa.adapters.postgres.compliance.sealed import PostgresSealedFields
from analisa.adapters.postgres.database import NOBODY, Database
from analisa.adapters.postgres.exporting.register import PostgresExports
from analisa.adapters.postgres.identity.tokens import PostgresAccessTokens
from analisa.adapters.postgres.identity.work import PostgresIdentity
from analisa.adapters.postgres.outbox import CATALOGUE
from analisa.adapters.security.sealing import Sealer
from analisa.adapters.system.clock import SystemClock, TimeOrderedIds
from analisa.application.analytics.discovery.saved import WatchHandler
from analisa.application.collection.sweeping import SweepUploads
from analisa.application.compliance.auditing import Auditing
from analisa.application.compliance.resealing import Resealing
from analisa.domain.shared.events import Event
from analisa.entrypoints.worker.jobs import Job, jobs
from analisa.entrypoints.worker.reactions import Effect, Reactions

ROOT = Path(__file__).parent.parent
IDS = TimeOrderedIds()


class Unsigned:
    """Signs nothing, for a record that is empty."""

    key_id = "none"

    def sign(self, *_: object) -> bytes:
        return b""

    def verifies(self, _: object) -> bool:
        return False


def everything(database: Database) -> Sequence[Job]:
    """All that is regular, over shelves that are nowhere."""
    nowhere = Path("/nonexistent")
    uploads = SweepUploads(UploadDirectory(nowhere), PostgresImports(database, IDS))
    tokens = PostgresAccessTokens(database, Sealer(dict), SystemClock(), IDS, "tests")
    auditing = Auditing(
        PostgresAudit(database, Sealer(dict)), Unsigned(), HeadsInFile(nowhere / "heads"), SystemClock()
    )
    watch = WatchHandler(PostgresSavedSearchWorks(database, IDS), SystemClock(), IDS)
    sealer = Sealer(lambda: {1: bytes(32)})
    resealing = Resealing(
        SecretFiles(nowhere),
        PostgresSealedFields(database, sealer),
        PostgresIdentity(database, IDS, sealer),
        SystemClock(),
    )
    exports, shelf = PostgresExports(database, IDS), ExportDirectory(nowhere, most_bytes=1)
    return jobs(database, IDS, tokens, auditing, uploads, exports, shelf, watch, resealing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    """Something a test made up; *then* says what its effect does besides being noted."""

    name: ClassVar[str] = "test.happened"
    n: int
    then: str = "nothing"


async def make_table(owner_url: str) -> None:
    """Make the table of the effects, as the role whose the others are, and let the program in."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "create table if not exists noted (n integer not null, reaction text not null, pid integer not null)"
    )
    await owner.execute(f"grant select, insert, delete on noted to {ROLE}")
    await owner.close()


async def note(connection: AsyncConnection, event: Happened, reaction: str = "effect") -> None:
    await connection.execute(
        text("insert into noted values (:n, :reaction, :pid)"), {"n": event.n, "reaction": reaction, "pid": os.getpid()}
    )


async def apply(connection: AsyncConnection, event: Happened) -> None:
    """Note the event, and then do what it asks for."""
    await note(connection, event)
    verb, _, amount = event.then.partition(":")
    if verb == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "fail":
        raise RuntimeError("it was told to fail")
    if verb in {"slow", "slow_once"} and (verb == "slow" or not _marked(event)):
        await asyncio.sleep(float(amount))


def _marked(event: Happened) -> bool:
    """Say whether a process was here before with this event."""
    mark = Path(os.environ["MARKS"]) / str(event.n)
    seen = mark.exists()
    mark.touch()
    return seen


def reactions() -> Reactions:
    """One effect that is one commit with its note."""
    return Reactions(
        [Effect(name="test.note", event=Happened, apply=apply)],
        {**CATALOGUE, (Happened.name, Happened.version): Happened},
    )


async def tell(database: Database, *events: Event) -> None:
    """Commit *events*."""
    async with database.writing(NOBODY) as connection:
        await outbox.record(connection, IDS, *events)


async def noted(database: Database) -> list[int]:
    async with database.reading(NOBODY) as connection:
        return [row["n"] for row in await connection.fetch("select n from noted order by n")]


async def rows(database: Database) -> list[dict[str, Any]]:
    """The outbox, oldest first."""
    async with database.reading(NOBODY) as connection:
        return [dict(row) for row in await connection.fetch("select * from outbox order by id")]


async def open_events(database: Database) -> int:
    async with database.reading(NOBODY) as connection:
        count: int = await connection.fetchval("select count(*) from outbox where done_at is null and dead_at is null")
    return count


async def until(condition: Any, *, within_s: float = 30) -> None:
    """Wait until the coroutine function *condition* returns something true."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110  another process changes it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def process(role: str, environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process in *role*; killed at the end if it still runs."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.queueing", role, cwd=ROOT, env={**os.environ, **environ}
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGCONT)
            child.kill()
        await child.wait()


def main(role: str) -> int:
    from analisa.entrypoints.worker import relay  # noqa: PLC0415  the events above are of use without the roles
    from analisa.entrypoints.worker.__main__ import work  # noqa: PLC0415
    from analisa.entrypoints.worker.process import run_role  # noqa: PLC0415

    lease = timedelta(seconds=float(os.environ.get("LEASE", "2")))
    if role == "worker":
        return run_role(role, partial(work, reactions=reactions(), lease=lease), redis=True)
    return run_role(role, partial(relay.work, resend=lease), redis=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
