"""A sample world is the same for everyone, whatever its size, and never grows in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analisa.domain.collection.records import TABLES, Kind, Table
from analisa.plugins.manager import Plugins
from analisa.plugins.sample.creators import BLOCK
from analisa.plugins.sample.world import BATCH_ROWS, ImpossibleWorld, SampleWorld
from tests.sample_rows import Rows, fingerprint, rows_of

TODAY = date(2026, 3, 1)


def test_the_world_of_seed_7_is_the_same_on_every_machine() -> None:
    # If this fails after a deliberate change, the world is another one: say so in the changelog and pin it anew.
    world = SampleWorld(seed=7, creators=4, today=TODAY, days=60)

    assert fingerprint(world) == "b58225a139897c698c5e368fd69beb621f5dfc019f74123a2c21d9ef65c54181"


def test_the_world_does_not_depend_on_what_the_processor_can_do() -> None:
    # Vectorised logarithms and exponentials differ in their last bit from one processor to the next.
    features = import_module("numpy._core._multiarray_umath").__cpu_dispatch__
    world = SampleWorld(seed=8, creators=300, today=TODAY, days=60)
    program = f"from tests.sample_rows import *; import datetime; print(fingerprint({world!r}), end='')"

    plain = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(features)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )

    assert plain.stdout == fingerprint(world)


def test_another_seed_is_another_world() -> None:
    worlds = [SampleWorld(seed=seed, creators=4, today=TODAY, days=30) for seed in (1, 2)]

    assert fingerprint(worlds[0]) != fingerprint(worlds[1])


@pytest.mark.parametrize("size", [1, 5, BLOCK, BLOCK + 3])
def test_a_creator_is_the_same_whatever_the_size_of_the_world(
    size: int, world: SampleWorld, tables: Mapping[str, Rows]
) -> None:
    smaller = SampleWorld(seed=world.seed, creators=size, today=world.today, days=world.days, daily_share=1.0)

    for name in TABLES:
        rows = rows_of(smaller, name)
        assert rows == tables[name][: len(rows)]
        assert all(number_of(row) < size for row in rows)
        assert all(number_of(row) >= size for row in tables[name][len(rows) :])


def number_of(row: Mapping[str, object]) -> int:
    """The creator's number, which is part of every id."""
    identity = str(row.get("post_id") or row.get("profile_id"))
    return int(identity.removeprefix("UCsample")) if identity.startswith("UC") else int(identity.split(".")[2])


def test_tables_come_in_the_order_in_which_they_must_be_stored(world: SampleWorld) -> None:
    names = [batch.table.name for batch in world.batches()]

    assert list(dict.fromkeys(names)) == list(TABLES)


def test_only_the_tables_asked_for_are_drawn(world: SampleWorld) -> None:
    assert {batch.table.name for batch in world.batches(["audience", "profiles"])} == {"profiles", "audience"}


def test_every_row_has_its_line_and_is_counted_once() -> None:
    world = SampleWorld(seed=2, creators=1_500, today=TODAY, days=60)

    batches = list(world.batches(["post_metrics"]))

    assert len(batches) > 1
    assert [line for batch in batches for line in batch.lines] == list(range(1, 1 + sum(map(len, batches))))
    assert all(batch.rows_read == len(batch) for batch in batches)
    assert {batch.file for batch in batches} == {"sample/post_metrics"}


def test_memory_does_not_grow_with_the_world() -> None:
    def peak(creators: int) -> int:
        world = SampleWorld(seed=1, creators=creators, today=TODAY, days=60, daily_share=1.0)
        tracemalloc.start()
        rows = sum(len(batch) for batch in world.batches(["profile_metrics"]))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert rows > 2 * BATCH_ROWS
        return most

    assert peak(2_800) < 1.2 * peak(1_400)


def test_a_world_of_any_size_begins_at_once() -> None:
    world = SampleWorld(seed=1, creators=10_000_000_000, today=TODAY)

    (batch,) = islice(world.batches(), 1)

    assert BATCH_ROWS <= len(batch) < BATCH_ROWS + 4 * BLOCK


def test_reading_a_world_twice_at_the_same_time_gives_the_same(world: SampleWorld) -> None:
    pairs = zip(world.batches(["posts"]), world.batches(["posts"]), strict=True)

    assert all(one == other for one, other in pairs)


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 2**64),
    creators=st.integers(1, 4),
    days=st.integers(14, 60),
    ordinal=st.integers(730_486, 760_000),
)
def test_every_row_of_every_world_keeps_the_promises_of_its_table(
    seed: int, creators: int, days: int, ordinal: int
) -> None:
    world = SampleWorld(seed=seed, creators=creators, today=date.fromordinal(ordinal), days=days)

    for name, table in TABLES.items():
        assert_kept(table, rows_of(world, name))


