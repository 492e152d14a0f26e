"""A full pass and an incremental one in a process of their own, to be killed; it says when it begins: python -m tests.integration.analytics.passing URL."""

from __future__ import annotations

import asyncio
import sys

from analisa.adapters.postgres.database import open_database
from analisa.application.analytics.scoring import ScoreProfiles
from tests.integration.analytics.scoring import Scoring


async def passing(url: str, *, full: bool) -> None:
    async with open_database(url) as database:
        print("begun", flush=True)
        await Scoring(database).score(ScoreProfiles(owner=None, full=full))


if __name__ == "__main__":
    asyncio.run(passing(sys.argv[1], full=sys.argv[2:] == ["full"]))
