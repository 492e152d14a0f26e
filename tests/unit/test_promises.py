"""The report on promises says what tests did, also when other processes ran them, and never calls a failure kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
def test_kept(figures):
    figures.ran(3)
    figures.fault("kill of a worker", 2)
    figures.note(settled_s=1.5)

@pytest.mark.promise("P2")
def test_broken(figures):
    figures.fault("kill of a worker")
    assert False

@pytest.mark.promise("P10")
def test_broken_and_counted(figures):
    figures.violated(4)
    assert False

@pytest.mark.promise("P3")
def test_not_here():
    pytest.skip("no server")

@pytest.mark.promise("P4")
def test_that_says_nothing():
    pass

@pytest.fixture
def fragile():
    yield
    raise RuntimeError("the server would not stop")

@pytest.mark.promise("P4")
def test_broken_at_its_end(fragile):
    pass

def test_of_no_promise():
    pass
"""


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "several"])
def test_every_outcome_is_counted_for_its_promises(tmp_path: Path, processes: tuple[str, ...]) -> None:
    tests, report = tmp_path / "test_some.py", tmp_path / "report" / "promises.json"
    tests.write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise(id): what it proves\n")

    command = (sys.executable, "-m", "pytest", "-p", "tests.promises", "-p", "no:cacheprovider", *processes)
    done = subprocess.run(
        (*command, "--rootdir", str(tmp_path), "--promises", str(report), str(tests)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert told["revision"]
    assert told["exit_status"] == 1
    promises = told["promises"]
    assert list(promises) == ["P1", "P2", "P3", "P4", "P10"]
    assert promises["P1"] == {
        "runs": 3,
        "faults": 2,
        "violations": 0,
        "tests": {"passed": 1},
        "faults_by_kind": {"kill of a worker": 2},
        "figures": {"test_some.py::test_kept": {"settled_s": 1.5}},
    }
    figures = {name: [promises[name][key] for key in ("runs", "faults", "violations", "tests")] for name in promises}
    assert figures["P2"] == [4, 3, 1, {"failed": 1, "passed": 1}]
    assert figures["P3"] == [0, 0, 0, {"skipped": 1}]
    assert figures["P4"] == [2, 0, 1, {"failed": 1, "passed": 1}]
    assert figures["P10"] == [1, 0, 4, {"failed": 1}]
    assert "P2: 4 runs, 3 faults, 1 violations" in done.stdout
