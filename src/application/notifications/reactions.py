"""What notifications do when they hear of something."""

from __future__ import annotations

from ...domain.analytics.events import SearchFoundMore
from ...domain.identity.events import AccountUsed, CodeWanted, MembershipChanged, OrganisationEnding
from ...domain.notifications.events import MailWritten
from ..shared.reactions import Reaction
from .telling import Sending, Telling


def reactions(telling: Telling, sending: Sending) -> tuple[Reaction, ...]:
    """Return what notifications do about events."""

    async def send(event: MailWritten) -> None:
        await sending.send(event.mail_id)

    return (
        Reaction(name="notifications.send_code", event=CodeWanted, handle=telling.send_code),
        Reaction(name="notifications.tell_owner", event=AccountUsed, handle=telling.tell_owner),
        Reaction(name="notifications.tell_member", event=MembershipChanged, handle=telling.tell_member),
        Reaction(name="notifications.tell_of_end", event=OrganisationEnding, handle=telling.tell_of_end),
        Reaction(name="notifications.tell_finds", event=SearchFoundMore, handle=telling.tell_finds),
        Reaction(name="notifications.send_mail", event=MailWritten, handle=send),
    )
