"""A broken plugin is left out whole and named; the others go on."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from analisa.plugins import Network, hookimpl
from analisa.plugins.manager import BUILT_IN, GROUP, Plugins, installed

GOOD = """
from analisa.plugins import Network, hookimpl
@hookimpl
def analisa_networks():
    return [Network(name="kwai", title="Kwai", engagement_base="views")]
"""
BROKEN = {
    "import_fails": ("raise ImportError('no such library')", "ImportError: no such library"),
    "leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "raises": (GOOD.replace("return [", "raise RuntimeError('boom') or ["), "RuntimeError: boom"),
    "misspelt": (GOOD.replace("analisa_networks", "analisa_netwroks"), "unknown hook 'analisa_netwroks'"),
    "takes_arguments": (GOOD.replace("networks()", "networks(extra)"), "extra"),
    "wrong_type": (GOOD.replace("return [", "return ['kwai'] or ["), "returned a str where a Network belongs"),
    "no_list": (GOOD.replace("return [", "return 7 or ["), "returned int, not a list"),
    "taken_name": (GOOD.replace('"kwai"', '"tiktok"'), "a network called 'tiktok' is there already"),
    "bad_name": (GOOD.replace('"kwai"', '"Kwai Net"'), "is not a network's name"),
    "upper_name": (GOOD.replace('"kwai"', '"Kwai"'), "not a network's name in its folded form"),
    "no_text_name": (GOOD.replace('"kwai"', "7"), "a network is called 7, which is no name"),
    "bad_base": (
        GOOD.replace('"views"', '"plays"'),
        "network kwai has the engagement_base 'plays'; there are followers, views, reach, views_else_followers",
    ),
    "odd_base": (GOOD.replace('"views"', "['views']"), "network kwai has the engagement_base ['views']"),
    "no_title": (GOOD.replace('"Kwai"', '" "'), "network kwai has the title ' '"),
    "title_of_lines": (GOOD.replace('"Kwai"', r'"Kwai\x1b[8m"'), r"network kwai has the title 'Kwai\x1b[8m'"),
    "no_digits": (GOOD.replace('"views"', '"views", follower_digits=0'), "network kwai has the follower_digits 0"),
    "odd_digits": (GOOD.replace('"views"', '"views", follower_digits="3"'), "has the follower_digits '3'"),
    "no_reader": (
        "from analisa.plugins import hookimpl\n@hookimpl\ndef analisa_archive_readers():\n    return [object()]",
        "returned a object where a ArchiveReader belongs",
    ),
}


@pytest.fixture
def plugin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def entry(folder: Path, name: str, text: str) -> EntryPoint:
    (folder / f"plugin_{name}.py").write_text(text, encoding="utf-8")
    return EntryPoint(name, f"plugin_{name}", GROUP)


def test_built_in_networks_come_first_and_none_fails() -> None:
    plugins = Plugins.load([])

    assert [report.name for report in plugins.reports] == list(BUILT_IN)
    assert [report.problem for report in plugins.reports] == [""] * len(BUILT_IN)
    assert list(plugins.networks())[:5] == ["instagram", "tiktok", "youtube", "facebook", "x"]


def test_a_good_plugin_adds_its_network(plugin_folder: Path) -> None:
    plugins = Plugins.load([entry(plugin_folder, "kwai", GOOD)])

    assert plugins.networks()["kwai"].engagement_base == "views"
    assert plugins.engagement_bases()["kwai"] == "views"
    assert plugins.reports[-1].networks == ("kwai",)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_left_out_and_named(plugin_folder: Path, name: str) -> None:
    text, reason = BROKEN[name]
    found = [entry(plugin_folder, name, text), entry(plugin_folder, "zz_good", GOOD)]

    plugins = Plugins.load(found)

    broken, good = plugins.reports[-2:]
    assert broken.name == name
    assert reason in broken.problem
    assert good.networks == ("kwai",)
    assert "tiktok" in plugins.networks()


def test_a_plugin_that_fails_half_way_adds_nothing(plugin_folder: Path) -> None:
    half = GOOD + "\n@hookimpl\ndef analisa_archive_readers():\n    raise RuntimeError('later')\n"

    plugins = Plugins.load([entry(plugin_folder, "half", half)])

    assert "kwai" not in plugins.networks()
    assert "kwai" not in plugins.engagement_bases()
    assert "later" in plugins.reports[-1].problem


def test_two_plugins_of_one_name_do_not_disturb_each_other(plugin_folder: Path) -> None:
    found = [entry(plugin_folder, "twin", GOOD), EntryPoint("twin", "plugin_twin", GROUP)]

    plugins = Plugins.load(found)

    assert [bool(report.problem) for report in plugins.reports[-2:]] == [False, True]
    assert "kwai" in plugins.networks()


def test_a_plugin_may_be_any_object_with_hooks() -> None:
    module = ModuleType("inline")

    @hookimpl
    def analisa_networks() -> Iterable[Network]:
        return (Network(name="orkut", title="Orkut") for _ in range(1))

    module.analisa_networks = analisa_networks  # type: ignore[attr-defined]
    plugins = Plugins.load([])

    assert plugins.add("inline", "test", lambda: module).networks == ("orkut",)


def test_the_installation_is_loaded_once() -> None:
    assert installed() is installed()
