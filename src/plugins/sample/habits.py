"""What the five networks, the countries and the niches of the sample world are like.

Rates follow published tables of engagement by tier, which disagree by up to a factor of two: likes and comments over
followers on Instagram 3-5 % at 1-10 thousand followers falling to 0.7-1.2 % above a million; TikTok about twice that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NICHES: Final = (
    "beauty",
    "fashion",
    "fitness",
    "food",
    "travel",
    "games",
    "tech",
    "finance",
    "education",
    "family",
    "music",
    "humour",
    "sports",
    "pets",
    "home",
    "planet",
)
NICHE_WEIGHTS: Final = (11, 10, 8, 9, 7, 8, 6, 4, 5, 6, 6, 7, 5, 4, 5, 3)


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    """ISO 3166-1 alpha-2."""
    language: str
    hours: int
    """Local time less UTC, without summer time."""
    weight: float


COUNTRIES: Final = (
    Country("BR", "pt", -3, 62),
    Country("PT", "pt", 0, 5),
    Country("US", "en", -5, 9),
    Country("GB", "en", 0, 4),
    Country("MX", "es", -6, 6),
    Country("AR", "es", -3, 5),
    Country("ES", "es", 1, 4),
    Country("CO", "es", -5, 5),
)
LANGUAGES: Final = ("pt", "en", "es")


TYPES: Final = ("reel", "carousel", "image", "video", "short", "live", "text", "link")
FILMS: Final = frozenset({"reel", "video", "short", "live"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """One network: who is there, what is posted, and how people answer.

    *reach* is the share of the followers of a profile of 3,000 whom a post reaches; it falls with
    `followers ** -decay`. *likes*, *comments*, *shares* and *saves* are shares of the people reached.
    """

    name: str
    code: str
    """Short, for ids."""
    weight: float
    """How often it is a creator's main network."""
    posts_per_week: float
    """Of the middle profile."""
    types: Mapping[str, float]
    public: frozenset[str]
    """The counts that everybody sees."""
    insights: frozenset[str]
    """The counts that only the owner sees, and may share."""
    reach: float
    decay: float
    half: float
    """Days after which half of the answers are in."""
    likes: float
    comments: float
    shares: float = 0.0
    saves: float = 0.0
    film_seconds: float = 30.0
    views_of: frozenset[str] = FILMS
    """The types of post that have a count of views."""
    followers_precision: str = "exact"


NETWORKS: Final = (
    Habits(
        name="instagram",
        code="ig",
        weight=44,
        posts_per_week=1.9,
        types={"reel": 0.45, "carousel": 0.30, "image": 0.25},
        public=frozenset({"views", "likes", "comments"}),
        insights=frozenset({"reach", "impressions", "shares", "saves", "follows"}),
        reach=0.38,
        decay=0.20,
        half=1.2,
        likes=0.095,
        comments=0.004,
        shares=0.008,
        saves=0.009,
    ),
    Habits(
        name="tiktok",
        code="tt",
        weight=26,
        posts_per_week=2.2,
        types={"video": 0.92, "carousel": 0.08},
        public=frozenset({"views", "likes", "comments", "shares", "saves"}),
        insights=frozenset({"reach"}),
        reach=0.80,
        decay=0.20,
        half=2.0,
        likes=0.075,
        comments=0.0015,
        shares=0.004,
        saves=0.006,
        film_seconds=24.0,
        views_of=frozenset(TYPES),
    ),
    Habits(
        name="youtube",
        code="yt",
        weight=15,
        posts_per_week=0.9,
        types={"video": 0.6, "short": 0.38, "live": 0.02},
        public=frozenset({"views", "likes", "comments"}),
        insights=frozenset({"impressions", "watch_time"}),
        reach=0.38,
        decay=0.15,
        half=5.0,
        likes=0.045,
        comments=0.003,
        film_seconds=420.0,
        views_of=frozenset(TYPES),
        followers_precision="rounded",
    ),
    Habits(
        name="facebook",
        code="fb",
        weight=7,
        posts_per_week=1.6,
        types={"image": 0.4, "video": 0.3, "link": 0.2, "text": 0.1},
        public=frozenset({"views", "likes", "comments", "shares"}),
        insights=frozenset({"reach", "impressions", "clicks"}),
        reach=0.16,
        decay=0.15,
        half=1.0,
        likes=0.05,
        comments=0.005,
        shares=0.006,
        film_seconds=75.0,
    ),
    Habits(
        name="x",
        code="x",
        weight=8,
        posts_per_week=3.2,
        types={"text": 0.6, "image": 0.25, "video": 0.1, "link": 0.05},
        public=frozenset({"views", "likes", "comments", "shares", "saves"}),
        insights=frozenset({"clicks"}),
        reach=0.35,
        decay=0.15,
        half=0.35,
        likes=0.02,
        comments=0.002,
        shares=0.003,
        saves=0.0015,
        film_seconds=40.0,
        views_of=frozenset(TYPES),
    ),
)
WEEKDAYS: Final = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    (1.3, 1.4, 1.4, 1.4, 1.2, 0.2, 0.1),
    (0.5, 0.5, 0.6, 0.7, 1.2, 1.8, 1.7),
    (0.3, 2.2, 0.4, 2.2, 0.5, 0.9, 0.5),
)
"""Four ways of spreading posts over Monday to Sunday: every day, on working days, at weekends, on two fixed days."""


def stem(network: Habits, creator: int) -> str:
    """Begin every id of *creator* on *network* so that nobody could take it for a real one.

    The dots are deliberate: no network has them in its ids, so none can be read as a real post's or as a moment.
    """
    return f"sample.{network.code}.{creator}"


def profile_id(network: Habits, creator: int) -> str:
    return f"UCsample{creator:016d}" if network.name == "youtube" else stem(network, creator)


def profile_url(network: Habits, handle: str) -> str:
    """An address under `.example`, which is set aside and never resolves (RFC 2606)."""
    return f"https://{network.name}.example/{handle}"
