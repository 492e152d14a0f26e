"""The record: its heads are signed every hour, and whoever looks after it can have all of it checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ...domain.compliance.audit import Broken, Recorded, broken
from ..shared.ports import Clock
from .ports import AuditChains, Chain, HeadFile, HeadSigner, SignedHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found in a chain."""

    chain: Chain
    entries: int
    signed: int
    """Heads that were signed, in the database or in the file beside it."""
    broken: tuple[Broken, ...]


class Auditing:
    def __init__(self, chains: AuditChains, signer: HeadSigner, kept: HeadFile, clock: Clock) -> None:
        self._chains = chains
        self._signer = signer
        self._file = kept
        self._clock = clock

    async def sign_heads(self) -> int:
        """Sign the head of each chain that has grown; the number of signatures."""
        made = 0
        for chain in await self._chains.chains():
            head = await self._chains.head(chain.organisation)
            last = max((each.head.number for each in await self._chains.signed(chain.organisation)), default=0)
            if head is None or head.number <= last:
                continue
            at = self._clock.now()
            signed = SignedHead(
                organisation=chain.organisation,
                head=head,
                at=at,
                key_id=self._signer.key_id,
                signature=self._signer.sign(chain.organisation, head, at),
            )
            self._file.add(signed)  # first what the database cannot take back
            await self._chains.sign(signed)
            made += 1
        return made

    async def verify(self) -> tuple[Verdict, ...]:
        """Check every chain against itself and against what was signed."""
        elsewhere = self._file.all()
        known = {chain.organisation: chain for chain in await self._chains.chains()}
        for signed in elsewhere:  # a chain of which nothing is left is missed all the same
            known.setdefault(
                signed.organisation, Chain(organisation=signed.organisation, name=str(signed.organisation))
            )
        return tuple([await self._verified(chain, elsewhere) for chain in known.values()])

    async def _verified(self, chain: Chain, elsewhere: Sequence[SignedHead]) -> Verdict:
        mine: UUID | None = chain.organisation
        signed = [*await self._chains.signed(mine), *(each for each in elsewhere if each.organisation == mine)]
        forged = [
            Broken(number=each.head.number, why="its signature is not by this installation's key")
            for each in signed
            if not self._signer.verifies(each)
        ]
        heads = {each.head.number: each.head.hash for each in signed if self._signer.verifies(each)}
        last = await self._chains.head(mine)
        if last is not None:
            heads.setdefault(last.number, last.hash)
        async with self._chains.reading(mine) as entries:
            recorded: list[Recorded] = [each async for each in entries]
        found = tuple(broken(mine, recorded, heads))
        return Verdict(chain=chain, entries=len(recorded), signed=len(heads), broken=(*forged, *found))
