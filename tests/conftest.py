"""Fixtures that every test may ask for."""

from __future__ import annotations

from tests.promises import figures, pytest_addoption, pytest_collection_modifyitems, pytest_configure
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
    "figures",
    "memory",
    "migrated_template",
    "place",
    "postgres",
    "postgres_url",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "redis_server",
    "redis_url",
    "server_home",
]
