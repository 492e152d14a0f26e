"""Money: a whole number of a currency's smallest units, never a fraction of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from .errors import RuleViolated

MOST: Final = 10**14
"""Smallest units: a thousand billion of most currencies."""
_DIGITS: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"), 0
    ),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits behind the point of those that do not have two (ISO 4217, list one)."""
_CURRENCY: Final = re.compile("[A-Z]{3}")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")


class MoneyRefused(RuleViolated):
    """The text is no amount of money; *part* says which of its two parts."""

    code = "money.refused"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    minor: int
    """Smallest units: cents of most currencies, and yen of the yen."""
    currency: str
    """As ISO 4217 writes it: BRL."""

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise MoneyRefused("currency", f"{self.currency[:20]!r} is no currency; write three capitals, as BRL")
        if not 0 <= self.minor <= MOST:
            raise MoneyRefused("amount", "an amount is neither below zero nor beyond all bounds")

    @classmethod
    def read(cls, amount: str, currency: str) -> Money:
        """Take an amount as `1500` or `1500.00`, or raise `MoneyRefused`; nothing is rounded."""
        digits = _DIGITS.get(currency, 2)
        if not _AMOUNT.fullmatch(amount):
            raise MoneyRefused("amount", f"{amount[:30]!r} is no amount; write digits and a point, as 1500.00")
        minor = Decimal(amount).scaleb(digits)
        if minor != minor.to_integral_value():
            raise MoneyRefused("amount", f"{currency} has {digits} digits behind the point, and {amount} has more")
        return cls(minor=int(minor), currency=currency)

    @property
    def amount(self) -> str:
        """The amount with as many digits behind the point as its currency has."""
        digits = _DIGITS.get(self.currency, 2)
        return f"{Decimal(self.minor).scaleb(-digits):.{digits}f}"

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"
