"""The program's own source, as the tests of its architecture read it."""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"

PROCESSES = frozenset({"analisa.entrypoints.cli.__main__"})
"""Importing these runs them."""


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(SRC.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def module_name(path: Path) -> str:
    parts = ("analisa", *path.relative_to(SRC).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def import_all() -> None:
    """Import every module, so that every class of the program is known."""
    for path in files():
        if (name := module_name(path)) not in PROCESSES:
            import_module(name)


def descendants(kind: type) -> set[type]:
    """Every class of the program below *kind*."""
    import_all()
    below: set[type] = set()
    waiting: list[type] = [kind]
    while waiting:
        children: list[type] = waiting.pop().__subclasses__()
        for child in children:
            # A dataclass with slots is made twice; the first one is nowhere to be found.
            known = getattr(sys.modules.get(child.__module__), child.__name__, None) is child
            if known and child.__module__.startswith("analisa.") and child not in below:
                below.add(child)
                waiting.append(child)
    return below
