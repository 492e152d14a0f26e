"""The register of imports: what was asked for, what became of each file, and what was found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from ..tables import Instant, metadata

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("no", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("organisation", Uuid, ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
    Column("owner", Uuid),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("reader", Text),
    Column("options", JSONB, nullable=False, server_default="{}"),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Instant, nullable=False, server_default=func.now()),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("progress", JSONB, nullable=False, server_default="{}"),
    Column("report", JSONB(none_as_null=True)),
    Column("error", JSONB(none_as_null=True)),
)

import_files = Table(
    "import_files",
    metadata,
    Column("import_id", Uuid, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    Column("organisation", Uuid, nullable=False),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("committed_at", Instant, nullable=False, server_default=func.now()),
)

import_findings = Table(
    "import_findings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("import_id", Uuid, ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("severity", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("table_name", Text, nullable=False, server_default=""),
    Column("field", Text, nullable=False, server_default=""),
    Column("cells", JSONB, nullable=False, server_default="{}"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("settled_at", Instant),
)
