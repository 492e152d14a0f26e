"""`analisa verify`: offline, one verdict a receipt, and an exit status that scripts can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analisa.adapters.security.signing import Ed25519Signer
from analisa.entrypoints.cli import main
from tests.unit.analytics.worlds import a_creator, receipts


@pytest.fixture
def signer(tmp_path: Path) -> Ed25519Signer:
    return Ed25519Signer.load_or_create(tmp_path / "signing.key")


@pytest.fixture
def file(tmp_path: Path, signer: Ed25519Signer) -> Path:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(signer.signed(receipts(a_creator())[0])), "utf-8")
    return path


def test_a_receipt_holds_and_its_origin_stays_open_without_a_key(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(file)]) == 0

    printed = capsys.readouterr().out
    assert "instagram:creator0 of 2026-03-01: holds; recomputed score" in printed
    assert "origin not proven" in printed


def test_the_public_key_proves_the_origin(
    file: Path, signer: Ed25519Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "public.pem").write_text(signer.verifier.pem)

    assert main(["verify", str(file), "--key", str(tmp_path / "public.pem"), "--json"]) == 0

    (verdict,) = json.loads(capsys.readouterr().out)
    assert (verdict["holds"], verdict["origin"], verdict["changed"]) == (True, "proven", [])


def test_the_changed_section_is_named(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = json.loads(file.read_text("utf-8"))
    receipt["sections"]["result"]["score"] = 99.5
    file.write_text(json.dumps(receipt), "utf-8")

    assert main(["verify", str(file), "--key", str(tmp_path / "signing.key")]) == 1

    printed = capsys.readouterr().out
    assert "DOES NOT HOLD" in printed
    assert "changed since it was made: section result" in printed
    assert "result.score: the receipt says 99.5" in printed


def test_a_batch_has_one_verdict_each(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = json.loads(file.read_text("utf-8"))
    file.write_text("\n".join(json.dumps(receipt) for _ in range(3)), "utf-8")

    assert main(["verify", str(file), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b'{"format"', "cut off"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_status_2_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    path = tmp_path / "r.json"
    if content is not None:
        path.write_bytes(content)

    assert main(["verify", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_a_key_of_another_kind_is_status_2(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.pem").write_text("hello")

    assert main(["verify", str(file), "--key", str(tmp_path / "wrong.pem")]) == 2
    assert "wrong.pem is not an Ed25519 key" in capsys.readouterr().err
