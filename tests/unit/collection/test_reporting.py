"""What the terminal is told of an import: every table in its order, every reason, totals rows, doubts, progress."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest

from analisa.application.collection.ports import Progress
from analisa.application.collection.views import FindingLine, ImportLine
from analisa.domain.collection.batch import Finding, Severity
from analisa.domain.collection.report import ControlFigures, FileReport, ImportReport, TableCounts
from analisa.entrypoints.cli.progress import shown_progress
from analisa.entrypoints.cli.reporting import examples, import_line, report_lines


def test_a_report_names_tables_reasons_totals_and_doubts() -> None:
    file = FileReport(
        name="a.csv",
        rows_read=1_200,
        tables={"post_metrics": TableCounts(rows=2, new=1, conflicts=1), "posts": TableCounts(rows=1)},
        findings={"left_out": {"row.total": 1}, "conflict": {"row.repeated": 1}},
    )
    control = ControlFigures(file="a.csv", line=2, label="Total", values={"Views": "12", "Likes": ""})
    report = ImportReport(
        reader="r", files=[file], controls=[control], doubts=[f"d{n}" for n in range(22)], ignored=["README.md"]
    )

    lines = list(report_lines(report))

    assert lines[:5] == [
        "a.csv: 1,200 rows read",
        "  posts            1 row: nothing",
        "  post_metrics     2 rows: 1 new, 1 in conflict",
        "  conflict: 1 row.repeated",
        "  left out: 1 row.total",
    ]
    assert lines[5] == "a.csv, line 2: Total (left out, as a control sum): Views 12"
    assert lines[6] == "doubtful: d0"
    assert lines[-2:] == ["and 2 more doubts; --json lists them all", "nothing was read of: README.md"]


def test_a_finding_names_its_place_and_steers_no_terminal() -> None:
    finding = Finding(
        severity=Severity.FLAGGED, code="c", message="odd \x1b[2J\u202e", file="a.csv", line=0, table="posts"
    )
    line = FindingLine(finding_id=3, finding=finding, state="open", settled_at=None)
    assert list(examples([line])) == ["#3 a.csv: posts odd \\x1b[2J\\u202e [flagged, c, open]"]


def an_import(files: tuple[str, ...], error: str) -> ImportLine:
    return ImportLine(
        import_id=UUID(int=1),
        state="failed",
        reader=None,
        public=False,
        files=files,
        requested_by="me",
        requested_at=datetime(2026, 3, 1, 8, tzinfo=UTC),
        started_at=None,
        finished_at=None,
        progress=Progress(rows=2_000),
        quarantined=2,
        error=error,
    )


def test_an_import_is_one_line() -> None:
    assert import_line(an_import(files=("a", "b", "c", "d"), error="no")).endswith(
        "2026-03-01 08:00  failed  a, b, c …, 2,000 rows, 2 in quarantine: no"
    )


@pytest.mark.parametrize("place", ["nulls.csv: ", "nulls.csv, "])
def test_the_error_of_an_import_of_one_file_names_the_file_once(place: str) -> None:
    line = an_import(files=("nulls.csv",), error=f"{place}line 3: no")

    assert import_line(line).endswith("failed  nulls.csv, 2,000 rows, 2 in quarantine: line 3: no")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_moves_on_a_terminal_and_leaves_no_trace_in_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with shown_progress(quiet=False) as watch:
        watch(Progress(file="posts.csv", files=2, rows=10))
        watch(Progress(phase="storing", file="posts.csv", files=2, files_done=1, rows=12_345))

    assert "12,345 rows" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_nothing_is_shown_to_a_script_that_wants_json(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(quiet=True) as watch:
        watch(Progress(file="posts.csv"))
    assert capsys.readouterr() == ("", "")
