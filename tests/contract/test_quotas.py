"""What every keeper of quotas promises: nobody gets more, nobody is kept waiting for ever, and two share one quota."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from analisa.adapters.embedded.ports import free_port
from analisa.adapters.redis.quotas import LocalQuotas, RedisQuotas
from analisa.application.shared.quotas import Ask, Quota, QuotaExceeded, Quotas

pytestmark = pytest.mark.promise("SEC14")
CALLER = Quota(name="caller", per_minute=600, setting="A")
ORGANISATION = Quota(name="organisation", per_minute=60, setting="B")


@pytest_asyncio.fixture(params=["local", "redis"], loop_scope="session")
async def quotas(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Quotas]:
    if request.param == "local":
        yield LocalQuotas(share=1.0)
        return
    kept = RedisQuotas(redis_url)
    yield kept
    await kept.aclose()


def asks(who: str, *, cost: int = 1, quota: Quota = CALLER) -> list[Ask]:
    return [Ask(quota=quota, who=who, cost=cost)]


async def admitted(quotas: Quotas, some: list[Ask], tries: int) -> int:
    number = 0
    for _ in range(tries):
        try:
            await quotas.take(some)
        except QuotaExceeded:
            continue
        number += 1
    return number


async def test_as_much_as_there_is_and_no_more(quotas: Quotas) -> None:
    who = str(uuid4())

    assert 600 <= await admitted(quotas, asks(who), 900) <= 606 + 60  # some comes back while they are asked
    with pytest.raises(QuotaExceeded, match="A") as refused:
        await quotas.take(asks(who, cost=500))
    assert 1 <= (refused.value.retry_after_s or 0) <= 60
    assert await admitted(quotas, asks(str(uuid4())), 1) == 1


async def test_what_costs_more_counts_more_and_what_is_left_is_told(quotas: Quotas) -> None:
    who = str(uuid4())
    (first,) = await quotas.take(asks(who, cost=20))
    (second,) = await quotas.take(asks(who, cost=100))

    assert (first.remaining, second.remaining) == (580, 480)
    assert (first.full_in_s, second.full_in_s) == (2, 12)


async def test_a_request_counts_in_all_of_its_quotas_or_in_none(quotas: Quotas) -> None:
    who, where = str(uuid4()), str(uuid4())
    both = [*asks(who), *asks(where, quota=ORGANISATION)]

    assert 60 <= await admitted(quotas, both, 200) <= 62
    (left,) = await quotas.take(asks(who))
    assert 536 <= left.remaining <= 545  # those that were refused for the organisation did not count for the caller


async def test_two_processes_share_one_quota(redis_url: str) -> None:
    first, second, who = RedisQuotas(redis_url), RedisQuotas(redis_url), str(uuid4())

    numbers = await asyncio.gather(*(admitted(each, asks(who, quota=ORGANISATION), 100) for each in (first, second)))

    assert 60 <= sum(numbers) <= 61
    assert min(numbers) > 5
    for each in (first, second):
        await each.aclose()


async def test_where_redis_is_away_each_counts_alone_and_gives_a_quarter() -> None:
    away = RedisQuotas(f"redis://127.0.0.1:{free_port()}/0")

    assert 15 <= await admitted(away, asks("x", quota=ORGANISATION), 100) <= 16
    await away.aclose()


async def test_what_was_used_comes_back_evenly() -> None:
    now = 1_000.0
    quotas = LocalQuotas(share=1.0, now=lambda: now)
    assert await admitted(quotas, asks("x", quota=ORGANISATION), 100) == 60

    now += 10
    assert await admitted(quotas, asks("x", quota=ORGANISATION), 100) == 10
    now += 600
    assert await admitted(quotas, asks("x", quota=ORGANISATION), 100) == 60


async def test_names_that_nobody_asks_for_any_more_are_forgotten() -> None:
    quotas = LocalQuotas()
    for number in range(10_050):
        await quotas.take(asks(str(number)))

    assert len(quotas._used) == 10_000
