"""`SealedFields` over PostgreSQL: which tables keep values under seal, and sealing them anew."""

# ruff: noqa: S608  tables and columns are constants of this file
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ....application.compliance.resealing import Sealed
from ...security.sealing import Sealer
from ..database import IDENTITY, Database, driver

_KEYS: Final = {"mails": "id", "second_factors": "user_id", "token_keys": "kid"}
"""Tables with a column `sealed`, and what tells their rows apart; each is sealed for the place `table.sealed.key`."""
_FIXED: Final = "audit_entries"
_NUMBER: Final = "('x' || encode(substring(sealed from 2 for 4), 'hex'))::bit(32)::integer"
"""The number of the outer key, as the seal's head has it."""


class PostgresSealedFields:
    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def count(self) -> Sequence[Sealed]:
        async with self._database.reading(IDENTITY, timeout_s=300) as connection:
            found = []
            for table in (*_KEYS, _FIXED):
                rows = await connection.fetch(f"select {_NUMBER} as number, count(*) as rows from {table} group by 1")
                found.append(Sealed(table, {row["number"]: row["rows"] for row in rows}, fixed=table == _FIXED))
        return found

    async def reseal(self, table: str, limit: int) -> int:
        key = _KEYS[table]
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            rows = await raw.fetch(
                f"select {key} as key, sealed from {table} where {_NUMBER} <> $1 order by {key} limit $2 "
                "for update skip locked",
                self._sealer.number,
                limit,
            )
            anew = [
                (
                    row["key"],
                    bytes(row["sealed"]),
                    self._sealer.reseal(bytes(row["sealed"]), f"{table}.sealed.{row['key']}"),
                )
                for row in rows
            ]
            await raw.executemany(f"update {table} set sealed = $3 where {key} = $1 and sealed = $2", anew)
        return len(rows)
