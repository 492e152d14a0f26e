"""API keys: for programs, which act for an organisation by the permissions that the key was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...domain.identity.errors import PermissionUnknown, UserInvalid
from ...domain.identity.permissions import OF_THE_INSTALLATION, PERMISSIONS
from ...domain.shared.plan import Feature
from ..shared.actor import Actor
from ..shared.entitlements import Entitlements
from ..shared.ports import Clock, Ids
from .errors import KeyNotFound
from .ports import Credentials, Identity
from .secrets import SHOWN, hashed, new_key
from .views import IdentityViews, Key

MAX_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeKey:
    actor: Actor
    name: str
    permissions: tuple[str, ...]
    expires_at: datetime | None = None


class KeysHandler:
    def __init__(
        self,
        identity: Identity,
        views: IdentityViews,
        credentials: Credentials,
        entitlements: Entitlements,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._identity = identity
        self._views = views
        self._credentials = credentials
        self._entitlements = entitlements
        self._clock = clock
        self._ids = ids

    async def all(self, actor: Actor) -> tuple[Key, ...]:
        actor.require("keys.manage")
        return await self._views.keys(actor)

    async def make(self, command: MakeKey) -> tuple[Key, str]:
        """Return the key and its secret, which nobody can be told again.

        Raises `NotPermitted`, `UserInvalid`, `PlanExceeded`, and `PermissionUnknown` also for what the actor themselves may not do.
        """
        actor = command.actor
        actor.require("keys.manage")
        (await self._entitlements.plan(actor.organisation)).require(Feature.API_KEYS)
        name, now = command.name.strip(), self._clock.now()
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise UserInvalid("name", f"a key has a name of 1 to {MAX_NAME} characters")
        if command.expires_at is not None and command.expires_at <= now:
            raise UserInvalid("expires_at", "the key would be good no more already; name a day to come")
        wanted = tuple(dict.fromkeys(command.permissions))
        unknown = [each for each in wanted if each not in PERMISSIONS]
        if unknown or not wanted:
            there = ", ".join(sorted(PERMISSIONS))
            raise PermissionUnknown(
                f"there is no permission {', '.join(map(repr, unknown)) or 'named'}; there are: {there}"
            )
        beyond = [
            each for each in wanted if not actor.may(each) or (each in OF_THE_INSTALLATION and not actor.operator)
        ]
        if beyond:
            raise PermissionUnknown(f"you may not do this yourself, so no key of yours may: {', '.join(beyond)}")
        secret = new_key()
        key = Key(
            key_id=self._ids.new(),
            name=name,
            begins=secret[:SHOWN],
            permissions=wanted,
            made_by=actor.name,
            made_at=now,
            used_at=None,
            expires_at=command.expires_at,
            revoked_at=None,
        )
        async with self._identity.work() as work:
            await work.add_key(actor, key, hashed(secret))
            await work.note(
                "identity.key_made",
                f"key:{key.key_id}",
                actor=actor.caller,
                organisation=actor.organisation,
                name=name,
                permissions=" ".join(wanted),
            )
        return key, secret

    async def revoke(self, actor: Actor, key_id: UUID) -> None:
        """Revoking again changes nothing; raises `NotPermitted` and `KeyNotFound`."""
        actor.require("keys.manage")
        async with self._identity.work() as work:
            known = await work.revoke_key(actor, key_id)
            if known is not None:
                await work.note(
                    "identity.key_revoked", f"key:{key_id}", actor=actor.caller, organisation=actor.organisation
                )
        if known is None:
            raise KeyNotFound(key_id)
        await self._credentials.forget([known])
