"""One database address, in the two spellings that our two clients read."""

from __future__ import annotations


def driver_url(url: str) -> str:
    """*url* as asyncpg and libpq read it (`postgresql://`)."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def sqlalchemy_url(url: str) -> str:
    """*url* as SQLAlchemy reads it (`postgresql+asyncpg://`)."""
    return f"postgresql+asyncpg://{url.partition('://')[2]}"
