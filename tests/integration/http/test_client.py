"""The client that the example makes from the API's description, typed, and used against a running API."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest_asyncio

from analisa.entrypoints.container import Application
from tests.integration.http.conftest import Scored
from tests.integration.http.serving import Api
from tests.signed_in import a_key

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "python-client"


@pytest_asyncio.fixture(loop_scope="session")
async def key(application: Application) -> str:
    shown = await a_key(application, "influencers.read", "influencers.write")
    return shown["Authorization"].removeprefix("Bearer ")


def test_the_client_of_the_example_is_made_and_works(running: Api, scored: Scored, key: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "use.py", tmp_path)
    tool = Path(sys.executable).parent / "openapi-python-client"
    description = ROOT / "docs" / "api" / "openapi.json"
    options = ["--config", EXAMPLE / "client.yaml", "--meta", "none", "--output-path", tmp_path / "analisa_client"]
    subprocess.run([tool, "generate", "--path", description, *options], check=True, capture_output=True, timeout=120)

    environ = {**os.environ, "MYPYPATH": str(tmp_path), "ANALISA_KEY": key}
    typed = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", "use.py"]
    checked = subprocess.run(typed, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert checked.returncode == 0, checked.stdout
    used = subprocess.run(
        [sys.executable, "use.py", running.address],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert used.returncode == 0, used.stderr
    told = used.stdout.splitlines()
    assert told[0].endswith("influencers are found")
    assert 0 < int(told[0].split()[0]) <= len(scored.lines) + 1
    assert told[-1] == "Edited by a client, version 2"
