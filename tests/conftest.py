"""Fixtures that every test may ask for."""

from __future__ import annotations

from tests.servers import (
    database_url,
    memory,
    migrated_template,
    place,
    postgres,
    postgres_url,
    redis_server,
    redis_url,
    server_home,
)

__all__ = [
    "database_url",
    "memory",
    "migrated_template",
    "place",
    "postgres",
    "postgres_url",
    "redis_server",
    "redis_url",
    "server_home",
]
