"""The sample world row by row, for tests that would rather not read columns."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from analisa.domain.collection.records import TABLES
from analisa.plugins.sample.world import SampleWorld

Rows = list[dict[str, object]]


def rows_of(world: SampleWorld, table: str) -> Rows:
    """Every row of *table*, as the batches give them."""
    return [
        dict(zip(batch.columns, row, strict=True))
        for batch in world.batches([table])
        for row in zip(*batch.columns.values(), strict=True)
    ]


def fingerprint(world: SampleWorld) -> str:
    """SHA-256 over every row of *world* in order."""
    digest = hashlib.sha256()
    for table in TABLES:
        for row in rows_of(world, table):
            digest.update(json.dumps(row, default=datetime.isoformat, ensure_ascii=True).encode())
    return digest.hexdigest()
