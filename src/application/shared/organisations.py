"""Organisations, as the processes that act for them need them."""

from __future__ import annotations

from typing import Protocol

from ...domain.shared.errors import NotFound
from .actor import Actor

DEMONSTRATION = "demo"
LOCAL = "local"
"""Whoever has the machine acts for it, where nobody says otherwise."""
"""The organisation that holds the sample world."""


class OrganisationNotFound(NotFound):
    """No organisation of that short name."""

    code = "identity.organisation_not_found"

    def __init__(self, slug: str) -> None:
        hint = "; load it with: analisa demo" if slug == DEMONSTRATION else ""
        super().__init__(f"there is no organisation {slug!r} here{hint}")
        self.slug = slug


class Organisations(Protocol):
    """Every organisation of the installation."""

    async def actor_for(self, slug: str) -> Actor:
        """Return the operator of that organisation, or raise `OrganisationNotFound`."""
        ...

    async def found_demonstration(self) -> Actor:
        """Return the demonstration's actor; its organisation is made when it is not there."""
        ...

    async def dissolve_demonstration(self) -> bool:
        """Delete the demonstration with everything that it owns; False when there was none."""
        ...
