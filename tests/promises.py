"""What the promises of reliability rest on: runs, faults, violations and figures, gathered in report/promises.json.

A test names the promises it proves, `@pytest.mark.promise("P1")`, and notes what it did by the fixture `figures`.
`pytest --promises FILE` writes them, with the revision they were made from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ratios import origin, write

PROMISES = "promises"
NOTED = "promise figures"
"""Properties of a test; they travel with its outcome also when another process ran it."""


class Figures:
    """What one test has to tell of the promises it proves."""

    def __init__(self) -> None:
        self.runs = 1
        self.faults: Counter[str] = Counter()
        self.violations = 0
        self.figures: dict[str, object] = {}

    def ran(self, times: int) -> None:
        """The test tried its promise *times*, each on another seed, moment or input; one unless it says otherwise."""
        self.runs = times

    def fault(self, kind: str, times: int = 1) -> None:
        """A fault was injected, so many *times*."""
        self.faults[kind] += times

    def violated(self, times: int) -> None:
        """The promise was broken so many *times*; a test that fails counts as one that saw at least one."""
        self.violations += times

    def note(self, **figures: object) -> None:
        """Keep *figures* that belong beside the counts: `settled_s=1.2`."""
        self.figures |= figures

    def noted(self) -> dict[str, object]:
        """All of it, in plain values."""
        return {
            "runs": self.runs,
            "faults": dict(self.faults),
            "violations": self.violations,
            "figures": self.figures,
        }


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """Where a test notes what it did; read when the test has ended, however it ended."""
    told = Figures()
    yield told
    request.node.user_properties.append((NOTED, told.noted()))


def promises_of(item: pytest.Item) -> list[str]:
    """The ids in the markers of *item*, each once."""
    return sorted({name for mark in item.iter_markers("promise") for name in mark.args})


@dataclass
class Proof:
    """What all tests of one promise told."""

    tests: Counter[str] = field(default_factory=Counter)
    """How the tests came out: passed, failed, skipped."""
    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    violations: int = 0
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, test: str, outcome: str, noted: Mapping[str, Any]) -> None:
        self.tests[outcome] += 1
        if outcome == "skipped":
            return
        self.runs += noted.get("runs", 1)
        self.faults.update(noted.get("faults", {}))
        self.violations += max(noted.get("violations", 0), outcome == "failed")
        if noted.get("figures"):
            self.figures[test] = noted["figures"]

    def told(self) -> dict[str, object]:
        return {
            "runs": self.runs,
            "faults": sum(self.faults.values()),
            "violations": self.violations,
            "tests": dict(sorted(self.tests.items())),
            "faults_by_kind": dict(sorted(self.faults.items())),
            "figures": dict(sorted(self.figures.items())),
        }


class PromiseReport:
    """Gathers outcomes while the tests run, and writes them at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._origin = origin()  # the tree may change while the tests run
        self._outcomes: dict[str, str] = {}
        self._told: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst of a test's three phases; what it noted is complete with the last."""
        before = self._outcomes.get(report.nodeid, "passed")
        self._outcomes[report.nodeid] = before if report.outcome == "passed" or before == "failed" else report.outcome
        self._told[report.nodeid] = dict(report.user_properties)

    def proofs(self) -> dict[str, Proof]:
        """What was found of every promise that some test names, P2 before P10."""
        found: dict[str, Proof] = {}
        for test, told in sorted(self._told.items()):
            for promise in told.get(PROMISES, ()):
                found.setdefault(promise, Proof()).add(test, self._outcomes[test], told.get(NOTED, {}))
        return dict(sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0])))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        told = {promise: proof.told() for promise, proof in self.proofs().items()}
        write(self._path, {**self._origin, "exit_status": int(exitstatus), "promises": told})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("promises")
        for promise, proof in self.proofs().items():
            told = f"{proof.runs} runs, {sum(proof.faults.values())} faults, {proof.violations} violations"
            terminalreporter.line(f"{promise}: {told}")
        terminalreporter.line(f"written to {self._path}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--promises", type=Path, metavar="FILE", help="write runs, faults and violations of every promise to FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Gather in the process that hears of every test, which with xdist is not the one that runs it."""
    path = config.getoption("--promises")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(PromiseReport(path), "promise-report")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if promises := promises_of(item):
            item.user_properties.append((PROMISES, promises))
