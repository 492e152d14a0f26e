"""Accounts and keys from the command line, on an installation of one's own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analisa.entrypoints.cli import main

Said = tuple[int, str, str]
EMAIL = "maria@example.org"
PASSWORD = "quatro palavras bem longas"


@pytest.fixture(scope="module")
def home(memory: Path) -> Path:
    return memory / "accounts"


@pytest.fixture
def analisa(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Run a command, with *typed* on its standard input; its status and what it printed."""

    def run(*words: str, typed: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main([*words, "--home", str(home)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_the_first_account_a_colleague_and_a_key_take_three_commands(analisa: Callable[..., Said]) -> None:
    first = analisa("users", "add", EMAIL, "--name", "Maria", "--operator", "--password-stdin", typed=PASSWORD + "\n")
    second = analisa("users", "add", "joao@example.org", "--name", "João", "--role", "analyst", "--generate")
    key = analisa("keys", "add", "report", "--may", "influencers.read", "--may", "scores.read", "--until", "2099-01-01")

    assert first == (0, f"{EMAIL} may sign in now, and is owner of local\n", "")
    assert second[0] == 0
    assert "password: " in second[1]
    assert key[0] == 0
    assert key[1].startswith("analisa_")
    listed: list[dict[str, Any]] = json.loads(analisa("users", "list", "--json")[1])
    assert [(each["email"], each["role"]) for each in listed] == [(EMAIL, "owner"), ("joao@example.org", "analyst")]
    assert "owner         maria@example.org  Maria" in analisa("users", "list")[1]


def test_plans_are_listed_given_and_shown(
    analisa: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert analisa("plans", "list")[1].startswith(
        "unlimited     no limits; alerts, api_keys, custom_roles  (the usual one)"
    )
    file = tmp_path / "plans.toml"
    file.write_text("[plans.small]\nfeatures = []\n[plans.small.limits]\nexports = 2\n")
    monkeypatch.setenv("ANALISA_PLANS_FILE", str(file))

    assert analisa("plans", "give", "small")[:2] == (0, "local has the plan small from now on\n")
    shown = json.loads(analisa("plans", "show", "--json")[1])
    assert (shown["plan"], shown["most"], shown["used"]["exports"]) == ("small", {"exports": 2}, 0)
    assert "exports                0  of 2" in analisa("plans", "show")[1]
    assert "there is no plan 'gold'; there are: unlimited, small" in analisa("plans", "give", "gold")[2]
    assert analisa("plans", "give", "-")[1] == "local has the plan unlimited from now on\n"


def test_keys_are_listed_without_their_secret_and_revoked(analisa: Callable[..., Said]) -> None:
    _, secret, _ = analisa("keys", "add", "everything", "--may-all")
    (key, *_) = json.loads(analisa("keys", "list", "--json")[1])

    assert key["name"] == "everything"
    assert secret.startswith(key["begins"])
    assert secret.strip() not in analisa("keys", "list")[1]
    assert analisa("keys", "revoke", key["key_id"])[:2] == (0, f"{key['key_id']} is good no more\n")
    assert "revoked" in analisa("keys", "list")[1]
    assert analisa("keys", "revoke", "01890000-0000-7000-8000-000000000000")[0] == 2
    assert analisa("keys", "revoke", "7")[0] == 2


def test_keys_of_tokens_are_rotated_and_revoked(analisa: Callable[..., Said]) -> None:
    made = [analisa("tokens", "rotate")[1].split()[0] for _ in range(2)]

    listed = [line.split()[0] for line in analisa("tokens", "keys")[1].splitlines()]
    revoked = analisa("tokens", "revoke", made[1])

    assert listed == made[::-1]
    assert revoked[:2] == (0, f"{made[1]} is revoked\n")
    assert analisa("tokens", "revoke", made[1])[0] == 2
    assert [line.split()[0] for line in analisa("tokens", "keys")[1].splitlines()] == made[:1]


def test_without_a_mail_server_mails_are_looked_at(analisa: Callable[..., Said]) -> None:
    assert analisa("mail")[:2] == (0, "no mails\n")
    assert analisa("users", "invite", "ana@example.org")[0] == 0
    assert analisa("mail", "--send")[0] == 2
    assert analisa("mail", "-n", "0")[0] == 2
    assert analisa("users", "invite", "ana@example.org", "--role", "king")[0] == 2


def test_accounts_get_another_password_and_are_closed(analisa: Callable[..., Said]) -> None:
    assert analisa("users", "password", EMAIL, "--generate")[0] == 0
    assert analisa("users", "disable", EMAIL)[1] == f"{EMAIL} cannot sign in any more, and is signed in nowhere\n"
    assert analisa("users", "enable", EMAIL)[1] == f"{EMAIL} may sign in again\n"


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("users", "add", EMAIL, "--name", "M", "--generate"), "", "there is an account under"),
        (("users", "add", "no address", "--name", "M", "--generate"), "", "is no e-mail address"),
        (("users", "add", "a@b.org", "--name", " ", "--generate"), "", "a user needs a name"),
        (("users", "add", "a@b.org", "--name", "A", "--role", "king", "--generate"), "", "there is no role 'king'"),
        (("users", "add", "a@b.org", "--name", "A", "--password-stdin"), "short\n", "at least 8 characters"),
        (
            ("users", "add", "a@b.org", "--name", "A", "--password-stdin"),
            "password1\n",
            "among the first that are tried",
        ),
        (("users", "add", "a@b.org", "--name", "A"), "", "there is no terminal to ask for a password"),
        (("users", "add", "a@b.org", "--name", "A", "--generate", "--organisation", "nowhere"), "", "no organisation"),
        (("users", "password", "nobody@b.org", "--generate"), "", "nobody has an account under nobody@b.org"),
        (("keys", "add", "x"), "", "say what the key may do"),
        (("keys", "add", "x", "--may", "world.rule"), "", "there is no permission 'world.rule'"),
        (("keys", "add", "x", "--may-all", "--until", "2001-01-01"), "", "good no more already"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_cure(
    analisa: Callable[..., Said], words: tuple[str, ...], typed: str, told: str
) -> None:
    status, _, said = analisa(*words, typed=typed)

    assert status == 2
    assert told in said
