"""Organisations: founded by somebody, who owns it then, renamed, handed over, and ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ...domain.identity.errors import OrganisationInvalid
from ...domain.identity.events import MembershipChanged, OrganisationEnding
from ...domain.identity.permissions import OF_ROLES, Role
from ...domain.shared.ids import OrganisationId, UserId
from ..shared.actor import Actor
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .errors import MemberNotFound, RegistrationClosed
from .ports import Credentials, Identity, IdentityWork
from .views import IdentityViews, Membership

MAX_NAME: Final = 120
MOST_OWNED: Final = 20
"""So many organisations one person founds, who does not look after the installation."""
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")

GRACE: Final = timedelta(days=14)

BEFORE_COMMIT = failpoint("identity.before_organisation_commit")
BEFORE_END_COMMIT = failpoint("identity.before_organisation_end_commit")
BEFORE_HAND_OVER_COMMIT = failpoint("identity.before_hand_over_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrganisation:
    user_id: UserId
    slug: str
    name: str


class OrganisationsHandler:
    def __init__(
        self,
        identity: Identity,
        views: IdentityViews,
        credentials: Credentials,
        clock: Clock,
        ids: Ids,
        *,
        open_to_all: bool,
        kept: frozenset[str],
    ) -> None:
        self._identity = identity
        self._views = views
        self._credentials = credentials
        self._ids = ids
        self._open = open_to_all
        self._clock = clock
        self._kept = kept

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
            if each.slug == slug and each.role == Role.OWNER:
                return each
        organisation = OrganisationId(self._ids.new())
        async with self._identity.work() as work:
            user = await work.get(command.user_id)
            if not (self._open or user.operator):
                raise RegistrationClosed
            if not user.operator and sum(each.role == Role.OWNER for each in there) >= MOST_OWNED:
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
        return Membership(
            organisation=organisation,
            slug=slug,
            name=name,
            role=Role.OWNER,
            permissions=OF_ROLES[Role.OWNER],
            demonstration=False,
        )

    async def end(self, actor: Actor, slug: str) -> datetime:
        """Have the organisation deleted with all that is its own, in two weeks; until then its owners alone get in.

        *slug* is its short name once more, so that nobody ends another one by mistake. Ended twice, the first time counts.
        Raises `NotPermitted` and `OrganisationInvalid`.
        """
        actor.require("organisation.delete")
        async with self._identity.work() as work:
            there = await work.slug_of(actor.organisation)
            if slug.strip() != there:
                raise OrganisationInvalid("slug", f"write the short name of the organisation that is to end: {there}")
            if there in self._kept:
                raise OrganisationInvalid("slug", "this organisation is the installation's own, and stays")
            ends_at = await work.end_organisation(actor.organisation, self._clock.now() + GRACE)
            await self._tell_owners(work, actor, ends_at)
            known = await work.known_in(actor.organisation)
            BEFORE_END_COMMIT()
        await self._credentials.forget(known)
        return ends_at

    async def keep(self, actor: Actor) -> None:
        """Have the organisation deleted no more; one that was not to be stays as it is. Raises `NotPermitted`."""
        actor.require("organisation.delete")
        async with self._identity.work() as work:
            kept = await work.keep_organisation(actor.organisation)
            if kept:
                await self._tell_owners(work, actor, None)
            known = await work.known_in(actor.organisation)
        if kept:
            await self._credentials.forget(known)

    async def hand_over(self, actor: Actor, owner: UserId, to: UserId) -> None:
        """Make another member an owner, and *owner*, who asks, an administrator. Raises `NotPermitted` and `MemberNotFound`."""
        actor.require("organisation.delete")
        if to not in {member.user_id for member in await self._views.members(actor)} or to == owner:
            raise MemberNotFound(to)
        async with self._identity.work() as work:
            known = list[str]()
            for user_id, role in ((to, Role.OWNER), (owner, Role.ADMIN)):
                await work.give_role(user_id, actor.organisation, role)
                changed = MembershipChanged(
                    occurrence=self._ids.new(), organisation=actor.organisation, user_id=user_id, role=role
                )
                await work.record(changed)
                known += await work.known_by(user_id)
            await work.note(
                "identity.organisation_handed_over",
                f"user:{to}",
                actor=actor.caller,
                organisation=actor.organisation,
            )
            BEFORE_HAND_OVER_COMMIT()
        await self._credentials.forget(known)

    async def _tell_owners(self, work: IdentityWork, actor: Actor, ends_at: datetime | None) -> None:
        for member in await self._views.members(actor):
            if member.role == Role.OWNER:
                ending = OrganisationEnding(
                    occurrence=self._ids.new(),
                    organisation=actor.organisation,
                    user_id=member.user_id,
                    ends_at=ends_at,
                )
                await work.record(ending)
        await work.note(
            "identity.organisation_kept" if ends_at is None else "identity.organisation_ended",
            f"organisation:{actor.organisation}",
            actor=actor.caller,
            organisation=actor.organisation,
            **({} if ends_at is None else {"ends_at": ends_at.isoformat()}),
        )

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
