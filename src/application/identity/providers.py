"""What signing in by a provider needs of the outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ...domain.identity.outside import OutsideIdentity
from ...domain.shared.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Somebody went to a provider to be led back."""

    provider: str
    return_to: str
    """A place in the app."""
    redirect_uri: str
    """Where the provider leads them back to, letter by letter as it was told."""
    user_id: UserId | None
    """Whose account is to be linked; None where somebody signs in."""
    shown: UserId | None = None
    """Who they have shown to be, but for a code of their second factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An account at a provider that opens an account here."""

    issuer: str
    email: str
    linked_at: datetime
    used_at: datetime | None


class Providers(Protocol):
    """OpenID providers, by the names that the installation has for them."""

    def names(self) -> Mapping[str, str]:
        """Return what each is called to people, by its name here."""
        ...

    def issuer(self, provider: str) -> str:
        """Raises `ProviderUnknown`."""
        ...

    async def address(self, provider: str, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes; raises `ProviderUnknown` and `ProviderUnavailable`."""
        ...

    async def identity(
        self, provider: str, *, code: str, issuer: str | None, redirect_uri: str, nonce: str, verifier: str
    ) -> OutsideIdentity:
        """Return who it is whom the provider led back with *code*; *issuer* is who says to have done so.

        Raises `ProviderUnknown`, `ProviderUnavailable` and `ProviderRefused`.
        """
        ...
