"""What an organisation writes down of influencers: tags, notes, values of its own fields, and prices."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from ...domain.influencers.fields import CustomField, Value
from ...domain.influencers.lists import AT_ONCE
from ...domain.influencers.notes import MOST_TAGS, Note, NoteInvalid, Price, Tag, WorkFormat
from ...domain.shared.errors import NotFound, Outdated
from ...domain.shared.ids import InfluencerId, ListId
from ...domain.shared.money import Money
from ...domain.shared.social import NetworkName
from ..shared.actor import Actor, NotPermitted
from ..shared.failpoints import failpoint
from ..shared.ports import Clock
from .errors import InfluencerNotFound
from .fields import FieldNotFound
from .lists import Changed
from .policy import NOTES_WRITE

BEFORE_COMMIT = failpoint("influencers.before_note_commit")


class NoteNotFound(NotFound):
    """There is no such note, or it is another organisation's."""

    code = "influencers.note_not_found"

    def __init__(self, note_id: UUID) -> None:
        super().__init__(f"there is no note {note_id} here")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUsed:
    tag: str
    influencers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteShown:
    note_id: UUID
    text: str
    author: str
    written_at: datetime
    edited_at: datetime | None
    version: int
    can: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePage:
    items: tuple[NoteShown, ...]
    next: NoteKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """Where a page of notes ended."""

    written_at: datetime
    note_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFilled:
    """A field of the organisation, and what it says of one influencer."""

    key: str
    label: str
    kind: str
    value: Value
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceShown:
    price_id: UUID
    network: str | None
    format: str
    amount: str
    currency: str
    since: date
    remark: str
    noted_by: str
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnList:
    list_id: ListId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOf:
    """All that an organisation keeps of one influencer: the newest notes and prices, and everything else."""

    influencer_id: InfluencerId
    tags: tuple[str, ...]
    fields: tuple[FieldFilled, ...]
    lists: tuple[OnList, ...]
    """Those that the actor sees; none where they may see no lists."""
    notes: tuple[NoteShown, ...]
    prices: tuple[PriceShown, ...]
    can: tuple[str, ...]
    """`write` where the actor may add to it."""


class NoteWork(Protocol):
    """One transaction over what is kept of influencers."""

    async def seen(self, influencers: Sequence[InfluencerId]) -> frozenset[InfluencerId]:
        """Return those that the actor sees."""
        ...

    async def tag(self, influencers: Sequence[InfluencerId], tags: Sequence[Tag]) -> frozenset[InfluencerId]:
        """Tag them, and return who has a tag more; a tag that is there keeps its spelling."""
        ...

    async def untag(self, influencers: Sequence[InfluencerId], tags: Sequence[Tag]) -> frozenset[InfluencerId]: ...

    async def most_tagged(self, influencers: Sequence[InfluencerId]) -> int:
        """Return how many tags the one of them has who has most."""
        ...

    async def note(self, note_id: UUID) -> Note | None:
        """Return it, for this work alone to change."""
        ...

    async def save_note(self, note: Note) -> None: ...

    async def delete_note(self, note: Note) -> None: ...

    async def custom_field(self, key: str) -> CustomField | None: ...

    async def fill(self, influencer_id: InfluencerId, key: str, value: Value) -> None: ...

    async def clear(self, influencer_id: InfluencerId, key: str) -> bool: ...

    async def add_price(self, price: Price) -> None:
        """Keep it; one of that id that is there stays as it is."""
        ...


class NoteWorks(Protocol):
    def work(self, actor: Actor) -> AbstractAsyncContextManager[NoteWork]: ...


