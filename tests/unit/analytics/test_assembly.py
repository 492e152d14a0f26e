"""From stored rows to columns, and rows to and from COPY's binary format."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from analisa.adapters.postgres.analytics.wire import Cell, Layout, encode
from analisa.application.analytics.assembly import (
    COMPACT,
    COUNTS,
    EXACT,
    ROUNDED,
    TOLD,
    Identity,
    PostRows,
    ReadingRows,
    SnapshotRows,
    assemble,
    rounding_step,
)
from analisa.application.analytics.errors import ReadingFailed
from analisa.domain.analytics.columns import NO_TIME

NAN = float("nan")


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def posts(*rows: tuple[int, int, int, int, int]) -> PostRows:
    """Rows of (number, profile, published, own, key)."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    number, profile, published, own, key = table.T
    return PostRows(number, profile, published, np.zeros(len(table), dtype=np.int64) - 1, own, key)


def snapshots(*rows: tuple[int, int, float]) -> SnapshotRows:
    """Rows of (post, instant, views)."""
    values = {name: np.full(len(rows), NAN) for name in COUNTS} | {"views": np.array([row[2] for row in rows])}
    return SnapshotRows(whole(*(row[0] for row in rows)), whole(*(row[1] for row in rows)), values)


def readings(*rows: tuple[int, int, int, float]) -> ReadingRows:
    """Rows of (profile, instant, own, followers)."""
    values = {name: np.full(len(rows), NAN) for name in TOLD} | {"followers": np.array([row[3] for row in rows])}
    columns = (whole(*(row[place] for row in rows)) for place in range(3))
    profile, at, own = columns
    return ReadingRows(profile, at, own, np.zeros(len(rows), dtype=np.int64), values)


def test_rows_in_any_order_become_the_same_columns() -> None:
    identity = Identity(whole(3, 5, 9), ["x"] * 3)
    some = posts((1, 5, 100, 0, 1), (2, 3, 90, 0, 2), (4, 5, 80, 0, 4))
    seen, said = snapshots((1, 200, 11.0), (4, 300, 44.0)), readings((5, 150, 0, 7.0), (3, 10, 0, 3.0), (5, 50, 0, 5.0))
    turned = whole(2, 0, 1)

    columns = assemble(identity, some, seen, said)
    again = assemble(identity, some.only(turned), snapshots((4, 300, 44.0), (1, 200, 11.0)), said.only(turned))

    assert columns.posts.offsets.tolist() == [0, 1, 3, 3]
    assert columns.posts.views.tolist() == pytest.approx([NAN, 11, 44], nan_ok=True)
    assert columns.readings.followers.tolist() == [3, 5, 7]
    np.testing.assert_array_equal(sorted(again.posts.views), sorted(columns.posts.views))
    np.testing.assert_array_equal(again.readings.followers, columns.readings.followers)


def test_rows_added_to_rows_are_the_rows_of_both() -> None:
    identity = Identity(whole(1, 2), ["x", "x"])
    first = (posts((1, 1, 10, 0, 1)), snapshots((1, 20, 1.0)), readings((1, 20, 0, 5.0)))
    second = (posts((2, 2, 10, 0, 2)), snapshots((2, 20, 2.0)), readings((2, 20, 0, 6.0)))

    columns = assemble(identity, *(some + others for some, others in zip(first, second, strict=True)))

    assert columns.posts.views.tolist() == [1, 2]
    assert columns.posts.followers.tolist() == [5, 6]


def test_of_a_post_that_two_have_the_newer_snapshot_stands_and_the_own_one_of_two_equal() -> None:
    identity = Identity(whole(1), ["x"])
    twice = posts((1, 1, 10, 0, 77), (2, 1, NO_TIME, 1, 77), (3, 1, 12, 0, 78), (4, 1, 13, 1, 78))

    columns = assemble(
        identity,
        twice,
        snapshots((1, 500, 1.0), (2, 400, 2.0), (3, 300, 3.0), (4, 300, 4.0)),
        readings(),
        first=snapshots((1, 100, 10.0), (2, 200, 20.0), (4, 50, 40.0)),
    )

    assert columns.posts.views.tolist() == [1, 4]
    assert columns.posts.published_at.tolist() == [10, 13]
    assert columns.posts.first_views.tolist() == [10, 40]


@pytest.mark.parametrize(
    ("followers", "precision", "step"),
    [
        (1_234_567, EXACT, 0),
        (1_230_000, ROUNDED, 10_000),
        (999, ROUNDED, 0),
        (1_000, ROUNDED, 10),
        (1_400_000, COMPACT, 100_000),
        (12_300, COMPACT, 100),
        (870_500, COMPACT, 100),
        (NAN, COMPACT, 0),
    ],
)
def test_the_step_of_rounding_follows_how_the_number_was_written(followers: float, precision: int, step: float) -> None:
    assert rounding_step(np.array([followers]), whole(precision)).tolist() == [step]


LAYOUT = Layout({"id": ("a", Cell.ID), "n": ("b", Cell.COUNT), "v": ("c", Cell.DECIMAL), "t": ("d", Cell.INSTANT)})


def copied(*rows: tuple[int, int, float, int]) -> bytes:
    """Rows as PostgreSQL sends them."""
    body = b"".join(
        struct.pack(">hiqiqidiq", 4, 8, number, 8, count, 8, value, 8, instant)
        for number, count, value, instant in rows
    )
    return b"PGCOPY\n\xff\r\n\x00" + bytes(8) + body + b"\xff\xff"


def test_missing_values_come_back_as_missing() -> None:
    parsed = LAYOUT.parse(copied((7, 5, 1.5, 0), (8, -1, NAN, NO_TIME)))

    assert parsed["id"].tolist() == [7, 8]
    assert parsed["n"].tolist() == pytest.approx([5, NAN], nan_ok=True)
    assert parsed["v"].tolist() == pytest.approx([1.5, NAN], nan_ok=True)
    assert parsed["t"].tolist() == [946_684_800_000_000, NO_TIME]
    assert LAYOUT.select == ("select a, coalesce(b, -1), coalesce(c, 'NaN'), coalesce(d, '-infinity')")
    assert len(LAYOUT.parse(copied())["id"]) == 0


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-3], lambda data: data[:9], lambda data: data[:19] + b"\x00\x03" + data[21:]]
)
def test_rows_of_another_shape_are_refused(damage: object) -> None:
    with pytest.raises(ReadingFailed):
        LAYOUT.parse(damage(copied((1, 2, 3.0, 4))))


def test_what_is_written_has_the_bytes_that_postgresql_reads() -> None:
    data = encode({"id": whole(7), "six": np.array([[1.5, NAN]])})

    body = data[19:-2]
    head = struct.unpack(">hiqi", body[:18])
    assert head == (2, 8, 7, 44)
    assert struct.unpack(">iiiii", body[18:38]) == (1, 0, 701, 2, 1)
    assert struct.unpack(">id", body[38:50]) == (8, 1.5)
    assert len(body) == 62
