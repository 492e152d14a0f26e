"""What the contracts are tried on: a database for the real ones."""

from __future__ import annotations

from tests.integration.analytics.conftest import database, world

__all__ = ["database", "world"]
