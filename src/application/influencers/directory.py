"""Whom we know: registering influencers, and what can go wrong when profiles are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from ...domain.influencers.influencer import Influencer, Kind
from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import InfluencerId
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor
from ..shared.ports import Ids

_AT_ONCE = 5_000


class ProfileAmbiguous(RuleViolated):
    """Several profiles have that handle, as happens when one is given up and taken by somebody else."""

    code = "influencers.profile_ambiguous"

    def __init__(self, ref: ProfileRef, network_ids: Sequence[str]) -> None:
        ids = ", ".join(f"{ref.network}:{network_id}" for network_id in network_ids)
        super().__init__(f"several profiles are called {ref}: {ids}; name the one you mean by its id")
        self.ref = ref
        self.network_ids = tuple(network_ids)


class InfluencerRegister(Protocol):
    """Every influencer, as their owners know them."""

    async def add(self, actor: Actor, influencers: Sequence[Influencer]) -> int:
        """Add those of whom no profile is held yet by an influencer of the same owner; the number added."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to register, with profiles by the networks' own ids."""

    name: str
    profiles: tuple[ProfileRef, ...]
    kind: Kind = Kind.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterInfluencers:
    """Make known who stands behind which profiles, before their observations come in."""

    actor: Actor
    people: Iterable[Person]
    public: bool = False


class RegisterInfluencersHandler:
    def __init__(self, register: InfluencerRegister, ids: Ids) -> None:
        self._register = register
        self._ids = ids

    async def __call__(self, command: RegisterInfluencers) -> int:
        """Register *people*; doing so again adds nobody. Returns the number added."""
        owner = command.actor.owner_of(public=command.public)
        known = (
            Influencer(
                id=InfluencerId(self._ids.new()),
                owner=owner,
                name=person.name,
                kind=person.kind,
                profiles=person.profiles,
            )
            for person in command.people
        )
        return sum([await self._register.add(command.actor, some) for some in _by_the_thousand(known)])


def _by_the_thousand(influencers: Iterator[Influencer]) -> Iterator[list[Influencer]]:
    while some := list(islice(influencers, _AT_ONCE)):
        yield some
