"""The words by which others know us: error codes, events, failpoints, hooks, commands."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

from analisa.adapters.postgres.outbox import CATALOGUE
from analisa.application.shared import failpoints
from analisa.domain.shared.errors import AnalisaError, Conflict, NotFound, RuleViolated, Unavailable
from analisa.domain.shared.events import Event
from analisa.entrypoints.cli import COMMANDS
from analisa.plugins import hookspecs
from tests.architecture.source import ROOT, descendants, files, import_all, tree

FAMILIES = {NotFound, RuleViolated, Conflict, Unavailable}
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def test_every_error_has_a_code_of_its_own_and_one_family() -> None:
    errors = descendants(AnalisaError)
    codes = Counter(error.__dict__.get("code") for error in errors)

    assert {error.__qualname__ for error in errors if "code" not in error.__dict__} == set()
    assert [code for code, times in codes.items() if times > 1] == []
    assert [code for code in codes if not CODE.fullmatch(str(code))] == []
    for error in errors:
        assert len(FAMILIES & set(error.__mro__)) == 1, error


def test_every_event_is_catalogued_under_its_name_and_version() -> None:
    events = descendants(Event)

    assert {(event.name, event.version): event for event in events} == dict(CATALOGUE)  # type: ignore[attr-defined]
    for event in events:
        assert CODE.fullmatch(event.name), event  # type: ignore[attr-defined]


@pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.name)
def test_an_event_is_made_of_plain_values(event: type[Event]) -> None:
    assert dataclasses.is_dataclass(event)
    hints = get_type_hints(event)
    for field in dataclasses.fields(event):
        assert _plain(hints[field.name]), field.name


def _plain(hint: Any) -> bool:
    if get_origin(hint) in {Union, UnionType, tuple}:
        return all(argument in {type(None), Ellipsis} or _plain(argument) for argument in get_args(hint))
    return hint in {str, int, float, bool, UUID} or getattr(hint, "__module__", "") == "datetime"


def test_every_failpoint_is_named_after_its_place_and_tried_by_some_test() -> None:
    import_all()
    tests = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]

    for name in failpoints.registry:
        assert CODE.fullmatch(name), name
        # A suite may name the place, or walk all places of its context: registry names that start with "import.".
        prefix = f'"{name.partition(".")[0]}."'
        assert any(f'"{name}' in test or ("registry" in test and prefix in test) for test in tests), name


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("analisa_")])
def test_every_hook_says_when_it_is_called_and_what_it_must_not_do(hook: str) -> None:
    told = inspect.getdoc(getattr(hookspecs, hook)) or ""

    assert told.startswith("Return ")
    assert "Called " in told
    assert re.search(r"\b(no|not|never)\b", told)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_overview_exists_and_says_what_it_does(name: str) -> None:
    command = import_module(f"analisa.entrypoints.cli.{'import_' if name == 'import' else name}")

    assert command.__doc__
    assert callable(command.add_arguments)
    assert callable(command.run)


def test_the_readme_speaks_of_commands_that_exist() -> None:
    code = "\n".join(
        re.findall(r"^(?:    |\$ ).*$|```.*?```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets
    assert set(re.findall(r"(?:^|[\s;|/])analisa ([a-z]+)", code)) <= set(COMMANDS)


NAMED = re.compile(
    r"(?<![\w./-])(?:src|tests|docs|migrations|deploy|examples|benchmarks|\.ci|domain|adapters|entrypoints|plugins)"
    r"(?:/[\w.-]*\w)+"
)
"""A path in prose or in code: from the root, or from `src` as the decisions name layers."""
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    told = page.read_text("utf-8")
    named = {name for name in NAMED.findall(told) if "NNNN" not in name}  # a pattern, not a file

    assert {name for name in named if not ((ROOT / name).exists() or (ROOT / "src" / name).exists())} == set()
    assert {link for link in LINK.findall(told) if not (page.parent / link).exists()} == set()


def test_paths_are_found_in_prose_in_code_and_in_links() -> None:
    told = (
        "See docs/plugins.md, `src/domain/formulas/`, x/docs/a.md and [this](decisions/9.md#why) [or](https://a.b/c)."
    )

    assert NAMED.findall(told) == ["docs/plugins.md", "src/domain/formulas"]
    assert LINK.findall(told) == ["decisions/9.md"]


def test_no_module_leaves_work_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [path for path in files() if marks.search(path.read_text("utf-8"))]
    empty = [
        f"{path}:{node.lineno}"
        for path in files()
        if "NotImplementedError" in path.read_text("utf-8")  # to parse them all takes long
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node)
    ]

    assert (found, empty) == ([], [])
