"""Values under seal open where they belong, with their key, unchanged; and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.adapters.security.sealing import SealBroken, Sealer

pytestmark = pytest.mark.promise("SEC17")
OLD, BOTH = {1: b"a" * 32}, {1: b"a" * 32, 2: b"b" * 32}


@given(st.binary(max_size=500))
def test_what_was_sealed_opens_for_its_place(value: bytes) -> None:
    sealer = Sealer(lambda: OLD)
    sealed = sealer.seal(value, "t.c.1")

    assert sealer.open(sealed, "t.c.1") == value
    assert len(value) < 8 or value not in sealed
    assert sealer.seal(value, "t.c.1") != sealed
    with pytest.raises(SealBroken):
        sealer.open(sealed, "t.c.2")


@given(st.data())
def test_no_bit_of_it_can_be_changed(data: st.DataObject) -> None:
    sealer = Sealer(lambda: BOTH)
    sealed = bytearray(sealer.seal(b"a secret", "t.c.1"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBroken, match=r"t\.c\.1"):
        sealer.open(bytes(sealed), "t.c.1")


@pytest.mark.parametrize(
    "sealed", [b"", b"\x01", b"\x01\x00\x00\x00\x01", b"\x02" + b"x" * 100, b"\x01\x00\x00\x00\x09" + b"x" * 99]
)
def test_what_is_no_seal_is_said_to_be_broken(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer(lambda: OLD).open(sealed, "t.c.1")


def test_the_newest_key_seals_and_old_ones_still_open() -> None:
    before, now = Sealer(lambda: OLD), Sealer(lambda: BOTH)
    sealed = before.seal(b"x", "t.c.1")

    assert now.open(sealed, "t.c.1") == b"x"
    assert (now.outdated(sealed), before.outdated(sealed)) == (True, False)
    assert not now.outdated(now.seal(b"x", "t.c.1"))
    with pytest.raises(SealBroken):
        before.open(now.seal(b"x", "t.c.1"), "t.c.1")
