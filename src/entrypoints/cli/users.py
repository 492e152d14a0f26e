"""Make accounts, list them, give them another password, and close them.

The first one:   analisa users add maria@example.org --name Maria --operator
A password is asked for, or made and printed once with --generate, or read from standard input with --password-stdin.
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ...domain.identity.user import User
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="WHAT")
    add = does.add_parser("add", help="make an account, for a member of an organisation")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--role", default="owner", help="what they are in the organisation (owner)")
    add.add_argument("--organisation", metavar="SLUG", help="where they belong (ANALISA_ORGANISATION, or local)")
    add.add_argument(
        "--operator", action="store_true", help="they look after the installation, and bring in what is public"
    )
    invite = does.add_parser("invite", help="invite an address; a mail has the code to join (analisa mail shows it)")
    invite.add_argument("email")
    invite.add_argument("--role", default="analyst", help="what they are to be (analyst)")
    invite.add_argument("--organisation", metavar="SLUG")
    listed = does.add_parser("list", help="list the members of the organisation")
    listed.add_argument("--organisation", metavar="SLUG")
    listed.add_argument("--json", action="store_true", help="print JSON")
    password = does.add_parser("password", help="give an account another password; all its sessions end")
    password.add_argument("email")
    for parser_of_password in (add, password):
        how = parser_of_password.add_mutually_exclusive_group()
        how.add_argument("--generate", action="store_true", help="make a password, and print it")
        how.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    for name, meaning in (("disable", "let nobody sign in to it, and end its sessions"), ("enable", "let them again")):
        one = does.add_parser(name, help=meaning)
        one.add_argument("email")
    for each in (add, invite, listed, password, *(does.choices[name] for name in ("disable", "enable"))):
        add_home(each)


def run(args: argparse.Namespace) -> int:
    if args.does in {"add", "password"}:
        args.password = _password(args)
    work = {
        "add": _add,
        "invite": _invite,
        "list": _list,
        "password": _set_password,
        "disable": _disable,
        "enable": _disable,
    }[args.does]
    return with_application(args, lambda application: work(args, application))


async def _add(args: argparse.Namespace, application: Application) -> int:
    from ...application.identity.accounts import CreateUser  # noqa: PLC0415  the command line starts light

    actor = await application.actor(args.organisation)
    made = await application.root.identity.accounts().create(
        CreateUser(
            email=args.email,
            name=args.name,
            password=args.password,
            organisation=actor.organisation,
            role=args.role,
            operator=args.operator,
        )
    )
    slug = args.organisation or application.settings.organisation
    print(f"{made.email} may sign in now, and is {args.role} of {slug}")
    _tell_generated(args)
    return 0


async def _invite(args: argparse.Namespace, application: Application) -> int:
    from ...application.identity.invitations import Invite  # noqa: PLC0415

    actor = await application.actor(args.organisation)
    name = await application.root.notifications.people().organisation_name(actor.organisation)
    made = await application.root.identity.invitations().invite(
        Invite(actor=actor, organisation_name=name or "", email=args.email, role=args.role)
    )
    print(f"{made.email} is invited until {made.expires_at:%Y-%m-%d %H:%MZ}; a worker writes the mail")
    return 0


async def _list(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415

    members = await application.root.identity.members().all(await application.actor(args.organisation))
    if args.json:
        print_json(
            [
                {
                    "user_id": each.user_id,
                    "email": each.email,
                    "name": each.name,
                    "role": each.role,
                    "joined_at": each.joined_at,
                }
                for each in members
            ]
        )
        return 0
    for each in members:
        print(f"{each.role or '(workspaces)':<12}  {each.email}  {each.name}")
    if not members:
        print("nobody has an account yet; make the first: analisa users add EMAIL --name NAME --operator")
    return 0


async def _set_password(args: argparse.Namespace, application: Application) -> int:
    user = await _named(args, application)
    await application.root.identity.accounts().set_password(user.id, args.password)
    print(f"{user.email} has another password, and is signed in nowhere")
    _tell_generated(args)
    return 0


async def _disable(args: argparse.Namespace, application: Application) -> int:
    user, disabled = await _named(args, application), args.does == "disable"
    await application.root.identity.accounts().disable(user.id, disabled=disabled)
    print(f"{user.email} {'cannot sign in any more, and is signed in nowhere' if disabled else 'may sign in again'}")
    return 0


async def _named(args: argparse.Namespace, application: Application) -> User:
    user: User = await application.root.identity.accounts().named(args.email)
    return user


def _password(args: argparse.Namespace) -> str:
    if args.generate:
        return secrets.token_urlsafe(15)
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise WrongArgument("there is no terminal to ask for a password; use --generate or --password-stdin")
    typed = getpass.getpass("password: ")
    if getpass.getpass("once more: ") != typed:
        raise WrongArgument("the two passwords differ; type the same twice")
    return typed


def _tell_generated(args: argparse.Namespace) -> None:
    if args.generate:
        print(f"password: {args.password}")
