"""Look at the mails that were written, and send those that wait.

Without ANALISA_SMTP_URL mails are not sent: this is where their codes and links are read.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...domain.shared.text import harmless
from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ..container import Application

STATES = ("waiting", "sent", "refused")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=STATES, help="only those that wait, were sent, or were refused")
    parser.add_argument("-n", "--limit", type=int, default=5, help="how many at the most, the newest first (5)")
    parser.add_argument("--send", action="store_true", help="let a worker send those that wait")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise WrongArgument(f"--limit: {args.limit} is not a number of mails; write 1 or more")
    return with_application(args, lambda application: (_send if args.send else _show)(args, application))


async def _send(_: argparse.Namespace, application: Application) -> int:
    if application.settings.smtp_url is None:
        raise WrongArgument("there is no mail server: set ANALISA_SMTP_URL and ANALISA_MAIL_FROM, for the workers too")
    number = await application.root.notifications.mails().send_again()
    print(f"{number} mails wait to be sent by a worker")
    return 0


async def _show(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415  the command line starts light

    mails = await application.root.notifications.mails().newest(limit=args.limit, state=args.state)
    if args.json:
        print_json(
            [
                {
                    "mail_id": each.mail_id,
                    "kind": each.mail.kind,
                    "to": each.mail.to,
                    "subject": each.mail.subject,
                    "text": each.mail.text,
                    "state": each.state,
                    "made_at": each.made_at,
                    "sent_at": each.sent_at,
                    "error": each.error,
                }
                for each in mails
            ]
        )
        return 0
    for each in mails:
        why = f": {each.error}" if each.error else ""
        print(f"{each.made_at:%Y-%m-%d %H:%M:%SZ}  {each.state}{why}")
        print(f"To: {harmless(each.mail.to)}\nSubject: {harmless(each.mail.subject)}\n")
        print("\n".join(f"    {harmless(line)}" for line in each.mail.text.splitlines()) + "\n")
    if not mails:
        print("no mails")
    return 0
