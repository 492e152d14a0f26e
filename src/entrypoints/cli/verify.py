"""Recompute receipts offline: no database and no network, only the file and, to prove its origin, a public key.

Exit status 0: every receipt holds. 1: one does not. 2: a file cannot be used.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.shared.text import harmless

if TYPE_CHECKING:
    from ...domain.analytics.verification import Verdict

_ORIGINS = {
    "proven": "signed by the key you gave",
    "unproven": "origin not proven: give --key FILE with the installation's public key to prove who made it",
    "other_key": "signed by ANOTHER key than the one you gave",
    "not_signed": "NOT signed, though you asked for a key",
    "broken": "the signature does NOT fit",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument(
        "file", metavar="FILE", help="a receipt, a JSON array of them, or one a line; - reads the input"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="the installation's public key (PEM)")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def run(args: argparse.Namespace) -> int:
    """Verify every receipt of the file."""
    from ...domain.analytics.recompute import read_receipts  # noqa: PLC0415  analisa --help has no time for these
    from ...domain.analytics.verification import PublicKey, verify  # noqa: PLC0415

    key: PublicKey | None = None
    if args.key is not None:
        from ...adapters.security.signing import Ed25519Verifier  # noqa: PLC0415

        key = Ed25519Verifier.load(args.key)
    verdicts = [verify(receipt, key) for receipt in read_receipts(_text(args.file))]
    if args.json:
        print(json.dumps([_plain(verdict) for verdict in verdicts], indent=1))
    else:
        for verdict in verdicts:
            print(_sentence(verdict))
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _text(file: str) -> str:
    from ...domain.analytics.errors import UnusableReceipt  # noqa: PLC0415

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UnusableReceipt(f"cannot be read: {error.strerror}", place=file) from error
    except UnicodeDecodeError as error:
        raise UnusableReceipt(f"is not UTF-8 text at byte {error.start}", place=file) from error


def _name(verdict: Verdict) -> str:
    profile = verdict.profile
    who = f"{profile.get('network')}:{profile.get('handle') or profile.get('id') or '?'}"
    return f"{_quoted(who)} of {_quoted(verdict.as_of)}"


def _quoted(text: str) -> str:
    """Quote what could pass for words of ours: whoever made the receipt wrote it."""
    return text if text.isprintable() and " " not in text else repr(text)


def _sentence(verdict: Verdict) -> str:
    lines = [
        f"{_name(verdict)}: {'holds' if verdict.holds else 'DOES NOT HOLD'}; recomputed score {verdict.score:.6f}",
        f"  {_ORIGINS[verdict.origin]}",
    ]
    lines += [f"  changed since it was made: section {name}" for name in verdict.changed]
    lines += [f"  {difference}" for difference in verdict.differences]
    return "\n".join(map(harmless, lines))


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "profile": dict(verdict.profile),
        "as_of": verdict.as_of,
        "holds": verdict.holds,
        "score": round(verdict.score * 1e6) / 1e6,
        "origin": verdict.origin,
        "changed": list(verdict.changed),
        "differences": [
            {"place": difference.place, "stated": difference.stated, "found": difference.found}
            for difference in verdict.differences
        ],
    }
