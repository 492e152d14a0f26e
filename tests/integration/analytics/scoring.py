"""A scorer over a test's database, with a clock that stands still."""

from __future__ import annotations

from datetime import datetime

from analisa.adapters.postgres.analytics.references import PostgresReferences
from analisa.adapters.postgres.analytics.scoring import PostgresScoreStore
from analisa.adapters.postgres.database import Database
from analisa.adapters.system.clock import TimeOrderedIds
from analisa.application.analytics.references import ReferenceTables
from analisa.application.analytics.scoring import ScoreProfilesHandler
from tests.columns import BASES
from tests.fakes.collection import FakeClock
from tests.integration.analytics.world import NOW


class Scoring:
    """Everything that computes scores, wired to one database."""

    def __init__(self, database: Database, *, now: datetime = NOW, chunk: int = 3, at_once: int = 2) -> None:
        self.clock = FakeClock(now)
        self.references = PostgresReferences(database, TimeOrderedIds(), self.clock)
        self.store = PostgresScoreStore(database, self.references, TimeOrderedIds())
        self.score = ScoreProfilesHandler(self.store, self.clock, BASES, chunk=chunk, at_once=at_once)
        self.tables = ReferenceTables(self.store, self.references, self.clock, BASES, chunk=chunk)
