"""What telling people needs of the outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from ...domain.identity.codes import Purpose
from ...domain.notifications.mail import Mail
from ...domain.shared.errors import RuleViolated, Unavailable
from ...domain.shared.ids import UserId
from ..identity.codes import IssuedCode

MailState = Literal["waiting", "sent", "refused"]


class MailServerUnavailable(Unavailable):
    """The mail server is away, or asks to come later."""

    code = "notifications.mail_server_unavailable"


class MailRefused(RuleViolated):
    """The mail server will not take the mail, however often it is tried."""

    code = "notifications.mail_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    email: str
    name: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody is told in the app: a kind, which the app has words for, and facts."""

    notice_id: UUID
    kind: str
    facts: Mapping[str, str]
    made_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    items: tuple[Notice, ...]
    unread: int
    next: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    mail_id: UUID
    mail: Mail
    state: MailState
    made_at: datetime
    sent_at: datetime | None
    error: str | None


class People(Protocol):
    async def recipient(self, user_id: UserId) -> Recipient | None:
        """Return whom a user's mails go to; None where there is no such user any more."""
        ...

    async def belongs(self, user_id: UserId, organisation: UUID) -> bool: ...

    async def organisation_name(self, organisation: UUID) -> str | None: ...


class CodeDesk(Protocol):
    async def issue(self, occurrence: UUID, purpose: Purpose, subject: UUID) -> IssuedCode | None:
        """Make the code of an occurrence; made again, the one before is good no more."""
        ...


class Mails(Protocol):
    """Mails that were written, whatever became of them; their text is kept under seal."""

    async def written(self, occurrence: UUID) -> bool:
        """Whether a mail of that occurrence is there."""
        ...

    async def write(self, occurrence: UUID, mail: Mail) -> None:
        """Keep the mail, and tell that it is to be sent; of one occurrence a recipient gets one."""
        ...

    async def get(self, mail_id: UUID) -> KeptMail | None: ...

    async def newest(self, *, limit: int, state: MailState | None = None) -> tuple[KeptMail, ...]: ...

    async def settle(self, mail_id: UUID, state: MailState, error: str | None = None) -> None: ...

    async def send_again(self) -> int:
        """Tell of all that wait that they are to be sent; the number of them."""
        ...


class Notices(Protocol):
    async def add(self, occurrence: UUID, user_id: UserId, kind: str, facts: Mapping[str, str]) -> None:
        """Tell a user something in the app; of one occurrence once."""
        ...

    async def page(self, user_id: UserId, *, after: UUID | None = None, limit: int = 50) -> NoticePage:
        """List the newest first."""
        ...

    async def read(self, user_id: UserId, notices: Collection[UUID] | None) -> int:
        """Note that the user has read some, or all where None; the number that were unread."""
        ...


class Mailer(Protocol):
    async def send(self, mail: Mail, mail_id: UUID) -> None:
        """Hand the mail to the server; raises `MailServerUnavailable` and `MailRefused`."""
        ...
