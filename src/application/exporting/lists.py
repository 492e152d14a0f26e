"""The lists that can be exported: what each takes, and which columns it has."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast, get_args
from uuid import UUID

from ...domain.collection.batch import Severity
from ...domain.shared.errors import AnalisaError
from ...domain.shared.ids import ProfileId
from ..analytics.discovery.asking import asked
from ..analytics.discovery.search import Discovery, Found, FoundProfile
from ..analytics.naming import profile_named
from ..analytics.views import PostLine, ProfileViews, ScorePoint, ScoreViews, Standing
from ..collection.views import FindingLine, FindingState, ImportLine, ImportViews
from ..shared.actor import Actor
from .errors import ColumnUnknown, ListUnknown, ParameterRefused
from .ports import Cell, Row

Item = TypeVar("Item")
Given: TypeAlias = Mapping[str, str]
Batches: TypeAlias = AsyncGenerator[Sequence[Item], None]
Open: TypeAlias = Callable[[Actor, Given, datetime], Awaitable[Batches[Item]]]

_PAGE: Final = 200
_SCORES: Final = 100_000
"""More than a profile gets in a century of one formula."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParameter:
    name: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportableList(Generic[Item]):
    """A list as a table: *cells* says of each column how its value is taken from an item."""

    name: str
    meaning: str
    permission: str
    """What whoever looks at the list itself needs."""
    parameters: tuple[ListParameter, ...]
    cells: Mapping[str, Callable[[Item], Cell]]
    open: Open[Item]
    """Checks what is given, raising what the list itself would, and returns the items, not read yet."""

    def columns(self, wanted: Sequence[str] | None) -> tuple[str, ...]:
        """Return *wanted* columns each once, all where None, or raise `ColumnUnknown`."""
        if wanted is None:
            return tuple(self.cells)
        for position, name in enumerate(wanted):
            if name not in self.cells:
                raise ColumnUnknown(name, position, self.cells)
        return tuple(dict.fromkeys(wanted))

    async def opened(self, actor: Actor, given: Given, now: datetime) -> Batches[Item]:
        """Check what is given, or raise `ParameterRefused` or what the list itself would; reads nothing yet."""
        known = {parameter.name for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise ParameterRefused(name, f"this list has no such parameter; it has: {', '.join(known) or 'none'}")
        for parameter in self.parameters:
            if parameter.required and parameter.name not in given:
                raise ParameterRefused(parameter.name, f"say which; {parameter.meaning}")
        try:
            return await self.open(actor, given, now)
        except AnalisaError as error:
            if error.part in known:
                error.part = f"parameters/{error.part}"
            raise

    async def rows(
        self, actor: Actor, given: Given, columns: Sequence[str], now: datetime
    ) -> AsyncGenerator[Sequence[Row], None]:
        """Yield the rows of *columns* in the order of the list, some at a time."""
        taken = [self.cells[name] for name in columns]
        batches = await self.opened(actor, given, now)
        try:
            async for items in batches:
                yield [tuple(cell(item) for cell in taken) for item in items]
        finally:
            await batches.aclose()


class Lists:
    """Every list that can be exported, by name."""

    def __init__(self, *lists: ExportableList[Any]) -> None:
        self._lists = {each.name: each for each in lists}

    def __iter__(self) -> Any:
        return iter(self._lists.values())

    def named(self, name: str) -> ExportableList[Any]:
        """Return the list, or raise `ListUnknown`."""
        if name not in self._lists:
            raise ListUnknown(name, self._lists)
        return self._lists[name]


def _parts(kind: type, *, without: tuple[str, ...] = ()) -> dict[str, Callable[[Any], Cell]]:
    return {
        field.name: cast("Callable[[Any], Cell]", attrgetter(field.name))
        for field in fields(kind)
        if field.name not in without
    }


def _within(
    prefix: str, get: Callable[[Item], Any], parts: Mapping[str, Callable[[Any], Cell]]
) -> dict[str, Callable[[Item], Cell]]:
    """Columns of something that an item has or has not."""

    def column(part: Callable[[Any], Cell]) -> Callable[[Item], Cell]:
        def cell(item: Item) -> Cell:
            there = get(item)
            return None if there is None else part(there)

        return cell

    return {f"{prefix}{name}": column(part) for name, part in parts.items()}


def _matched(found: Found) -> FoundProfile | None:
    return next((profile for profile in found.profiles if profile.matched), None)


def influencers(discovery: Discovery) -> ExportableList[Found]:
    """Whoever a search finds, each once, with the profile by which they were found."""

    async def opened(actor: Actor, given: Given, now: datetime) -> Batches[Found]:
        search = asked(actor, given.get("filter"), given.get("q"), given.get("sort"), now=now)
        return discovery.walk(actor, search)

    return ExportableList(
        name="influencers",
        meaning="Influencers as a search finds them, each once, with the profile by which they were found",
        permission="influencers.read",
        parameters=(
            ListParameter(name="filter", meaning="as `filter` of GET /influencers"),
            ListParameter(name="q", meaning="as `q` of GET /influencers"),
            ListParameter(name="sort", meaning="as `sort` of GET /influencers"),
        ),
        cells={
            **_parts(Found, without=("profiles", "standing")),
            **_within(
                "", lambda found: found.standing, _parts(Standing, without=("contributions", "seed_share", "own"))
            ),
            **_within("profile.", _matched, _parts(FoundProfile, without=("matched",))),
        },
        open=opened,
    )


_PROFILE: Final = ListParameter(
    name="profile",
    meaning="as instagram:maria.silva, by id or handle, or its number in this installation",
    required=True,
)


def posts(profiles: ProfileViews) -> ExportableList[PostLine]:
    """The posts of one profile."""

    async def opened(actor: Actor, given: Given, now: datetime) -> Batches[PostLine]:  # noqa: ARG001
        profile = await profile_named(profiles, actor, given["profile"])
        await profiles.name(actor, profile)
        return walk(actor, profile)

    async def walk(actor: Actor, profile: ProfileId) -> Batches[PostLine]:
        after, more = None, True
        while more:
            page = await profiles.posts(actor, profile, after=after, limit=_PAGE)
            yield page.items
            after, more = page.next, page.next is not None

    return ExportableList(
        name="posts",
        meaning="Posts of a profile with their latest snapshot, the newest first",
        permission="influencers.read",
        parameters=(_PROFILE,),
        cells=_parts(PostLine),
        open=opened,
    )


def scores(profiles: ProfileViews, views: ScoreViews) -> ExportableList[ScorePoint]:
    """The scores that one profile has had."""

    async def opened(actor: Actor, given: Given, now: datetime) -> Batches[ScorePoint]:  # noqa: ARG001
        profile = await profile_named(profiles, actor, given["profile"])
        await profiles.name(actor, profile)
        return walk(actor, profile)

    async def walk(actor: Actor, profile: ProfileId) -> Batches[ScorePoint]:
        yield await views.history(actor, profile, limit=_SCORES)

    return ExportableList(
        name="scores",
        meaning="Scores of a profile as they were computed, the newest day first",
        permission="scores.read",
        parameters=(_PROFILE,),
        cells=_parts(ScorePoint),
        open=opened,
    )


def imports(views: ImportViews) -> ExportableList[ImportLine]:
    """The organisation's imports."""

    async def opened(actor: Actor, given: Given, now: datetime) -> Batches[ImportLine]:  # noqa: ARG001
        return walk(actor)

    async def walk(actor: Actor) -> Batches[ImportLine]:
        after, more = None, True
        while more:
            page = await views.page(actor, after=after, limit=_PAGE)
            yield page.items
            after, more = page.next, page.next is not None

    return ExportableList(
        name="imports",
        meaning="Imports of the organisation, the newest first",
        permission="imports.read",
        parameters=(),
        cells={
            **_parts(ImportLine, without=("progress",)),
            "rows": lambda line: line.progress.rows,
        },
        open=opened,
    )


def findings(views: ImportViews) -> ExportableList[FindingLine]:
    """What was found in the files of one import."""

    async def opened(actor: Actor, given: Given, now: datetime) -> Batches[FindingLine]:  # noqa: ARG001
        import_id = _uuid("import_id", given["import_id"])
        severity = _one_of("severity", given.get("severity"), tuple(Severity))
        state = _one_of("state", given.get("state"), get_args(FindingState))
        await views.progress(actor, import_id)
        return walk(actor, import_id, None if severity is None else Severity(severity), cast("Any", state))

    async def walk(
        actor: Actor, import_id: UUID, severity: Severity | None, state: FindingState | None
    ) -> Batches[FindingLine]:
        after, more = None, True
        while more:
            page = await views.findings(actor, import_id, severity=severity, state=state, after=after, limit=_PAGE)
            yield page.items
            after, more = page.next, page.next is not None

    return ExportableList(
        name="findings",
        meaning="What was found in the files of an import, in the order in which it was found",
        permission="imports.read",
        parameters=(
            ListParameter(name="import_id", meaning="the import's id", required=True),
            ListParameter(name="severity", meaning=f"only: {', '.join(Severity)}"),
            ListParameter(name="state", meaning=f"of quarantined rows, only: {', '.join(get_args(FindingState))}"),
        ),
        cells={
            "finding_id": lambda line: line.finding_id,
            **_within(
                "",
                lambda line: line.finding,
                {
                    name: cast("Callable[[Any], Cell]", attrgetter(name))
                    for name in ("severity", "code", "message", "file", "line", "table", "field")
                },
            ),
            "cells": lambda line: json.dumps(dict(line.finding.cells), ensure_ascii=False, sort_keys=True),
            "state": lambda line: line.state,
            "settled_at": lambda line: line.settled_at,
        },
        open=opened,
    )


def _uuid(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ParameterRefused(name, "it is no UUID") from None


def _one_of(name: str, text: str | None, there: Sequence[str]) -> str | None:
    if text is not None and text not in there:
        raise ParameterRefused(name, f"it is none of: {', '.join(there)}")
    return text
