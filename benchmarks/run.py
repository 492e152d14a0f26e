"""Run every benchmark, or those named: python benchmarks/run.py [import score startup] [--runs 5] [--scale 1.0]."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from ratios import write_report

BENCHMARKS = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join(name.removeprefix("bench_") for name in BENCHMARKS)
    )
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each side; the median is quoted")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="1.0 measures the sizes that the figures are promised for"
    )
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    for name in [f"bench_{name}" for name in options.names] or BENCHMARKS:
        ratios = importlib.import_module(name).measure(options.runs, options.scale)
        for ratio in ratios:
            print(ratio, flush=True)
        write_report(name, ratios)


if __name__ == "__main__":
    main()
