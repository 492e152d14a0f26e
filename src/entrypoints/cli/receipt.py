"""Write a signed receipt of a score: all it was computed from, so that anyone can check it with `analisa verify`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .opening import WrongArgument, add_home, profile, with_application

if TYPE_CHECKING:
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profiles", nargs="*", metavar="NETWORK:ID-OR-HANDLE", help="whose; several are one a line")
    parser.add_argument("--public", action="store_true", help="of the public score, not of your organisation's own")
    parser.add_argument(
        "--public-key", type=Path, metavar="FILE", help="write the key that the receipts can be verified with"
    )
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    if not args.profiles and args.public_key is None:
        raise WrongArgument("say whose receipt to write, as in: analisa receipt instagram:maria.silva > r.json")
    return with_application(args, lambda application: _write(args, application))


async def _write(args: argparse.Namespace, application: Application) -> int:
    from ...application.analytics.receipts import IssueReceipt  # noqa: PLC0415  the command line starts light

    analytics, actor = application.root.analytics, await application.actor()
    if args.public_key is not None:
        _hand_out(args.public_key, analytics.signer().verifier.pem)
    views, issue = analytics.profile_views(), analytics.issue_receipt()
    indent = 1 if len(args.profiles) == 1 else None
    for text in args.profiles:
        profile_id = await views.find(actor, profile(text))
        receipt = await issue(IssueReceipt(actor=actor, profile_id=profile_id, public=args.public))
        print(json.dumps(receipt, ensure_ascii=False, indent=indent, allow_nan=False))
    return 0


def _hand_out(path: Path, pem: str) -> None:
    try:
        path.write_text(pem, "utf-8")
    except OSError as error:
        raise WrongArgument(f"--public-key: {path} cannot be written: {error.strerror}") from error
