"""Organisations: founding one, and renaming one's own."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, post, put
from litestar.params import JSONBody

from ...application.identity.organisations import MAX_NAME, FoundOrganisation, OrganisationsHandler
from ...application.shared.actor import Actor
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
    told = OrganisationFounded(organisation_id=made.organisation, slug=made.slug, name=made.name, role=made.role)
    return Response(told, status_code=201)


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


HANDLERS: list[Any] = [found, rename]
