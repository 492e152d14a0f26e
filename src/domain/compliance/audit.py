"""The record of what was done: a chain for each organisation, in which every entry seals all those before it.

    h(0) = 32 zero bytes,    h(n) = SHA-256( h(n-1) || canonical(entry n) )

An entry holds pseudonyms and ciphertext only, so what identifies a person can be destroyed without breaking the chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

BEGIN: Final = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was done; the installation's own where *organisation* is None."""

    organisation: UUID | None
    number: int
    """From 1 on, without a gap."""
    at: datetime
    actor: str
    """The id of a user or of an API key, or whoever has the machine."""
    action: str
    subject: str
    """What it was done to, as `export:ID`."""
    sealed: bytes
    """What else there is to say of it, encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An entry with the hash that was kept with it."""

    entry: Entry
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of a chain at some moment, as it was signed."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where a chain does not hold, and how."""

    number: int
    why: str


def canonical(entry: Entry) -> bytes:
    """The bytes of *entry*, each part after its length, so that no two entries have the same."""
    parts = (
        b"" if entry.organisation is None else entry.organisation.bytes,
        str(entry.number).encode(),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds").encode(),
        entry.actor.encode(),
        entry.action.encode(),
        entry.subject.encode(),
        entry.sealed,
    )
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def chained(before: bytes, entry: Entry) -> bytes:
    """Return h(n) of *entry* after h(n-1)."""
    return hashlib.sha256(before + canonical(entry)).digest()


def broken(organisation: UUID | None, recorded: Iterable[Recorded], heads: Mapping[int, bytes]) -> Iterator[Broken]:
    """Go through a chain in the order of its numbers, and yield where it does not hold.

    *heads* are hashes that are known from elsewhere, by number: signed ones, and the last that was kept. After a place that
    does not hold the chain is gone on with from the hash that was kept there, so that each change is told once.
    """
    before, expected, left = BEGIN, 1, dict(heads)
    for each in recorded:
        entry = each.entry
        if entry.organisation != organisation:
            yield Broken(number=entry.number, why="it belongs to another organisation")
        if entry.number != expected:
            yield Broken(number=expected, why=f"entries up to {entry.number - 1} are missing")
        elif chained(before, entry) != each.hash:
            yield Broken(number=entry.number, why="it is not what was recorded, or the one before it is not")
        known = left.pop(entry.number, None)
        if known is not None and known != each.hash:
            yield Broken(number=entry.number, why="it is not what was signed")
        before, expected = each.hash, entry.number + 1
    missing = [number for number in left if number >= expected or number < 1]
    if missing:
        yield Broken(number=expected, why=f"the chain ends before entry {max(missing)}, which was there")
    for number in sorted(number for number in left if 1 <= number < expected):
        yield Broken(number=number, why="it is not there, and it was signed")
