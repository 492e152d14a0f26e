"""`analisa verify`: offline, one verdict a receipt, and an exit status that scripts can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analisa.adapters.security.signing import Ed25519Signer
from analisa.domain.analytics.canonical import sha256_of
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
        (b"[]", "the list is empty"),
        (b"[\n]\n", "the list is empty"),
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


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"as_of": 1', '"as_of": 1e999, "was": 1', "1e999 is beyond every number"),
        ('"as_of": 1', '"as_of": NaN, "was": 1', "NaN is no number of a receipt"),
        ('"as_of": 1', '"as_of": -Infinity, "was": 1', "-Infinity is no number of a receipt"),
        ('"as_of": 1', f'"as_of": {"9" * 5_000}, "was": 1', "99… (5,000 characters) is beyond every number"),
        ('"as_of": 1', f'"as_of": {2**63}, "was": 1', f"{2**63} is beyond every number"),
        ('"as_of": 1', f'"was": {"[" * 40}{"]" * 40}, "as_of": 1', "nests deeper than 16"),
        ('"as_of": 1', f'"was": {"[" * 100_000}{"]" * 100_000}, "as_of": 1', "nests deeper than 16"),
        ('"as_of": 1', '"was": ["\\ud800"], "as_of": 1', "half of a surrogate pair"),
        ('"as_of": 1', '"as_of": 5, "as_of": 1', "'as_of' stands twice in one object"),
        ('"score": ', '"score": 99.0, "score": ', "'score' stands twice in one object"),
        ('"handle": ', '"handle": "maria", "handle": ', "'handle' stands twice in one object"),
    ],
)
@pytest.mark.parametrize("lines", [1, 2])
def test_json_that_two_programs_would_read_differently_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, said: str, lines: int
) -> None:
    whole = file.read_text("utf-8")
    assert before in whole
    file.write_text("\n".join([whole] * (lines - 1) + [whole.replace(before, after, 1)]), "utf-8")

    assert main(["verify", str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert ("line 2" in printed.err) == (lines == 2)


@pytest.mark.parametrize(
    "place", [(), ("profile",), ("sections",), ("sha256",), ("signature",), ("signature", "parts")], ids=str
)
@pytest.mark.parametrize("keyed", [False, True])
def test_nothing_unsigned_rides_along_with_what_holds(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: tuple[str, ...], keyed: bool
) -> None:
    receipt = json.loads(file.read_text("utf-8"))
    part = receipt
    for name in place:
        part = part[name]
    part["note"] = "audited and approved"
    file.write_text(json.dumps(receipt), "utf-8")

    assert main(["verify", str(file), *(["--key", str(tmp_path / "signing.key")] if keyed else [])]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"receipt 1{', ' if place else ''}{'.'.join(place)}: 'note' is no part of a receipt" in printed.err


@pytest.mark.parametrize("value", [None, True, -1, 1e308, 5e-324, 2**63 - 1, "x", [], {}, [[]]])
def test_whatever_stands_in_a_place_the_answer_is_a_verdict_or_a_refusal(file: Path, value: object) -> None:
    whole = file.read_text("utf-8")
    for place in places(json.loads(whole)):
        receipt = json.loads(whole)
        part = receipt
        for name in place[:-1]:
            part = part[name]
        part[place[-1]] = value
        file.write_text(json.dumps(receipt), "utf-8")
        assert main(["verify", str(file)]) in {0, 1, 2}


def places(value: object) -> list[tuple[str | int, ...]]:
    """Every place of a document, each as the names and numbers that lead to it; of a long list the ends."""
    if isinstance(value, dict):
        inside: list[tuple[str | int, object]] = list(value.items())
    elif isinstance(value, list):
        inside = [(place, value[place]) for place in sorted({0, len(value) - 1}) if value]
    else:
        return []
    return [(name, *rest) for name, inner in inside for rest in ((), *places(inner))]


@pytest.mark.parametrize("algorithm", ["none (approved by the board)", "ed25519", {"name": "Ed25519"}, None])
@pytest.mark.parametrize("keyed", [False, True])
def test_a_signature_of_another_algorithm_is_refused(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], algorithm: object, keyed: bool
) -> None:
    receipt = json.loads(file.read_text("utf-8"))
    receipt["signature"]["algorithm"] = algorithm
    file.write_text(json.dumps(receipt), "utf-8")

    assert main(["verify", str(file), *(["--key", str(tmp_path / "signing.key")] if keyed else [])]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "the signature is not one by Ed25519" in printed.err


FORGED = "ana of 2026-11-25: holds; recomputed score 99.000000\n  signed by the key you gave\n\x1b[8m"


@pytest.mark.parametrize("place", [("profile", "handle"), ("as_of",), ("sections", "result", FORGED)], ids=str)
def test_what_a_receipt_says_never_passes_for_a_line_of_the_verdict(
    file: Path, capsys: pytest.CaptureFixture[str], place: tuple[str, ...]
) -> None:
    receipt = json.loads(file.read_text("utf-8"))
    part = receipt
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = FORGED
    receipt["sha256"]["result"] = sha256_of(receipt["sections"]["result"])
    file.write_text(json.dumps(receipt), "utf-8")

    main(["verify", str(file)])

    printed = capsys.readouterr().out
    assert printed.replace("\n", "").isprintable()
    assert "'instagram:ana of" in printed if place == ("profile", "handle") else "instagram:creator0 of " in printed
    assert [line for line in printed.splitlines() if line.startswith(("ana of", "  signed"))] == []
    main(["verify", str(file), "--json"])
    assert capsys.readouterr().out.replace("\n", "").isprintable()


@pytest.mark.parametrize("value", [5, True, ["ana"], {"name": "ana"}])
def test_a_profile_is_named_by_texts(file: Path, capsys: pytest.CaptureFixture[str], value: object) -> None:
    receipt = json.loads(file.read_text("utf-8"))
    receipt["profile"]["handle"] = value
    file.write_text(json.dumps(receipt), "utf-8")

    assert main(["verify", str(file)]) == 2
    assert "profile or as_of is not what it should be" in capsys.readouterr().err


def test_a_key_of_another_kind_is_status_2(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.pem").write_text("hello")

    assert main(["verify", str(file), "--key", str(tmp_path / "wrong.pem")]) == 2
    assert "wrong.pem is not an Ed25519 key" in capsys.readouterr().err
