"""List the networks and archive readers that are installed, and the plugins that failed, with the reason."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ...domain.shared.text import harmless
from ...plugins.manager import PluginReport, installed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print every plugin; 1 when one of them failed, so that a script notices."""
    reports = installed().reports
    if args.json:
        print(json.dumps([asdict(report) for report in reports], indent=2))
    else:
        for report in reports:
            print(harmless(_line(report)))
    return 1 if any(report.problem for report in reports) else 0


def _line(report: PluginReport) -> str:
    if report.problem:
        return f"{report.name} ({report.origin}) FAILED: {report.problem}"
    adds = [f"network {name}" for name in report.networks] + [f"reader {name}" for name in report.readers]
    return f"{report.name} ({report.origin}): {', '.join(adds) or 'adds nothing'}"
