"""Time and ids of the real machine."""

from __future__ import annotations

from datetime import UTC, datetime

from analisa.adapters.system.clock import SystemClock, TimeOrderedIds


def test_the_clock_tells_utc() -> None:
    before = datetime.now(UTC)

    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().tzinfo is UTC


def test_ids_are_uuids_of_version_7_in_the_order_of_time_and_never_the_same() -> None:
    ids = TimeOrderedIds()
    made = [ids.new() for _ in range(10_000)]

    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {"specified in RFC 4122"}
    assert len(set(made)) == len(made)
    milliseconds = [one.int >> 80 for one in made]
    assert milliseconds == sorted(milliseconds)
    assert abs(milliseconds[-1] / 1000 - datetime.now(UTC).timestamp()) < 60
