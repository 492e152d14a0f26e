"""Finding the log lines of one request in the files of all roles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]


def lines_of(folder: Path, request: str) -> list[Line]:
    """Return the lines in the logs of *folder*, older files included, that belong to *request*, in the order of time."""
    files = sorted(path for path in folder.glob("*.log*") if path.is_file())
    found = (line for path in files for line in _lines(path, request))
    return sorted(found, key=lambda line: str(line.get("@timestamp", "")))


def _lines(path: Path, request: str) -> Iterator[Line]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for text in lines:
            if request not in text:
                continue
            try:
                line = json.loads(text)
            except ValueError:
                continue  # a server's own line, or one that a crash cut short
            if isinstance(line, dict) and request in {_at(line, "http", "request", "id"), _at(line, "trace", "id")}:
                yield line


def _at(line: Any, *names: str) -> Any:
    for name in names:
        line = line.get(name) if isinstance(line, dict) else None
    return line if isinstance(line, str) else None


def for_people(line: Line) -> str:
    """Return *line* as one line of text, followed by the traceback if it has one."""
    role = _at(line, "service", "node", "role") or ""
    facts = line.get("analisa")
    told = " ".join(f"{name}={_plain(value)}" for name, value in facts.items()) if isinstance(facts, dict) else ""
    text = f"{line.get('@timestamp', '')} {role:<9} {line.get('log.level', ''):<8} {_plain(line.get('message', ''))}  {told}"
    trace = _at(line, "error", "stack_trace")
    return f"{text.rstrip()}\n{trace.rstrip()}" if trace else text.rstrip()


def _plain(value: Any) -> str:
    # What others wrote must not steer a terminal.
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in str(value)
    )
