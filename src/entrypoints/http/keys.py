"""API keys of the organisation, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from ...application.identity.keys import MAX_NAME, KeysHandler, MakeKey
from ...application.identity.policy import on_key
from ...application.identity.views import Key
from ...application.shared.actor import Actor
from .access import needs
from .parameters import Wired
from .problems import refusals

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]
PermissionName = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API key to make; it may do what is named, of what its maker may."""

    name: Name
    permissions: Annotated[tuple[PermissionName, ...], msgspec.Meta(min_length=1, max_length=100)]
    expires_at: Instant | None = None
    """None: when it is revoked."""


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """An API key, without its secret."""

    key_id: UUID
    name: str
    begins: str
    """The first letters of the secret, to tell keys apart."""
    permissions: tuple[str, ...]
    made_by: str
    made_at: datetime
    used_at: datetime | None
    """To the minute."""
    expires_at: datetime | None
    revoked_at: datetime | None
    can: tuple[str, ...]
    """What the caller may do with it: `revoke`."""


class KeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """An API key with its secret, which is shown this once."""

    key: KeyLine
    secret: str


class KeyLines(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's API keys, the newest first."""

    items: tuple[KeyLine, ...]


@get("/keys", operation_id="listKeys", tags=["identity"], opt=needs("keys.manage"), responses=refusals(404))
async def keys(actor: Wired[Actor], api_keys: Wired[KeysHandler]) -> KeyLines:
    """List the organisation's API keys, those that were revoked too."""
    return KeyLines(items=tuple(_line(actor, each) for each in await api_keys.all(actor)))


@post(
    "/keys",
    operation_id="makeKey",
    tags=["identity"],
    opt=needs("keys.manage", fresh=True),
    responses=refusals(402, 404, 415, 422),
    status_code=201,
)
async def make(actor: Wired[Actor], api_keys: Wired[KeysHandler], data: JSONBody[NewKey]) -> Response[KeyMade]:
    """Make an API key. Its secret is in this answer alone; what is not needed any more is revoked, and another one made."""
    key, secret = await api_keys.make(
        MakeKey(actor=actor, name=data.name, permissions=data.permissions, expires_at=data.expires_at)
    )
    return Response(
        KeyMade(key=_line(actor, key), secret=secret), status_code=201, headers={"cache-control": "no-store"}
    )


@delete(
    "/keys/{key_id:uuid}",
    operation_id="revokeKey",
    tags=["identity"],
    opt=needs("keys.manage", fresh=True),
    responses=refusals(404),
    status_code=204,
)
async def revoke(actor: Wired[Actor], api_keys: Wired[KeysHandler], key_id: FromPath[UUID]) -> None:
    """Let an API key be good no more; doing so again changes nothing."""
    await api_keys.revoke(actor, key_id)


def _line(actor: Actor, key: Key) -> KeyLine:
    return KeyLine(
        key_id=key.key_id,
        name=key.name,
        begins=key.begins,
        permissions=key.permissions,
        made_by=key.made_by,
        made_at=key.made_at,
        used_at=key.used_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        can=on_key(actor, revoked=key.revoked_at is not None),
    )


HANDLERS: list[Any] = [keys, make, revoke]
