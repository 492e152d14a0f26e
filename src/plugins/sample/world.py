"""The sample world: invented creators and their history, the same for everyone who names the same seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import ClassVar, Final

from msgspec import DecodeError, json

from ...domain.collection.batch import Batch
from ...domain.collection.records import TABLES, Table
from ...domain.shared.errors import RuleViolated
from ...domain.shared.social import NetworkName, ProfileRef
from .block import Block
from .columns import Columns
from .creators import BLOCK
from .habits import NETWORKS, NICHES
from .post_tables import comment_rows, post_rows, snapshot_rows
from .posting import Span
from .profile_tables import audience_rows, average_rows, profile_rows, reading_rows
from .truth import CreatorTruth, truth_of

BATCH_ROWS: Final = 50_000
"""A batch is handed on as soon as it has so many rows, so it holds a little more."""


EARLIEST: Final = 2000
"""The first year in which a world may end: its profiles are up to ten years older than its first day."""


class ImpossibleWorld(RuleViolated):
    """A size or a length of time that no sample world can have."""

    code: ClassVar[str] = "sample.impossible_world"


@dataclass(frozen=True, slots=True)
class Person:
    """A creator or a brand, and where it is to be found."""

    number: int
    name: str
    is_brand: bool
    niche: str
    country: str
    """ISO 3166-1 alpha-2."""
    language: str
    profiles: tuple[ProfileRef, ...]
    """By the networks' own ids, one on each network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleWorld:
    """*creators* creators over the *days* UTC days before *today*.

    Creator k is the same, to the last character, in every world of the same seed, *today* and *days*, however many
    others there are. Nothing in it is dated *today* or later.
    """

    seed: int
    creators: int
    today: date
    days: int = 180
    daily_share: float = 0.25
    """The share of profiles that are read every day; the others are read every week."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ImpossibleWorld(f"a sample world's seed is 0 or more, not {self.seed}")
        if self.creators < 1:
            raise ImpossibleWorld(f"a sample world has at least one creator, not {self.creators}")
        if not 14 <= self.days <= 3_650:
            raise ImpossibleWorld(f"a sample world covers 14 to 3650 days, not {self.days}")
        if self.today.year < EARLIEST:
            raise ImpossibleWorld(f"a sample world ends in {EARLIEST} or later, not on {self.today}")
        if not 0.0 <= self.daily_share <= 1.0:
            raise ImpossibleWorld(
                f"the share of profiles read every day lies between 0 and 1, not at {self.daily_share}"
            )

    @classmethod
    def from_recipe(cls, text: str) -> SampleWorld:
        """Make the world whose `recipe` *text* is."""
        try:
            return json.decode(text, type=cls)
        except DecodeError as error:
            raise ImpossibleWorld(f"{text!r} does not describe a sample world: {error}") from error

    @property
    def recipe(self) -> str:
        """Everything that tells this world from others, as JSON."""
        return json.encode(self).decode()

    def batches(self, tables: Collection[str] = tuple(TABLES)) -> Iterator[Batch]:
        """Yield the rows of *tables*, in the order in which tables must be stored, a few blocks at a time.

        Memory does not grow with the world. Each table is drawn in a pass of its own.
        """
        for name, table in TABLES.items():
            if name in tables:
                yield from self._batches_of(table)

    def people(self) -> Iterator[Person]:
        """Yield every creator with its profiles, in the order of their numbers."""
        for block, creators in self._blocks():
            yield from _people(block, creators)

    def truth(self, creator: int) -> CreatorTruth:
        """Say what no observer can see of *creator*: shapes of growth, purchases, boosts, how comments are meant."""
        if not 0 <= creator < self.creators:
            raise ImpossibleWorld(f"this sample world has the creators 0 to {self.creators - 1}, not {creator}")
        number, position = divmod(creator, BLOCK)
        return truth_of(_block(self.seed, number, self._span), position)

    @property
    def _span(self) -> Span:
        midnight = datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)
        return Span(until=int(midnight.timestamp()), days=self.days)

    def _blocks(self) -> Iterator[tuple[Block, int]]:
        """Yield each block, and how many of its creators are in this world."""
        for first in range(0, self.creators, BLOCK):
            yield _block(self.seed, first // BLOCK, self._span), min(BLOCK, self.creators - first)

    def _batches_of(self, table: Table) -> Iterator[Batch]:
        waiting: Columns = {}
        size, line = 0, 1
        for block, creators in self._blocks():
            rows = self._rows(table, block, creators)
            for name, column in rows.items():
                waiting.setdefault(name, []).extend(column)
            size += len(rows["network"])
            if size >= BATCH_ROWS:
                yield _batch(table, line, size, waiting)
                waiting, line, size = {}, line + size, 0
        if size:
            yield _batch(table, line, size, waiting)

    def _rows(self, table: Table, block: Block, creators: int) -> Columns:
        if table.name == "profile_metrics":
            return reading_rows(block, creators, self.daily_share)
        return _ROWS[table.name](block, creators)


_ROWS: Final[Mapping[str, Callable[[Block, int], Columns]]] = {
    "profiles": profile_rows,
    "posts": post_rows,
    "post_metrics": snapshot_rows,
    "profile_averages": average_rows,
    "comments": comment_rows,
    "audience": audience_rows,
}


@lru_cache(maxsize=1)
def _block(seed: int, number: int, span: Span) -> Block:
    """Keep the block drawn last: creators are asked for one after the other."""
    return Block(seed, number, span)


def _batch(table: Table, first_line: int, rows: int, columns: Columns) -> Batch:
    lines = range(first_line, first_line + rows)
    return Batch(table=table, file=f"sample/{table.name}", lines=lines, columns=columns, rows_read=rows)


def _people(block: Block, creators: int) -> Iterator[Person]:
    networks = [NetworkName(NETWORKS[at].name) for at in block.profiles.network.tolist()]
    found: list[list[ProfileRef]] = [[] for _ in range(creators)]
    for row, identity in enumerate(block.profile_ids(creators)):
        found[int(block.profiles.creator[row])].append(ProfileRef(networks[row], identity))
    for creator in range(creators):
        country = block.country(creator)
        yield Person(
            number=block.creators.first + creator,
            name=block.name(creator),
            is_brand=bool(block.creators.brand[creator]),
            niche=NICHES[block.creators.niche[creator]],
            country=country.code,
            language=country.language,
            profiles=tuple(found[creator]),
        )
