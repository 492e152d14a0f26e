"""Reference tables: built from what was seen, looked at, and put into use by a person; never changed once built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...domain.analytics.components import PostValues, RawComponents
from ...domain.analytics.events import ReferenceTableSwitched
from ...domain.analytics.reference import ReferenceSet, build_reference
from ...domain.analytics.score import raw_components
from ...domain.analytics.seeds import seed_tables, seed_version
from ...domain.shared.ids import Owner
from ..shared.actor import Actor, NotPermitted
from ..shared.ports import Clock
from .ports import Book, References, ScoreStore, StoredReference

CHUNK: Final = 4_000


def tables_of(actor: Actor) -> Owner:
    """Whose tables the actor's scores are read against: everybody's, or a demonstration's own."""
    return actor.organisation if actor.demonstration else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReference:
    """Build tables from today's evidence, and with *switch* put them into use."""

    actor: Actor
    switch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchReference:
    """Put the tables whose version begins with *version* into use."""

    actor: Actor
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltReference:
    reference: ReferenceSet
    profiles: int
    """How many had anything to compare."""
    switched: bool


class ReferenceTables:
    """Everything that a person does with reference tables; writing everybody's takes an operator."""

    def __init__(
        self, store: ScoreStore, references: References, clock: Clock, bases: Mapping[str, str], *, chunk: int = CHUNK
    ) -> None:
        self._store = store
        self._references = references
        self._clock = clock
        self._bases = bases
        self._chunk = chunk

    async def build(self, command: BuildReference) -> BuiltReference:
        """Read the evidence of every profile that counts, and keep what is usual among them."""
        owner = _writable(command.actor)
        parts = await self._measured(Book(owner, command.actor.demonstration))
        reference = build_reference(parts, seeds=seed_tables(), seed_version=seed_version())
        counted = sum(int((~np.isnan(part.raw)).any(axis=1).sum()) for part in parts)
        await self._references.add(owner, reference, profiles=counted, built_at=self._clock.now())
        switched = command.switch and await self._switch(owner, reference.version)
        return BuiltReference(reference=reference, profiles=counted, switched=switched)

    async def switch(self, command: SwitchReference) -> ReferenceSet:
        """Put older or newer tables into use; a full pass follows. Raises `ReferenceNotFound`."""
        owner = _writable(command.actor)
        reference = await self._references.get(owner, command.version)
        await self._switch(owner, reference.version)
        return reference

    async def all(self, actor: Actor) -> Sequence[StoredReference]:
        await self._references.current(tables_of(actor))
        return await self._references.all(tables_of(actor))

    async def get(self, actor: Actor, version: str | None) -> ReferenceSet:
        """Return the tables whose version begins with *version*, or those in use."""
        if version is None:
            return await self._references.current(tables_of(actor))
        return await self._references.get(tables_of(actor), version)

    async def _measured(self, book: Book) -> list[RawComponents]:
        everyone, today = await self._store.profiles(book), self._clock.now().date()
        parts = []
        for start in range(0, len(everyone), self._chunk):
            async with self._store.work(book) as work:
                gathered = await work.evidence(everyone[start : start + self._chunk], today)
            raw = raw_components(
                gathered.columns, as_of=gathered.as_of, observations=gathered.observations, bases=self._bases
            )
            parts.append(replace(raw, engagement_posts=_NONE, reach_posts=_NONE))
        return parts

    async def _switch(self, owner: Owner, version: str) -> bool:
        previous = (await self._references.current(owner)).version
        stored = {each.version: each for each in await self._references.all(owner)}
        event = ReferenceTableSwitched(
            owner=owner, table_version=version, previous_version=previous, accounts=stored[version].profiles
        )
        return await self._references.switch(owner, version, at=self._clock.now(), event=event)


_NONE: Final = PostValues(np.zeros(1, dtype=np.int64), np.zeros(0))
"""Single posts are not part of a table, and there are millions of them."""


def _writable(actor: Actor) -> Owner:
    if not actor.demonstration and not actor.operator:
        raise NotPermitted("only an operator of the installation may build or switch everybody's reference tables")
    return tables_of(actor)
