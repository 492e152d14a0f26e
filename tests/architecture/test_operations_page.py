"""docs/operations.md describes every setting as the program itself does."""

from __future__ import annotations

from pathlib import Path

from analisa.entrypoints.settings import VARIABLES

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_every_setting_is_described_in_its_own_words() -> None:
    described = {line for line in PAGE.read_text().splitlines() if line.startswith("| `ANALISA_")}

    assert described == {f"| `{variable.name}` | {variable.meaning} |" for variable in VARIABLES}
