"""Addresses, passwords, patience and roles, as the domain has them."""

from __future__ import annotations

import contextlib
import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.identity.email import EmailAddress
from analisa.domain.identity.errors import EmailRefused, PasswordRefused, RoleUnknown, UserInvalid
from analisa.domain.identity.password import checked
from analisa.domain.identity.patience import LONGEST, Guessing, wait_after
from analisa.domain.identity.permissions import OF_ROLES, OF_THE_INSTALLATION, PERMISSIONS, Role, permitted
from analisa.domain.identity.roles import Roles
from analisa.domain.identity.user import User
from analisa.domain.shared.ids import UserId

ABOUT = ("Maria Exemplo", "maria.exemplo@example.org")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("maria@example.org", "maria@example.org"),
        ("  Maria.Silva+x@Example.ORG ", "maria.silva+x@example.org"),
        ("josé@exámple.org", "josé@exámple.org"),
        ("a@localhost", "a@localhost"),
    ],
)
def test_addresses_that_differ_in_case_alone_are_one(typed: str, key: str) -> None:
    assert EmailAddress.read(typed).key == key


@pytest.mark.parametrize(
    "typed", ["", "maria", "@example.org", "maria@", "a b@example.org", "a@b@c.org", "a@-b.org", "a@b..org", "x" * 65 + "@b.org",
              "a@b.org\r\nBcc: c@d.org", "a\x00@b.org", "<a@b.org>", "a@" + "b" * 300]
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailRefused):
        EmailAddress.read(typed)


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_refused_at_once(typed: str) -> None:
    with contextlib.suppress(EmailRefused):
        assert EmailAddress.read(typed).text.count("@") == 1


@pytest.mark.parametrize(
    "password",
    [
        "",
        "1234567",
        "aaaaaaaaaaaa",
        "Password",
        "x" * 129,
        "analisa1",
        "mariaexemplo",
        "Exemplo12",
        "maria.exemplo@example.org",
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str) -> None:
    with pytest.raises(PasswordRefused):
        checked(password, about=ABOUT, common={"password", "mariaexemplo", "maria.exemplo@example.org"}.__contains__)


@pytest.mark.parametrize(
    "password", ["quatro palavras bem longas", "8 caract", "ção" * 20, "x" * 127 + "y", "maria mora longe"]
)
def test_any_letters_make_a_password(password: str) -> None:
    assert checked(password, about=ABOUT, common=lambda _: False)


def test_two_ways_to_type_a_letter_are_one_password() -> None:
    typed = [
        checked(text, about=(), common=lambda _: False)
        for text in ("coração de mãe", "corac\u0327a\u0303o de ma\u0303e")
    ]

    assert typed[0] == typed[1]


@pytest.mark.promise("SEC6")
@pytest.mark.parametrize(("kind", "most"), [(Guessing.ACCOUNT, 10), (Guessing.DEVICE, 10), (Guessing.ADDRESS, 40)])
def test_in_any_hour_of_a_day_few_guesses_are_taken_and_none_waits_for_ever(kind: Guessing, most: int) -> None:
    now, at = timedelta(), list[timedelta]()
    while now < timedelta(days=1):
        at.append(now)
        now += wait_after(len(at), kind)

    for begin in at:
        assert sum(begin <= each < begin + timedelta(hours=1) for each in at) <= most
    assert wait_after(10**6, kind) == LONGEST


def test_each_role_may_what_the_next_smaller_one_may() -> None:
    chain = [Role.OWNER, Role.ADMIN, Role.MANAGER, Role.ANALYST, Role.CLIENT, Role.CREATOR]

    for larger, smaller in itertools.pairwise(chain):
        assert OF_ROLES[smaller] < OF_ROLES[larger]
    assert OF_ROLES[Role.OWNER] | OF_THE_INSTALLATION == PERMISSIONS
    assert permitted(OF_ROLES[Role.CLIENT], operator=True) - permitted(OF_ROLES[Role.CLIENT]) == OF_THE_INSTALLATION
    with pytest.raises(RoleUnknown, match="owner, admin"):
        Roles().permissions("king")


@pytest.mark.parametrize(
    ("part", "facts"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 121}),
        ("name", {"name": "a\x1bb"}),
        ("locale", {"locale": "tlh"}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
    ],
)
def test_a_user_is_never_half_right(part: str, facts: dict[str, str]) -> None:
    user = User.create(UserId(UUID(int=7)), EmailAddress.read(ABOUT[1]), name="Maria")

    with pytest.raises(UserInvalid) as refused:
        user.edit(**facts)

    assert refused.value.part == part
    assert (user.name, user.version) == ("Maria", 1)
