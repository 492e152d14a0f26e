"""Importing, looking at imports, mending and exporting, by the commands that people type."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analisa.entrypoints.cli import main

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Type a command; returns its exit status, what it printed, and what it told the terminal."""
    monkeypatch.setenv("ANALISA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANALISA_DATABASE_URL", database_url)

    def type_(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return type_


def an_archive(folder: Path, *, followers: str = "1200") -> Path:
    folder.mkdir()
    tables = [{"table": "profile_metrics", "file": "readings.csv"}]
    (folder / "manifest.json").write_text(json.dumps({"format": "creator-archive", "version": "1.0", "tables": tables}))
    (folder / "readings.csv").write_text(
        "network,profile_id,observed_at,followers\n"
        f"instagram,{folder.name},2026-01-01T00:00Z,{followers}\n"
        f"instagram,{folder.name},2026-01-02T00:00Z,1300\n"
    )
    return folder


def test_an_import_prints_what_became_of_every_row(typed: Typed, tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "ana")

    status, printed, told = typed("import", archive)
    again, _, _ = typed("import", archive)

    assert (status, again) == (0, 0)
    assert "reader creator-archive, private to your organisation" in printed
    assert "profile_metrics  2 rows: 2 new" in printed
    assert "reading readings.csv" in told


def test_a_dry_run_prints_the_plan_and_keeps_nothing(typed: Typed, tmp_path: Path) -> None:
    status, printed, _ = typed("import", "--dry-run", an_archive(tmp_path / "bia"))
    whole, shown, _ = typed("import", "--dry-run", "--json", an_archive(tmp_path / "bia2"))
    _, listed, _ = typed("imports")

    assert (status, whole) == (0, 0)
    assert "nothing was kept" in printed
    assert "followers" in printed
    assert json.loads(shown)["report"]["files"][0]["tables"]["profile_metrics"]["new"] == 2
    assert "bia" not in listed


def test_rows_in_quarantine_are_mended_from_the_command_line(typed: Typed, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    status, printed, _ = typed("import", "--json", an_archive(tmp_path / "cris", followers="lots"))
    import_id = json.loads(printed)["import_id"]
    assert status == 1

    _, listed, _ = typed("imports", "quarantine", import_id)
    assert "readings.csv, line 2" in listed
    typed("imports", "quarantine", import_id, "--export", rows)
    still, _, _ = typed("imports", "retry", import_id, "--file", rows)
    rows.write_text(rows.read_text().replace("lots", "1250"))
    mended, said, _ = typed("imports", "retry", import_id, "--file", rows)
    dropped, gave_up, _ = typed("imports", "drop", import_id)

    assert (still, mended, dropped) == (1, 0, 0)
    assert "no row waits in the quarantine" in said
    assert "0 rows were given up" in gave_up


def test_imports_and_findings_are_listed(typed: Typed, tmp_path: Path) -> None:
    _, printed, _ = typed("import", "--json", an_archive(tmp_path / "duda", followers="odd"))
    import_id = json.loads(printed)["import_id"]

    _, listed, _ = typed("imports")
    _, as_json, _ = typed("imports", "--json")
    _, one, _ = typed("imports", import_id)
    _, findings, _ = typed("imports", "findings", import_id, "--severity", "quarantined", "--json")

    assert "duda, 1 row, 1 in quarantine" in listed
    assert import_id in {line["import_id"] for line in json.loads(as_json)}
    assert "1 row waits in quarantine" in one
    assert [line["finding"]["line"] for line in json.loads(findings)] == [2]


def test_what_is_exported_comes_back_the_same(typed: Typed, tmp_path: Path) -> None:
    typed("import", an_archive(tmp_path / "eva"))

    status, printed, _ = typed("export", tmp_path / "out", "--profile", "instagram:eva")
    again, _, told = typed("export", tmp_path / "out")
    back, shown, _ = typed("import", tmp_path / "out")
    _, counted, _ = typed("export", tmp_path / "own.zip", "--owner", "--json")

    assert (status, again, back) == (0, 2, 0)
    assert "2 profile_metrics" in printed
    assert "is there already" in told
    assert "2 unchanged" in shown
    assert json.loads(counted)["rows"]["profile_metrics"] >= 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "{place}/absent.csv"), "absent.csv"),
        (("import", "{place}", "--reader", "crystal-ball"), "there is no reader 'crystal-ball'"),
        (("import", "{place}", "--observed-at", "soon"), "write 2026-03-01T12:00Z"),
        (("import", "{place}", "--observed-at", "2026-03-01T12:00"), "names no zone"),
        (("import", "{place}", "--mapping", "{place}/none.toml"), "cannot be read"),
        (("import", "{place}", "--profile", "ana"), "instagram:maria.silva"),
        (("imports", "seven"), "is not an import's id"),
        (("imports", "retry"), "name one import"),
        (("imports", "retry", "01900000-0000-7000-8000-000000000000"), "--file FILE"),
        (("imports", "01900000-0000-7000-8000-000000000000"), "no import 01900000"),
        (("export", "{place}/out.zip", "--profile", "ana"), "instagram:maria.silva"),
    ],
)
def test_wrong_use_is_told_with_the_cure(typed: Typed, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    place = an_archive(tmp_path / "fe")
    status, _, said = typed(*(word.format(place=place) for word in words))

    assert status == 2
    assert said.startswith("analisa: ")
    assert told in said


def test_a_table_without_a_mapping_gets_one_suggested(typed: Typed, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("Account,Followers,Seen\nana,1200,2026-01-01\n")

    status, suggestion, _ = typed("import", "--suggest-mapping", table)
    asked, _, told = typed("import", table)
    planned, shown, _ = typed("import", "--dry-run", table)
    needless, _, said = typed("import", "--suggest-mapping", an_archive(tmp_path / "gil"))

    assert (status, asked, planned, needless) == (0, 2, 1, 2)
    assert "[[table]]" in suggestion
    assert "--suggest-mapping" in told
    assert "needed:" in shown
    assert "needs no mapping" in said


@pytest.mark.parametrize(
    ("time", "cure"),
    [
        ("9999-12-31T23:59:59-14:00", "write 2026-03-01T12:00Z or 2026-03-01"),
        ("0001-01-01T00:00+14:00", "write 2026-03-01T12:00Z or 2026-03-01"),
        ("yesterday", "write 2026-03-01T12:00Z or 2026-03-01"),
        ("2026-03-01T12:00", "write 2026-03-01T12:00Z for UTC"),
    ],
)
def test_a_time_of_observation_that_is_none_is_refused_before_anything_is_read(
    typed: Typed, tmp_path: Path, time: str, cure: str
) -> None:
    status, printed, complaint = typed("import", tmp_path / "not-there.csv", "--observed-at", time)

    assert (status, printed) == (2, "")
    assert complaint.startswith(f"analisa: --observed-at: '{time}' ")
    assert cure in complaint
