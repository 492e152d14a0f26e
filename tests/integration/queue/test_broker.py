"""The defects of the stream broker that would lose or double a task, and their cures, on a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from taskiq import AckableMessage
from taskiq.kicker import AsyncKicker

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.adapters.queue.broker import StreamBroker
from analisa.adapters.queue.stream import waiting
from analisa.adapters.redis.client import connect

ABANDONED_S = 0.6


class Queue:
    """A stream of its own, with as many consumers as a test wants."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stream = f"test:{uuid4()}"
        self.brokers: list[StreamBroker] = []

    async def consumer(self, *, at_work: bool = True) -> StreamBroker:
        """Return a consumer; one that is not *at_work* never shows that it lives, like a dead one."""
        broker = StreamBroker(self.url, consumer=str(uuid4()), stream=self.stream, abandoned_s=ABANDONED_S)
        broker.is_worker_process = at_work
        await broker.startup()
        self.brokers.append(broker)
        return broker

    async def send(self, number: int) -> None:
        kicker: AsyncKicker[..., None] = AsyncKicker(task_name="t", broker=self.brokers[0], labels={})
        await kicker.kiq(number)


@pytest_asyncio.fixture(loop_scope="session")
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    queue = Queue(redis_url)
    yield queue
    for broker in queue.brokers:
        await broker.shutdown()


async def first(broker: StreamBroker, within_s: float = 10) -> AckableMessage:
    async with asyncio.timeout(within_s):
        return await anext(broker.listen())


async def test_what_a_dead_worker_left_is_taken_up_although_nothing_new_arrives(queue: Queue) -> None:
    dead, living = await queue.consumer(at_work=False), await queue.consumer()
    await queue.send(1)
    left = await first(dead)

    taken = await first(living, within_s=ABANDONED_S + 5)

    assert taken.data == left.data


async def test_a_task_longer_than_the_timeout_is_not_delivered_twice(queue: Queue) -> None:
    busy, idle = await queue.consumer(), await queue.consumer()
    await queue.send(1)
    long = await first(busy)
    await asyncio.sleep(ABANDONED_S * 2)
    await queue.send(2)

    listening = idle.listen()
    assert (await anext(listening)).data != long.data
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(listening), ABANDONED_S * 2)


async def test_all_that_several_dead_workers_left_is_taken_up_without_a_pause_between(queue: Queue) -> None:
    dead, living = await queue.consumer(at_work=False), await queue.consumer()
    for number in range(20):
        await queue.send(number)
        await first(dead)

    listening = living.listen()
    async with asyncio.timeout(ABANDONED_S + 5):
        taken = [await anext(listening) for _ in range(20)]

    assert len({message.data for message in taken}) == 20


async def test_a_message_that_was_done_is_gone_from_the_stream(queue: Queue, redis_url: str) -> None:
    broker = await queue.consumer()
    await queue.send(1)
    message = await first(broker)
    async with connect(redis_url) as redis:
        assert await waiting(redis, queue.stream) == 1

        acknowledged = message.ack()
        assert acknowledged is not None
        await acknowledged

        assert await waiting(redis, queue.stream) == 0


async def test_what_was_sent_before_any_worker_existed_is_delivered(queue: Queue, redis_url: str) -> None:
    sender = StreamBroker(redis_url, consumer="sender", stream=queue.stream)
    queue.brokers.append(sender)  # never started: makes no group
    await queue.send(1)

    assert (await first(await queue.consumer())).data


async def test_a_wiped_stream_goes_on_with_what_comes_next(queue: Queue, redis_url: str) -> None:
    broker = await queue.consumer()
    listening = broker.listen()
    await queue.send(1)
    await anext(listening)
    async with connect(redis_url) as redis:
        await redis.delete(queue.stream)

    soon = asyncio.ensure_future(anext(listening))
    await asyncio.sleep(0.3)
    await queue.send(2)

    async with asyncio.timeout(10):
        assert b"[2]" in (await soon).data.replace(b" ", b"")


async def test_names_of_workers_that_are_long_gone_are_struck_off_unless_they_left_something(
    queue: Queue, redis_url: str
) -> None:
    gone, owing = await queue.consumer(at_work=False), await queue.consumer(at_work=False)
    for broker in (gone, owing):
        await queue.send(1)
        taken = await first(broker)
        if broker is gone:
            done = taken.ack()
            assert done is not None
            await done
    await asyncio.sleep(0.05)

    newcomer = StreamBroker(redis_url, consumer="new", stream=queue.stream, silent_s=0.01)
    queue.brokers.append(newcomer)
    await newcomer.startup()

    async with connect(redis_url) as redis:
        known = await redis.xinfo_consumers(queue.stream, "workers")
    assert {consumer["name"] for consumer in known} == {owing.consumer_name.encode()}


async def test_an_entry_that_is_not_ours_does_not_stop_the_others(queue: Queue, redis_url: str) -> None:
    broker = await queue.consumer()
    async with connect(redis_url) as redis:
        await redis.xadd(queue.stream, {"other": "thing"})
    await queue.send(1)

    listening = broker.listen()
    async with asyncio.timeout(10):
        strange, ours = await anext(listening), await anext(listening)

    assert strange.data == b""
    assert ours.data


async def test_a_queue_that_goes_away_and_comes_back_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Home(tmp_path_factory.mktemp("queue"))
    home.prepare()
    server = EmbeddedValkey(home)
    await server.start()
    queue = Queue(server.url)
    broker = await queue.consumer()
    soon = asyncio.ensure_future(anext(broker.listen()))

    await server.stop()
    await asyncio.sleep(0.5)
    await server.start()
    try:
        async with asyncio.timeout(20):
            async with Redis.from_url(server.url) as redis:
                await redis.delete(queue.stream)
            await queue.send(1)
            assert (await soon).data
    finally:
        await broker.shutdown()
        await server.stop()
