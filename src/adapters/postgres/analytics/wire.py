"""Rows to and from PostgreSQL as COPY's binary format, all of one width: numpy reads and writes them in one go.

Every cell has a fixed width because missing values travel as a value of their own (-1, NaN, -infinity); one NULL
would shift all that follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....application.analytics.errors import ReadingFailed
from ....domain.analytics.columns import NO_TIME
from ..database import Driver

_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END: Final = b"\xff\xff"
_EPOCH: Final = 946_684_800_000_000
"""Microseconds from 1970-01-01, where numpy counts from, to 2000-01-01, where PostgreSQL does."""


class Cell(Enum):
    """What a column holds: its SQL with a value for missing in it, and its bytes."""

    ID = ("{0}", ">i8")
    COUNT = ("coalesce({0}, -1)", ">i8")
    DECIMAL = ("coalesce({0}, 'NaN')", ">f8")
    INSTANT = ("coalesce({0}, '-infinity')", ">i8")
    UUID = ("{0}", "V16")

    @property
    def sql(self) -> str:
        return self.value[0]

    @property
    def bytes(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a query, by name: what each is in SQL, and what kind of cell."""

    cells: Mapping[str, tuple[str, Cell]]
    distinct_on: str = ""

    @property
    def select(self) -> str:
        """`select` and its list."""
        first = f"distinct on ({self.distinct_on}) " if self.distinct_on else ""
        return f"select {first}" + ", ".join(cell.sql.format(sql) for sql, cell in self.cells.values())

    @property
    def dtype(self) -> np.dtype[Any]:
        widths = [(f"{name}.width", ">i4", name, cell.bytes) for name, (_, cell) in self.cells.items()]
        return np.dtype([("cells", ">i2"), *(pair for a, b, c, d in widths for pair in ((a, b), (c, d)))])

    def parse(self, data: bytes | bytearray) -> dict[str, NDArray[Any]]:
        """Read rows into one array per column: ids and instants int64, counts and decimals float64."""
        table = rows_of(data, self.dtype, cells=len(self.cells))
        return {name: _native(table[name], cell) for name, (_, cell) in self.cells.items()}


def rows_of(data: bytes | bytearray, dtype: np.dtype[Any], *, cells: int) -> NDArray[Any]:
    """Read the rows of a COPY as a table of *dtype*, which begins with `cells`, their number; nothing is copied."""
    head, rows = len(_SIGNATURE), len(data) - len(_SIGNATURE) - len(_END)
    if rows < 0 or rows % dtype.itemsize:
        raise ReadingFailed(f"{rows} bytes are no whole number of rows of {dtype.itemsize} bytes")
    table = np.frombuffer(data, dtype=dtype, offset=head, count=rows // dtype.itemsize)
    if not (table["cells"] == cells).all():
        raise ReadingFailed("a row has another number of cells than was asked for")
    return table


def _native(column: NDArray[Any], cell: Cell) -> NDArray[Any]:
    if cell is Cell.UUID:
        return np.ascontiguousarray(column)
    if cell is Cell.DECIMAL:
        return column.astype(np.float64)
    whole = column.astype(np.int64)
    if cell is Cell.COUNT:
        return np.where(whole < 0, np.nan, whole)
    if cell is Cell.INSTANT:
        return np.where(whole == NO_TIME, NO_TIME, whole + _EPOCH)
    return whole


async def fetch(connection: Driver, layout: Layout, source: str, *args: object) -> dict[str, NDArray[Any]]:
    """Read the rows of *source*, which begins with `from`."""
    return layout.parse(await copied(connection, f"{layout.select} {source}", *args))


async def copied(connection: Driver, query: str, *args: object) -> bytearray:
    """Read what *query* gives as COPY's binary rows."""
    data = bytearray()

    async def keep(piece: bytes) -> None:
        data.extend(piece)

    await connection.copy_from_query(query, *args, output=keep, format="binary")
    return data


_FLOAT8: Final = 701


def encode(columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Write columns as COPY's binary rows.

    int64 stands for bigint, int32 for integer, float64 for double precision, a matrix of it for double precision[],
    16 raw bytes for uuid and 32 for bytea.
    """
    rows = len(next(iter(columns.values())))
    table = np.zeros(rows, dtype=_dtype(columns))
    table["cells"] = len(columns)
    for name, column in columns.items():
        if column.ndim == 1:
            table[f"{name}.width"] = column.dtype.itemsize
            table[name] = column
        else:
            _put_matrix(table[name], column)
            table[f"{name}.width"] = table.dtype[name].itemsize
    return _SIGNATURE + table.tobytes() + _END


def _dtype(columns: Mapping[str, NDArray[Any]]) -> np.dtype[Any]:
    parts: list[tuple[str, Any]] = [("cells", ">i2")]
    for name, column in columns.items():
        cell = column.dtype.newbyteorder(">") if column.ndim == 1 else _array_dtype(column.shape[1])
        parts += [(f"{name}.width", ">i4"), (name, cell)]
    return np.dtype(parts)


def _array_dtype(length: int) -> np.dtype[Any]:
    head = [(name, ">i4") for name in ("dimensions", "nulls", "type", "length", "first")]
    return np.dtype([*head, ("items", [("width", ">i4"), ("value", ">f8")], (length,))])


def _put_matrix(cells: NDArray[Any], values: NDArray[np.float64]) -> None:
    cells["dimensions"], cells["type"], cells["length"], cells["first"] = 1, _FLOAT8, values.shape[1], 1
    cells["items"]["width"] = 8
    cells["items"]["value"] = values


async def put(connection: Driver, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
    """Copy *columns* into *table*, whose columns have their names and the types that `encode` tells."""
    data = memoryview(encode(columns))
    await connection.copy_to_table(table, source=_pieces(data), columns=list(columns), format="binary")


async def _pieces(data: memoryview) -> Any:
    for start in range(0, len(data), 1 << 20):
        yield data[start : start + (1 << 20)]
