"""Bringing the database to this program's schema at start: fast when it is there, with a backup when it is not."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from ...adapters.embedded.home import Home
from ...adapters.embedded.processes import Launch, start
from ...adapters.postgres.errors import DatabaseUnavailable
from ...adapters.postgres.schema import OWNER_SETTING, check_program, current_revision, head_revision, migrate
from ...domain.shared.errors import Conflict, Unavailable
from ..endpoints import Endpoints
from .keeping import last_words
from .roles import python
from .waiting import answer_of

_URL, _OWNER_URL = "ANALISA_DATABASE_URL", "ANALISA_OWNER_DATABASE_URL"


class SchemaNewer(Conflict):
    """A newer version of the program has written the database."""

    code = "schema.newer"

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database is at step {found}, this program knows steps up to {known}: a newer Analisa wrote it; "
            "install that version again, or use another --home"
        )


async def bring_up_to_date(
    found: Endpoints, home: Home, *, backup: Callable[[str], Awaitable[object]] | None, tell: Callable[[str], None]
) -> None:
    """Migrate the database to this program's schema; an older one is handed to *backup* first, with a name for it.

    Raises `SchemaNewer` for a database of a newer program, which is left as it is, and `RoleUnbound` where we may
    enter as a superuser only.
    """
    head = head_revision()
    granted = await answer_of(lambda: check_program(found.database_url), away=DatabaseUnavailable, tell=tell)
    reached = await current_revision(found.owner_database_url, setting=OWNER_SETTING)
    if reached == head and granted:
        return
    if reached is not None and reached > head:
        raise SchemaNewer(reached, head)
    if reached == head:
        tell("giving the program's role what it needs of the tables")
    elif reached is None:
        tell("making the database's tables")
    elif backup is None:
        tell(f"bringing the database from step {reached} to {head}; nobody made a backup, for it is a server of yours")
    else:
        tell(f"bringing the database from step {reached} to {head}, after a backup")
        await backup(f"before-{head}")
    await _migrate_apart(found, home)


async def _migrate_apart(found: Endpoints, home: Home) -> None:
    """Migrate in a child: what it loads would stay in a program that runs for months, and Ctrl-C must end it."""
    log = home.logs / "migration.log"
    environment = {**os.environ, _URL: found.database_url, _OWNER_URL: found.owner_database_url}
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
    asyncio.run(migrate(os.environ[_OWNER_URL], program=os.environ[_URL]))
    sys.exit(0)
