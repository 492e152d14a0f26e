"""What the identity context tells the others. An *occurrence* names what happened, so that it is told to nobody twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ..shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeWanted(Event):
    """Somebody is to get a code by mail, which shows that the address is theirs."""

    name: ClassVar[str] = "identity.code_wanted"
    occurrence: UUID
    purpose: str
    """One of `Purpose`."""
    subject: UUID
    """The user; of an invitation, the invitation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUsed(Event):
    """Something happened to an account that its owner should know of, in case it was not them."""

    name: ClassVar[str] = "identity.account_used"
    occurrence: UUID
    user_id: UUID
    what: str
    """`password_changed`, `signed_in_elsewhere`, `registered_again`, `provider_linked`, or `address_changed`."""
    device: str
    """What the browser calls itself; empty where there was none."""
    email: str = ""
    """Where the mail goes where that is not the account's address any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationEnding(Event):
    """An organisation is to be deleted, or kept after all; told to one of its owners."""

    name: ClassVar[str] = "identity.organisation_ending"
    occurrence: UUID
    organisation: UUID
    user_id: UUID
    ends_at: datetime | None
    """None where it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(Event):
    """Somebody joined an organisation or one of its workspaces, has another role there, or left."""

    name: ClassVar[str] = "identity.membership_changed"
    occurrence: UUID
    organisation: UUID
    user_id: UUID
    role: str | None
    """None where they left."""
    workspace: str = ""
    """The name of the one workspace that it is about; empty where it is about the organisation as a whole."""
