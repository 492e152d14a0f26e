"""`analisa migrate` and `analisa events`, on a real database."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.embedded.postgres import DATABASE, EmbeddedPostgres
from analisa.adapters.postgres.database import NOBODY, open_database
from analisa.adapters.postgres.schema import head_revision
from analisa.entrypoints.cli import main
from tests.queueing import IDS
from tests.servers import DatabaseUrl, FreshDatabase

Run = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], database_url: str) -> Run:
    """Run a command as the terminal does, and return its status and what it printed."""
    monkeypatch.setenv("ANALISA_HOME", str(tmp_path))
    monkeypatch.setenv("ANALISA_DATABASE_URL", database_url)

    def command(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(f"ANALISA_{name}", value)
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return command


@pytest_asyncio.fixture(loop_scope="session")
async def empty_url(postgres: EmbeddedPostgres) -> AsyncIterator[DatabaseUrl]:
    async with FreshDatabase(postgres, DATABASE, f"empty_{uuid4().hex}") as url:
        yield url


def test_an_empty_database_is_brought_to_the_newest_step_and_stays_there(run: Run, empty_url: DatabaseUrl) -> None:
    head = head_revision()
    assert run("migrate", "--url", empty_url.owner, "--check")[0] == 1

    assert run("migrate", "--url", empty_url.owner) == (0, f"the database went from step none to {head}\n", "")
    assert run("migrate", "--url", empty_url.owner) == (0, f"the database is at step {head} already\n", "")
    assert run("migrate", "--url", empty_url.owner, "--check")[0] == 0


def test_going_back_is_asked_for_twice(run: Run, empty_url: DatabaseUrl) -> None:
    run("migrate", "--url", empty_url.owner)

    status, _, said = run("migrate", "--url", empty_url.owner, "--to", "0002")
    assert (status, "add --discard" in said) == (2, True)

    assert run("migrate", "--url", empty_url.owner, "--to", "0002", "--discard")[0] == 0
    assert run("migrate", "--url", empty_url.owner, "--to", "base", "--discard")[0] == 0
    assert run("migrate", "--url", empty_url.owner, "--to", "base")[1] == "the database is at step none already\n"


def test_a_step_that_does_not_exist_is_refused_by_name(run: Run, empty_url: DatabaseUrl) -> None:
    status, _, said = run("migrate", "--url", empty_url.owner, "--to", "9999")

    assert (status, "there is no step '9999'" in said) == (2, True)


def test_a_database_that_does_not_answer_is_said_to_be_away_without_its_password(run: Run) -> None:
    status, _, said = run("migrate", "--url", "postgresql://a:hunter22@127.0.0.1:1/x")

    assert (status, "does not answer" in said, "hunter22" in said) == (3, True, False)


def test_a_server_that_is_no_postgresql_is_said_not_to_answer(run: Run, redis_url: str) -> None:
    status, _, said = run("migrate", "--url", redis_url.replace("redis:", "postgresql:"))

    assert (status, "/0 does not answer (" in said, "mend ANALISA_DATABASE_URL" in said) == (3, True, True)


def test_a_server_that_says_nothing_is_waited_for_seconds(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, _, said = run("figures", DATABASE_URL=f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/x")

    assert (status, "does not answer (TimeoutError)" in said) == (3, True)


def test_an_option_that_the_server_does_not_know_is_told_in_its_words(run: Run, empty_url: DatabaseUrl) -> None:
    status, _, said = run("migrate", "--url", f"{empty_url.owner}?colour=blue")

    assert (status, 'cannot be asked like this: unrecognized configuration parameter "colour"' in said) == (3, True)


def test_an_address_with_an_sslmode_serves_reading_and_writing(run: Run, empty_url: DatabaseUrl) -> None:
    assert run("migrate", "--url", f"{empty_url.owner}?sslmode=disable")[0] == 0
    assert run("reference", "show", DATABASE_URL=f"{empty_url.owner}?sslmode=disable")[0] == 0


def test_a_superuser_is_not_let_into_the_schema(run: Run, empty_url: DatabaseUrl) -> None:
    status, _, said = run("migrate", "--url", empty_url.admin)

    assert (status, "give ANALISA_DATABASE_URL an ordinary role" in said) == (2, True)


def test_the_program_gets_what_it_needs_of_tables_that_are_anothers(run: Run, empty_url: DatabaseUrl) -> None:
    owned = {"DATABASE_URL": empty_url, "OWNER_DATABASE_URL": empty_url.owner}
    assert run("migrate", "--url", empty_url.owner)[0] == 0
    status, _, said = run("reference", "show", **owned)
    assert (status, "has no rights on the tables, which belong to another role" in said) == (2, True)

    head = head_revision()
    assert run("migrate", **owned)[1].endswith(f"step {head}, and the program's role was given what it needs there\n")
    assert run("migrate", **owned) == (0, f"the database is at step {head} already\n", "")
    assert run("reference", "show", **owned)[0] == 0


def test_an_owner_who_is_not_let_in_is_told_by_his_setting(run: Run, empty_url: DatabaseUrl) -> None:
    wrong = empty_url.owner.replace("analisa_owner:", "analisa_owner:hunter22")

    status, _, said = run("migrate", DATABASE_URL=empty_url, OWNER_DATABASE_URL=wrong)

    assert (status, "mend ANALISA_OWNER_DATABASE_URL" in said, "hunter22" in said) == (3, True, False)


@pytest.fixture
def dead(database_url: str) -> str:
    """An event that is dead; its id."""
    event_id = IDS.new()

    async def bury() -> None:
        async with open_database(database_url) as database, database.writing(NOBODY) as connection:
            await connection.execute(text("delete from outbox"))
            await connection.execute(
                text(
                    "insert into outbox (id, name, version, payload, attempts, last_error, dead_at) "
                    "values (:id, 'test.happened', 1, '{}', 5, E'it rained\nall day', now())"
                ),
                {"id": event_id},
            )

    asyncio.run(bury())
    return str(event_id)


def test_dead_events_are_listed_with_their_cause_on_one_line(run: Run, dead: str) -> None:
    status, out, _ = run("events")
    assert status == 0
    assert f"{dead}  test.happened  5 attempts: it rained all day" in out

    assert json.loads(run("events", "--json")[1])["last_error"] == "it rained\nall day"


def test_a_dead_event_is_sent_again_when_asked_for(run: Run, dead: str) -> None:
    assert run("events", "--redrive", dead)[0] == 0
    assert run("events")[1] == "no dead events\n"
    assert dead in run("events", "--state", "waiting")[1]

    status, _, said = run("events", "--redrive", dead)
    assert (status, "is not a dead event" in said) == (1, True)


def test_all_dead_events_are_sent_again_when_asked_for(run: Run, dead: str) -> None:
    assert dead in run("events", "--redrive-all")[1]
    assert run("events")[1] == "no dead events\n"


@pytest.mark.parametrize("arguments", [("--redrive", "seven"), ("--limit", "0")])
def test_wrong_arguments_are_refused_with_the_cure(run: Run, arguments: tuple[str, str]) -> None:
    status, _, said = run("events", *arguments)

    assert (status, arguments[1] in said) == (2, True)
