"""The tree, and what each part of it may know (S178, S179)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, SRC, files, module_name, tree

LAYERS = {"domain", "application", "adapters", "plugins", "entrypoints"}
LONGEST_FILE = 400

DOMAIN_ALONE = """
import sys

class OnlyStandardLibraryAndNumpy:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        # _sysconfigdata_… is the standard library's own; its name differs by machine.
        if first not in sys.stdlib_module_names | {"numpy", "analisa"} and not first.startswith("_sysconfigdata_"):
            raise ImportError(f"the domain imports {name}")

sys.meta_path.insert(0, OnlyStandardLibraryAndNumpy())
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
loaded = {name for name in sys.modules if name.startswith("analisa.")}
assert all(name.startswith("analisa.domain") for name in loaded), loaded
"""


def test_the_source_is_divided_into_its_layers() -> None:
    assert {path.name for path in SRC.iterdir() if path.is_dir() and path.name != "__pycache__"} == LAYERS
    for name in ("tests", "migrations", "pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md"):
        assert (ROOT / name).exists(), name


def test_the_domain_imports_the_standard_library_and_numpy_alone() -> None:
    names = [module_name(path) for path in files() if path.is_relative_to(SRC / "domain")]

    done = subprocess.run(
        [sys.executable, "-c", DOMAIN_ALONE, *names], capture_output=True, text=True, cwd="/", check=False
    )

    assert done.returncode == 0, done.stderr


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_a_module_says_what_it_is_about() -> None:
    assert [module_name(path) for path in files() if not ast.get_docstring(tree(path))] == []


def test_modules_name_their_neighbours_relatively() -> None:
    absolute = set()
    for path in files():
        for node in ast.walk(tree(path)):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                named = [node.module or ""]
            absolute |= {f"{module_name(path)}: {name}" for name in named if name.partition(".")[0] == "analisa"}
    assert absolute == set()


def test_a_file_holds_one_idea() -> None:
    lengths = {module_name(path): len(path.read_text("utf-8").splitlines()) for path in files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_nothing_but_the_database_takes_a_connection() -> None:
    """A query outside `Database` would not know its tenant (docs/decisions/0001-owners-and-profiles.md)."""
    takers = {"connect", "create_pool", "create_engine", "create_async_engine", "acquire"}
    # The schema's story has no tenant; backups and the servers' own bootstrap run as their superuser.
    may = {"adapters/postgres/database.py", "adapters/postgres/schema.py"}
    found = set()
    for path in files():
        local = path.relative_to(SRC).as_posix()
        if local in may or local.startswith("adapters/embedded/") or "asyncpg" not in path.read_text("utf-8"):
            continue
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in takers:
                found.add(f"{local}:{called.lineno}")
    assert not found
