"""Which fields of their own an organisation's influencers have."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ...domain.influencers.fields import MOST, CustomField, FieldInvalid, FieldKind, ValueRefused
from ...domain.shared.errors import NotFound
from ..shared.actor import Actor
from .policy import FIELDS_MANAGE


class FieldNotFound(NotFound):
    """The organisation has no such field."""

    code = "influencers.field_not_found"

    def __init__(self, key: str) -> None:
        super().__init__(f"the organisation has no field {key!r}; GET /api/v1/custom-fields has those that it has")


class FieldWork(Protocol):
    """One transaction over an organisation's fields, which nobody else changes meanwhile."""

    async def all(self) -> tuple[CustomField, ...]: ...

    async def save(self, custom: CustomField) -> None: ...

    async def values_of(self, key: str) -> tuple[object, ...]:
        """Return the different values that there are."""
        ...

    async def delete(self, key: str) -> bool:
        """Delete it with all its values; False where there is none."""
        ...


class FieldWorks(Protocol):
    def work(self, actor: Actor) -> AbstractAsyncContextManager[FieldWork]: ...


class FieldViews(Protocol):
    async def fields(self, actor: Actor) -> tuple[CustomField, ...]:
        """Return the organisation's fields, the first made first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepField:
    """Add a field, or change one."""

    actor: Actor
    key: str
    label: str
    kind: FieldKind
    options: tuple[str, ...] = ()


class FieldsHandler:
    def __init__(self, works: FieldWorks) -> None:
        self._works = works

    async def keep(self, command: KeepField) -> CustomField:
        """Raises `NotPermitted`, and `FieldInvalid` also where values that are there would not be of the type any more."""
        command.actor.require(FIELDS_MANAGE)
        wanted = CustomField(key=command.key, label=command.label.strip(), kind=command.kind, options=command.options)
        async with self._works.work(command.actor) as work:
            there = await work.all()
            if wanted.key not in {each.key for each in there} and len(there) >= MOST:
                raise FieldInvalid("key", f"an organisation has at most {MOST} fields; delete one first")
            for value in await work.values_of(wanted.key):
                _require_taken(wanted, value)
            await work.save(wanted)
        return wanted

    async def delete(self, actor: Actor, key: str) -> None:
        """Delete a field with all its values. Raises `NotPermitted` and `FieldNotFound`."""
        actor.require(FIELDS_MANAGE)
        async with self._works.work(actor) as work:
            if not await work.delete(key):
                raise FieldNotFound(key)


def _require_taken(wanted: CustomField, value: object) -> None:
    try:
        wanted.taken(value)
    except ValueRefused as error:
        raise FieldInvalid("kind", f"there are values that it would not take, as {value!r}: {error}") from error
