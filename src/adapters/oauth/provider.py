"""How an installation knows a provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider as the installation's settings name it."""

    name: str
    """To people."""
    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    token_endpoint: str | None = None
    """For those whose description leaves it out."""

    def __repr__(self) -> str:  # no secret in a log
        return f"Provider(name={self.name!r}, issuer={self.issuer!r}, client_id={self.client_id!r})"
