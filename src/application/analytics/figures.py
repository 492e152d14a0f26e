"""Figures of many profiles: read a few thousand at a time, computed, and ranked together in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ...domain.analytics.columns import NO_TIME, Instants, PostColumns, ProfileColumns
from ...domain.analytics.figures import (
    Column,
    Figures,
    figures,
    latest_observations,
    newest_posts,
    post_figures,
    reported_figures,
)
from ...domain.analytics.formulas import GENERAL
from ...domain.analytics.formulas.standing import FORMULAS as STANDING
from ...domain.analytics.formulas.standing import places
from ..shared.actor import Actor
from ..shared.ports import Clock
from .errors import ReadingFailed
from .instants import instant_of
from .ports import ColumnReader, Selection


class LookBack(StrEnum):
    """From where the figures of recent days look back, for each profile by itself."""

    LATEST_OBSERVATION = "latest-observation"
    NEWEST_POST = "newest-post"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFigures:
    actor: Actor
    selection: Selection = field(default_factory=Selection)
    as_of: datetime | LookBack = LookBack.LATEST_OBSERVATION
    """An instant also hides what was seen or published after it."""
    by_year: bool = False
    rank_by: str | None = None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """One row per profile (or per report of a third party): who it is, and the figures by name."""

    network: tuple[str, ...]
    creator: tuple[str, ...]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.creator)


class ShowFiguresHandler:
    def __init__(self, reader: ColumnReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    async def __call__(self, command: ShowFigures) -> FigureTable:
        """Give all general figures; raises `NotRankable` for a figure that ranks nobody."""
        until = command.as_of if isinstance(command.as_of, datetime) else self._clock.now()
        networks, keys, pieces = list[str](), list[str](), list[Figures]()
        async for piece in self._reader.figures(command.actor, command.selection, until=until):
            networks += piece.network
            keys += piece.key
            ref = _looked_back_from(piece, command.as_of)
            pieces.append(figures(piece, ref=ref, by_year=command.by_year, formulas=_UNRANKED))
        table = joined(pieces, [len(piece["posts"]) for piece in pieces])
        if pieces:
            table |= places(table, network=networks, keys=keys, rank_by=command.rank_by)
        return FigureTable(tuple(networks), tuple(keys), table)

    async def posts(self, command: ShowFigures) -> FigureTable:
        """Give what is computed for each post on its own, beside its counts."""
        until = command.as_of if isinstance(command.as_of, datetime) else self._clock.now()
        networks, keys, pieces = list[str](), list[str](), list[Figures]()
        async for piece in self._reader.figures(command.actor, command.selection, until=until):
            sizes = np.diff(piece.posts.offsets)
            networks += np.repeat(np.array(piece.network, dtype=object), sizes).tolist()
            keys += np.repeat(np.array(piece.key, dtype=object), sizes).tolist()
            pieces.append(await self._of_posts(command.actor, piece))
        return FigureTable(tuple(networks), tuple(keys), joined(pieces, [len(piece["views"]) for piece in pieces]))

    async def _of_posts(self, actor: Actor, piece: ProfileColumns) -> Figures:
        keys = await self._reader.post_keys(actor, numbers_of(piece.posts))
        counts = {name: getattr(piece.posts, name) for name in _POST_COLUMNS}
        return {"post": np.array(keys, dtype=object), **counts, **post_figures(piece.posts)}

    async def reported(self, command: ShowFigures) -> FigureTable:
        """Give the figures of what third parties reported, one row per profile, source and date."""
        until = command.as_of if isinstance(command.as_of, datetime) else self._clock.now()
        reported = await self._reader.reported(command.actor, command.selection, until=until)
        heads: Figures = {
            "source": np.array(reported.source, dtype=object),
            "observed_at": reported.observed_at,
        }
        columns = heads | (reported_figures(reported) if len(reported) else {})
        return FigureTable(reported.network, reported.key, columns)


def numbers_of(posts: PostColumns) -> NDArray[np.int64]:
    """Our own number of each post, which a reader always tells."""
    if posts.post_id is None:
        raise ReadingFailed("the reader did not say which posts these are")
    return posts.post_id


_UNRANKED = tuple(formula for formula in GENERAL if formula not in STANDING)
_POST_COLUMNS = ("published_at", "observed_at", "views", "impressions", "reach", "likes", "comments", "shares", "saves")


def _looked_back_from(piece: ProfileColumns, as_of: datetime | LookBack) -> Instants:
    if as_of is LookBack.NEWEST_POST:
        return newest_posts(piece.posts)
    if as_of is LookBack.LATEST_OBSERVATION:
        return latest_observations(piece.posts)
    return np.full(len(piece), instant_of(as_of), dtype=np.int64)


def joined(pieces: Sequence[Mapping[str, Column]], sizes: Sequence[int]) -> dict[str, Column]:
    """Put tables below each other; a column that one of them lacks is missing in its rows."""
    names = dict.fromkeys(name for piece in pieces for name in piece)
    table: dict[str, Column] = {}
    for name in names:
        like = next(piece[name] for piece in pieces if name in piece)
        parts = [piece.get(name, _missing(like, rows)) for piece, rows in zip(pieces, sizes, strict=True)]
        table[name] = np.concatenate(parts)
    return table


def _missing(like: Column, rows: int) -> Column:
    if like.dtype == np.int64:
        return np.full(rows, NO_TIME, dtype=np.int64)
    return np.full(rows, np.nan if like.dtype == np.float64 else "", dtype=like.dtype)
