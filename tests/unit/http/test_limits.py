"""How many requests an address may make: never more than the quota at once, and it comes back evenly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analisa.entrypoints.http.limits import WINDOW_S, RequestLimits, header_of


class Hands:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def test_a_quota_can_be_used_at_once_and_comes_back_evenly() -> None:
    clock = Hands()
    limits = RequestLimits(60, now=clock)

    turns = [limits.take("a") for _ in range(61)]
    clock.at += 1.0
    again = [limits.take("a") for _ in range(2)]
    clock.at += WINDOW_S
    rested = limits.take("a")

    assert [turn.allowed for turn in turns] == [True] * 60 + [False]
    assert [turn.remaining for turn in turns[:3]] == [59, 58, 57]
    assert (turns[59].remaining, turns[60].retry_in_s, turns[60].full_in_s) == (0, 1, 60)
    assert [turn.allowed for turn in again] == [True, False]
    assert (rested.allowed, rested.remaining) == (True, 59)
    assert header_of(turns[0]) == b'"address";r=59;t=1'
    assert limits.policy == b'"address";q=60;w=60'


def test_one_address_does_not_use_what_another_has() -> None:
    limits = RequestLimits(1, now=Hands())

    assert limits.take("a").allowed
    assert not limits.take("a").allowed
    assert limits.take("b").allowed


@given(st.integers(1, 50), st.lists(st.floats(0, 5), max_size=200))
def test_in_no_stretch_of_time_more_are_let_in_than_the_quota_and_what_came_back(
    quota: int, pauses: list[float]
) -> None:
    clock = Hands()
    limits = RequestLimits(quota, now=clock)
    let_in = []
    for pause in pauses:
        clock.at += pause
        if limits.take("a").allowed:
            let_in.append(clock.at)

    for first in range(len(let_in)):
        for last in range(first, len(let_in)):
            span = let_in[last] - let_in[first]
            assert last - first + 1 <= quota + span * quota / WINDOW_S + 1.5


def test_of_many_addresses_the_last_ones_are_remembered() -> None:
    limits = RequestLimits(1, now=Hands())
    for number in range(10_001):
        limits.take(str(number))

    assert limits.take("0").allowed
    assert not limits.take("10000").allowed
