"""Ratios against a raw baseline, interleaved in the same run: these machines are shared, so seconds alone say little.

A benchmark file has `measure(runs: int, scale: float) -> list[Ratio]`; `benchmarks/run.py` calls them all.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ratio:
    """What was measured against what, and how it came out over the runs."""

    name: str
    unit: str
    """What the ratio says: `x the time of raw COPY`, `x the rate of …`, or `MB` for plain figures."""
    floor: str
    goal: str
    samples: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def __str__(self) -> str:
        spread = f"{min(self.samples):.3g} to {max(self.samples):.3g} in {len(self.samples)} runs"
        return f"{self.name}: {self.median:.3g} {self.unit} ({spread}); floor {self.floor}, goal {self.goal}"


def timed(work: Callable[[], object]) -> float:
    """Seconds that *work* took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def revision() -> str:
    """The commit that is measured, with `+` when the tree has changes on top of it."""
    git = ("git", "-C", str(ROOT))
    commit = subprocess.run(
        (*git, "rev-parse", "--short", "HEAD"), capture_output=True, text=True, check=True
    ).stdout.strip()
    changed = subprocess.run((*git, "status", "--porcelain"), capture_output=True, text=True, check=True).stdout.strip()
    return commit + ("+" if changed else "")


def origin() -> dict[str, str]:
    """The revision, the time and the machine that a report is made with."""
    return {
        "revision": revision(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }


def write(report: Path, body: Mapping[str, object]) -> Path:
    """Write *body* as a report that people and programs read."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(body, indent=2, default=str) + "\n", "utf-8")
    return report


def write_report(name: str, ratios: Sequence[Ratio]) -> Path:
    """Write *ratios* to report/NAME.json, with the revision and the machine they were made on."""
    figures = [{**asdict(ratio), "median": ratio.median} for ratio in ratios]
    return write(ROOT / "report" / f"{name}.json", {**origin(), "figures": figures})
