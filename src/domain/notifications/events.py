"""What the notifications context tells itself: a mail is written, and is to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ..shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWritten(Event):
    """A mail waits to be sent."""

    name: ClassVar[str] = "notifications.mail_written"
    mail_id: UUID
