"""Receipts: a stored score, computed again from the evidence it rests on, and signed for whoever wants to check it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from ...domain.analytics.receipt import receipt_of
from ...domain.shared.ids import ProfileId
from ..shared.actor import Actor
from .errors import EvidenceMoved
from .instants import end_of, instant_of
from .ports import Book, References, ScoreStore, Signer
from .views import ProfileViews, ScoreDetail, ScoreViews

_SAME = ("score", "confidence", "half_width", "gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReceipt:
    actor: Actor
    profile_id: ProfileId
    public: bool = False
    """Of the public score, also where the organisation has one of its own."""


class IssueReceiptHandler:
    def __init__(
        self,
        *,
        store: ScoreStore,
        references: References,
        scores: ScoreViews,
        profiles: ProfileViews,
        signer: Signer,
        bases: Mapping[str, str],
    ) -> None:
        self._store = store
        self._references = references
        self._scores = scores
        self._profiles = profiles
        self._signer = signer
        self._bases = bases

    async def __call__(self, command: IssueReceipt) -> dict[str, Any]:
        """Return the receipt of the current score.

        Raises `ProfileNotFound`, `NotScored`, or `EvidenceMoved` when something came in that the score does not know.
        """
        profile = await self._profiles.name(command.actor, command.profile_id)
        stored = await self._stored(command)
        receipt = await self._computed(command.actor, stored, profile)
        if not _equal(receipt["sections"]["result"], stored):
            raise EvidenceMoved(f"{profile['network']}:{profile['handle'] or profile['id']}")
        return self._signer.signed(receipt)

    async def _stored(self, command: IssueReceipt) -> ScoreDetail:
        scores = await self._scores.current(command.actor, command.profile_id)
        return scores[-1] if command.public else scores[0]

    async def _computed(self, actor: Actor, stored: ScoreDetail, profile: Mapping[str, Any]) -> dict[str, Any]:
        book = Book(actor.organisation if stored.own else None, actor.demonstration and stored.own)
        references = await self._references.get(book.reference_owner, stored.table_version)
        async with self._store.work(book) as work:
            gathered = await work.evidence(np.array([stored.profile_id], dtype=np.int64), stored.as_of)
        # A stale score was made on a later day, for the day of its evidence.
        made = stored.as_of + timedelta(days=1) if "stale" in stored.reasons else stored.as_of
        return receipt_of(
            gathered.columns,
            profile=profile,
            as_of=instant_of(end_of(stored.as_of)),
            observations=gathered.observations,
            references=references,
            bases=self._bases,
            today=instant_of(end_of(made)),
        )


def _equal(result: Mapping[str, Any], stored: ScoreDetail) -> bool:
    if any(result[name] != getattr(stored, name) for name in _SAME):
        return False
    return all(result["components"][each.component]["contribution"] == each.contribution for each in stored.components)
