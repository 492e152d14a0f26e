"""`Guesses` in PostgreSQL: a row for each account, device and address, which is its own lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from ....application.identity.errors import TooManyTries
from ....domain.identity.patience import FORGOTTEN, MOST_COUNTED, Guessing, wait_after
from ..database import IDENTITY, Database, driver

_TAKE: Final = """
    insert into guesses as g (name, tries, tried_at, free_at) values ($1, 1, now(), clock_timestamp() + ($2::interval[])[1])
    on conflict (name) do update
        set tries = case when g.tried_at < now() - $3::interval then 1 else least(g.tries + 1, $4) end, tried_at = now(),
            free_at = clock_timestamp() + ($2::interval[])[case when g.tried_at < now() - $3::interval then 1 else least(g.tries + 1, $4) end]
        where g.free_at <= clock_timestamp()
    returning tries
"""
"""The time is that of the row's lock: two who come at once wait for each other, and neither for what the other noted."""
_RIGHT: Final = """
    update guesses set tries = case when $2 then 0 else greatest(tries - 1, 0) end, free_at = now() where name = $1
"""


class PostgresGuesses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, *kinds: tuple[Guessing, str]) -> None:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            for kind, name in sorted(kinds):
                waits = [wait_after(tries, kind) for tries in range(1, MOST_COUNTED + 1)]
                if await raw.fetchval(_TAKE, _named(kind, name), waits, FORGOTTEN, MOST_COUNTED) is None:
                    wait: timedelta = await raw.fetchval(
                        "select free_at - clock_timestamp() from guesses where name = $1", _named(kind, name)
                    )
                    raise TooManyTries(wait)

    async def right(self, *kinds: tuple[Guessing, str]) -> None:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            for kind, name in sorted(kinds):
                # An address is that of many: one who knows the password says nothing of the others.
                await raw.execute(_RIGHT, _named(kind, name), kind is not Guessing.ADDRESS)


def _named(kind: Guessing, name: str) -> bytes:
    return sha256(f"{kind} {name}".encode()).digest()


async def forget_identity(database: Database, *, now: datetime) -> int:
    """Delete guesses and sessions that count no more; the number of rows."""
    forgotten = 0
    async with database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        for statement, before in (
            ("delete from guesses where tried_at < $1", now - FORGOTTEN),
            ("delete from sessions where expires_at < $1", now - timedelta(days=30)),
            ("delete from sign_in_flows where expires_at < $1", now),
            ("delete from one_time_codes where expires_at < $1", now - timedelta(days=7)),
            ("delete from address_changes where wanted_at < $1", now - timedelta(days=7)),
            ("delete from mails where made_at < $1", now - timedelta(days=90)),
            ("delete from notices where made_at < $1", now - timedelta(days=90)),
            ("delete from known_devices where seen_at < $1", now - timedelta(days=365)),
        ):
            tag: str = await raw.execute(statement, before)
            forgotten += int(tag.rpartition(" ")[2])
    return forgotten
