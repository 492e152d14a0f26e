"""Tables that have no owner: organisations, the outbox with the effects it has had, and what the roles note."""

from __future__ import annotations

from sqlalchemy import TIMESTAMP, Boolean, Column, ForeignKey, Integer, MetaData, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
Instant = TIMESTAMP(timezone=True)

organisations = Table(
    "organisations",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("demonstration", Boolean, nullable=False, server_default="false"),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
    Column("ends_at", Instant),
    Column("plan", Text),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("owner", Uuid),
    Column("request_id", Text, nullable=False, server_default=""),
    Column("recorded_at", Instant, nullable=False, server_default=func.now()),
    Column("unique_key", Text),
    Column("available_at", Instant, nullable=False, server_default=func.now()),
    Column("sends", Integer, nullable=False, server_default="0"),
    Column("held_until", Instant),
    Column("held_by", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("done_at", Instant),
    Column("dead_at", Instant),
)

effects = Table(
    "effects",
    metadata,
    Column("event_id", Uuid, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("reaction", Text, primary_key=True),
    Column("done_at", Instant, nullable=False, server_default=func.now()),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("started_at", Instant, nullable=False, server_default=func.now()),
    Column("seen_at", Instant, nullable=False, server_default=func.now()),
    Column("metrics", Text),
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_due_at", Instant, nullable=False),
)
