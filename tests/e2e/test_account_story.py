"""From an invitation to a signed-in colleague, with every role at work and a real mail server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deliveries import MailServer, mail_server
from tests.e2e.running import PATIENCE_S, Up, eventually

EMAIL, PASSWORD = "joao@example.org", "quatro palavras bem longas"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def up(memory: Path, mail: MailServer) -> Iterator[Up]:
    """The whole of Analisa, with a mail server."""
    environ = {"ANALISA_SMTP_URL": mail.url, "ANALISA_MAIL_FROM": "analisa@example.org"}
    with Up(memory / "story", program="analisa.entrypoints.cli up", env=environ) as running:
        yield running.ready()


def analisa(up: Up, *words: str) -> str:
    command = [sys.executable, "-m", "analisa.entrypoints.cli", *words, "--home", str(up.home)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_somebody_who_is_invited_by_mail_joins_and_signs_in(up: Up, mail: MailServer) -> None:
    assert f"{EMAIL} is invited" in analisa(up, "users", "invite", EMAIL, "--role", "analyst")
    eventually(lambda: len(mail.received) == 1)
    (message,) = mail.received
    code = next(line.partition("#code=")[2].strip() for line in message.get_content().splitlines() if "#code=" in line)

    with httpx.Client(base_url=up.address, timeout=PATIENCE_S) as client:
        joined = client.post("/api/v1/invitations/accept", json={"code": code, "name": "João", "password": PASSWORD})
        answer = client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        me: dict[str, Any] = client.get("/api/v1/me").json()

    assert (joined.status_code, answer.status_code) == (200, 200), answer.text
    assert [(each["slug"], each["role"]) for each in me["organisations"]] == [("local", "analyst")]
    # They are told that they belong now, and that somebody signed in on a device that was never seen.
    eventually(lambda: len(mail.received) == 3)
    kept = json.loads(analisa(up, "mail", "--json"))
    assert sorted(each["kind"] for each in kept) == ["invite", "membership", "signed_in_elsewhere"]
    assert {each["state"] for each in kept} == {"sent"}
    assert "To: joao@example.org" in analisa(up, "mail", "-n", "1")


def test_what_they_did_is_on_the_record_and_holds(up: Up) -> None:
    eventually(lambda: "identity.joined" in analisa(up, "audit", "show"))
    assert "identity.invited" in analisa(up, "audit", "show")
    assert "signed" in analisa(up, "audit", "sign")
    told = json.loads(analisa(up, "audit", "verify", "--json"))
    assert {each["chain"] for each in told} == {"local", "the installation"}
    assert all(each["broken"] == [] and each["entries"] and each["signed"] for each in told)
    assert "holds" in analisa(up, "audit", "verify")
