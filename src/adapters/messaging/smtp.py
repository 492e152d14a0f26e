"""`Mailer` over SMTP."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from ...application.notifications.ports import MailRefused, MailServerUnavailable
from ...application.shared.ports import Clock
from ...domain.notifications.mail import Mail

_PATIENCE_S: Final = 30


class SmtpMailer:
    """*url* is `smtp://user:password@host:587` (TLS where the server offers it, and always with a password) or `smtps://…:465`."""

    def __init__(self, url: str, sender: str, clock: Clock) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (465 if self._tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail, mail_id: UUID) -> None:
        import aiosmtplib  # noqa: PLC0415  only workers send mails

        try:
            await aiosmtplib.send(
                self._message(mail, mail_id),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                start_tls=None if self._user is None and not self._tls else not self._tls,
                timeout=_PATIENCE_S,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            refusals = error.recipients if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else [error]
            if all(each.code >= 500 for each in refusals):
                said = "; ".join(f"{each.code} {each.message}" for each in refusals)
                raise MailRefused(f"the mail server refuses it: {said[:300]}") from error
            raise MailServerUnavailable("the mail server asks to come later") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise MailServerUnavailable(
                f"the mail server {self._host}:{self._port} does not answer as it should ({type(error).__name__})"
            ) from error

    def _message(self, mail: Mail, mail_id: UUID) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        name, _, domain = mail.to.rpartition("@")
        message["To"] = Address(username=name, domain=domain)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._clock.now())
        # A mail that is sent twice, because its server's answer was lost, is the same one to whoever receives it.
        message["Message-ID"] = f"<{mail_id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message
