"""Builders of what tests are about, with what does not matter filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from analisa.domain.collection.batch import Batch, Finding
from analisa.domain.collection.records import TABLES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    """Noon, *number* days after the first of March 2026."""
    return NOON + timedelta(days=number)


def a_batch(
    table: str,
    *rows: Mapping[str, object],
    file: str = "file.csv",
    first_line: int = 2,
    findings: Sequence[Finding] = (),
    rows_read: int | None = None,
) -> Batch:
    """Rows of *table*, one line each; network `instagram` where a row names none."""
    full = [{"network": "instagram", **row} for row in rows]
    names = [name for name in TABLES[table].names if any(name in row for row in full)]
    return Batch(
        TABLES[table],
        file,
        lines=list(range(first_line, first_line + len(rows))),
        columns={name: [row.get(name) for row in full] for name in names},
        findings=findings,
        rows_read=len(rows) if rows_read is None else rows_read,
    )


def a_post(post_id: str = "P1", profile_id: str = "ana", **values: object) -> dict[str, object]:
    return {"post_id": post_id, "profile_id": profile_id, **values}


def a_snapshot(post_id: str = "P1", on: int = 0, **values: object) -> dict[str, object]:
    """What was seen of the post on that day of March."""
    return {"post_id": post_id, "observed_at": day(on), **values}


def a_reading(profile_id: str = "ana", on: int = 0, **values: object) -> dict[str, object]:
    """What was seen of the profile on that day of March."""
    return {"profile_id": profile_id, "observed_at": day(on), **values}
