"""What docs/security says is met names a test that is there."""

from __future__ import annotations

import csv
import re

import pytest

from tests.architecture.source import ROOT

FOLDER = ROOT / "docs" / "security"
ROWS = list(csv.DictReader((FOLDER / "asvs.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_row_that_is_met_names_a_test_that_is_there(row: dict[str, str]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", row["id"])
    assert row["level"] in {"1", "2", "3"}
    assert row["state"] in {"met", "open", "not applicable"}
    if row["state"] != "met":
        assert row["note"]
        return
    path, _, name = row["test"].partition("::")
    assert re.search(rf"def {name}\(", (ROOT / path).read_text("utf-8")), row["test"]


def test_no_row_is_there_twice() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) > 50


def test_the_threat_model_names_tests_that_are_there() -> None:
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}

    assert set(re.findall(r"test_\w+\.py", (FOLDER / "threat-model.md").read_text("utf-8"))) <= there
