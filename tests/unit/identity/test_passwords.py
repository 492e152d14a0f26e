"""Passwords as they are kept: none is cut off, none is good without the pepper, and few are hashed at once."""

from __future__ import annotations

import asyncio
import threading
from statistics import median
from time import perf_counter

import bcrypt
import pytest

from analisa.adapters.security.passwords import BcryptPasswords, TooManyPasswords

pytestmark = pytest.mark.promise("SEC5")


def made(pepper: bytes = b"p" * 32, **facts: int) -> BcryptPasswords:
    return BcryptPasswords(lambda: pepper, **{"cost": 4, **facts})


async def test_passwords_that_differ_at_their_end_alone_are_two() -> None:
    passwords = made()
    kept = await passwords.hashed("x" * 127 + "a")

    assert await passwords.right("x" * 127 + "a", kept)
    assert not await passwords.right("x" * 127 + "b", kept)
    with pytest.raises(ValueError, match="72"):  # what bcrypt itself does with them
        bcrypt.hashpw(b"x" * 200, bcrypt.gensalt(4))


async def test_the_same_password_is_kept_differently_and_is_good_under_its_pepper_alone() -> None:
    passwords = made()
    first, second = await passwords.hashed("quatro palavras"), await passwords.hashed("quatro palavras")

    assert first != second
    assert "quatro" not in first
    assert not await made(b"q" * 32).right("quatro palavras", first)
    assert not bcrypt.checkpw(b"quatro palavras", first.encode())


async def test_nobody_has_no_password_and_it_takes_as_long_to_say_so() -> None:
    passwords = made(cost=8)
    kept = await passwords.hashed("quatro palavras")

    async def took(against: str | None) -> float:
        begin = perf_counter()
        assert not await passwords.right("another one", against)
        return perf_counter() - begin

    known, unknown = [], []
    for _ in range(15):
        known.append(await took(kept))
        unknown.append(await took(None))

    assert 0.7 < median(unknown) / median(known) < 1.4


async def test_what_was_made_with_less_work_is_outdated() -> None:
    kept = await made().hashed("quatro palavras")

    assert made(cost=5).outdated(kept)
    assert not made(cost=4).outdated(kept)


async def test_few_are_hashed_at_once_and_too_many_are_asked_to_come_again() -> None:
    passwords, before = made(threads=2, cost=6), set(threading.enumerate())
    answers = await asyncio.gather(*(passwords.hashed(f"number {n}") for n in range(80)), return_exceptions=True)

    assert sum(isinstance(each, TooManyPasswords) for each in answers) == 80 - 64
    assert len(set(threading.enumerate()) - before) <= 2
    assert await passwords.hashed("now there is room")


def test_ten_thousand_common_passwords_are_known() -> None:
    passwords = made()

    assert all(map(passwords.common, ("123456", "password", "qwerty123", "iloveyou", "senha")))
    assert not passwords.common("quatro palavras bem longas")
