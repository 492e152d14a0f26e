"""The fields that a search can ask for: what each means, in which unit, and what holds where its value is not known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ....domain.analytics.tiers import tiers
from ....domain.influencers.niche import taxonomy


class Kind(StrEnum):
    """What can be asked of a field."""

    NUMBER = "number"
    """Ranges."""
    PERCENT = "percent"
    """Ranges, in per cent: 3 and 3% are the same."""
    DAY = "day"
    """Ranges of UTC days, and of spans before now: `last_post >= 30d`."""
    WORD = "word"
    """Sets; the value is one word."""
    WORDS = "words"
    """Sets; there are several values, and one of them is enough."""
    FLAG = "flag"
    """`= yes` or `= no`."""
    SHARE = "share"
    """Ranges in per cent of one part: `audience.country[BR] >= 40%`. A set asks for the field's usual share."""
    TEXT = "text"
    """`~ "some words"`."""


class Unknown(StrEnum):
    """What holds for a value that is not known."""

    FAILS = "fails"
    """Neither a condition on it nor the negation of one is met: who is not known to answer is not shown."""
    IS_NO = "is_no"
    """It counts as not there: a condition fails, and its negation is met. For what we look for in what we have read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    kind: Kind
    meaning: str
    unknown: Unknown = Unknown.FAILS
    sortable: bool = False
    values: tuple[str, ...] = ()
    """The words that it can be; empty where they are not known beforehand."""
    usual_share: float | None = None
    """Per cent that a set asks for where none is named (`audience.country = BR`)."""
    needs: str = ""
    """The permission without which it cannot be asked for."""
    ids: bool = False
    """Its words are ids."""
    folds: str = ""
    """`upper` or `lower` where letter case does not count, as in countries; empty where it does."""


def _number(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.NUMBER, meaning=meaning, sortable=True)


def _percent(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.PERCENT, meaning=meaning, sortable=True)


def _day(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.DAY, meaning=meaning, sortable=True)


def _word(name: str, meaning: str, *, values: tuple[str, ...] = (), folds: str = "lower") -> Field:
    return Field(name=name, kind=Kind.WORD, meaning=meaning, values=values, folds=folds)


def _words(name: str, meaning: str, *, values: tuple[str, ...] = ()) -> Field:
    return Field(name=name, kind=Kind.WORDS, meaning=meaning, values=values, unknown=Unknown.IS_NO, folds="lower")


def _share(name: str, meaning: str, usual: float, *, folds: str = "") -> Field:
    return Field(name=name, kind=Kind.SHARE, meaning=meaning, usual_share=usual, folds=folds)


def _text(name: str, meaning: str) -> Field:
    return Field(name=name, kind=Kind.TEXT, meaning=meaning, unknown=Unknown.IS_NO)


_WINDOW: Final = "over the posts of the 90 days before its newest evidence, at most until today"

FIELDS: Final[tuple[Field, ...]] = (
    # The influencer
    _number("score", "Social Score over all profiles, 0 to 100"),
    _number("confidence", "Confidence of the Social Score, 0 to 1"),
    _number("followers_total", "Followers of all profiles together"),
    _day("added", "When the influencer became known here"),
    _word("kind", "A person or a brand", values=("person", "brand")),
    Field(
        name="own",
        kind=Kind.FLAG,
        meaning="It rests on what only your organisation has",
        unknown=Unknown.IS_NO,
    ),
    Field(
        name="tag",
        kind=Kind.WORDS,
        meaning="What your organisation tagged it with",
        unknown=Unknown.IS_NO,
        folds="lower",
        needs="notes.read",
    ),
    Field(
        name="list",
        kind=Kind.WORDS,
        meaning="The lists that it is on, by their ids, of those that you see",
        unknown=Unknown.IS_NO,
        folds="lower",
        needs="lists.read",
        ids=True,
    ),
    # The profile
    _word("network", "The network of the profile, as `instagram`"),
    _word("handle", "The user name there, without @"),
    _word("country", "Country that the profile states, as ISO 3166 code: BR", folds="upper"),
    _word("language", "Language of the profile: pt"),
    _word("category", "What the network files it under", folds=""),
    _word("account_type", "What kind of account it is there: business, creator, …"),
    Field(name="verified", kind=Kind.FLAG, meaning="The network has verified it"),
    _words("contact", "How its bio says it can be reached", values=("email", "link")),
    _word("tier", f"What its reach is called on its network ({tiers().version})", values=tiers().names),
    _number("followers", "Followers at the newest reading"),
    _number("following", "How many it follows"),
    _number("posts", "Posts that the network counts, or else that are known here"),
    _number("total_likes", "Likes of all posts, as the network tells"),
    _number("total_views", "Views of all posts, as the network tells"),
    _day("seen", "When it was last read or seen to post"),
    # How it does
    _percent("er", f"Engagement rate by the network's own base: median {_WINDOW}"),
    _number("avg_interactions", f"Likes, comments, shares and saves of a post: mean {_WINDOW}"),
    _number("avg_likes", f"Likes of a post: mean {_WINDOW}"),
    _number("avg_comments", f"Comments of a post: mean {_WINDOW}"),
    _number("avg_shares", f"Shares of a post: mean {_WINDOW}"),
    _number("avg_saves", f"Saves of a post: mean {_WINDOW}"),
    _number("avg_views", f"Views of a post: mean {_WINDOW}"),
    _number("avg_reel_views", f"Views of a reel or short: mean {_WINDOW}"),
    _number("posts_per_week", f"Posts a week: {_WINDOW}"),
    _day("last_post", "When its newest post was published"),
    *(
        _percent(f"growth_{days}d", f"Followers gained or lost in {days} days, per cent")
        for days in (30, 60, 90, 120, 150, 180)
    ),
    _percent("views_growth_30d", "Views of all posts gained in 30 days, per cent"),
    _percent("likes_growth_30d", "Likes of all posts gained in 30 days, per cent"),
    _number("profile_score", "Social Score of the profile alone, 0 to 100"),
    _number("audience_quality", "Quality of the audience among its peers, 0 to 100; unknown where never measured"),
    # What it says
    Field(
        name="sponsored",
        kind=Kind.FLAG,
        meaning="Among its newest posts some are marked as paid partnership",
        unknown=Unknown.IS_NO,
    ),
    _words("niche", f"What it is about ({taxonomy().version})", values=taxonomy().niches),
    _words("hashtag", "Hashtags of its newest posts and its bio, without #"),
    _words("mention", "Whom its newest posts and its bio mention, without @"),
    _text("text", "Names, handles, bio, captions and hashtags"),
    _text("name", "Names and handles"),
    _text("bio", "The bio"),
    _text("caption", "Captions and hashtags of the newest posts"),
    # Who listens
    _share("audience.country", "Where its audience lives: BR", 20, folds="upper"),
    _share("audience.city", "In which city its audience lives", 20),
    _share("audience.language", "What its audience speaks: pt", 20, folds="lower"),
    _share("audience.gender", "F, M or U (unknown)", 50, folds="upper"),
    _share("audience.age", "Age as the network groups it: 25-34", 30),
)

BY_NAME: Final = {field.name: field for field in FIELDS}

UNANSWERABLE: Final = {
    "price": "prices are kept in many currencies and for many formats, and not compared yet",
    "gender": "no network tells a creator's gender, and it is not guessed from names or pictures",
    "age": "no network tells a creator's age, and it is not guessed",
    "lookalike": "likeness to another influencer is not computed yet",
    "brand": "sponsors are not recognised by name yet; `mention` finds who is mentioned, `sponsored` who is paid",
    "audience.interest": "the networks that can be read do not tell their audience's interests",
    "audience.brand": "the networks that can be read do not tell which brands an audience likes",
    "audience.credibility": "followers are not examined one by one yet; `audience_quality` is what is known",
    "audience.lookalike": "the networks that can be read do not tell who the followers are",
    "official_artist": "the networks that can be read do not tell it",
    "image": "pictures are not examined",
}
"""What other products let one ask, and this one cannot answer, with the reason."""

RELEVANCE: Final = "relevance"
"""The order of a search for text: the better match first."""
DEFAULT_SORT: Final = "score"
SORTS: Final = tuple(field.name for field in FIELDS if field.sortable)
