"""What facets count of each row of `discovery`: one run of bytes, read by numpy in one go.

The column `counted` is made of the row's other columns when it is written (migration 0012). A word stands there as its
hash; what is not known is 0, NaN or -infinity.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...database import Driver
from ..wire import copied, rows_of

WORDS: Final = ("network", "country", "language", "category", "account_type")
NUMBERS: Final = ("followers", "avg_views", "score", "er", "growth_30d", "posts_per_week")
FLAGS: Final = {"kind": 0, "verified": 2, "sponsored": 4}
"""Where each has its two bits."""
UNKNOWN: Final = 0
_ROW: Final = np.dtype(
    [
        ("cells", ">i2"),
        ("fails.width", ">i4"),
        ("fails", ">i4"),
        ("counted.width", ">i4"),
        ("id", ">i8"),
        ("person", ">i8"),
        ("niches", ">i8"),
        *((name, ">i8") for name in WORDS),
        *((name, ">f8") for name in NUMBERS),
        ("last_post", ">i8"),
        ("flags", "u1"),
    ]
)
_EPOCH_2000: Final = 946_684_800.0
_NEVER: Final = np.iinfo(np.int64).min
_FEW: Final = 4_096


@dataclass(frozen=True, slots=True)
class Codes:
    """Rows, and how many each of them stands for."""

    table: NDArray[Any]
    weight: NDArray[np.float64]

    def only(self, chosen: NDArray[np.bool_]) -> Codes:
        """The rows that are *chosen*."""
        return self if chosen.all() else Codes(self.table[chosen], self.weight[chosen])

    @property
    def fails(self) -> NDArray[np.int64]:
        """What the query said beside each row."""
        return self.table["fails"].astype(np.int64)

    @property
    def person(self) -> NDArray[np.int64]:
        """The same for all rows of an influencer, 0 where there is only one."""
        return self.table["person"].astype(np.int64)

    @property
    def niches(self) -> NDArray[np.int64]:
        return self.table["niches"].astype(np.int64)

    @property
    def ids(self) -> NDArray[np.int64]:
        return self.table["id"].astype(np.int64)

    def words(self, name: str) -> NDArray[np.int64]:
        """Hashes of words, and of flags 1 for the first and 2 for the other; `UNKNOWN` where there is none."""
        if name in FLAGS:
            return ((self.table["flags"] >> FLAGS[name]) & 3).astype(np.int64)
        return self.table[name].astype(np.int64)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """NaN where not known."""
        return self.table[name].astype(np.float64)

    def ages(self, now_s: float) -> NDArray[np.float64]:
        """Days from the newest post to *now_s*, in seconds since 1970; NaN where there is none."""
        raw = self.table["last_post"].astype(np.int64)
        days: NDArray[np.float64] = (now_s - _EPOCH_2000 - raw / 1e6) / 86_400
        days[raw == _NEVER] = np.nan
        return days


async def read(connection: Driver, source: str, values: Sequence[object]) -> Codes:
    """Read the rows of *source*, which has `q.fails`, a small number, and `q.counted`; each stands for itself."""
    data = await copied(connection, f"select q.fails::integer, q.counted from {source}", *values)
    table = rows_of(data, _ROW, cells=2)
    return Codes(table, np.ones(len(table)))


def factorised(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct *codes*, ascending, and the place of each row's among them.

    Most of them are in the first rows already, which saves sorting all.
    """
    distinct = np.unique(codes[:_FEW])
    if not len(distinct):
        return distinct, np.zeros(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(distinct, codes), len(distinct) - 1)
    strange = codes[distinct[place] != codes]
    if len(strange):
        distinct = np.union1d(distinct, strange)
        place = np.searchsorted(distinct, codes)
    return distinct, place


async def spelt(connection: Driver, rows: Sequence[tuple[str, int]]) -> Sequence[str]:
    """Return the word that a row has in one of `WORDS`, for each pair of a column and a row's id."""
    told = await connection.fetch(
        f"select case w.name {' '.join(f'''when '{name}' then d.{name}''' for name in WORDS)} end as word "
        "from unnest($1::text[], $2::bigint[]) with ordinality w(name, id, place) "
        "join discovery d on d.id = w.id order by w.place",
        [name for name, _ in rows],
        [row for _, row in rows],
    )
    return [row["word"] for row in told]
