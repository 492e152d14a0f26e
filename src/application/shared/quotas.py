"""Quotas: how much a caller and an organisation may ask for in a minute, over all processes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ...domain.shared.errors import Conflict

WINDOW_S: Final = 60


class QuotaExceeded(Conflict):
    """So much was asked for that the next request has to wait."""

    code = "http.quota_exceeded"

    def __init__(self, quota: Quota, retry_in_s: int) -> None:
        self.retry_after_s = max(1, retry_in_s)
        super().__init__(
            f"this is as much as a {quota.name} takes in a minute ({quota.setting}); wait {self.retry_after_s} s"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """So much in a minute, all at once or evenly; what was used comes back evenly."""

    name: str
    per_minute: int
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """That *who* asks for something that counts as *cost*."""

    quota: Quota
    who: str
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a quota after a request."""

    quota: Quota
    remaining: int
    full_in_s: int


class Quotas(Protocol):
    async def take(self, asks: Sequence[Ask]) -> tuple[Left, ...]:
        """Count the request in every quota, or in none and raise `QuotaExceeded`.

        Where nobody can be asked how much others counted, each process counts alone, and gives less.
        """
        ...
