"""The wiring of notifications: notices in the app, and mails."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.messaging.smtp import SmtpMailer
from ...adapters.postgres.database import Database
from ...adapters.postgres.notifications.mails import PostgresMails
from ...adapters.postgres.notifications.notices import PostgresNotices, PostgresPeople
from ...application.identity.codes import Codes
from ...application.notifications.reactions import reactions
from ...application.notifications.telling import Sending, Telling
from ...application.shared.ports import Clock, Ids
from ..settings import DEFAULT_PORT, Settings
from .identity import sealer


def mailer(settings: Settings, clock: Clock) -> SmtpMailer | None:
    """The mail server of the settings; None where there is none, and mails are looked at with `analisa mail`."""
    if settings.smtp_url is None:
        return None
    return SmtpMailer(str.__str__(settings.smtp_url), settings.mail_from, clock)


def address(settings: Settings) -> str:
    """Where mails lead to."""
    return settings.public_url or f"http://{settings.host}:{settings.port or DEFAULT_PORT}"


class Notifications(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    codes: providers.Dependency[Codes] = providers.Dependency()

    mails = providers.Singleton(PostgresMails, database, providers.Callable(sealer, settings), ids)
    notices = providers.Singleton(PostgresNotices, database, ids)
    people = providers.Singleton(PostgresPeople, database)
    telling = providers.Singleton(
        Telling,
        people,
        codes,
        mails,
        notices,
        address=providers.Callable(address, settings),
    )
    sending = providers.Singleton(Sending, mails, providers.Singleton(mailer, settings, clock))
    reactions = providers.Factory(reactions, telling, sending)
