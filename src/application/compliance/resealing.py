"""Rotating the key that seals fields: a new one is made, everything is sealed anew while all goes on, and old keys are thrown away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from ...domain.shared.errors import Conflict, NotFound
from ..identity.accounts import BY_COMMAND
from ..identity.ports import Identity
from ..shared.failpoints import failpoint
from ..shared.ports import Clock

AT_ONCE: Final = 500
SETTLED: Final = timedelta(minutes=15)
"""So long after a new key was made a transaction may be open that sealed something with the one before: none is left idle for longer."""

AFTER_BATCH = failpoint("compliance.after_resealed_batch")


class KeyInUse(Conflict):
    """Something is sealed with the key yet."""

    code = "compliance.key_in_use"

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"key {number} stays: {why}")


class SealingKeyNotFound(NotFound):
    """There is no such key."""

    code = "compliance.sealing_key_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no key {number}; analisa seals list has those that there are")


@dataclass(frozen=True, slots=True)
class Sealed:
    """How much of one table is sealed with which key, by its number."""

    table: str
    rows: Mapping[int, int]
    fixed: bool = False
    """It is never sealed anew: the record is chained over what it says."""


class SealingKeys(Protocol):
    """The keys that seal fields, by number; the largest is the one in use. A new one is used by every process at once."""

    def numbers(self) -> Sequence[int]: ...

    def made_at(self, number: int) -> datetime: ...

    def make(self) -> int:
        """Make a new key, and return its number."""
        ...

    def drop(self, number: int) -> None: ...


class SealedFields(Protocol):
    """Everything that the database keeps under seal."""

    async def count(self) -> Sequence[Sealed]: ...

    async def reseal(self, table: str, limit: int) -> int:
        """Seal so many rows of *table* anew that are under an older key; the number of them, 0 when there are no more.

        What somebody changes meanwhile stays as they changed it.
        """
        ...


class Resealing:
    def __init__(self, keys: SealingKeys, fields: SealedFields, identity: Identity, clock: Clock) -> None:
        self._clock = clock
        self._keys = keys
        self._fields = fields
        self._identity = identity

    async def count(self) -> Sequence[Sealed]:
        return await self._fields.count()

    def numbers(self) -> Sequence[int]:
        return self._keys.numbers()

    async def rotate(self) -> tuple[int, int]:
        """Make a new key, and seal everything with it; its number, and the number of rows. Begun again it goes on."""
        number = self._keys.make()
        async with self._identity.work() as work:
            await work.note("compliance.sealing_key_made", f"sealing key:{number}", actor=BY_COMMAND)
        return number, await self.reseal()

    async def reseal(self) -> int:
        """Seal anew what is under an older key; the number of rows."""
        rows = 0
        for table in await self._fields.count():
            while not table.fixed and (some := await self._fields.reseal(table.table, AT_ONCE)):
                rows += some
                AFTER_BATCH()
        return rows

    async def retire(self, number: int) -> None:
        """Throw an old key away; raises `SealingKeyNotFound`, and `KeyInUse` where something is, or may be, sealed with it yet."""
        there = self._keys.numbers()
        if number not in there:
            raise SealingKeyNotFound(number)
        if number == max(there):
            raise KeyInUse(number, "it is the one in use; rotate first")
        settled = self._keys.made_at(max(there)) + SETTLED
        if self._clock.now() < settled:
            raise KeyInUse(number, f"what is being done may be sealed with it yet; ask again after {settled:%H:%MZ}")
        left = [
            f"{each.rows[number]} rows of {each.table}" for each in await self._fields.count() if number in each.rows
        ]
        if left:
            raise KeyInUse(number, f"it seals {', '.join(left)}")
        async with self._identity.work() as work:
            await work.note("compliance.sealing_key_retired", f"sealing key:{number}", actor=BY_COMMAND)
        self._keys.drop(number)
