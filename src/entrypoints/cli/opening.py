"""What commands that read the database have in common: opening it, and the times and profiles that people write."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from ...domain.shared.errors import RuleViolated
from ...domain.shared.social import NetworkName, ProfileRef, network_name
from .. import moments

if TYPE_CHECKING:
    from ..container import Application


class WrongArgument(RuleViolated):
    """Something on the command line cannot be followed; the message says what to write instead."""

    code = "cli.wrong_argument"


def add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the installation's directory")


def with_application(args: argparse.Namespace, work: Callable[[Application], Awaitable[int]]) -> int:
    """Open the installation that *args* and the environment name, and run *work* in it."""
    return asyncio.run(_opened(args, work))


async def _opened(args: argparse.Namespace, work: Callable[[Application], Awaitable[int]]) -> int:
    from ..container import open_application  # noqa: PLC0415  the command line starts light
    from ..settings import read_settings  # noqa: PLC0415

    async with open_application(read_settings(home=args.home)) as application:
        return await work(application)


def moment(option: str, text: str) -> datetime:
    """Read an instant with a zone, or a day as its first moment in UTC."""
    try:
        return moments.moment(text)
    except ValueError as error:
        raise WrongArgument(f"{option}: {error}") from error


def day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongArgument(f"{option}: {text!r} is not a day; write 2026-03-01") from error


def profile(text: str) -> ProfileRef:
    try:
        return ProfileRef.parse(text)
    except ValueError as error:
        raise WrongArgument(str(error)) from error


def network(option: str, text: str | None) -> NetworkName | None:
    """Read a network's name, which may be left out."""
    try:
        return None if text is None else network_name(text)
    except ValueError as error:
        raise WrongArgument(f"{option}: {error}") from error
