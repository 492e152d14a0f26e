"""Finding plugins: the built-in ones first, then every entry point of group `analisa`, one by one.

A plugin that cannot be imported, whose hook fails, returns something else or is misspelt, is left out whole and named
with the reason; the others and Analisa itself go on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeVar

import pluggy

from ..application.collection.archives import (
    ArchiveReader,
    ArchiveSource,
    ImportRefused,
    MendedRow,
    Recognition,
    SourceLimits,
)
from ..domain.shared.social import ENGAGEMENT_BASES, EngagementBase, network_name
from . import hookspecs
from .archives.edited import edited_rows
from .archives.mended import mended_source
from .archives.source import Source
from .doubtful import DoubtfulChoice
from .isolation import PluginBroken, isolated
from .network import Network

T = TypeVar("T")
N = TypeVar("N", Network, ArchiveReader)

GROUP = "analisa"
BUILT_IN = ("instagram", "tiktok", "youtube", "facebook", "x", "archives", "sample")
OURS = "built-in"
"""The origin of the plugins that come with Analisa."""

SURE = 0.5
"""Confidence from which a reader may be chosen by itself."""
BY_MAPPING = "table"
"""The reader that is driven by a mapping, and the last resort for any table."""


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plugin: what it adds, or why it was left out."""

    name: str
    origin: str
    """`built-in`, or the distribution and version that brought it."""
    networks: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    problem: str = ""


