"""Calling addresses that people give us: the one way there is, for every context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, Protocol

from ...domain.shared.addresses import OutsideUrl
from ...domain.shared.errors import RuleViolated, Unavailable

DEADLINE: Final = timedelta(seconds=10)
"""For all of it: the name, the connection, and the last byte of the answer."""
MOST_BYTES: Final = 5 << 20
"""Of an answer's body."""


class NotReached(Unavailable):
    """Nobody answers there, not in time, or not by the rules of HTTP and TLS."""

    code = "outbound.not_reached"

    def __init__(self, url: OutsideUrl, why: str) -> None:
        super().__init__(f"{url.host} was not reached: {why}")


class AnswerTooLarge(RuleViolated):
    """The answer is larger than what is taken in."""

    code = "outbound.answer_too_large"

    def __init__(self, url: OutsideUrl, most: int) -> None:
        super().__init__(f"{url.host} answers with more than the {most} bytes that are taken in")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    url: OutsideUrl
    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those that every call has; who we are and how long the body is cannot be said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAnswer:
    """What was answered, whatever it was: a redirect is an answer, and is not followed."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters; of several of one name the last."""
    body: bytes
    """As it was sent: nothing is unpacked."""
    address: str
    """Who answered."""


class Outbound(Protocol):
    async def address_of(self, url: OutsideUrl) -> str:
        """Return the address that would be called; raises `AddressRefused` and `NotReached`."""
        ...

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        """Call it once. Raises `AddressRefused`, `NotReached` and `AnswerTooLarge`.

        The name is looked up once, every address that it has must be on the internet, and the one that was looked at is
        the one that is called.
        """
        ...
