"""What every keeper of reference tables promises, the fake and the one in PostgreSQL alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from analisa.adapters.postgres.analytics.references import PostgresReferences
from analisa.adapters.postgres.database import Database
from analisa.adapters.system.clock import TimeOrderedIds
from analisa.application.analytics.errors import ReferenceAmbiguous, ReferenceNotFound
from analisa.application.analytics.ports import References
from analisa.domain.analytics.events import ReferenceTableSwitched
from analisa.domain.analytics.reference import ReferenceSet
from analisa.domain.analytics.seeds import seed_reference
from analisa.domain.shared.ids import OrganisationId
from tests.fakes.analytics import FakeReferences
from tests.fakes.collection import FakeClock
from tests.integration.analytics.world import World

BUILT = datetime(2026, 3, 1, tzinfo=UTC)
SEEDS = seed_reference()


@dataclass
class Kept:
    references: References
    ours: OrganisationId
    theirs: OrganisationId


@pytest_asyncio.fixture(params=["fake", "postgres"], loop_scope="session")
async def kept(request: pytest.FixtureRequest, database: Database, world: World) -> Kept:
    organisations = [await world.organisation(f"o{uuid4().hex[:12]}", demonstration=True) for _ in range(2)]
    ours, theirs = (each.organisation for each in organisations)
    if request.param == "fake":
        return Kept(FakeReferences(), ours, theirs)
    return Kept(PostgresReferences(database, TimeOrderedIds(), FakeClock(BUILT)), ours, theirs)


def a_set() -> ReferenceSet:
    """One that nobody else has."""
    return replace(SEEDS, seed_version=uuid4().hex)


def switched(kept: Kept, version: str) -> ReferenceTableSwitched:
    return ReferenceTableSwitched(owner=kept.ours, table_version=version, previous_version=None, accounts=0)


async def put_to_use(kept: Kept, reference: ReferenceSet, *, built_at: datetime = BUILT) -> bool:
    await kept.references.add(kept.ours, reference, profiles=7, built_at=built_at)
    return await kept.references.switch(
        kept.ours, reference.version, at=built_at, event=switched(kept, reference.version)
    )


async def test_the_first_time_the_seeds_come_into_use(kept: Kept) -> None:
    assert (await kept.references.current(kept.ours)).version == SEEDS.version
    assert (await kept.references.current(kept.ours)).version == SEEDS.version

    (only,) = await kept.references.all(kept.ours)
    assert (only.version, only.profiles, only.in_use) == (SEEDS.version, 0, True)


async def test_a_set_that_is_added_is_kept_once_and_not_in_use(kept: Kept) -> None:
    await kept.references.current(kept.ours)
    mine = a_set()

    for _ in range(2):
        await kept.references.add(kept.ours, mine, profiles=7, built_at=BUILT)

    assert (await kept.references.current(kept.ours)).version == SEEDS.version
    listed = [(each.version, each.profiles, each.in_use) for each in await kept.references.all(kept.ours)]
    assert listed == [(SEEDS.version, 0, True), (mine.version, 7, False)]


async def test_a_set_is_put_to_use_once_and_listed_first(kept: Kept) -> None:
    await kept.references.current(kept.ours)
    older, newer = a_set(), a_set()
    await put_to_use(kept, newer, built_at=BUILT + timedelta(days=1))

    assert await put_to_use(kept, older)
    assert not await put_to_use(kept, older)

    assert (await kept.references.current(kept.ours)).version == older.version
    listed = [(each.version, each.in_use) for each in await kept.references.all(kept.ours)]
    assert listed[0] == (older.version, True)
    assert sorted(version for version, used in listed if not used) == sorted([newer.version, SEEDS.version])


async def test_a_set_is_found_by_the_beginning_of_its_version(kept: Kept) -> None:
    first, second = a_set(), a_set()
    for each in (first, second):
        await kept.references.add(kept.ours, each, profiles=7, built_at=BUILT)

    assert (await kept.references.get(kept.ours, first.version[:8])).to_dict() == first.to_dict()
    with pytest.raises(ReferenceAmbiguous, match="write more of its digits"):
        await kept.references.get(kept.ours, "")
    with pytest.raises(ReferenceNotFound, match="no reference set zz"):
        await kept.references.get(kept.ours, "zz")


async def test_the_seeds_are_found_before_they_were_ever_used(kept: Kept) -> None:
    assert (await kept.references.get(kept.ours, SEEDS.version)).version == SEEDS.version


async def test_a_set_that_is_not_there_cannot_be_put_to_use(kept: Kept) -> None:
    await kept.references.current(kept.ours)

    with pytest.raises(ReferenceNotFound):
        await kept.references.switch(kept.ours, "nowhere", at=BUILT, event=switched(kept, "nowhere"))
    assert (await kept.references.current(kept.ours)).version == SEEDS.version


async def test_sets_belong_to_one_owner(kept: Kept) -> None:
    mine = a_set()
    await put_to_use(kept, mine)

    assert (await kept.references.current(kept.theirs)).version == SEEDS.version
    with pytest.raises(ReferenceNotFound):
        await kept.references.get(kept.theirs, mine.version)
