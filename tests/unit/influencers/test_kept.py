"""Lists, tags, notes, fields, prices, and who turns out to be one: the rules alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.influencers.fields import CustomField, FieldInvalid, FieldKind, ValueRefused
from analisa.domain.influencers.influencer import Influencer, InfluencerMerged, Kind
from analisa.domain.influencers.lists import InfluencerList, ListInvalid
from analisa.domain.influencers.merging import Change, IdentityChange, MergeRefused, UndoRefused, merge, split, undo
from analisa.domain.influencers.notes import MAX_TEXT, Note, NoteInvalid, Price, Tag, WorkFormat
from analisa.domain.shared.ids import InfluencerId, ListId, OrganisationId, Owner
from analisa.domain.shared.money import Money, MoneyRefused
from analisa.domain.shared.social import NetworkName, ProfileRef

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OURS = OrganisationId(UUID(int=1))


def a_profile(name: str, network: str = "instagram") -> ProfileRef:
    return ProfileRef(NetworkName(network), name)


def an_influencer(*profiles: str, owner: Owner = OURS) -> Influencer:
    return Influencer(
        id=InfluencerId(uuid4()), owner=owner, name="Ana", profiles=tuple(a_profile(each) for each in profiles)
    )


def a_list(**facts: object) -> InfluencerList:
    told = {"id": ListId(uuid4()), "organisation": OURS, "workspace": None, "name": "Verão", "made_by": "maria"}
    return InfluencerList(**{**told, **facts})  # type: ignore[arg-type]


def recorded(kept: Influencer, other: Influencer, moved: tuple[ProfileRef, ...], change: Change) -> IdentityChange:
    return IdentityChange(
        id=uuid4(),
        owner=kept.owner,
        change=change,
        kept=kept.id,
        other=other.id,
        moved=moved,
        done_by="Maria",
        done_at=NOW,
    )


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "shown"),
    [
        ("1500.00", "BRL", 150_000, "BRL 1500.00"),
        ("1500", "BRL", 150_000, "BRL 1500.00"),
        ("0.5", "USD", 50, "USD 0.50"),
        ("1500", "JPY", 1_500, "JPY 1500"),
        ("1.234", "KWD", 1_234, "KWD 1.234"),
    ],
)
def test_money_is_a_whole_number_of_the_smallest_units(amount: str, currency: str, minor: int, shown: str) -> None:
    money = Money.read(amount, currency)

    assert (money.minor, str(money)) == (minor, shown)
    assert Money.read(money.amount, currency) == money


@pytest.mark.parametrize(
    ("amount", "currency", "part"),
    [
        ("1.5", "JPY", "amount"),
        ("1.005", "BRL", "amount"),
        ("-1", "BRL", "amount"),
        ("1,5", "BRL", "amount"),
        ("1e3", "BRL", "amount"),
        ("٣", "BRL", "amount"),
        ("999999999999999", "BRL", "amount"),
        ("1", "brl", "currency"),
        ("1", "R$", "currency"),
    ],
)
def test_what_is_no_money_says_which_part_of_it(amount: str, currency: str, part: str) -> None:
    with pytest.raises(MoneyRefused) as refused:
        Money.read(amount, currency)
    assert refused.value.part == part


@given(minor=st.integers(0, 10**12), currency=st.sampled_from(["BRL", "JPY", "KWD"]))
def test_money_is_read_as_it_is_shown(minor: int, currency: str) -> None:
    money = Money(minor=minor, currency=currency)

    assert Money.read(money.amount, currency) == money


def test_a_list_is_renamed_and_its_version_tells() -> None:
    kept = a_list(name="  Verão ")

    assert kept.name == "Verão"
    assert not kept.edit(name="Verão", private=False)
    assert kept.edit(name="Inverno", description="frio", private=True)
    assert (kept.name, kept.description, kept.private, kept.version) == ("Inverno", "frio", True, 2)


@pytest.mark.parametrize(
    ("part", "value"), [("name", " "), ("name", "n" * 121), ("description", "d" * 2_001), ("name", "a\x1b")]
)
def test_a_list_is_not_like_that(part: str, value: str) -> None:
    with pytest.raises(ListInvalid) as refused:
        a_list(**{part: value})
    assert refused.value.part == part


def test_two_spellings_of_a_tag_are_one() -> None:
    assert Tag.read("  Very   Important ").text == "Very Important"
    assert Tag.read("VIP").key == Tag.read("vip").key
    assert Tag.read("Ação").key == Tag.read("Ac\u0327a\u0303o").key


@pytest.mark.parametrize("text", ["", "  ", "a,b", "t" * 41, "a\x00"])
def test_a_tag_is_not_like_that(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Tag.read(text)


def test_a_note_is_changed_and_says_when() -> None:
    note = Note(
        id=uuid4(), influencer_id=InfluencerId(uuid4()), text=" Olá\nmundo ", written_by="m", author="M", written_at=NOW
    )

    assert note.text == "Olá\nmundo"
    assert not note.edit("Olá\nmundo", NOW)
    assert note.edit("Outra", NOW)
    assert (note.text, note.edited_at, note.version) == ("Outra", NOW, 2)
    for text in ("", "x" * (MAX_TEXT + 1), "a\x1b[31m", "\ud800"):
        with pytest.raises(NoteInvalid):
            note.edit(text, NOW)


def test_a_price_has_a_short_remark() -> None:
    with pytest.raises(NoteInvalid, match="remark"):
        Price(
            id=uuid4(),
            influencer_id=InfluencerId(uuid4()),
            network=None,
            format=WorkFormat.REEL,
            money=Money(minor=1, currency="BRL"),
            since=date(2026, 3, 1),
            remark="r" * 501,
            noted_by="M",
            noted_at=NOW,
        )


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        ("text", "  M ", "M"),
        ("number", 3, 3),
        ("number", 2.5, 2.5),
        ("day", "2026-02-28", "2026-02-28"),
        ("flag", False, False),
        ("choice", "M", "M"),
        ("choices", ["M", "S"], ("S", "M")),
        ("link", "https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_a_field_takes_values_of_its_kind(kind: str, value: object, taken: object) -> None:
    options = ("S", "M") if kind.startswith("choice") else ()
    custom = CustomField(key="size", label="Size", kind=FieldKind(kind), options=options)

    assert custom.taken(value) == taken
    assert custom.taken(taken) == taken


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", " "),
        ("text", 3),
        ("text", "a\nb"),
        ("number", True),
        ("number", "3"),
        ("number", float("inf")),
        ("day", "2026-02-30"),
        ("day", "20260228"),
        ("day", 20260228),
        ("flag", 1),
        ("flag", "yes"),
        ("choice", "L"),
        ("choice", ["M"]),
        ("choices", "M"),
        ("choices", []),
        ("choices", ["M", "L"]),
        ("link", "javascript:alert(1)"),
        ("link", "https://a b"),
        ("link", 'https://a"onclick'),
    ],
)
def test_a_field_takes_nothing_else(kind: str, value: object) -> None:
    options = ("S", "M") if kind.startswith("choice") else ()
    custom = CustomField(key="size", label="Size", kind=FieldKind(kind), options=options)

    with pytest.raises(ValueRefused, match="size takes"):
        custom.taken(value)


@pytest.mark.parametrize(
    ("part", "facts"),
    [
        ("key", {"key": "Size"}),
        ("label", {"label": " "}),
        ("options", {"options": ("S",)}),
        ("options", {"kind": FieldKind.CHOICE}),
        ("options", {"kind": FieldKind.CHOICE, "options": ("S", "S")}),
        ("options", {"kind": FieldKind.CHOICE, "options": ("S", " ")}),
    ],
)
def test_a_field_is_not_like_that(part: str, facts: dict[str, object]) -> None:
    told: dict[str, object] = {"key": "size", "label": "Size", "kind": FieldKind.TEXT}
    with pytest.raises(FieldInvalid) as refused:
        CustomField(**{**told, **facts})  # type: ignore[arg-type]
    assert refused.value.part == part


def test_two_become_one_and_are_two_again() -> None:
    kept, other = an_influencer("a"), an_influencer("b", "c")
    change = recorded(kept, other, merge(kept, other), Change.MERGE)

    assert {each.name for each in kept.profiles} == {"a", "b", "c"}
    assert (other.profiles, other.archived, other.merged_into) == ((), True, kept.id)
    with pytest.raises(InfluencerMerged):
        other.restore()

    kept.edit(profiles=tuple(each for each in kept.profiles if each.name != "c"))  # somebody took one away meanwhile
    undo(change, kept, other)
    assert [each.name for each in kept.profiles] == ["a"]
    assert [each.name for each in other.profiles] == ["b"]
    assert (other.archived, other.merged_into) == (False, None)


def test_one_becomes_two_and_is_one_again() -> None:
    whole = an_influencer("a", "b", "c")
    part = Influencer.create(InfluencerId(uuid4()), OURS, name="Bia", kind=Kind.PERSON, profiles=())
    split(whole, part, (a_profile("b"),))
    change = recorded(whole, part, (a_profile("b"),), Change.SPLIT)

    assert [each.name for each in whole.profiles] == ["a", "c"]
    assert [each.name for each in part.profiles] == ["b"]
    undo(change, whole, part)
    assert {each.name for each in whole.profiles} == {"a", "b", "c"}
    assert part.archived


def test_what_cannot_be_made_one_or_two_says_why() -> None:
    one, public, gone = an_influencer("a", "b"), an_influencer("p", owner=None), an_influencer("g")
    gone.archive()
    part = Influencer.create(InfluencerId(uuid4()), OURS, name="Bia", kind=Kind.PERSON, profiles=())

    for other, why in ((one, "itself"), (public, "everybody's"), (gone, "archived")):
        with pytest.raises(MergeRefused, match=why):
            merge(one, other)
    for moved, why in ((("x",), "has no profile"), (("a", "b"), "not all of them"), ((), "name some")):
        with pytest.raises(MergeRefused, match=why):
            split(one, part, tuple(a_profile(each) for each in moved))
    with pytest.raises(MergeRefused, match="archived"):
        split(gone, part, (a_profile("g"),))
    assert [each.name for each in one.profiles] == ["a", "b"]


def test_what_has_changed_too_much_cannot_be_taken_back() -> None:
    one, two, three = an_influencer("a"), an_influencer("b"), an_influencer("c")
    first = recorded(one, two, merge(one, two), Change.MERGE)
    second = recorded(three, one, merge(three, one), Change.MERGE)

    with pytest.raises(UndoRefused, match="take that back first"):
        undo(first, one, two)
    undo(second, three, one)
    undo(first, one, two)
    assert [[each.name for each in who.profiles] for who in (one, two, three)] == [["a"], ["b"], ["c"]]
    with pytest.raises(UndoRefused, match="already"):
        undo(IdentityChange(**{**_facts(first), "undone_at": NOW}), one, two)

    whole, part = (
        an_influencer("x", "y"),
        Influencer.create(InfluencerId(uuid4()), OURS, name="B", kind=Kind.PERSON, profiles=()),
    )
    split(whole, part, (a_profile("y"),))
    part.edit(profiles=(*part.profiles, a_profile("z")))
    with pytest.raises(UndoRefused, match="other profiles"):
        undo(recorded(whole, part, (a_profile("y"),), Change.SPLIT), whole, part)


def _facts(change: IdentityChange) -> dict[str, object]:
    return {name: getattr(change, name) for name in change.__slots__}
