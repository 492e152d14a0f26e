"""Invitations to the organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from ...application.identity.invitations import AcceptInvitation, InvitationsHandler, Invite
from ...application.identity.policy import on_invitation
from ...application.identity.ports import Credentials
from ...application.identity.secrets import known_by
from ...application.identity.views import Invitation
from ...application.notifications.ports import People
from ...application.shared.actor import Actor
from ...domain.shared.ids import WorkspaceId
from .access import MAILS, OPEN, needs
from .cookies import SESSION, Cookies
from .parameters import Wired
from .people import Name
from .problems import refusals
from .registering import Code
from .roles import RoleName
from .signing_in import Email, Password


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, and as what."""

    email: Email
    role: RoleName
    workspace_id: UUID | None = None
    """Where they are to have the role: in one workspace; null is everywhere in the organisation."""


class InvitationLine(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that nobody has accepted yet."""

    invitation_id: UUID
    email: str
    role: str
    workspace_id: UUID | None
    invited_by: str
    expires_at: datetime
    can: tuple[str, ...]
    """What the caller may do with it: `withdraw`."""


class InvitationLines(msgspec.Struct, frozen=True, kw_only=True):
    """The open ones, the newest first."""

    items: tuple[InvitationLine, ...]


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code of a mail; whoever has no account yet chooses a name and a password."""

    code: Code
    name: Name | None = None
    password: Password | None = None
    locale: Literal["pt-BR", "en"] = "pt-BR"


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """Who has joined: they may sign in."""

    email: str


@get(
    "/invitations",
    operation_id="listInvitations",
    tags=["identity"],
    opt=needs("members.manage"),
    responses=refusals(404),
)
async def invitations(actor: Wired[Actor], organisation_invitations: Wired[InvitationsHandler]) -> InvitationLines:
    """List the invitations that are open."""
    return InvitationLines(items=tuple(_line(actor, each) for each in await organisation_invitations.all(actor)))


@post(
    "/invitations",
    operation_id="invite",
    tags=["identity"],
    opt=needs("members.manage", fresh=True, share=MAILS),
    responses=refusals(402, 404, 415, 422),
    status_code=201,
)
async def invite(
    actor: Wired[Actor],
    organisation_invitations: Wired[InvitationsHandler],
    known_people: Wired[People],
    data: JSONBody[NewInvitation],
) -> Response[InvitationLine]:
    """Invite an address to the organisation; a mail has the code to join, which is good for seven days."""
    name = await known_people.organisation_name(actor.organisation)
    made = await organisation_invitations.invite(
        Invite(
            actor=actor,
            organisation_name=name or "",
            email=data.email,
            role=data.role,
            workspace=None if data.workspace_id is None else WorkspaceId(data.workspace_id),
        )
    )
    return Response(_line(actor, made), status_code=201)


@delete(
    "/invitations/{invitation_id:uuid}",
    operation_id="withdrawInvitation",
    tags=["identity"],
    opt=needs("members.manage", fresh=True),
    responses=refusals(404),
    status_code=204,
)
async def withdraw(
    actor: Wired[Actor], organisation_invitations: Wired[InvitationsHandler], invitation_id: FromPath[UUID]
) -> None:
    """Take an invitation back; its code is good no more."""
    await organisation_invitations.withdraw(actor, invitation_id)


@post(
    "/invitations/accept",
    operation_id="acceptInvitation",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(409, 415, 422),
    status_code=200,
)
async def accept(
    request: Request[Any, Any, Any],
    organisation_invitations: Wired[InvitationsHandler],
    credentials: Wired[Credentials],
    cookie_jar: Wired[Cookies],
    data: JSONBody[Acceptance],
) -> Joined:
    """Join by the code of a mail. Whoever has an account under that address signs in first; else one is made."""
    secret = cookie_jar.read(request, SESSION)
    caller = None if secret is None else await credentials.session(known_by(secret))
    user = await organisation_invitations.accept(
        AcceptInvitation(
            code=data.code,
            user_id=None if caller is None else caller.user_id,
            name=data.name,
            password=data.password,
            locale=data.locale,
        )
    )
    return Joined(email=str(user.email))


def _line(actor: Actor, invitation: Invitation) -> InvitationLine:
    return InvitationLine(
        invitation_id=invitation.invitation_id,
        email=invitation.email,
        role=invitation.role,
        workspace_id=invitation.workspace,
        invited_by=invitation.invited_by,
        expires_at=invitation.expires_at,
        can=on_invitation(actor),
    )


HANDLERS: list[Any] = [invitations, invite, withdraw, accept]
