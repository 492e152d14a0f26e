"""What docs/scoring.md shows works, and the codes that it names are those there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from analisa.domain.analytics.components import WHY
from tests.unit.analytics.worlds import a_creator, receipts

GUIDE = Path(__file__).parents[3] / "docs/scoring.md"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL))
def test_every_example_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r.json").write_text(json.dumps(receipts(a_creator())[0]), "utf-8")
    monkeypatch.chdir(tmp_path)

    exec(compile(code, str(GUIDE), "exec"), {})


def test_every_code_is_explained() -> None:
    text = GUIDE.read_text("utf-8")

    assert [code for code in WHY if code and f"`{code}`" not in text] == []
