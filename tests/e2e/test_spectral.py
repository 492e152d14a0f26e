"""The API's description under Spectral's rules and those of OWASP; it needs npm, and its packages."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("@stoplight/spectral-cli@6.16.3", "@stoplight/spectral-owasp-ruleset@2.0.1")
RULES = 'extends: ["spectral:oas", "@stoplight/spectral-owasp-ruleset"]\n'


@pytest.mark.prove
@pytest.mark.skipif(shutil.which("npm") is None, reason="Spectral runs on Node.js")
def test_spectral_finds_no_error_by_the_owasp_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=tmp_path, check=True, timeout=300)

    done = subprocess.run(
        ["npx", "spectral", "lint", "-r", "rules.yaml", "-f", "json", ROOT / "docs" / "api" / "openapi.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    found = json.loads(done.stdout)
    assert [(each["code"], each["path"]) for each in found if each["severity"] == 0] == []
    assert found, "it warns of something, or it did not look"
