"""Fields that the organisation adds to influencers."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody, PathParameter

from ...application.influencers.fields import FieldsHandler, FieldViews, KeepField
from ...application.influencers.policy import FIELDS_MANAGE, on_field
from ...application.shared.actor import Actor
from ...domain.influencers.fields import MAX_LABEL, MOST_OPTIONS, CustomField, FieldKind
from .access import needs
from .parameters import Wired
from .problems import refusals

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_LABEL, pattern=r"^[^\x00-\x1f\x7f]*$")]
FieldKeyInPath = FromPath[
    Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="What the field is called, as `size`")]
]


class FieldWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a field is to be."""

    label: Label
    kind: FieldKind
    options: Annotated[tuple[Label, ...], msgspec.Meta(max_length=MOST_OPTIONS)] = ()
    """What a `choice` or `choices` can be; nothing else has any."""


class FieldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the organisation's own."""

    key: str
    label: str
    kind: FieldKind
    options: tuple[str, ...]
    can: tuple[str, ...]
    """What the caller may do with it: `edit`, `delete`."""


class FieldLines(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's fields, the first made first."""

    items: tuple[FieldLine, ...]


@get(
    "/custom-fields",
    operation_id="listCustomFields",
    tags=["notes"],
    opt=needs("notes.read"),
    responses=refusals(404),
)
async def fields(actor: Wired[Actor], field_views: Wired[FieldViews]) -> FieldLines:
    """List the fields that the organisation adds to influencers."""
    return FieldLines(items=tuple(_line(actor, each) for each in await field_views.fields(actor)))


@put(
    "/custom-fields/{key:str}",
    operation_id="keepCustomField",
    tags=["notes"],
    opt=needs(FIELDS_MANAGE),
    responses=refusals(404, 415, 422),
)
async def keep(
    actor: Wired[Actor], custom_fields: Wired[FieldsHandler], key: FieldKeyInPath, data: JSONBody[FieldWanted]
) -> FieldLine:
    """Add a field, or change one; refused where values that are there would not be of its kind any more."""
    kept = await custom_fields.keep(
        KeepField(actor=actor, key=key, label=data.label, kind=data.kind, options=data.options)
    )
    return _line(actor, kept)


@delete(
    "/custom-fields/{key:str}",
    operation_id="deleteCustomField",
    tags=["notes"],
    opt=needs(FIELDS_MANAGE),
    responses=refusals(404),
    status_code=204,
)
async def drop(actor: Wired[Actor], custom_fields: Wired[FieldsHandler], key: FieldKeyInPath) -> None:
    """Delete a field, with what it says of everybody."""
    await custom_fields.delete(actor, key)


def _line(actor: Actor, custom: CustomField) -> FieldLine:
    return FieldLine(
        key=custom.key,
        label=custom.label,
        kind=custom.kind,
        options=custom.options,
        can=on_field(actor),
    )


HANDLERS: list[Any] = [fields, keep, drop]
