"""Ids. Ours are UUIDv7, made by the `Ids` port; a network's ids are text, always."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
OrganisationId = NewType("OrganisationId", UUID)
WorkspaceId = NewType("WorkspaceId", UUID)
InfluencerId = NewType("InfluencerId", UUID)
ListId = NewType("ListId", UUID)
ImportId = NewType("ImportId", UUID)
EventId = NewType("EventId", UUID)

ProfileId = NewType("ProfileId", int)
"""Our short number for one account on one network; the pair (network, network's own id) is its public name."""

Owner = OrganisationId | None
"""To whom an observation belongs: one organisation, or None for public evidence that everyone may see."""
