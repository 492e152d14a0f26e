"""Mails over a real SMTP server: sent once, tried again when it is away, given up when it refuses; kept under seal."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pytest

from analisa.adapters.messaging.smtp import SmtpMailer
from analisa.adapters.postgres.database import IDENTITY
from analisa.application.notifications.ports import KeptMail, MailRefused, MailServerUnavailable
from analisa.application.notifications.telling import Sending
from analisa.domain.notifications.mail import LOCALES, Mail, composed, kinds
from analisa.entrypoints.container import Application
from tests.deliveries import MailServer, delivered, mail_server

FACTS = {
    "name": "Maria",
    "code": "c0de",
    "address": "https://a.example",
    "device": "",
    "organisation": "Acme",
    "role": "owner",
    "day": "2026-03-15",
    "invited_by": "João",
    "search": "Verão",
    "found": "2",
    "who": "Ana, Bia",
}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def mailer(application: Application, url: str) -> SmtpMailer:
    return SmtpMailer(url, "Analisa <analisa@example.org>", application.clock)


async def written(application: Application, to: str = "maria@example.org", **facts: str) -> KeptMail:
    mails = application.root.notifications.mails()
    await mails.write(uuid4(), composed("verify", to, "pt-BR", {**FACTS, **facts}))
    kept = (await mails.newest(limit=1))[0]
    assert kept.state == "waiting"
    return kept


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("locale", [*LOCALES, None])
def test_every_mail_says_something_in_every_language(kind: str, locale: str | None) -> None:
    mail = composed(kind, "a@b.org", locale, FACTS)

    assert "$" not in mail.subject + mail.text
    assert len(mail.text) > 50
    assert ("Olá" in mail.text, "Hello" in mail.text) == (locale != "en", locale != "pt-BR")


async def test_a_mail_is_handed_to_the_server_once(application: Application, server: MailServer) -> None:
    kept = await written(application, name="Mária “Ç”")
    sending = Sending(application.root.notifications.mails(), mailer(application, server.url))

    await sending.send(kept.mail_id)
    await sending.send(kept.mail_id)

    (message,) = server.received
    assert (message["To"], message["From"]) == ("maria@example.org", "Analisa <analisa@example.org>")
    assert message["Subject"] == "Confirme seu endereço na Analisa"
    assert "Olá, Mária “Ç”!" in message.get_content()
    assert str(kept.mail_id) in message["Message-ID"]
    after = await application.root.notifications.mails().get(kept.mail_id)
    assert after is not None
    assert after.state == "sent"
    assert after.sent_at is not None


@pytest.mark.parametrize("answer", ["451 come later", "421 closing"])
async def test_a_server_that_asks_to_come_later_is_tried_again(
    application: Application, server: MailServer, answer: str
) -> None:
    kept, server.answer = await written(application), answer
    sending = Sending(application.root.notifications.mails(), mailer(application, server.url))

    with pytest.raises(MailServerUnavailable):
        await sending.send(kept.mail_id)
    server.answer = None
    await sending.send(kept.mail_id)

    assert len(server.received) == 1


async def test_what_a_server_refuses_is_given_up_and_says_why(application: Application, server: MailServer) -> None:
    kept, server.answer = await written(application), "554 no such thing"
    mails = application.root.notifications.mails()

    await Sending(mails, mailer(application, server.url)).send(kept.mail_id)

    after = await mails.get(kept.mail_id)
    assert after is not None
    assert (after.state, "554 no such thing" in (after.error or "")) == ("refused", True)
    with pytest.raises(MailRefused):
        await mailer(application, server.url).send(kept.mail, kept.mail_id)


async def test_a_server_that_is_away_is_said_to_be_without_its_password(application: Application) -> None:
    kept = await written(application)

    with pytest.raises(MailServerUnavailable) as told:
        await mailer(application, "smtp://maria:hunter2@127.0.0.1:1").send(kept.mail, kept.mail_id)

    assert "127.0.0.1:1" in str(told.value)
    assert "hunter2" not in str(told.value)


async def test_nothing_that_people_write_becomes_a_header(application: Application, server: MailServer) -> None:
    evil = "Maria\r\nBcc: evil@example.org\r\n\r\nBody"
    mail = composed("invite", "a@b.org", "en", {**FACTS, "invited_by": evil, "organisation": evil})

    await mailer(application, server.url).send(mail, uuid4())

    (message,) = server.received
    assert message["Bcc"] is None
    assert "Bcc: evil@example.org" in message["Subject"]
    assert len(message["Subject"].splitlines()) == 1


async def test_without_a_server_mails_wait_and_are_sent_when_there_is_one(
    application: Application, server: MailServer
) -> None:
    mails, kept = application.root.notifications.mails(), await written(application)
    await delivered(application)
    waiting = await mails.get(kept.mail_id)
    assert waiting is not None
    assert waiting.state == "waiting"

    sending = Sending(mails, mailer(application, server.url))
    assert await mails.send_again() >= 1
    for each in await mails.newest(limit=100, state="waiting"):
        await sending.send(each.mail_id)

    assert await mails.newest(limit=1, state="waiting") == ()
    assert str(kept.mail_id) in {message["Message-ID"].partition("@")[0].lstrip("<") for message in server.received}


async def test_what_mails_say_is_kept_under_seal(application: Application) -> None:
    kept = await written(application, code="a-code-of-its-own", to="secret@example.org")

    async with application.database.reading(IDENTITY) as connection:
        (row,) = await connection.fetch("select * from mails where id = $1", kept.mail_id)

    stored = str(dict(row)).encode() + bytes(row["sealed"])
    for secret in (b"a-code-of-its-own", b"secret@example.org", msgspec.json.encode(kept.mail)):
        assert secret not in stored
    assert isinstance(kept.mail, Mail)
