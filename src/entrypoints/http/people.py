"""One's own account: who one is, where one belongs, and the sessions that are open."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, put
from litestar.params import FromPath, JSONBody

from ...application.identity.accounts import AccountsHandler, ChangePassword, EditUser
from ...application.identity.ports import Caller
from ...application.identity.signing_in import SessionsHandler
from ...application.identity.views import IdentityViews
from ...domain.identity.permissions import permitted
from ...domain.identity.user import MAX_NAME, User
from ...domain.shared.ids import UserId
from .access import SIGNED_IN, Called, csrf_of, needs
from .cookies import SESSION, Cookies
from .parameters import Wired
from .problems import refusals
from .signing_in import Password, program_of
from .versions import IfMatch, tag_of, version_in

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=_NO_CONTROLS)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_NO_CONTROLS)]


class WorkingIn(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace, and what the user may do there besides."""

    slug: str
    name: str
    role: str | None
    """Null where they are in it by what they are everywhere in the organisation."""
    permissions: tuple[str, ...]


class Belonging(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation, and what the user may do there."""

    slug: str
    name: str
    role: str | None
    """Null where they work in workspaces alone."""
    demonstration: bool
    permissions: tuple[str, ...]
    ends_at: datetime | None
    """From when on it is deleted, where an owner ended it; only owners get in until then."""
    workspaces: tuple[WorkingIn, ...]


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """All that the app needs to know when it starts."""

    user_id: UUID
    email: str
    name: str
    locale: str
    time_zone: str
    operator: bool
    """Looks after the installation."""
    version: int
    organisations: tuple[Belonging, ...]
    csrf_token: str


class MyEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change (JSON Merge Patch, RFC 7396): what is not there stays as it is."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    locale: Word | msgspec.UnsetType = msgspec.UNSET
    time_zone: Word | msgspec.UnsetType = msgspec.UNSET


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password that is good now, and the one to come."""

    password: Password
    new: Password


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """An open session."""

    session_id: UUID
    current: bool
    device: str
    """What the browser calls itself."""
    address: str
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionLines(msgspec.Struct, frozen=True, kw_only=True):
    """The open ones, the last used first."""

    items: tuple[SessionLine, ...]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions have ended."""

    sessions: int


@get("/me", operation_id="getMe", tags=["identity"], opt=needs(SIGNED_IN), responses=refusals(401))
async def me(
    request: Request[Any, Any, Any],
    caller: Called,
    accounts: Wired[AccountsHandler],
    identity_views: Wired[IdentityViews],
    cookie_jar: Wired[Cookies],
) -> Response[Me]:
    """Show who is signed in, where they belong, and what they may do there."""
    user = await accounts.get(user_of(caller))
    return await _shown(user, identity_views, cookie_jar.read(request, SESSION))


@patch(
    "/me", operation_id="editMe", tags=["identity"], opt=needs(SIGNED_IN), responses=refusals(401, 412, 415, 422, 428)
)
async def edit(
    request: Request[Any, Any, Any],
    caller: Called,
    accounts: Wired[AccountsHandler],
    identity_views: Wired[IdentityViews],
    cookie_jar: Wired[Cookies],
    data: JSONBody[MyEdit],
    if_match: IfMatch = None,
) -> Response[Me]:
    """Change one's name, language or time zone, if the account is still as the caller saw it (`If-Match`)."""
    command = EditUser(
        user_id=user_of(caller),
        version=version_in(if_match),
        name=data.name or None,
        locale=data.locale or None,
        time_zone=data.time_zone or None,
    )
    return await _shown(await accounts.edit(command), identity_views, cookie_jar.read(request, SESSION))


@put(
    "/me/password",
    operation_id="changePassword",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401, 415, 422),
    status_code=204,
)
async def change_password(
    request: Request[Any, Any, Any], caller: Called, accounts: Wired[AccountsHandler], data: JSONBody[NewPassword]
) -> None:
    """Choose another password; all other sessions end."""
    command = ChangePassword(
        user_id=user_of(caller),
        session_id=caller.session_id,
        password=data.password,
        new=data.new,
        device=program_of(request)[1],
    )
    await accounts.change_password(command)


@get("/me/sessions", operation_id="listMySessions", tags=["identity"], opt=needs(SIGNED_IN), responses=refusals(401))
async def sessions(caller: Called, identity_views: Wired[IdentityViews]) -> SessionLines:
    """List where one is signed in."""
    return SessionLines(
        items=tuple(
            SessionLine(
                session_id=each.session_id,
                current=each.session_id == caller.session_id,
                device=each.device,
                address=each.address,
                begun_at=each.begun_at,
                seen_at=each.seen_at,
                expires_at=each.expires_at,
            )
            for each in await identity_views.sessions(user_of(caller))
        )
    )


@delete(
    "/me/sessions/{session_id:uuid}",
    operation_id="endMySession",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401, 404),
    status_code=204,
)
async def end_session(caller: Called, session_ends: Wired[SessionsHandler], session_id: FromPath[UUID]) -> None:
    """End one of one's sessions, wherever it is."""
    await session_ends.end(user_of(caller), session_id)


@delete(
    "/me/sessions",
    operation_id="endMyOtherSessions",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401),
    status_code=200,
)
async def end_others(caller: Called, session_ends: Wired[SessionsHandler]) -> Ended:
    """End all of one's sessions but the one in use."""
    return Ended(sessions=await session_ends.end_others(user_of(caller), but=caller.session_id))


async def _shown(user: User, views: IdentityViews, secret: str | None) -> Response[Me]:
    told = Me(
        user_id=user.id,
        email=str(user.email),
        name=user.name,
        locale=user.locale,
        time_zone=user.time_zone,
        operator=user.operator,
        version=user.version,
        organisations=tuple(
            Belonging(
                slug=each.slug,
                name=each.name,
                role=each.role,
                demonstration=each.demonstration,
                permissions=tuple(
                    sorted(permitted(each.permissions, operator=user.operator and not each.demonstration))
                ),
                ends_at=each.ends_at,
                workspaces=tuple(
                    WorkingIn(
                        slug=room.slug,
                        name=room.name,
                        role=room.role,
                        permissions=tuple(sorted(room.permissions)),
                    )
                    for room in each.workspaces
                ),
            )
            for each in await views.memberships(user.id)
        ),
        csrf_token=csrf_of(secret or ""),
    )
    return Response(told, headers={"etag": tag_of(user.version), "cache-control": "no-store"})


def user_of(caller: Caller) -> UserId:
    assert caller.user_id is not None  # the guard lets nobody else in
    return caller.user_id


HANDLERS: list[Any] = [me, edit, change_password, sessions, end_session, end_others]
