"""One database address, read in one way by both our clients."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

CONNECT_S = 5
"""How long a connection may take to be made: a PostgreSQL that is there answers within milliseconds."""


def driver_url(url: str) -> str:
    """*url* as asyncpg and libpq read it (`postgresql://`)."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def engine_of(url: str, *, server_settings: dict[str, str] | None = None, **options: Any) -> AsyncEngine:
    """Return an engine whose connections asyncpg makes; SQLAlchemy reads addresses otherwise, and knows no sslmode."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  loaded only by who needs an engine

    connect = partial(asyncpg.connect, driver_url(url), timeout=CONNECT_S, server_settings=server_settings)
    return create_async_engine("postgresql+asyncpg://", async_creator=connect, **options)
