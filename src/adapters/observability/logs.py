"""Log lines: one JSON object in ECS fields per event, with the id of the request it belongs to.

Everything goes one way, ours and the libraries' (uvicorn, taskiq, SQLAlchemy). A terminal gets lines for people.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, TextIO, TypeAlias, cast

import structlog
from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter
from structlog.typing import Processor

from ... import __version__
from ...application.shared.request import request_id
from ...domain.shared.errors import AnalisaError
from .redaction import Redaction

Line: TypeAlias = MutableMapping[str, Any]

_ECS_FIELD = re.compile(r"(client|error|event|http|log|process|server|service|trace|url|user_agent)\.[a-z_.]+")
"""Keywords that are ECS fields already; every other keyword stands below `analisa`."""

_ECS_VERSION = "1.6.0"

_QUIET = ("taskiq", "sqlalchemy", "asyncio", "httpx", "httpcore", "alembic", "multipart", "redis")
"""Libraries that tell more than anybody reads: their warnings only."""


def configure(
    *,
    role: str,
    level: str = "INFO",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    pretty: bool | None = None,
) -> None:
    """Send every log line of this process to *stream* (standard error), marked with *role*.

    *secrets* are values that are hidden wherever they turn up; *pretty* lines are for people (a terminal's default).
    """
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(role, Redaction(secrets), pretty=out.isatty() if pretty is None else pretty))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught


def logger(name: str) -> BoundLogger:
    """Return the logger *name*: `log.info("import finished", files=3)`; facts go in as keywords, never into the text."""
    processors: list[Processor] = [
        structlog.stdlib.filter_by_level,
        ProcessorFormatter.wrap_for_formatter,
    ]
    wrapped = structlog.wrap_logger(logging.getLogger(name), wrapper_class=BoundLogger, processors=processors)
    return cast("BoundLogger", wrapped)


def _formatter(role: str, redaction: Redaction, *, pretty: bool) -> ProcessorFormatter:
    def facts(_: Any, __: str, line: Line) -> Line:
        record: logging.LogRecord = line.pop("_record")
        line.pop("_from_structlog", None)
        told = {name: redaction.value(value, name) for name, value in _ecs(line, record).items()}
        return {**told, **_origin(role, record)}  # which is ours alone, and hides nothing

    render: Any = _for_people if pretty else _as_ecs
    return ProcessorFormatter(processors=[facts, render], foreign_pre_chain=[ExtraAdder()])


def _ecs(line: Line, record: logging.LogRecord) -> Line:
    told: Line = {"event": line.pop("event")}
    failure = line.pop("exc_info", None)
    line.pop("color_message", None)  # uvicorn's, for terminals
    for name, value in line.items():
        told[_ecs_name(name)] = value
    if failure:
        told.update(_failure(failure))
    if current := request_id.get():
        told.update({"trace.id": current, "http.request.id": current})
    at = datetime.fromtimestamp(record.created, UTC)
    told["@timestamp"] = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    return told


@lru_cache(maxsize=1_000)
def _ecs_name(name: str) -> str:
    return name if _ECS_FIELD.fullmatch(name) else f"analisa.{name.replace('.', '_')}"


def _origin(role: str, record: logging.LogRecord) -> Line:
    return {
        "log.level": record.levelname.lower(),
        "log.logger": record.name,
        "service.name": "analisa",
        "service.version": __version__,
        "service.node.role": role,
        "process.pid": os.getpid(),
    }


def _failure(failure: Any) -> Line:
    """Say what went wrong; *failure* is what `logging` takes as exc_info: an error, a triple, or a true value."""
    error = failure[1] if isinstance(failure, tuple) else failure
    if not isinstance(error, BaseException):
        error = sys.exc_info()[1]
    if error is None:
        return {}
    told: Line = {
        "error.type": type(error).__qualname__,
        "error.message": str(error),
        "error.stack_trace": "".join(traceback.format_exception(error)),
    }
    if isinstance(error, AnalisaError):
        told["error.code"] = error.code
    return told


def _as_ecs(_: Any, __: str, line: Line) -> str:
    """One JSON object: dotted names are objects within each other, but for the few that ECS loggers keep on top."""
    told: dict[str, Any] = {
        "@timestamp": line.pop("@timestamp"),
        "log.level": line.pop("log.level"),
        "message": str(line.pop("event")),
        "ecs.version": _ECS_VERSION,
    }
    for name, value in line.items():
        *path, last = _parts(name)
        inner = told
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return json.dumps(told)


@lru_cache(maxsize=1_000)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


def _for_people(_: Any, __: str, line: Line) -> str:
    facts = (f"{name.removeprefix('analisa.')}={value}" for name, value in line.items() if name.startswith("analisa."))
    told = "  ".join((_printable(line["event"]), _printable(" ".join(facts)))).rstrip()
    told = f"{line['@timestamp'][11:19]} {line['service.node.role']:<9} {line['log.level']:<8} {told}"
    return f"{told}\n{line['error.stack_trace']}".rstrip() if "error.stack_trace" in line else told


def _printable(text: str) -> str:
    """Spell control characters out: what others wrote must not steer a terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("analisa").critical("the process fails", exc_info=(kind, error, trace))
