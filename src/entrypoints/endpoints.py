"""Where the servers of an installation are."""

from __future__ import annotations

from dataclasses import dataclass

from .setting_values import SecretUrl


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where to connect."""

    database_url: SecretUrl
    redis_url: SecretUrl | None
    """None when it was not asked for."""
    owner_database_url: SecretUrl
    """The same database for who owns its tables; the plain address where that is the program's role."""
    admin_database_url: SecretUrl
    """The same database for who may bypass row-level security; the plain address when nothing better is known."""
