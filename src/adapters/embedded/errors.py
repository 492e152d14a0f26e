"""What can go wrong with a home and with the servers in it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...domain.shared.errors import Conflict, RuleViolated, Unavailable


class HomeUnusable(RuleViolated):
    """The home cannot hold an installation as it stands."""

    code = "embedded.home_unusable"


class HomeBusy(Conflict):
    """Another program of this installation is at work in the home."""

    code = "embedded.home_busy"

    def __init__(self, home: Path, *, holder: str, pid: int | None, cure: str) -> None:
        self.holder = f"{holder} (process {pid})" if pid else holder
        self.program = holder
        self.pid = pid
        super().__init__(f"{self.holder} is at work in {home}; {cure}")


class ServerFailed(Unavailable):
    """An embedded server does not start, or cannot be started here."""

    code = "embedded.server_failed"


@contextmanager
def refusals_of(home: Path) -> Iterator[None]:
    """Raise `HomeUnusable`, with the place and the cure, for what the operating system refuses within the block."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise HomeUnusable(f"the disk that holds {home} is full; make room there, or use another --home") from error
        place = f": {error.filename}" if error.filename else ""
        raise HomeUnusable(
            f"{home} does not let us work ({error.strerror or error}{place}); mend that, or use another --home"
        ) from error


_FULL = (errno.ENOSPC, errno.EDQUOT)
