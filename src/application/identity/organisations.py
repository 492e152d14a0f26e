"""Organisations: founded by somebody, who owns it then, and renamed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ...domain.identity.errors import OrganisationInvalid
from ...domain.identity.permissions import Role
from ...domain.shared.ids import OrganisationId, UserId
from ..shared.actor import Actor
from ..shared.failpoints import failpoint
from ..shared.ports import Ids
from .errors import RegistrationClosed
from .ports import Credentials, Identity, IdentityViews, Membership

MAX_NAME: Final = 120
MOST_OWNED: Final = 20
"""So many organisations one person founds, who does not look after the installation."""
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")

BEFORE_COMMIT = failpoint("identity.before_organisation_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrganisation:
    user_id: UserId
    slug: str
    name: str


class OrganisationsHandler:
    def __init__(
        self, identity: Identity, views: IdentityViews, credentials: Credentials, ids: Ids, *, open_to_all: bool
    ) -> None:
        self._identity = identity
        self._views = views
        self._credentials = credentials
        self._ids = ids
        self._open = open_to_all

    async def found(self, command: FoundOrganisation) -> Membership:
        """Make an organisation, which the user owns.

        Founding it again changes nothing. Where people are invited, only an operator founds one. Raises `RegistrationClosed`, `OrganisationInvalid` and
        `SlugTaken`.
        """
        slug, name = command.slug.strip(), _named(command.name)
        if not _SLUG.fullmatch(slug):
            raise OrganisationInvalid(
                "slug", "a short name has small letters, digits and hyphens, and begins with a letter"
            )
        there = await self._views.memberships(command.user_id)
        for each in there:
            if each.slug == slug and each.role is Role.OWNER:
                return each
        organisation = OrganisationId(self._ids.new())
        async with self._identity.work() as work:
            user = await work.get(command.user_id)
            if not (self._open or user.operator):
                raise RegistrationClosed
            if not user.operator and sum(each.role is Role.OWNER for each in there) >= MOST_OWNED:
                raise OrganisationInvalid("slug", f"one person owns at most {MOST_OWNED} organisations")
            await work.found_organisation(organisation, slug, name)
            await work.give_role(user.id, organisation, Role.OWNER)
            await work.note(
                "identity.organisation_founded",
                f"organisation:{organisation}",
                actor=str(user.id),
                organisation=organisation,
                slug=slug,
            )
            known = await work.known_by(user.id)
            BEFORE_COMMIT()
        await self._credentials.forget(known)
        return Membership(organisation=organisation, slug=slug, name=name, role=Role.OWNER, demonstration=False)

    async def rename(self, actor: Actor, name: str) -> None:
        """Raises `NotPermitted` and `OrganisationInvalid`."""
        actor.require("organisation.manage")
        wanted = _named(name)
        async with self._identity.work() as work:
            await work.rename_organisation(actor.organisation, wanted)
            await work.note(
                "identity.organisation_renamed",
                f"organisation:{actor.organisation}",
                actor=actor.caller,
                organisation=actor.organisation,
                name=wanted,
            )


def _named(name: str) -> str:
    wanted = name.strip()
    if not wanted or len(wanted) > MAX_NAME or not wanted.isprintable():
        raise OrganisationInvalid("name", f"an organisation has a name of 1 to {MAX_NAME} characters")
    return wanted
