"""Requests that may be sent twice: the same key and the same request have one effect, and get one answer (promise P5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from ...domain.shared.errors import Conflict, RuleViolated
from .actor import Actor

LEASE: Final = timedelta(seconds=60)
"""After so long without an answer, whoever tried is taken for dead, and another may try."""
KEPT: Final = timedelta(hours=48)
"""How long an answer can be had again; 24 hours are promised."""


class KeyReused(RuleViolated):
    """The key came with another request before."""

    code = "http.idempotency_key_reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Idempotency-Key {key!r} was sent with another request before; make a new key for a new request"
        )


class RequestInFlight(Conflict):
    """The same request is being carried out."""

    code = "http.request_in_flight"
    retry_after_s = 1

    def __init__(self, key: str) -> None:
        super().__init__(f"the request with Idempotency-Key {key!r} is being carried out; ask again in a moment")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """Whose request it is, to which route, and what they call it."""

    actor: Actor
    route: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, to be answered again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    fingerprint: bytes
    """Of the request that it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to carry the request out, under an id that stays the same however often it is tried."""

    reserved_id: UUID
    attempt: int


class RepeatableRequests(Protocol):
    """Keys of requests that create something, and what was answered to them."""

    async def begin(self, key: RequestKey, fingerprint: bytes | None) -> Turn | Answer:
        """Take the turn, or return what was answered before.

        Raises `KeyReused` where *fingerprint* is of another request, and `RequestInFlight` while somebody has the turn.
        None is of a request that has not been read yet: whoever gets an answer compares when it has been.
        """
        ...

    async def extend(self, key: RequestKey, turn: Turn, fingerprint: bytes | None = None) -> None:
        """Keep the turn for `LEASE` more, or raise `RequestInFlight` where somebody else has taken it over.

        With its *fingerprint* the request is known from now on: `KeyReused` where an earlier try had another one.
        """
        ...

    async def answered(self, key: RequestKey, turn: Turn, answer: Answer) -> None:
        """Keep *answer*; nothing is kept of a turn that was taken over."""
        ...

    async def give_up(self, key: RequestKey, turn: Turn, *, forget: bool) -> None:
        """Let others try at once; with *forget* as if the request had never come, because it was refused."""
        ...
