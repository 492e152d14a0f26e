"""Under which account the servers run: as root never as root, and what that account can reach."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import ServerFailed

UNPRIVILEGED = ("analisa", "postgres", "nobody")
"""Accounts that root lends to the servers: the first that exists. PostgreSQL refuses to run as root."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system that is not the one we run under."""

    name: str
    uid: int
    gid: int

    def blocked_by(self, path: Path) -> Path | None:
        """Return the first directory on the way to *path* that keeps this account out, or None.

        Judged by mode bits alone: an access list that lets the account in is not seen, which costs a copy at most.
        """
        for way in (path.absolute(), path.resolve()):  # where links are, both the way to them and the way on
            for parent in reversed(way.parents):
                if not self._may_enter(parent.stat()):
                    return parent
        return None

    def _may_enter(self, entry: os.stat_result) -> bool:
        if entry.st_uid == self.uid:
            return bool(entry.st_mode & stat.S_IXUSR)
        if entry.st_gid == self.gid:
            return bool(entry.st_mode & stat.S_IXGRP)
        return bool(entry.st_mode & stat.S_IXOTH)


def account_name(uid: int) -> str:
    """Return what people call the user *uid*; a number that the machine does not know is said as such."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _known(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise ServerFailed(
            f"PostgreSQL would run as user {uid}, whom this machine does not know, and refuses to; add it "
            f"(useradd --system --uid {uid} analisa), or set ANALISA_DATABASE_URL to a server of your own"
        ) from None


def server_account(data: Path) -> Account | None:
    """Return the account that the servers must run under, or None to stay who we are.

    *data* that exists keeps its owner, also when a better-named account has been added since.
    """
    if os.geteuid() != 0:
        _known(os.geteuid())
        return None
    owner = data.stat().st_uid if data.exists() else 0
    if owner:
        return Account(_known(owner), owner, data.stat().st_gid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ServerFailed(
        "root cannot run PostgreSQL, and this machine has none of the accounts "
        f"{', '.join(UNPRIVILEGED)} to run it under; add one (useradd --system analisa) or start as an ordinary user"
    )
