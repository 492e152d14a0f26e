"""A broken plugin is left out whole and named; the others go on."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
    "cannot_say_why": (
        "class Odd(Exception):\n    def __str__(self):\n        raise self\nraise Odd",
        "Odd, which cannot say what is wrong",
    ),
    "leaves_by_a_base_exception": ("class Out(BaseException): pass\nraise Out('of here')", "Out: of here"),
    "is_cancelled": ("import asyncio\nraise asyncio.CancelledError('no')", "CancelledError: no"),
    "plays_ctrl_c": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "steers_the_terminal": (r"raise ValueError('\x1b[8m\nfine')", r"ValueError: \x1b[8m\nfine"),
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


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A process that heeds SIGINT: one that a script started in the background was told to ignore it."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_a_plugin_is_loaded_ends_the_program_whatever_handles_it(plugin_folder: Path) -> None:
    slow = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)"
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Plugins.load([entry(plugin_folder, "slow", slow)])

    assert signal.getsignal(signal.SIGINT) is before


def test_plugins_can_be_loaded_elsewhere_than_in_the_main_thread(plugin_folder: Path) -> None:
    broken = entry(plugin_folder, "thread", "raise KeyboardInterrupt")

    with ThreadPoolExecutor(1) as threads:
        plugins = threads.submit(Plugins.load, [broken]).result()

    assert plugins.reports[-1].problem == "KeyboardInterrupt: "


def test_what_a_plugin_prints_while_it_is_loaded_is_no_output_of_the_command(
    plugin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loud = "print('hello from the import')\n" + GOOD.replace("return [", "return print('and the hook') or [")

    plugins = Plugins.load([entry(plugin_folder, "loud", loud)])

    printed = capsys.readouterr()
    assert plugins.reports[-1].networks == ("kwai",)
    assert printed.out == ""
    assert printed.err == "hello from the import\nand the hook\n"


def test_a_name_that_a_broken_plugin_had_is_free(plugin_folder: Path) -> None:
    broken, good = entry(plugin_folder, "twin", "raise ImportError"), entry(plugin_folder, "good", GOOD)

    plugins = Plugins.load([broken, EntryPoint("twin", good.value, GROUP)])

    assert [bool(report.problem) for report in plugins.reports[-2:]] == [True, False]


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