class NoteViews(Protocol):
    async def tags(self, actor: Actor) -> tuple[TagUsed, ...]:
        """Return the organisation's tags, the most used first."""
        ...

    async def kept_of(self, actor: Actor, influencer_id: UUID) -> KeptOf:
        """Raises `InfluencerNotFound`."""
        ...

    async def notes(
        self, actor: Actor, influencer_id: UUID, *, after: NoteKey | None = None, limit: int = 50
    ) -> NotePage:
        """List the newest first; raises `InfluencerNotFound`."""
        ...

    async def prices(self, actor: Actor, influencer_id: UUID) -> tuple[PriceShown, ...]:
        """List what was asked, from the latest day on; raises `InfluencerNotFound`."""
        ...

    async def note(self, actor: Actor, note_id: UUID) -> NoteShown:
        """Raises `NoteNotFound`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TagInfluencers:
    actor: Actor
    influencers: tuple[InfluencerId, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote:
    actor: Actor
    note_id: UUID
    """Made beforehand, so that writing it again makes no second one."""
    influencer_id: InfluencerId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditNote:
    actor: Actor
    note_id: UUID
    version: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillField:
    """Say what a field is of an influencer; None clears it."""

    actor: Actor
    influencer_id: InfluencerId
    key: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePrice:
    actor: Actor
    price_id: UUID
    """Made beforehand, so that noting it again makes no second one."""
    influencer_id: InfluencerId
    format: WorkFormat
    money: Money
    since: date
    network: NetworkName | None = None
    remark: str = ""


class NotesHandler:
    """Carries out the commands above; each raises `NotPermitted`, and `InfluencerNotFound` where it names one."""

    def __init__(self, works: NoteWorks, clock: Clock) -> None:
        self._works = works
        self._clock = clock

    async def tag(self, command: TagInfluencers) -> Changed:
        """Add and remove tags of many; who is not there is told, and nothing hinders the others. Raises `NoteInvalid`."""
        command.actor.require(NOTES_WRITE)
        add, remove = (
            [*{tag.key: tag for tag in map(Tag.read, texts)}.values()] for texts in (command.add, command.remove)
        )
        if not 0 < len(command.influencers) <= AT_ONCE or len(add) + len(remove) > MOST_TAGS:
            raise NoteInvalid("ids", f"name 1 to {AT_ONCE} influencers and at most {MOST_TAGS} tags at once")
        async with self._works.work(command.actor) as work:
            there = await work.seen(command.influencers)
            some = [each for each in command.influencers if each in there]
            changed = await work.untag(some, remove) | await work.tag(some, add)
            if await work.most_tagged(some) > MOST_TAGS:
                raise NoteInvalid("add", f"an influencer has at most {MOST_TAGS} tags; remove some first")
            BEFORE_COMMIT()
        missing = tuple(each for each in command.influencers if each not in there)
        return Changed(changed=len(changed), missing=missing)

    async def write(self, command: WriteNote) -> None:
        """Raises `NoteInvalid`."""
        actor = command.actor
        note = Note(
            id=command.note_id,
            influencer_id=command.influencer_id,
            text=command.text,
            written_by=actor.caller,
            author=actor.name,
            written_at=self._clock.now(),
        )
        async with self._works.work(actor) as work:
            await self._require(work, actor, command.influencer_id)
            if await work.note(note.id) is None:
                await work.save_note(note)
                BEFORE_COMMIT()

    async def edit(self, command: EditNote) -> None:
        """Whoever wrote it changes it, and nobody else. Raises `NoteNotFound`, `NoteInvalid` and `Outdated`."""
        async with self._works.work(command.actor) as work:
            note = await self._note(work, command.actor, command.note_id, command.version)
            if note.edit(command.text, self._clock.now()):
                await work.save_note(note)

    async def delete(self, actor: Actor, note_id: UUID, *, version: int | None) -> None:
        """Whoever wrote it deletes it, and nobody else. Raises `NoteNotFound` and `Outdated`."""
        async with self._works.work(actor) as work:
            await work.delete_note(await self._note(work, actor, note_id, version))

    async def fill(self, command: FillField) -> None:
        """Raises `FieldNotFound` and `ValueRefused`."""
        async with self._works.work(command.actor) as work:
            await self._require(work, command.actor, command.influencer_id)
            custom = await work.custom_field(command.key)
            if custom is None:
                raise FieldNotFound(command.key)
            if command.value is None:
                await work.clear(command.influencer_id, command.key)
            else:
                await work.fill(command.influencer_id, command.key, custom.taken(command.value))

    async def note_price(self, command: NotePrice) -> None:
        """Raises `NoteInvalid`."""
        actor = command.actor
        price = Price(
            id=command.price_id,
            influencer_id=command.influencer_id,
            network=command.network,
            format=command.format,
            money=command.money,
            since=command.since,
            remark=command.remark.strip(),
            noted_by=actor.name,
            noted_at=self._clock.now(),
        )
        async with self._works.work(actor) as work:
            await self._require(work, actor, command.influencer_id)
            await work.add_price(price)
            BEFORE_COMMIT()

    async def _require(self, work: NoteWork, actor: Actor, influencer_id: InfluencerId) -> None:
        actor.require(NOTES_WRITE)
        if influencer_id not in await work.seen([influencer_id]):
            raise InfluencerNotFound(influencer_id)

    async def _note(self, work: NoteWork, actor: Actor, note_id: UUID, version: int | None) -> Note:
        actor.require(NOTES_WRITE)
        note = await work.note(note_id)
        if note is None:
            raise NoteNotFound(note_id)
        if note.written_by != actor.caller:
            raise NotPermitted("whoever wrote a note changes it, and nobody else")
        if version not in {None, note.version}:
            raise Outdated("the note", version=note.version)
        return note
