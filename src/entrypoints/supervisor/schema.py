"""Bringing the database to this program's schema at start: fast when it is there, with a backup when it is not."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from ...adapters.embedded.home import Home
from ...adapters.embedded.processes import Launch, start
from ...adapters.postgres.errors import DatabaseRefuses, DatabaseUnavailable
from ...adapters.postgres.schema import current_revision, head_revision, migrate
from ...domain.shared.errors import Conflict, Unavailable
from ..services import PATIENCE_S
from ..settings import SecretUrl
from .keeping import last_words
from .roles import python

_URL = "ANALISA_DATABASE_URL"


class SchemaNewer(Conflict):
    """A newer version of the program has written the database."""

    code = "schema.newer"

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database is at step {found}, this program knows steps up to {known}: a newer Analisa wrote it; "
            "install that version again, or use another --home"
        )


async def bring_up_to_date(
    url: SecretUrl, home: Home, *, backup: Callable[[str], Awaitable[object]] | None, tell: Callable[[str], None]
) -> None:
    """Migrate the database to this program's schema; an older one is handed to *backup* first, with a name for it.

    Raises `SchemaNewer` for a database of a newer program, which is left as it is, and `RoleUnbound` where we may
    enter as a superuser only.
    """
    head, reached = head_revision(), await _reached(url, tell)
    if reached == head:
        return
    if reached is not None and reached > head:
        raise SchemaNewer(reached, head)
    if reached is None:
        tell("making the database's tables")
    elif backup is None:
        tell(f"bringing the database from step {reached} to {head}; nobody made a backup, for it is a server of yours")
    else:
        tell(f"bringing the database from step {reached} to {head}, after a backup")
        await backup(f"before-{head}")
    await _migrate_apart(url, home)


async def _reached(url: SecretUrl, tell: Callable[[str], None]) -> str | None:
    """Ask for the step; a server that is still starting is waited for."""
    deadline, told = time.monotonic() + PATIENCE_S, False
    while True:
        try:
            return await current_revision(url, bound=True)
        except DatabaseRefuses:
            raise
        except DatabaseUnavailable as error:
            if time.monotonic() > deadline:
                raise
            if not told:
                tell(f"waiting for it half a minute: {error}")
                told = True
        await asyncio.sleep(0.2)


async def _migrate_apart(url: SecretUrl, home: Home) -> None:
    """Migrate in a child: what it loads would stay in a program that runs for months, and Ctrl-C must end it."""
    log = home.logs / "migration.log"
    environment = {**os.environ, _URL: url}
    child = await start(Launch(name="migration", argv=python(__name__), log=log, environment=environment), home.run)
    try:
        status = await child.ended()
    finally:
        await child.stop(patience_s=0)
    if status != 0:
        raise Unavailable(
            f"the database cannot be brought to this program's schema: {last_words(log)}; "
            "it is as it was before the step that failed"
        )


if __name__ == "__main__":
    asyncio.run(migrate(os.environ[_URL]))
    sys.exit(0)
