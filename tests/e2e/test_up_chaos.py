"""Processes of a whole installation are killed while files come in: none that was accepted is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from analisa.entrypoints.supervisor.roles import ROLES
from tests.e2e.running import PATIENCE_S, Up, eventually
from tests.e2e.test_api import archive, ranked
from tests.promises import Figures

VICTIMS = ("postgres", "valkey", *sorted(role.name for role in ROLES))
FEW = {"seed": 3, "rounds": 1}
MANY = {"seed": 4, "rounds": 17}
PEOPLE, POSTS = 3, 4


@pytest.mark.promise("P1")
@pytest.mark.parametrize("size", [FEW, pytest.param(MANY, marks=pytest.mark.prove)], ids=["short", "full"])
def test_no_accepted_import_is_lost_whichever_process_is_killed(
    place: Path, figures: Figures, size: dict[str, int]
) -> None:
    chance = random.Random(size["seed"])
    accepted: list[str] = []
    with Up(place / "home", program="analisa.entrypoints.cli up") as up:
        up.ready()
        eventually(lambda: all((up.home / "run" / f"{name}.json").exists() for name in VICTIMS))
        with httpx.Client(base_url=up.address, timeout=PATIENCE_S, headers=up.key()) as api:
            for _ in range(size["rounds"]):
                for victim in chance.sample(VICTIMS, len(VICTIMS)):
                    accepted.append(_brought(api))
                    time.sleep(chance.uniform(0, 0.6))  # somewhere in the middle of it
                    _kill(up, victim)
                    figures.fault(f"kill -9 of {victim}")
            ended = {href: _ended(api, href) for href in dict.fromkeys(accepted)}
            eventually(lambda: len(_ranked(api)) == PEOPLE and all(line["standing"] for line in _ranked(api)))
        assert up.stop() == 0
        assert up.left_behind() == []

    lost = [href for href, state in ended.items() if state != "done"]
    figures.violated(len(lost))
    figures.note(seed=size["seed"], accepted=len(ended), lost=len(lost))
    assert lost == []


def _brought(api: httpx.Client) -> str:
    """Send files until they are accepted, and return the address of their import."""
    answers: list[httpx.Response] = []

    def accepted() -> bool:
        try:
            answers.append(api.post("/api/v1/imports", files=archive(people=PEOPLE, posts=POSTS)))
        except httpx.TransportError:
            return False  # the API was away, and acknowledged nothing
        return answers[-1].status_code == httpx.codes.ACCEPTED

    eventually(accepted)
    return str(answers[-1].headers["location"])


def _kill(up: Up, name: str) -> None:
    """Kill the child *name*, once there is one, and go on when another is in its place."""
    eventually(lambda: _pid(up, name) is not None)
    before = _pid(up, name)
    if before is not None:  # else it has just ended by itself, for another that was killed before
        with suppress(ProcessLookupError):
            os.kill(before, signal.SIGKILL)
    eventually(lambda: _pid(up, name) not in {None, before})


def _pid(up: Up, name: str) -> int | None:
    """The process id of the child *name*, or None while it is being started again."""
    try:
        return up.pid(name)
    except FileNotFoundError:
        return None


def _ended(api: httpx.Client, href: str) -> str:
    """How the import ended."""
    states: list[str] = []

    def ended() -> bool:
        try:
            answer = api.get(href)
        except httpx.TransportError:
            return False
        if answer.is_success:
            states.append(answer.json()["line"]["state"])
        return states[-1:] in (["done"], ["failed"])

    eventually(ended)
    return states[-1]


def _ranked(api: httpx.Client) -> list[dict[str, object]]:
    try:
        return ranked(api)
    except (httpx.TransportError, KeyError):
        return []  # away, or it said so