def test_every_row_keeps_the_promises_of_its_table(tables: Mapping[str, Rows]) -> None:
    for name, table in TABLES.items():
        assert tables[name]
        assert_kept(table, tables[name])


def assert_kept(table: Table, rows: Rows) -> None:
    keys = [tuple(row.get(field) for field in table.key) for row in rows]
    assert len(set(keys)) == len(keys)
    for name in {name for row in rows for name in row}:
        field = table.field(name)
        for _, value in {(type(row.get(name)), row.get(name)) for row in rows if name in row}:  # each value once
            assert name not in table.required or value is not None
            assert value is None or is_of(field.kind, value), f"{table.name}.{name} = {value!r}"
            assert field.one_of is None or value in {None, *field.one_of}
    assert all(name in row for row in rows for name in table.required)


def is_of(kind: Kind, value: object) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str) and value != "" and "\0" not in value and "{" not in value
        case Kind.INTEGER:
            return type(value) is int and 0 <= value < 2**63
        case Kind.DECIMAL:
            return type(value) is float and 0.0 <= value < float("inf")
        case Kind.INSTANT:
            return isinstance(value, datetime) and value.utcoffset() is not None
        case Kind.BOOLEAN:
            return type(value) is bool
        case Kind.WORDS:
            return isinstance(value, tuple) and all(isinstance(word, str) and "#" not in word for word in value)
    return False


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seed": -1}, "seed is 0 or more, not -1"),
        ({"creators": 0}, "at least one creator, not 0"),
        ({"days": 13}, "14 to 3650 days, not 13"),
        ({"days": 3_651}, "14 to 3650 days, not 3651"),
        ({"daily_share": 1.5}, "between 0 and 1, not at 1.5"),
        ({"daily_share": float("nan")}, "between 0 and 1, not at nan"),
    ],
)
def test_an_impossible_world_is_refused_by_name(wrong: Mapping[str, object], message: str) -> None:
    facts: dict[str, object] = {"seed": 1, "creators": 2, "today": TODAY, **wrong}

    with pytest.raises(ImpossibleWorld, match=message):
        SampleWorld(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("today", [date(1, 1, 5), date(1968, 1, 1)])
def test_a_world_before_the_networks_is_refused(today: date) -> None:
    with pytest.raises(ImpossibleWorld, match="2000"):
        SampleWorld(seed=1, creators=1, today=today)


@given(
    seed=st.integers(0, 2**63 - 1),
    creators=st.integers(1, 10**9),
    today=st.dates(date(2000, 1, 1)),
    days=st.integers(14, 3_650),
    daily_share=st.floats(0, 1),
)
def test_a_recipe_makes_the_same_world(seed: int, creators: int, today: date, days: int, daily_share: float) -> None:
    world = SampleWorld(seed=seed, creators=creators, today=today, days=days, daily_share=daily_share)

    assert SampleWorld.from_recipe(world.recipe) == world


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "does not describe a sample world"),
        ('{"seed": 1}', "missing required field `creators`"),
        ('{"seed": 1, "creators": 0, "today": "2026-03-01"}', "at least one creator, not 0"),
        ('{"seed": 1, "creators": "many", "today": "2026-03-01"}', "Expected `int`"),
    ],
)
def test_a_spoilt_recipe_is_refused(text: str, message: str) -> None:
    with pytest.raises(ImpossibleWorld, match=message):
        SampleWorld.from_recipe(text)


def test_the_sample_plugin_is_built_in_and_whole() -> None:
    plugins = Plugins.load([])

    (report,) = (report for report in plugins.reports if report.name == "sample")
    assert report.problem == ""
    assert report.networks == ("sample",)


def ids_of(tables: Mapping[str, Rows], names: Iterable[str]) -> set[str]:
    return {
        str(row[field])
        for name in names
        for row in tables[name]
        for field in ("profile_id", "post_id")
        if row.get(field)
    }


def test_no_id_or_address_can_be_taken_for_a_real_one(tables: Mapping[str, Rows]) -> None:
    networks = Plugins.load([]).networks()

    for row in tables["posts"]:
        network = networks[str(row["network"])]
        assert network.post_instant(str(row["post_id"])) is None
    for row in tables["profiles"]:
        network = networks[str(row["network"])]
        assert str(row["url"]).startswith(f"https://{network.name}.example/")
        assert network.post_from_link(str(row["url"])) == (None, None)
    assert all("sample" in identity for identity in ids_of(tables, ["profiles", "posts"]))
