"""What every keeper of plans promises: nobody uses more than the plan has, and nothing counts twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analisa.adapters.postgres.database import Database, Tenant, driver
from analisa.adapters.postgres.identity.entitlements import PostgresEntitlements
from analisa.application.identity.errors import PlanUnknown
from analisa.application.shared.actor import Actor
from analisa.application.shared.entitlements import Entitlements
from analisa.domain.shared.ids import OrganisationId
from analisa.domain.shared.plan import EVERYTHING, Feature, Metered, Plan, PlanExceeded, Plans
from tests.fakes.collection import FakeClock
from tests.fakes.identity import FakeEntitlements

FREE = Plan(name="free", features=frozenset({Feature.ALERTS}), limits={Metered.EXPORTS: 3, Metered.IMPORTS: 0})
PLANS = Plans(by_name={"unlimited": EVERYTHING, "free": FREE})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 12, 30, 23, 0, tzinfo=UTC))


@pytest.fixture(params=["fake", "postgres"])
def entitlements(request: pytest.FixtureRequest, database: Database, clock: FakeClock) -> Entitlements:
    if request.param == "fake":
        return FakeEntitlements(clock, PLANS)
    return PostgresEntitlements(database, PLANS, clock, {})


@pytest.fixture
def acting(database: Database) -> Callable[[], Awaitable[Actor]]:
    async def found() -> Actor:
        slug = f"p-{uuid4().hex[:12]}"
        (row,) = await database.at_once("insert into organisations (slug, name) values ($1, $1) returning id", slug)
        return Actor(organisation=OrganisationId(row["id"]))

    return found


async def used(entitlements: Entitlements, actor: Actor, of: Metered = Metered.EXPORTS) -> int:
    return (await entitlements.usage(actor)).used[of]


async def test_without_a_plan_nothing_is_bounded(
    entitlements: Entitlements, acting: Callable[[], Awaitable[Actor]]
) -> None:
    actor = await acting()
    for _ in range(5):
        await entitlements.use(actor, Metered.EXPORTS, uuid4())

    usage = await entitlements.usage(actor)
    assert (usage.plan, usage.used[Metered.EXPORTS]) == (EVERYTHING, 5)
    assert usage.until == datetime(2027, 1, 1, tzinfo=UTC)


async def test_what_is_used_up_is_refused_until_the_month_ends(
    entitlements: Entitlements, acting: Callable[[], Awaitable[Actor]], clock: FakeClock
) -> None:
    actor = await acting()
    await entitlements.give(actor.organisation, "free")
    for _ in range(3):
        await entitlements.use(actor, Metered.EXPORTS, uuid4())

    with pytest.raises(PlanExceeded) as refused:
        await entitlements.use(actor, Metered.EXPORTS, uuid4())
    with pytest.raises(PlanExceeded):
        await entitlements.use(actor, Metered.IMPORTS, uuid4())
    assert (refused.value.entitlement, refused.value.remaining) == ("exports", 0)
    assert await used(entitlements, actor) == 3

    clock.moment = datetime(2027, 1, 1, tzinfo=UTC)
    await entitlements.use(actor, Metered.EXPORTS, uuid4())
    assert await used(entitlements, actor) == 1


async def test_what_is_told_twice_counts_once_also_when_the_plan_is_used_up(
    entitlements: Entitlements, acting: Callable[[], Awaitable[Actor]]
) -> None:
    actor, other = await acting(), await acting()
    await entitlements.give(actor.organisation, "free")
    told = [uuid4() for _ in range(3)]
    for occurrence in (*told, *told):
        await entitlements.use(actor, Metered.EXPORTS, occurrence)
    await entitlements.use(other, Metered.EXPORTS, told[0])

    assert (await used(entitlements, actor), await used(entitlements, other)) == (3, 1)


async def test_of_many_at_once_no_more_pass_than_the_plan_has(
    entitlements: Entitlements, acting: Callable[[], Awaitable[Actor]]
) -> None:
    actor = await acting()
    await entitlements.give(actor.organisation, "free")

    async def passes(occurrence: UUID) -> bool:
        try:
            await entitlements.use(actor, Metered.EXPORTS, occurrence)
        except PlanExceeded:
            return False
        return True

    assert sum(await asyncio.gather(*(passes(uuid4()) for _ in range(20)))) == 3
    assert await used(entitlements, actor) == 3


async def test_a_plan_that_is_not_there_is_refused_and_one_that_went_away_is_the_usual_one(
    entitlements: Entitlements, acting: Callable[[], Awaitable[Actor]]
) -> None:
    actor = await acting()
    with pytest.raises(PlanUnknown, match="there are: unlimited, free"):
        await entitlements.give(actor.organisation, "gold")

    assert Plans(by_name={"unlimited": EVERYTHING}).of("free") == EVERYTHING


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=40))
async def test_the_sums_of_months_are_those_of_the_uses(
    database: Database, acting: Callable[[], Awaitable[Actor]], told: list[tuple[int, int]]
) -> None:
    """Whatever is told, in whatever order and however often: what counts is the first time of each."""
    actor, clock = await acting(), FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    kept = PostgresEntitlements(database, PLANS, clock, {})
    first: dict[int, str] = {}
    for occurrence, month in told:
        clock.moment = datetime(2026, month, 2, tzinfo=UTC)
        await kept.use(actor, Metered.EXPORTS, UUID(int=occurrence))
        first.setdefault(occurrence, f"2026-{month:02}")

    async with database.reading(Tenant.of(actor)) as connection:
        rows = await connection.fetch("select month, used from uses_of_months")
        uses = await connection.fetch("select month, count(*) as used from uses group by month")
    assert {row["month"]: row["used"] for row in rows} == Counter(first.values())
    assert sorted(map(tuple, rows)) == sorted(map(tuple, uses))


async def test_a_transaction_that_fails_counts_nothing(
    database: Database, acting: Callable[[], Awaitable[Actor]], clock: FakeClock
) -> None:
    """The note of a use that was refused is not left behind, or it would pass when it is told again."""
    actor = await acting()
    kept = PostgresEntitlements(database, PLANS, clock, {})
    await kept.give(actor.organisation, "free")
    occurrence = uuid4()
    for _ in range(2):
        with pytest.raises(PlanExceeded):
            await kept.use(actor, Metered.IMPORTS, occurrence)

    async with database.writing(Tenant.of(actor)) as connection:
        assert await (await driver(connection)).fetchval("select count(*) from uses") == 0
