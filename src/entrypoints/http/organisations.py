"""Organisations: founding one, and renaming one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, post, put
from litestar.params import JSONBody

from ...application.identity.organisations import MAX_NAME, FoundOrganisation, OrganisationsHandler
from ...application.shared.actor import Actor, NotPermitted
from ...domain.shared.ids import UserId
from .access import SIGNED_IN, Called, needs
from .parameters import Wired
from .people import user_of
from .problems import refusals

Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=63, pattern=r"^[a-z][a-z0-9-]*$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]


class NewOrganisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation to found."""

    slug: Slug
    """Its short name, for addresses; it stays."""
    name: Name


class OrganisationName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the organisation is to be called."""

    name: Name


class OrganisationFounded(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation, which whoever founded it owns."""

    organisation_id: UUID
    slug: str
    name: str
    role: str


@post(
    "/organisations",
    operation_id="foundOrganisation",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True),
    responses=refusals(401, 409, 415, 422),
    status_code=201,
)
async def found(
    caller: Called, own_organisations: Wired[OrganisationsHandler], data: JSONBody[NewOrganisation]
) -> Response[OrganisationFounded]:
    """Found an organisation, and own it; sent again it is the same one.

    Where people are invited, whoever looks after the installation founds them.
    """
    made = await own_organisations.found(FoundOrganisation(user_id=user_of(caller), slug=data.slug, name=data.name))
    told = OrganisationFounded(organisation_id=made.organisation, slug=made.slug, name=made.name, role=made.role or "")
    return Response(told, status_code=201)


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which organisation is to end."""

    slug: Slug
    """Its short name once more, so that it is not another one by mistake."""


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """When the organisation is deleted, with all that is its own."""

    ends_at: datetime


class NewOwner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The member to whom it is handed over."""

    user_id: UUID


@post(
    "/organisation/deletion",
    operation_id="endOrganisation",
    tags=["identity"],
    opt=needs("organisation.delete", fresh=True),
    responses=refusals(404, 415, 422),
    status_code=200,
)
async def end(actor: Wired[Actor], own_organisations: Wired[OrganisationsHandler], data: JSONBody[Ending]) -> Ends:
    """Have the organisation deleted with all that is its own, in 14 days. Until then its owners alone get in, and may keep it."""
    return Ends(ends_at=await own_organisations.end(actor, data.slug))


@delete(
    "/organisation/deletion",
    operation_id="keepOrganisation",
    tags=["identity"],
    opt=needs("organisation.delete", fresh=True),
    responses=refusals(404),
    status_code=204,
)
async def keep(actor: Wired[Actor], own_organisations: Wired[OrganisationsHandler]) -> None:
    """Have the organisation deleted no more; its members and keys get in again."""
    await own_organisations.keep(actor)


@put(
    "/organisation/owner",
    operation_id="handOverOrganisation",
    tags=["identity"],
    opt=needs("organisation.delete", fresh=True),
    responses=refusals(404, 409, 415),
    status_code=204,
)
async def hand_over(
    caller: Called, actor: Wired[Actor], own_organisations: Wired[OrganisationsHandler], data: JSONBody[NewOwner]
) -> None:
    """Make another member an owner in one's own place; whoever hands over is an administrator from then on."""
    if caller.user_id is None:
        raise NotPermitted("an API key owns nothing that it could hand over; sign in as an owner")
    await own_organisations.hand_over(actor, user_of(caller), UserId(data.user_id))


@put(
    "/organisation/name",
    operation_id="renameOrganisation",
    tags=["identity"],
    opt=needs("organisation.manage"),
    responses=refusals(404, 415, 422),
    status_code=204,
)
async def rename(
    actor: Wired[Actor], own_organisations: Wired[OrganisationsHandler], data: JSONBody[OrganisationName]
) -> None:
    """Call the organisation something else; its short name stays."""
    await own_organisations.rename(actor, data.name)


HANDLERS: list[Any] = [found, rename, end, keep, hand_over]
