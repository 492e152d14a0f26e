"""Passes that are killed anywhere and started again end where an undisturbed one does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from analisa.adapters.postgres.database import Database
from analisa.application.analytics.scoring import ScoreProfiles
from tests.integration.analytics.scoring import Scoring
from tests.integration.analytics.stories import Fact, Story, random_facts
from tests.integration.analytics.world import World
from tests.promises import Figures

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.promise("P1")]

ROOT = Path(__file__).parents[3]
PLACES = [
    ("score.after_claim", False),  # in a full pass nothing waits in the queue, so nothing is claimed
    *((place, full) for place in ("score.before_commit", "score.after_commit") for full in (False, True)),
]
COLUMNS = "as_of, score, half_width, contributions::text, reasons, inputs_sha256, current"


async def killed_pass(url: str, *, full: bool, failpoints: str = "", after_s: float | None = None) -> int:
    """Run a pass in another process, with *failpoints* armed or to be killed *after_s* from its beginning; its status.

    Where it ended before, the status is 0.
    """
    environ = {**os.environ, "ANALISA_PROFILE": "test", "ANALISA_FAILPOINTS": failpoints}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.analytics.passing", url, *(["full"] if full else [])),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    if after_s is not None:
        await asyncio.sleep(after_s)
        with suppress(ProcessLookupError):
            process.kill()
    return await process.wait()


async def let_go(database: Database) -> None:
    """Wait until PostgreSQL has noticed a death: what a dying transaction claims, the next pass would leave to it.

    A worker's lease sees to that by ending the transactions of whoever held it.
    """
    others = (
        "select count(*) as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
        "and backend_type = 'client backend' and xact_start is not null"
    )
    async with asyncio.timeout(30):
        while (await database.at_once(others))[0]["open"]:  # noqa: ASYNC110  PostgreSQL tells nobody
            await asyncio.sleep(0.01)


async def kept(world: World, prefix: str) -> list[tuple[object, ...]]:
    """All that passes have left about profiles of *prefix*, in an order of its own."""
    scores = await world.rows(
        f"select f.network_id, {COLUMNS} from scores s join profiles f on f.id = s.profile_id "
        "where starts_with(f.network_id, $1)",
        prefix,
    )
    standings = await world.rows(
        "select i.name, t.as_of, t.score, t.contributions::text from standings t "
        "join influencers i on i.id = t.influencer_id where starts_with(i.name, $1)",
        prefix,
    )
    return sorted((str(row[0]).removeprefix(prefix), *map(str, tuple(row)[1:])) for row in (*scores, *standings))


async def told(world: World, prefix: str, facts: list[Fact]) -> Story:
    story = Story(world, prefix)
    await story.tell(*facts)
    return story


@pytest.mark.parametrize(("place", "full"), PLACES)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(1, 9))])
async def test_a_pass_that_dies_loses_nothing_and_doubles_nothing(
    database: Database, world: World, database_url: str, figures: Figures, seed: int, place: str, full: bool
) -> None:
    random = Random(f"{place}{full}{seed}")
    facts = random_facts(random, 7)
    name = f"{place}-{full}-{seed}-"
    await told(world, f"calm-{name}", facts)
    await Scoring(database).score(ScoreProfiles(owner=None, full=full))

    await told(world, f"hit-{name}", facts)
    if full:
        await world.rows("delete from score_queue")
    status = await killed_pass(database_url, full=full, failpoints=f"{place}=kill@{random.randint(1, 2)}")
    assert status == -signal.SIGKILL
    figures.fault(f"kill -9 of a pass at {place}")
    await let_go(database)
    await Scoring(database).score(ScoreProfiles(owner=None, full=full))

    assert await kept(world, f"hit-{name}") == await kept(world, f"calm-{name}")
    assert await kept(world, f"hit-{name}") != []
    assert await world.rows("select from score_queue") == []


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(2, 20))])
async def test_a_pass_that_dies_at_any_moment_loses_nothing_and_doubles_nothing(
    database: Database, world: World, database_url: str, figures: Figures, seed: int
) -> None:
    random, full = Random(f"moment{seed}"), bool(seed % 2)
    facts = random_facts(random, 7)
    await told(world, f"calm-moment-{seed}-", facts)
    began = monotonic()
    await Scoring(database).score(ScoreProfiles(owner=None, full=full))
    took_s = monotonic() - began

    await told(world, f"hit-moment-{seed}-", facts)
    if full:
        await world.rows("delete from score_queue")
    status = await killed_pass(database_url, full=full, after_s=random.uniform(0, took_s))
    assert status in {-signal.SIGKILL, 0}
    figures.fault("kill -9 of a pass at a random moment", status != 0)
    await let_go(database)
    await Scoring(database).score(ScoreProfiles(owner=None, full=full))

    assert await kept(world, f"hit-moment-{seed}-") == await kept(world, f"calm-moment-{seed}-") != []
    assert await world.rows("select from score_queue") == []


async def test_an_error_half_way_leaves_who_was_not_scored_in_the_queue(
    database: Database, world: World, database_url: str
) -> None:
    story = await told(world, "error-", random_facts(Random(5), 5))

    status = await killed_pass(database_url, full=False, failpoints="score.before_commit=raise")

    waiting = await world.rows("select profile_id from score_queue")
    assert status == 1
    assert {row["profile_id"] for row in waiting} <= set(story.profiles.values())
    assert len(waiting) >= len(story.profiles) - 3
    await Scoring(database).score(ScoreProfiles(owner=None))
    assert await world.rows("select from score_queue") == []
