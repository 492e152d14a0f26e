"""Codes that are sent by mail: what each is for, and how long it is good."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What whoever has the code may do with it, once."""

    VERIFY = "verify"
    """Show that the address of the account is theirs."""
    RESET = "reset"
    """Choose a new password."""
    INVITE = "invite"
    """Join the organisation that invited the address."""
    MOVE = "move"
    """Show that the address to come is theirs, and have it from then on."""

    @property
    def life(self) -> timedelta:
        return {
            Purpose.VERIFY: timedelta(days=2),
            Purpose.RESET: timedelta(hours=1),
            Purpose.INVITE: timedelta(days=7),
            Purpose.MOVE: timedelta(hours=2),
        }[self]
