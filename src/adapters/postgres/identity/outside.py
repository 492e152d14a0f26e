"""Accounts at providers that open accounts here, and who is on the way there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from ....application.identity.errors import LinkedElsewhere
from ....application.identity.providers import Flow, Link
from ....domain.identity.outside import OutsideIdentity
from ....domain.shared.ids import UserId
from ..database import Driver

LIFE: Final = timedelta(minutes=10)
"""For so long a provider may take to lead somebody back."""


class OutsideRecords:
    """The part of `IdentityWork` that is about providers."""

    _connection: Driver

    async def begin_flow(self, secret: bytes, flow: Flow) -> None:
        await self._connection.execute(
            "insert into sign_in_flows (secret, provider, return_to, redirect_uri, user_id, shown, expires_at) "
            "values ($1, $2, $3, $4, $5, $6, now() + $7::interval)",
            secret,
            flow.provider,
            flow.return_to,
            flow.redirect_uri,
            flow.user_id,
            flow.shown,
            LIFE,
        )

    async def take_flow(self, secret: bytes) -> Flow | None:
        row = await self._connection.fetchrow(
            "delete from sign_in_flows where secret = $1 "
            "returning provider, return_to, redirect_uri, user_id, shown, expires_at > now() as timely",
            secret,
        )
        if row is None or not row["timely"]:
            return None
        return Flow(
            provider=row["provider"],
            return_to=row["return_to"],
            redirect_uri=row["redirect_uri"],
            user_id=_user_id(row["user_id"]),
            shown=_user_id(row["shown"]),
        )

    async def opened_by(self, issuer: str, subject: str) -> UserId | None:
        found = await self._connection.fetchval(
            "update outside_identities set used_at = now() where issuer = $1 and subject = $2 returning user_id",
            issuer,
            subject,
        )
        return _user_id(found)

    async def link(self, user_id: UserId, outside: OutsideIdentity) -> None:
        try:
            owner = await self._connection.fetchval(
                "insert into outside_identities (issuer, subject, user_id, email) values ($1, $2, $3, $4) "
                "on conflict (issuer, subject) do update set email = excluded.email returning user_id",
                outside.issuer,
                outside.subject,
                user_id,
                str(outside.email or ""),
            )
        except asyncpg.UniqueViolationError as error:  # another account of theirs there is linked
            raise LinkedElsewhere from error
        if owner != user_id:
            raise LinkedElsewhere

    async def unlink(self, user_id: UserId, issuer: str) -> bool:
        tag: str = await self._connection.execute(
            "delete from outside_identities where user_id = $1 and issuer = $2", user_id, issuer
        )
        return tag.endswith(" 1")

    async def links(self, user_id: UserId) -> Sequence[Link]:
        rows = await self._connection.fetch(
            "select issuer, email, linked_at, used_at from outside_identities where user_id = $1 order by linked_at",
            user_id,
        )
        return [Link(**_facts(row)) for row in rows]


def _facts(row: asyncpg.Record) -> dict[str, Any]:
    return dict(row)


def _user_id(found: UUID | None) -> UserId | None:
    return None if found is None else UserId(found)
