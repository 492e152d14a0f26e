"""The chain of what was done: whatever is changed in it is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.compliance.audit import BEGIN, Entry, Recorded, broken, canonical, chained

pytestmark = pytest.mark.promise("SEC18")

US = UUID(int=1)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = 10_000


def an_entry(number: int, organisation: UUID | None = US, **facts: str) -> Entry:
    return Entry(
        organisation=organisation,
        number=number,
        at=AT + timedelta(seconds=number),
        actor=facts.get("actor", f"user {number % 7}"),
        action=facts.get("action", "exports.requested"),
        subject=facts.get("subject", f"export:{number}"),
        sealed=number.to_bytes(8, "big"),
    )


def a_chain(length: int, organisation: UUID | None = US) -> list[Recorded]:
    chain, before = list[Recorded](), BEGIN
    for number in range(1, length + 1):
        entry = an_entry(number, organisation)
        before = chained(before, entry)
        chain.append(Recorded(entry=entry, hash=before))
    return chain


CHAIN = a_chain(LONG)
SIGNED = {number: CHAIN[number - 1].hash for number in range(1_000, LONG + 1, 1_000)}


def test_a_chain_that_nobody_touched_holds() -> None:
    assert list(broken(US, CHAIN, SIGNED)) == []
    assert list(broken(None, a_chain(3, None), {})) == []
    assert list(broken(US, [], {})) == []


def _flipped(chain: list[Recorded], place: int) -> list[Recorded]:
    entry = chain[place].entry
    fields = {
        0: {"actor": "somebody else"},
        1: {"action": "exports.requeste"},
        2: {"subject": ""},
        3: {"at": entry.at + timedelta(microseconds=1)},
        4: {"sealed": entry.sealed + b"x"},
        5: {"organisation": UUID(int=2)},
    }
    changed = replace(entry, **fields[place % 6])  # type: ignore[arg-type]
    return [*chain[:place], replace(chain[place], entry=changed), *chain[place + 1 :]]


def _rehashed(chain: list[Recorded], place: int) -> list[Recorded]:
    """Somebody who knows the rule changes an entry, and makes all hashes after it anew."""
    told = chain[:place]
    before = told[-1].hash if told else BEGIN
    for each in [replace(chain[place], entry=replace(chain[place].entry, actor="nobody")), *chain[place + 1 :]]:
        before = chained(before, each.entry)
        told.append(Recorded(entry=each.entry, hash=before))
    return told


CHANGES: dict[str, Callable[[list[Recorded], int], list[Recorded]]] = {
    "changed": _flipped,
    "its hash changed": lambda chain, place: [
        *chain[:place], replace(chain[place], hash=bytes([chain[place].hash[0] ^ 1]) + chain[place].hash[1:]), *chain[place + 1 :]
    ],
    "deleted": lambda chain, place: [*chain[:place], *chain[place + 1 :]],
    "put in": lambda chain, place: [*chain[:place], chain[place], *chain[place:]],
    "exchanged with the next": lambda chain, place: [
        *chain[:place], *chain[place : place + 2][::-1], *chain[place + 2 :]
    ],
    "all after it cut off": lambda chain, place: chain[:place],
    "renumbered": lambda chain, place: [
        *chain[:place], *(replace(each, entry=replace(each.entry, number=each.entry.number - 1)) for each in chain[place + 1 :])
    ],
    "changed and hashed anew": _rehashed,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_ten_thousand_entries_is_found(change: str) -> None:
    places = [0, 1, LONG - 2, *random.Random(7).sample(range(LONG - 1), 12)]

    for place in places:
        found = list(broken(US, CHANGES[change](CHAIN, place), SIGNED))
        assert found, (change, place)
        if change in {"changed", "its hash changed", "deleted"}:
            assert min(each.number for each in found) == place + 1


def test_all_of_it_gone_is_found_by_what_was_signed() -> None:
    (found,) = broken(US, [], {3: b"x" * 32})

    assert "ends before entry 3" in found.why


def test_one_change_is_told_once() -> None:
    assert [each.number for each in broken(US, _flipped(CHAIN, 4_321), SIGNED)] == [4_322]


@given(st.lists(st.text(max_size=5), min_size=3, max_size=3), st.lists(st.text(max_size=5), min_size=3, max_size=3))
def test_no_two_entries_have_the_same_bytes(one: list[str], other: list[str]) -> None:
    names = ("actor", "action", "subject")
    first, second = (an_entry(1, **dict(zip(names, told, strict=True))) for told in (one, other))

    assert (canonical(first) == canonical(second)) == (one == other)


def test_an_instant_is_the_same_in_every_zone() -> None:
    entry = an_entry(1)

    assert canonical(entry) == canonical(replace(entry, at=entry.at.astimezone(timezone(timedelta(hours=-3)))))
