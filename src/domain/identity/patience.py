"""How long somebody has to wait who guesses: ever longer, and never for ever.

Some tries are free. After each one more the wait doubles, so that in any hour few are made; after a day without one
all is forgotten.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(days=1)
MOST_COUNTED: Final = 64


class Guessing(StrEnum):
    """What guesses are counted of."""

    ACCOUNT = "account"
    """One account, from devices that it was never signed in on: three free tries are at most ten in an hour."""
    DEVICE = "device"
    """One account, on a device that it was signed in on before: whoever guesses elsewhere does not keep its owner out."""
    ADDRESS = "address"
    """One address of the network, whatever the account."""

    MAIL = "mail"
    """Mails that somebody has sent to one address by asking for codes."""

    @property
    def free(self) -> int:
        """So many tries do not wait."""
        return 30 if self is Guessing.ADDRESS else 3


def wait_after(tries: int, kind: Guessing = Guessing.ACCOUNT) -> timedelta:
    """Return how long the next try has to wait after *tries* that failed, or are not known yet to be right."""
    if tries < kind.free:
        return timedelta()
    return min(LONGEST, FIRST * (1 << min(tries - kind.free, 16)))
