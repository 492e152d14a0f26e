"""What workers do about people, done at once; and a real mail server to which mails go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from analisa.adapters.embedded.ports import free_port
from analisa.adapters.postgres.database import NOBODY, driver
from analisa.adapters.postgres.outbox import CATALOGUE
from analisa.application.notifications.ports import KeptMail
from analisa.application.shared.reactions import Reaction
from analisa.domain.shared.events import ActionTaken
from analisa.entrypoints.container import Application

_TAKEN = """
    update outbox set done_at = now() where id in (
        select id from outbox where done_at is null and (name like 'identity.%' or name like 'notifications.%' or name = 'analytics.search_found_more')
        order by recorded_at, id for update)
    returning name, version, payload, recorded_at
"""


_TO_RECORD = """
    update outbox set done_at = now() where done_at is null and name = 'shared.action_taken'
    returning id, payload, recorded_at
"""


async def delivered(application: Application) -> list[KeptMail]:
    """Do all that waits to be done about people, and return the mails that are there, the newest first."""
    reactions: dict[str, list[Reaction]] = {}
    for reaction in application.root.notifications.reactions():
        reactions.setdefault(reaction.event.name, []).append(reaction)
    while events := await _taken(application):
        for name, version, payload in events:
            event = msgspec.convert(payload, CATALOGUE[name, version])
            for reaction in reactions[name]:
                await reaction.handle(event)
    return list(await application.root.notifications.mails().newest(limit=50))


async def recorded(application: Application) -> None:
    """Add all that waits to be recorded to the record."""
    append = application.root.compliance.append()
    async with application.database.writing(NOBODY) as connection:
        raw = await driver(connection)
        rows = await raw.fetch(_TO_RECORD)
        for row in sorted(rows, key=lambda row: (row["recorded_at"], row["id"])):
            await append(connection, msgspec.convert(_plain(row["payload"]), ActionTaken, strict=False))


async def _taken(application: Application) -> list[tuple[str, int, Any]]:
    async with application.database.writing(NOBODY) as connection:
        raw = await driver(connection)
        rows = await raw.fetch(_TAKEN)
    rows = sorted(rows, key=lambda row: row["recorded_at"])
    return [(row["name"], row["version"], _plain(row["payload"])) for row in rows]


def _plain(payload: Any) -> Any:
    return msgspec.json.decode(payload) if isinstance(payload, str | bytes) else payload


def code_in(mail: KeptMail) -> str:
    """The code that a mail says."""
    (line, *_) = [line for line in mail.mail.text.splitlines() if "#code=" in line]
    return line.partition("#code=")[2].strip()


@dataclass
class MailServer:
    """A mail server, what it was sent, and what it answers after the mail: None takes it."""

    port: int
    answer: str | None = None
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        if self.answer is not None:
            return self.answer
        message = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 taken"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server for the length of the block."""
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