class Plugins:
    """The plugins of this installation; answers the port `Archives`."""

    def __init__(self) -> None:
        self._networks: dict[str, Network] = {}
        self._bases: dict[str, EngagementBase] = {}
        self._readers: dict[str, ArchiveReader] = {}
        self._reports: list[PluginReport] = []

    @classmethod
    def load(cls, found: Iterable[EntryPoint] | None = None) -> Plugins:
        """Load the built-in plugins and *found* (every installed entry point of the group, unless given)."""
        plugins = cls()
        for name in BUILT_IN:
            module = f"{__package__}.{name}"
            plugins.add(name, OURS, partial(import_module, module))
        for entry in sorted(entry_points(group=GROUP) if found is None else found, key=lambda entry: entry.name):
            origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
            plugins.add(entry.name, origin, entry.load)
        return plugins

    def add(self, name: str, origin: str, load: Callable[[], object]) -> PluginReport:
        """Load one plugin whole, or leave it out whole and say why."""
        try:
            # What a plugin prints is none of the command's output, which a program may be reading.
            with redirect_stdout(sys.stderr), isolated():
                report = self._add(name, origin, load)
        except PluginBroken as error:
            report = PluginReport(name, origin, problem=str(error))
        self._reports.append(report)
        return report

    @property
    def reports(self) -> Sequence[PluginReport]:
        """Every plugin that was found, in loading order."""
        return tuple(self._reports)

    def networks(self) -> Mapping[str, Network]:
        """Return every network by name, built-in ones first."""
        return dict(self._networks)

    def engagement_bases(self) -> Mapping[str, EngagementBase]:
        """Return what each network's engagement is divided by, as it was when its plugin was loaded."""
        return dict(self._bases)

    def archive_readers(self) -> Mapping[str, ArchiveReader]:
        """Return every archive reader by name, built-in ones first."""
        return dict(self._readers)

    def open(self, paths: Sequence[Path], limits: SourceLimits) -> ArchiveSource:
        return Source.open(paths, limits)

    def edited(self, path: Path, encoding: str | None) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Yield the rows of a table that somebody edited, with their lines."""
        return edited_rows(path, encoding)

    def mended(self, rows: Sequence[MendedRow], limits: SourceLimits) -> ArchiveSource:
        """Return *rows* as a source in memory, for the reader and the options that set them aside."""
        return mended_source(rows, limits)

    def choose(self, source: ArchiveSource, name: str | None, *, has_mapping: bool = False) -> ArchiveReader:
        """Return the reader *name*, or the one that recognises *source* best; a mapping asks for the table reader.

        A foreign reader that fails to look at the files is passed over, and its name stands among the doubts of the plan.
        """
        if name is not None and name != "auto":
            return self._named(name)
        if has_mapping:
            return self._named(BY_MAPPING)
        ranked, doubts = self._looked(source)
        surest = max((seen.confidence for seen, _ in ranked), default=0.0)
        best = [(seen, reader) for seen, reader in ranked if seen.confidence == surest]
        if surest >= SURE and len(best) > 1:
            claims = "; ".join(f"{reader.name} ({seen.why})" for seen, reader in best)
            raise ImportRefused(f"several readers recognise {source.label}: {claims}. Choose one with --reader")
        chosen = best[0][1] if surest >= SURE else self._named(BY_MAPPING)
        return DoubtfulChoice(chosen, doubts) if doubts else chosen

    def _looked(self, source: ArchiveSource) -> tuple[list[tuple[Recognition, ArchiveReader]], tuple[str, ...]]:
        """Let every reader look at *source*; say what each recognises, and who failed."""
        foreign = {name for report in self._reports if report.origin != OURS for name in report.readers}
        ranked, doubts = [], []
        for name, reader in self._readers.items():
            try:
                # What our own readers refuse, a damaged ZIP perhaps, is the fault of the files.
                with isolated() if name in foreign else nullcontext():
                    ranked.append((_recognition(reader, source), reader))
            except PluginBroken as error:
                doubts.append(f"reader {name} was not considered, since it failed to look at the files: {error}")
        return ranked, tuple(doubts)

    def _named(self, name: str) -> ArchiveReader:
        if name not in self._readers:
            raise ImportRefused(f"there is no reader {name!r}; there are {', '.join(sorted(self._readers))}")
        return self._readers[name]

    def _add(self, name: str, origin: str, load: Callable[[], object]) -> PluginReport:
        if any(report.name == name and not report.problem for report in self._reports):
            raise PluginBroken(f"another plugin is called {name!r}")
        # Each plugin has hooks of its own, so that one that breaks half-way cannot break those of another.
        hooks = pluggy.PluginManager(hookspecs.PROJECT)
        hooks.add_hookspecs(hookspecs)
        hooks.register(load(), name=name)
        hooks.check_pending()
        networks = _asked(hooks, "analisa_networks", Network)
        # A protocol is what isinstance is asked with here; mypy would rather see a class.
        readers = _asked(hooks, "analisa_archive_readers", ArchiveReader)  # type: ignore[type-abstract]
        # All that may fail comes first, so that a plugin that is left out leaves nothing behind.
        added = _by_name("network", networks, self._networks)
        bases = {network: _declared_base(network, facts) for network, facts in added.items()}
        reading = _by_name("archive reader", readers, self._readers)
        self._networks.update(added)
        self._bases.update(bases)
        self._readers.update(reading)
        return PluginReport(name, origin, tuple(added), tuple(reading))


def _recognition(reader: ArchiveReader, source: ArchiveSource) -> Recognition:
    seen: object = reader.recognise(source)
    if not isinstance(seen, Recognition):
        raise PluginBroken(f"recognise returned a {type(seen).__name__} where a Recognition belongs")
    if not 0 <= seen.confidence <= 1:
        raise PluginBroken(f"recognise is sure by {seen.confidence!r}, which does not lie between 0 and 1")
    return seen


def _asked(hooks: pluggy.PluginManager, hook: str, kind: type[T]) -> list[T]:
    answers: list[T] = []
    for implementation in getattr(hooks.hook, hook).get_hookimpls():
        given = implementation.function()
        if not isinstance(given, Iterable):
            raise PluginBroken(f"{hook} returned {type(given).__name__}, not a list of {kind.__name__}")
        for answer in given:
            if not isinstance(answer, kind):
                raise PluginBroken(f"{hook} returned a {type(answer).__name__} where a {kind.__name__} belongs")
            answers.append(answer)
    return answers


def _by_name(what: str, answers: Sequence[N], known: Mapping[str, object]) -> dict[str, N]:
    found: dict[str, N] = {}
    for answer in answers:
        name = answer.name
        if not _is_a_line(name):
            raise PluginBroken(f"a {what} is called {name!r}, which is no name")
        if name in known or name in found:
            raise PluginBroken(f"a {what} called {name!r} is there already")
        found[name] = answer
    return found


def _declared_base(name: str, network: Network) -> EngagementBase:
    """Check what *network* says of itself, and return what its engagement is divided by."""
    title, base, digits = network.title, network.engagement_base, network.follower_digits
    if network_name(name) != name:
        raise PluginBroken(f"{name!r} is not a network's name in its folded form")
    if not _is_a_line(title):
        raise PluginBroken(f"network {name} has the title {title!r}; a title is a text of one line, as in 'Kwai'")
    if base not in ENGAGEMENT_BASES:
        bases = ", ".join(ENGAGEMENT_BASES)
        raise PluginBroken(f"network {name} has the engagement_base {base!r}; there are {bases}")
    if digits is not None and not _is_a_number(digits):
        raise PluginBroken(f"network {name} has the follower_digits {digits!r}; it is a number from 1 on, or None")
    return base


def _is_a_line(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and bool(value.strip())


def _is_a_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


@cache
def installed() -> Plugins:
    """Return the plugins of this installation, loaded once per process."""
    return Plugins.load()


def networks() -> Mapping[str, Network]:
    """Return every installed network by name."""
    return installed().networks()


def archive_readers() -> Mapping[str, ArchiveReader]:
    """Return every installed archive reader by name."""
    return installed().archive_readers()
