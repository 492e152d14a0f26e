"""A user: somebody who signs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..shared.ids import UserId
from ..shared.periods import PeriodRefused, zone_of
from .email import EmailAddress
from .errors import UserInvalid

MAX_NAME: Final = 120
LOCALES: Final = ("pt-BR", "en")


@dataclass(slots=True, kw_only=True)
class User:
    """An account of one person, who may belong to any number of organisations."""

    id: UserId
    email: EmailAddress
    name: str
    locale: str = "pt-BR"
    time_zone: str = "America/Sao_Paulo"
    password_hash: str | None = None
    """None where no password was chosen yet: nobody signs in with one."""
    verified_at: datetime | None = None
    """When it was shown that the address is theirs."""
    operator: bool = False
    """Looks after the installation, and may bring in what is public."""
    disabled: bool = False
    version: int = 1
    """Raised by each change."""

    def __post_init__(self) -> None:
        _check(self.name, self.locale, self.time_zone)

    @classmethod
    def create(cls, user_id: UserId, email: EmailAddress, *, name: str, operator: bool = False) -> User:
        """Make a new one; raises `UserInvalid`."""
        return cls(id=user_id, email=email, name=name.strip(), operator=operator)

    def edit(self, *, name: str | None = None, locale: str | None = None, time_zone: str | None = None) -> None:
        """Change what is given; raises `UserInvalid`."""
        wanted = (
            self.name if name is None else name.strip(),
            self.locale if locale is None else locale,
            self.time_zone if time_zone is None else time_zone,
        )
        _check(*wanted)
        if wanted != (self.name, self.locale, self.time_zone):
            self.name, self.locale, self.time_zone = wanted
            self.version += 1

    def move(self, email: EmailAddress, at: datetime) -> None:
        """Have another address, which was shown to be theirs."""
        self.email, self.verified_at = email, at
        self.version += 1

    def choose_password(self, password_hash: str) -> None:
        self.password_hash = password_hash
        self.version += 1


def _check(name: str, locale: str, time_zone: str) -> None:
    if not name.strip():
        raise UserInvalid("name", "a user needs a name")
    if len(name) > MAX_NAME:
        raise UserInvalid("name", f"a name has at most {MAX_NAME} characters")
    if not name.isprintable():
        raise UserInvalid("name", "a name has no control characters")
    if locale not in LOCALES:
        raise UserInvalid("locale", f"{locale!r} is not spoken here; there are: {', '.join(LOCALES)}")
    try:
        zone_of(time_zone)
    except PeriodRefused as error:
        raise UserInvalid("time_zone", str(error)) from error
