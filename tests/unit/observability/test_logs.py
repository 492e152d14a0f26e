"""Log lines: one JSON object an event, in ECS fields, ours and the libraries' alike."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from analisa.adapters.observability.logs import configure, logger
from analisa.application.shared.request import request_id
from analisa.domain.shared.errors import NotFound


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)


def raised(error: Exception) -> Exception:
    """Return *error* as one that was raised here."""
    try:
        raise error  # noqa: TRY301  the traceback is what is wanted
    except Exception as caught:  # noqa: BLE001  it is the one above
        return caught


def configured(out: io.StringIO, **settings: Any) -> None:
    configure(role="worker", stream=out, **{"pretty": False, **settings})


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_names_time_level_message_and_where_it_comes_from(out: io.StringIO) -> None:
    configured(out)

    logger("analisa.test").info("import finished", files=3, **{"http.response.status_code": 202})

    [line] = lines(out)
    assert datetime.fromisoformat(line["@timestamp"]).tzinfo is not None
    assert (line["log.level"], line["message"], line["ecs.version"]) == ("info", "import finished", "1.6.0")
    assert line["service"] == {"name": "analisa", "version": line["service"]["version"], "node": {"role": "worker"}}
    assert line["log"] == {"logger": "analisa.test"}
    assert line["analisa"] == {"files": 3}
    assert line["http"] == {"response": {"status_code": 202}}


@pytest.mark.parametrize(
    "facts",
    [
        {"url": "/x"},
        {"error": "e"},
        {"log": "l"},
        {"a.b": 1, "a": 2},
        {"event_name": "x"},
        {"message": "m"},
        {"trace": 1},
    ],
)
def test_no_keyword_can_break_a_line_or_take_the_place_of_an_ecs_field(out: io.StringIO, facts: dict[str, Any]) -> None:
    configured(out)

    logger("analisa.test").info("said", **facts)

    [line] = lines(out)
    assert line["message"] == "said"
    assert set(line["analisa"]) == {name.replace(".", "_") for name in facts}


def test_every_line_of_a_request_carries_its_id(out: io.StringIO) -> None:
    configured(out)
    token = request_id.set("r-42")
    try:
        logger("analisa.test").info("one")
        logging.getLogger("uvicorn.error").info("two %s", "words")
    finally:
        request_id.reset(token)
    logger("analisa.test").info("three")

    one, two, three = lines(out)
    assert one["trace"] == two["trace"] == {"id": "r-42"}
    assert one["http"]["request"]["id"] == "r-42"
    assert two["message"] == "two words"
    assert "trace" not in three


def test_an_error_is_told_with_its_type_code_and_trace(out: io.StringIO) -> None:
    configured(out)
    try:
        int("x")
    except ValueError:
        logger("analisa.test").exception("it failed")

    [line] = lines(out)
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["message"].startswith("invalid literal")
    assert "test_logs.py" in line["error"]["stack_trace"]


def test_an_error_that_is_handed_over_is_told_as_well(out: io.StringIO) -> None:
    configured(out)

    logger("analisa.test").warning("it failed", exc_info=raised(NotFound("there is no such import")))
    logging.getLogger("other").error("gone", exc_info=(KeyError, KeyError("k"), None))
    logger("analisa.test").warning("nothing is being handled", exc_info=True)

    first, second, third = lines(out)
    assert first["error"]["code"] == "analisa.not_found"
    assert first["error"]["message"] == "there is no such import"
    assert "in raised" in first["error"]["stack_trace"]
    assert second["error"]["type"] == "KeyError"
    assert "error" not in third


def test_secrets_stand_in_no_line(out: io.StringIO) -> None:
    configured(out, secrets=["correct-horse"])
    log = logger("analisa.test")

    log.info("opened", url="postgresql://ana:hunter22@db/x", token="abcdef")
    log.error("correct-horse", exc_info=raised(RuntimeError("redis://:hunter22@h/0 with correct-horse")))

    assert "hunter22" not in out.getvalue()
    assert "correct-horse" not in out.getvalue()
    assert "abcdef" not in out.getvalue()


def test_chatty_libraries_tell_their_warnings_only_and_the_level_is_obeyed(out: io.StringIO) -> None:
    configured(out, level="info")
    logging.getLogger("taskiq.receiver").info("Executing task")
    logging.getLogger("taskiq.receiver").warning("cannot parse")
    logger("analisa.test").debug("detail")

    assert [line["message"] for line in lines(out)] == ["cannot parse"]


def test_python_warnings_become_lines(out: io.StringIO) -> None:
    configured(out)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)

    assert "old ways" in lines(out)[0]["message"]


def test_whatever_people_wrote_stays_one_line(out: io.StringIO) -> None:
    configured(out)

    logger("analisa.test").info("a\nb\r\n\x1b[31m\ud800", name="ação")

    [line] = lines(out)
    assert line["message"] == "a\nb\r\n\x1b[31m\ud800"
    assert line["analisa"]["name"] == "ação"


def test_a_terminal_gets_lines_for_people_that_cannot_steer_it(out: io.StringIO) -> None:
    configured(out, pretty=True)
    logger("analisa.test").error("import \x1b[31mfinished", files=3, exc_info=raised(ValueError("seven")))

    first, *trace = out.getvalue().splitlines()
    assert first.endswith("error    import \\x1b[31mfinished  files=3")
    assert trace[-1] == "ValueError: seven"


def test_configuring_twice_does_not_double_lines(out: io.StringIO) -> None:
    configured(out)
    configured(out)

    logger("analisa.test").info("once")

    assert len(lines(out)) == 1
