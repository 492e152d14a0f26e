"""What analytics asks of the outside: evidence as columns, places to keep scores and reference tables, a signature."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from ...domain.analytics.columns import Instants, ProfileColumns, ReportedColumns
from ...domain.analytics.evidence import ComponentObservations
from ...domain.analytics.formulas.measures import Measures
from ...domain.analytics.reference import ReferenceSet
from ...domain.analytics.score import Scores
from ...domain.influencers.niche import NicheLabel, Spoken
from ...domain.shared.events import Event
from ...domain.shared.ids import Owner, ProfileId
from ..shared.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which profiles are asked for; None asks for all that the actor may see."""

    network: str | None = None
    import_id: UUID | None = None
    """Those of which this import brought something new."""
    profiles: tuple[ProfileId, ...] | None = None


class ColumnReader(Protocol):
    """Evidence of many profiles, side by side: public rows and the actor's own, but a demonstration's alone."""

    def figures(self, actor: Actor, selection: Selection, *, until: datetime) -> AsyncIterator[ProfileColumns]:
        """Read all that was seen up to *until*, as it stands, a few thousand profiles at a time, ascending by number.

        All pieces show one moment of the database. Posts come with our number of each, their first and latest lifetime snapshot, suspect
        zeros included, and with private values where the actor has any.
        """
        ...

    async def post_keys(self, actor: Actor, numbers: NDArray[np.int64]) -> Sequence[str]:
        """Return the network's own id of each post of *numbers*."""
        ...

    async def reported(self, actor: Actor, selection: Selection, *, until: datetime) -> ReportedColumns:
        """Read what third parties reported up to *until*."""
        ...


@dataclass(frozen=True, slots=True)
class Book:
    """Whose scores are computed, from whose evidence, and against whose reference tables.

    Everybody's book (*owner* None) holds public evidence. An organisation's holds public evidence and its own, and is
    read against everybody's tables. A demonstration's holds its own alone and has tables of its own.
    """

    owner: Owner
    demonstration: bool = False

    @property
    def reference_owner(self) -> Owner:
        return self.owner if self.demonstration else None


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence for scoring: what lies in each profile's window, up to its own *as_of*."""

    columns: ProfileColumns
    as_of: Instants
    observations: ComponentObservations


class ScoringWork(Protocol):
    """One transaction of a pass; what it did is kept when its block ends well, and else leaves no trace."""

    async def claim(self, limit: int) -> NDArray[np.int64]:
        """Take up to *limit* profiles that wait for a score; other passes skip them, new evidence waits for us.

        They have left the queue once this work is kept.
        """
        ...

    async def take(self, profiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Take these *profiles*, waiting for whoever has them now; new evidence of them waits for us.

        Those that waited for a score are marked, and have left the queue once this work is kept.
        """
        ...

    async def references(self) -> ReferenceSet:
        """Return the tables in use; they stay so until this work ends. The first time, the seeds come into use."""
        ...

    async def evidence(self, profiles: NDArray[np.int64], today: date) -> Gathered:
        """Read evidence up to the end of *today* of *profiles*, ascending."""
        ...

    async def keep(self, scores: Scores, computed_at: datetime, anew: NDArray[np.bool_]) -> int:
        """Make *scores* the current ones where a published digit changed; the number of those.

        Those of *anew* rest on new evidence: for them another day, or other evidence, is enough.
        """
        ...

    async def keep_as_history(self, scores: Scores, computed_at: datetime) -> int:
        """Add *scores* of another day to the history; current ones stay."""
        ...

    async def without_evidence(self, profiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark those of *profiles* that this book has no evidence of its own about."""
        ...

    async def place(self, profiles: NDArray[np.int64], computed_at: datetime) -> int:
        """Bring the standings of everyone who has one of *profiles* up to date; the number of them."""
        ...

    async def spoken(self, profiles: NDArray[np.int64]) -> Mapping[int, Spoken]:
        """Return what each of *profiles* says of itself, and its newest posts."""
        ...

    async def label(self, labels: Mapping[int, Sequence[NicheLabel]]) -> None:
        """Put these labels in the place of those that the profiles had."""
        ...

    async def make_findable(
        self, profiles: NDArray[np.int64], measures: Measures | None, anew: NDArray[np.bool_]
    ) -> int:
        """Bring what searches run over up to date for everyone who has one of *profiles*; the number of rows written.

        *measures* hold the numbers of those that were scored. Words and audiences are looked at again of those of *anew*.
        """
        ...

    async def pass_on(self, profiles: NDArray[np.int64]) -> int:
        """Queue *profiles* for organisations whose own scores or standings rest on public evidence too."""
        ...

    async def record(self, *events: Event) -> None: ...


class ScoreStore(Protocol):
    """Where scores are kept."""

    def work(self, book: Book) -> AbstractAsyncContextManager[ScoringWork]: ...

    async def books(self) -> Sequence[Book]:
        """Return everybody's book, then one per organisation."""
        ...

    async def profiles(self, book: Book) -> NDArray[np.int64]:
        """Return the profiles that the book has evidence of its own about, ascending."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """One stored set of reference tables."""

    version: str
    built_at: datetime
    profiles: int
    """How many profiles it rests on; 0 is the seeds alone."""
    in_use: bool
    switched_at: datetime | None


class References(Protocol):
    """Sets of reference tables by version; each is fixed once built. *owner* None is everybody's."""

    async def current(self, owner: Owner) -> ReferenceSet:
        """Return the set in use. The first time, the seeds come into use."""
        ...

    async def get(self, owner: Owner, version: str) -> ReferenceSet:
        """Return the set whose version begins with *version*, or raise `ReferenceNotFound`."""
        ...

    async def add(self, owner: Owner, reference: ReferenceSet, *, profiles: int, built_at: datetime) -> None:
        """Keep *reference*; one of the same version is kept once."""
        ...

    async def switch(self, owner: Owner, version: str, *, at: datetime, event: Event) -> bool:
        """Put the set of *version* into use, and record *event* in the same commit; False when it was in use already."""
        ...

    async def all(self, owner: Owner) -> Sequence[StoredReference]:
        """List the sets, the one in use first, then the newest."""
        ...


class Signer(Protocol):
    """The installation's signature."""

    def signed(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Return *receipt* with a signature for each of its parts."""
        ...
