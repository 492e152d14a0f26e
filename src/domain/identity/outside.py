"""Who somebody is to a provider outside: what an OpenID provider says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .email import EmailAddress
from .errors import PlaceRefused

LONGEST_SUBJECT: Final = 255
_PLACE: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,499}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideIdentity:
    """An account at a provider. The *issuer*'s own name for it never changes and is never another's; an address may be."""

    issuer: str
    subject: str
    email: EmailAddress | None = None
    email_verified: bool = False
    name: str = ""


def place_in_app(text: str) -> str:
    """Return where in the app somebody is led back to, or raise `PlaceRefused`: never to another site."""
    if not _PLACE.fullmatch(text):
        raise PlaceRefused
    return text
