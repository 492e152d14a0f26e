"""The demonstration: an invented world in an organisation of its own, brought in whole and removed whole.

It is the one way by which anything comes into that organisation. An interrupted load goes on where it was, with the
world it began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ...domain.collection.batch import Batch
from ...domain.collection.records import TABLES
from ...domain.collection.report import ImportReport
from ...domain.influencers.influencer import Kind
from ...domain.shared.ids import ImportId
from ...domain.shared.social import ProfileRef
from ..influencers.directory import Person, RegisterInfluencers, RegisterInfluencersHandler
from ..shared.actor import Actor
from ..shared.organisations import Organisations
from ..shared.ports import Ids
from .feed import fed
from .intake import Intake, Watch
from .ports import ImportJob, ImportOptions, ImportRegister, ObservationStore
from .views import ImportViews

READER = "sample"
"""What stands in the report where a reader's name stands."""


class InventedPerson(Protocol):
    """Somebody who does not exist, with profiles that nobody has."""

    @property
    def name(self) -> str: ...
    @property
    def is_brand(self) -> bool: ...
    @property
    def profiles(self) -> tuple[ProfileRef, ...]: ...


class InventedWorld(Protocol):
    """A world that is the same whenever it is made from the same recipe."""

    @property
    def recipe(self) -> str: ...
    def people(self) -> Iterable[InventedPerson]: ...
    def batches(self) -> Iterator[Batch]:
        """Yield its records as a reader would, one file per table, in the order of `TABLES`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadDemonstration:
    """Bring in *world*, unless the demonstration has one already."""

    world: InventedWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What the demonstration holds now."""

    actor: Actor
    import_id: ImportId
    world: InventedWorld
    fresh: bool
    """It came in just now; False where it was there before."""


class LoadDemonstrationHandler:
    """*made_from* makes the world of a recipe, to go on with one that was interrupted."""

    def __init__(
        self,
        *,
        organisations: Organisations,
        register_influencers: RegisterInfluencersHandler,
        register: ImportRegister,
        imports: ImportViews,
        store: ObservationStore,
        ids: Ids,
        made_from: Callable[[str], InventedWorld],
    ) -> None:
        self._organisations = organisations
        self._register_influencers = register_influencers
        self._register = register
        self._imports = imports
        self._store = store
        self._ids = ids
        self._made_from = made_from

    async def __call__(self, command: LoadDemonstration, watch: Watch | None = None) -> Demonstration:
        """Load the world. Raises `ImportRunning` while another process does."""
        actor = await self._organisations.found_demonstration()
        job = await self._begun(actor) or await self._begin(actor, command.world)
        world = self._made_from(job.options.mapping or "")
        if job.state == "done":
            return Demonstration(actor=actor, import_id=job.id, world=world, fresh=False)
        await self._register_influencers(RegisterInfluencers(actor=actor, people=_people(world)))
        report = await self._bring(job, world, watch)
        await self._register.finish(actor, job.id, report)
        return Demonstration(actor=actor, import_id=job.id, world=world, fresh=True)

    async def _begun(self, actor: Actor) -> ImportJob | None:
        """Return the import by which the world came in, or was coming in when something stopped it."""
        newest = (await self._imports.page(actor, limit=1)).items
        return await self._register.get(actor, ImportId(newest[0].import_id)) if newest else None

    async def _begin(self, actor: Actor, world: InventedWorld) -> ImportJob:
        options = ImportOptions(reader=READER, mapping=world.recipe)
        return await self._register.add(actor, ImportId(self._ids.new()), options, owner=actor.organisation)

    async def _bring(self, job: ImportJob, world: InventedWorld, watch: Watch | None) -> ImportReport:
        batches = fed(world.batches())
        try:
            async with self._store.run(job) as run:
                files = await Intake(job, run, watch, files=len(TABLES)).take(batches)
        finally:
            await batches.aclose()
        return ImportReport(reader=READER, files=files)


class RemoveDemonstrationHandler:
    def __init__(self, organisations: Organisations) -> None:
        self._organisations = organisations

    async def __call__(self) -> bool:
        """Remove the demonstration with its scores and tables; False when there was none."""
        return await self._organisations.dissolve_demonstration()


def _people(world: InventedWorld) -> Iterator[Person]:
    for person in world.people():
        yield Person(name=person.name, profiles=person.profiles, kind=Kind.BRAND if person.is_brand else Kind.PERSON)
