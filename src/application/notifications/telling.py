"""Telling people: an event becomes a notice in the app, a mail, or both; each once for each person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from ...domain.analytics.events import SearchFoundMore
from ...domain.identity.codes import Purpose
from ...domain.identity.events import AccountUsed, CodeWanted, MembershipChanged, OrganisationEnding
from ...domain.notifications.mail import composed
from ...domain.shared.ids import UserId
from .ports import CodeDesk, Mailer, MailRefused, Mails, Notices, People

_BY: Final = {"pt-BR": "Aparelho: {}.", "en": "Device: {}."}


class Telling:
    """Writes mails and notices. Doing so again for one event changes nothing more."""

    def __init__(self, people: People, codes: CodeDesk, mails: Mails, notices: Notices, *, address: str) -> None:
        self._people = people
        self._codes = codes
        self._mails = mails
        self._notices = notices
        self._address = address

    async def send_code(self, event: CodeWanted) -> None:
        if await self._mails.written(event.occurrence):
            return  # another code would make the one in that mail good for nothing
        purpose = Purpose(event.purpose)
        issued = await self._codes.issue(event.occurrence, purpose, event.subject)
        if issued is None:
            return
        facts = {"name": issued.name, "code": issued.code, "address": self._address, **issued.facts}
        await self._mails.write(event.occurrence, composed(purpose, issued.email, issued.locale, facts))

    async def tell_owner(self, event: AccountUsed) -> None:
        facts = {"device": event.device}
        await self._notices.add(event.occurrence, UserId(event.user_id), event.what, facts)
        await self._mail(event.occurrence, event.user_id, event.what, facts, to=event.email or None)

    async def tell_member(self, event: MembershipChanged) -> None:
        name = await self._people.organisation_name(event.organisation)
        if name is None:
            return
        kind = "membership_ended" if event.role is None else "membership"
        where = f"{event.workspace} ({name})" if event.workspace else name
        facts = {"organisation": where, "role": event.role or ""}
        await self._notices.add(event.occurrence, UserId(event.user_id), kind, facts)
        await self._mail(event.occurrence, event.user_id, kind, facts)

    async def tell_of_end(self, event: OrganisationEnding) -> None:
        name = await self._people.organisation_name(event.organisation)
        if name is None:
            return
        kind = "organisation_kept" if event.ends_at is None else "organisation_ending"
        facts = {"organisation": name, "day": "" if event.ends_at is None else f"{event.ends_at:%Y-%m-%d}"}
        await self._notices.add(event.occurrence, UserId(event.user_id), kind, facts)
        await self._mail(event.occurrence, event.user_id, kind, facts)

    async def tell_finds(self, event: SearchFoundMore) -> None:
        if not await self._people.belongs(UserId(event.user_id), event.owner):
            return  # whoever left hears nothing more of what the organisation looks for
        kind = "search_found" if event.whole else "search_stopped"
        more = event.found - len(event.names)
        facts = {
            "search": event.search,
            "found": str(event.found),
            "who": ", ".join(event.names) + (f" (+{more})" if more > 0 else ""),
        }
        await self._notices.add(event.occurrence, UserId(event.user_id), kind, facts)
        await self._mail(event.occurrence, event.user_id, kind, facts)

    async def _mail(
        self, occurrence: UUID, user_id: UUID, kind: str, facts: Mapping[str, str], *, to: str | None = None
    ) -> None:
        recipient = await self._people.recipient(UserId(user_id))
        if recipient is None:
            return
        device = facts.get("device", "")
        shown = _BY.get(recipient.locale, _BY["en"]).format(device) if device else ""
        told = {**facts, "device": shown, "name": recipient.name, "address": self._address}
        await self._mails.write(occurrence, composed(kind, to or recipient.email, recipient.locale, told))


class Sending:
    """Sends what was written; where there is no mail server it waits, to be looked at."""

    def __init__(self, mails: Mails, mailer: Mailer | None) -> None:
        self._mails = mails
        self._mailer = mailer

    async def send(self, mail_id: UUID) -> None:
        """Send a mail that waits. Raises `MailServerUnavailable`, and it is tried again."""
        kept = await self._mails.get(mail_id)
        if kept is None or kept.state != "waiting" or self._mailer is None:
            return
        try:
            await self._mailer.send(kept.mail, mail_id)
        except MailRefused as error:
            await self._mails.settle(mail_id, "refused", str(error))
        else:
            await self._mails.settle(mail_id, "sent")
