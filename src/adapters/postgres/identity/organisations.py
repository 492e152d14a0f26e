"""Organisations as whoever owns them changes them: founded, renamed, ended and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ....domain.identity.errors import SlugTaken
from ....domain.shared.ids import OrganisationId
from ..database import Driver


class OrganisationRecords:
    """The part of `IdentityWork` that is about organisations."""

    _connection: Driver

    async def found_organisation(self, organisation: OrganisationId, slug: str, name: str) -> None:
        try:
            await self._connection.execute(
                "insert into organisations (id, slug, name) values ($1, $2, $3)", organisation, slug, name
            )
        except asyncpg.UniqueViolationError as error:
            raise SlugTaken(slug) from error

    async def rename_organisation(self, organisation: OrganisationId, name: str) -> None:
        await self._connection.execute("update organisations set name = $2 where id = $1", organisation, name)

    async def slug_of(self, organisation: OrganisationId) -> str:
        slug: str = await self._connection.fetchval(
            "select slug from organisations where id = $1 for no key update", organisation
        )
        return slug

    async def end_organisation(self, organisation: OrganisationId, ends_at: datetime) -> datetime:
        ends: datetime = await self._connection.fetchval(
            "update organisations set ends_at = coalesce(ends_at, $2) where id = $1 returning ends_at",
            organisation,
            ends_at,
        )
        return ends

    async def keep_organisation(self, organisation: OrganisationId) -> bool:
        tag: str = await self._connection.execute(
            "update organisations set ends_at = null where id = $1 and ends_at is not null", organisation
        )
        return tag.endswith(" 1")

    async def known_in(self, organisation: OrganisationId) -> Sequence[str]:
        rows = await self._connection.fetch(
            "select s.secret from memberships m join sessions s on s.user_id = m.user_id "
            "where m.organisation = $1 and s.ended_at is null "
            "union all select secret from api_keys where organisation = $1 and revoked_at is null",
            organisation,
        )
        return [row["secret"].hex() for row in rows]
