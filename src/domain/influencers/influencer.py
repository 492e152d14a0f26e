"""An influencer: a person or a brand, with any number of profiles on networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..shared.errors import Conflict, Outdated, RuleViolated
from ..shared.events import Event
from ..shared.ids import InfluencerId, Owner
from ..shared.social import ProfileRef
from .events import InfluencerChanged

MAX_NAME: Final = 200
MAX_PROFILES: Final = 50


class Kind(StrEnum):
    PERSON = "person"
    BRAND = "brand"


class InfluencerInvalid(RuleViolated):
    """A fact of an influencer is not as it may be; *part* names it."""

    code = "influencers.invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class InfluencerOutdated(Outdated):
    """Somebody else changed the influencer since it was read."""

    code = "influencers.outdated"

    def __init__(self, influencer_id: InfluencerId, *, version: int) -> None:
        super().__init__(f"influencer {influencer_id}", version=version)


class InfluencerMerged(Conflict):
    """It is one with another influencer."""

    code = "influencers.merged"

    def __init__(self, influencer_id: InfluencerId, into: InfluencerId) -> None:
        super().__init__(f"influencer {influencer_id} is one with {into}; take the merge back, and it is there again")
        self.into = into


@dataclass(slots=True, kw_only=True)
class Influencer:
    """Somebody we know, as one owner knows them: public, or one organisation's own."""

    id: InfluencerId
    owner: Owner
    name: str
    kind: Kind = Kind.PERSON
    profiles: tuple[ProfileRef, ...] = ()
    """By the networks' own ids. An owner lists a profile under one influencer only."""
    version: int = 1
    """Raised by each change that somebody makes."""
    archived: bool = False
    merged_into: InfluencerId | None = None
    """With whom it is one; it is archived then, and what is kept of it is shown there."""
    name_chosen: bool = True
    """False where the name is that of the one profile, and goes with it."""
    events: list[Event] = field(default_factory=list)
    """What happened to it since it was loaded."""

    def __post_init__(self) -> None:
        self._check(self.name, self.profiles)

    @classmethod
    def create(
        cls, influencer_id: InfluencerId, owner: Owner, *, name: str, kind: Kind, profiles: tuple[ProfileRef, ...]
    ) -> Influencer:
        """Make a new one; raises `InfluencerInvalid`."""
        made = cls(id=influencer_id, owner=owner, name=name.strip(), kind=kind, profiles=profiles)
        made._tell("created", profiles)
        return made

    def expect(self, version: int) -> None:
        """Raise `InfluencerOutdated` where the influencer is no longer at *version*."""
        if version != self.version:
            raise InfluencerOutdated(self.id, version=self.version)

    def edit(
        self, *, name: str | None = None, kind: Kind | None = None, profiles: tuple[ProfileRef, ...] | None = None
    ) -> None:
        """Change what is given; what stays as it is changes nothing, and raises no version."""
        wanted = (
            self.name if name is None else name.strip(),
            self.kind if kind is None else kind,
            self.profiles if profiles is None else profiles,
        )
        self._check(wanted[0], wanted[2])
        if wanted == (self.name, self.kind, self.profiles):
            return
        touched = tuple(dict.fromkeys((*self.profiles, *wanted[2])))
        self.name_chosen = self.name_chosen or wanted[0] != self.name
        self.name, self.kind, self.profiles = wanted
        self._changed("edited", touched)

    def archive(self) -> None:
        """Take it out of lists and searches; archiving again changes nothing."""
        if not self.archived:
            self.archived = True
            self._changed("archived", self.profiles)

    def restore(self) -> None:
        """Bring it back from the archive; what was not there stays as it is. Raises `InfluencerMerged`."""
        if self.merged_into is not None:
            raise InfluencerMerged(self.id, self.merged_into)
        if self.archived:
            self.archived = False
            self._changed("restored", self.profiles)

    def hand_over(self, profiles: tuple[ProfileRef, ...]) -> None:
        """Let *profiles* be another influencer's."""
        self.edit(profiles=tuple(profile for profile in self.profiles if profile not in profiles))

    def take_over(self, profiles: tuple[ProfileRef, ...]) -> None:
        """Take *profiles* that were another influencer's; raises `InfluencerInvalid` where they would be too many."""
        self.edit(profiles=(*self.profiles, *(profile for profile in profiles if profile not in self.profiles)))

    def _changed(self, change: str, profiles: tuple[ProfileRef, ...]) -> None:
        self.version += 1
        self._tell(change, profiles)

    def _tell(self, change: str, profiles: tuple[ProfileRef, ...]) -> None:
        names = tuple(str(profile) for profile in profiles)
        self.events.append(InfluencerChanged(owner=self.owner, influencer_id=self.id, change=change, profiles=names))

    @staticmethod
    def _check(name: str, profiles: tuple[ProfileRef, ...]) -> None:
        if not name.strip():
            raise InfluencerInvalid("name", "an influencer needs a name")
        if len(name) > MAX_NAME:
            raise InfluencerInvalid("name", f"a name has at most {MAX_NAME} characters")
        if len(profiles) > MAX_PROFILES:
            raise InfluencerInvalid("profiles", f"an influencer has at most {MAX_PROFILES} profiles")
        if len(set(profiles)) < len(profiles):
            raise InfluencerInvalid("profiles", "a profile is listed twice; list it once")
