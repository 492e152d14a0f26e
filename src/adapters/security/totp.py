"""`OneTimePasswords` by RFC 6238: six digits, half a minute, SHA-1, as every authenticator has them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import pyotp

_STEP_S: Final = 30
_ISSUER: Final = "Analisa"


class TimedPasswords:
    def new_secret(self) -> str:
        return pyotp.random_base32()

    def uri(self, secret: str, name: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """One step before and one after are taken, for clocks that differ."""
        this = int(now.timestamp()) // _STEP_S
        totp = pyotp.TOTP(secret)
        found = [
            step for step in (this - 1, this, this + 1) if pyotp.utils.strings_equal(totp.generate_otp(step), code)
        ]
        return found[-1] if found else None
