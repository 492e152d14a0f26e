"""Whoever scores first, the tables that the scores name are kept."""

from __future__ import annotations

from analisa.adapters.postgres.database import Database
from analisa.application.analytics.ports import Book
from analisa.application.analytics.scoring import ScoreProfiles
from tests.integration.analytics.scoring import Scoring
from tests.integration.analytics.world import World, ago


async def test_an_organisation_that_scores_before_everybody_leaves_the_seeds_in_use_for_all(
    database: Database, world: World
) -> None:
    ours = (await world.organisation("first")).organisation
    profile = await world.profile("ana")
    await world.reading(profile, ago(2), owner=ours, followers=2_000)
    await world.queue(profile, owner=ours)
    scoring = Scoring(database)

    report = await scoring.score(ScoreProfiles(owner=ours))

    assert report.stored == 1
    (named,) = await world.rows("select table_version from scores", owner=ours)
    (kept,) = await scoring.references.all(None)
    assert (kept.version, kept.in_use) == (named["table_version"], True)
    async with scoring.store.work(Book(ours)) as work:
        assert (await work.references()).version == kept.version
