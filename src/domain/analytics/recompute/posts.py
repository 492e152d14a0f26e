"""Engagement, reach and consistency of one profile, from its posts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Post:
    at: int
    views: float | None
    reach: float | None
    likes: float | None
    comments: float | None
    shares: float | None
    saves: float | None
    followers: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A component before it is compared: its value, how much stands behind it, and what it is made of."""

    raw: float | None = None
    n: float = 0.0
    basis: str = ""
    missing: str | None = None
    singles: tuple[float, ...] = ()
    """The value of each post."""
    left_out: tuple[float, ...] = ()
    """The value with one block of time left out, for each block whose absence leaves a value."""


def grid(value: float) -> float:
    """Round half-even to 12 decimals."""
    return round(value * 1e12) / 1e12


def age_weight(at: int, as_of: int) -> float:
    return float(2.0 ** (-((as_of - at) / DAY) / 30.0))


def effective_count(weights: Sequence[float]) -> float:
    return math.fsum(weights) ** 2 / math.fsum(w * w for w in weights) if weights else 0.0


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def block_numbers(instants: Sequence[int]) -> list[int]:
    """In which fifth of the span each of the ascending instants lies."""
    if not instants:
        return []
    span = max(instants[-1] - instants[0], 1)
    return [min(5 * (at - instants[0]) // span, 4) for at in instants]


def engagement_basis(base: str, posts: Sequence[Post]) -> str:
    if base != "views_else_followers":
        return base
    return "views" if any(post.views for post in posts) else "followers"


def engagement(posts: Sequence[Post], base: str, as_of: int) -> Measured:
    """The weighted mean of ln(r + 0.0001) over the posts with known likes and a base above 0."""
    basis = engagement_basis(base, posts)
    rated = [(post, _rate(post, basis)) for post in posts]
    known = [(post, rate) for post, rate in rated if rate is not None]
    if not known:
        return Measured(basis=basis, missing=_why_no_engagement(posts, basis))
    weights = [age_weight(post.at, as_of) for post, _ in known]
    singles = tuple(grid(math.log(rate + 1e-4)) for _, rate in known)
    total = math.fsum(w * value for w, value in zip(weights, singles, strict=True))
    return Measured(grid(total / math.fsum(weights)), effective_count(weights), basis, None, singles)


def _rate(post: Post, basis: str) -> float | None:
    base: float | None = getattr(post, basis)
    if post.likes is None or not base:
        return None
    return (post.likes + 2 * (post.comments or 0) + 3 * (post.shares or 0) + 3 * (post.saves or 0)) / base


def _why_no_engagement(posts: Sequence[Post], basis: str) -> str:
    if not posts:
        return "no_posts"
    if any(getattr(post, basis) for post in posts):
        return "likes_hidden"
    return "no_followers" if basis == "followers" else "no_base"


def reach(posts: Sequence[Post], as_of: int) -> Measured:
    """log10(1 + weighted median) of views, or of reach where no post has views."""
    basis = next((name for name in ("views", "reach") if any(getattr(p, name) is not None for p in posts)), "")
    known = [(post, getattr(post, basis)) for post in posts if basis and getattr(post, basis) is not None]
    if not known:
        return Measured(basis=basis, missing="no_reach" if posts else "no_posts")
    weights = [age_weight(post.at, as_of) for post, _ in known]
    middle = _weighted_median(sorted(zip((value for _, value in known), weights, strict=True)))
    singles = tuple(grid(math.log10(1 + value)) for _, value in known)
    return Measured(grid(math.log10(1 + middle)), effective_count(weights), basis, None, singles)


def _weighted_median(pairs: Sequence[tuple[float, float]]) -> float:
    total = math.fsum(weight for _, weight in pairs)
    before = 0.0
    for place, (value, weight) in enumerate(pairs):
        before += weight
        if abs(before - total / 2) <= 1e-12 * total:
            return (value + pairs[place + 1][0]) / 2
        if before > total / 2:
            return value
    raise ArithmeticError("the weights of a median add up to more than half of themselves")  # pragma: no cover


def consistency(posts: Sequence[Post], found: Measured, as_of: int) -> Measured:
    """Half the share of the last 12 weeks with a post, half how little ln r varies."""
    if found.raw is None:
        return Measured(missing=found.missing)
    blocks = block_numbers([post.at for post in posts])
    rated = [block for post, block in zip(posts, blocks, strict=True) if _rate(post, found.basis) is not None]
    both = list(zip(found.singles, rated, strict=True))
    left_out = []
    for block in sorted(set(blocks)):
        rest = [value for value, its in both if its != block]
        if rest:
            alive = [post.at for post, its in zip(posts, blocks, strict=True) if its != block]
            left_out.append(_consistency(alive, rest, as_of))
    raw = _consistency([post.at for post in posts], list(found.singles), as_of)
    return Measured(raw, found.n, "", None, (), tuple(left_out))


def _consistency(instants: Sequence[int], logs: Sequence[float], as_of: int) -> float:
    weeks = {(as_of - at) // (7 * DAY) for at in instants}
    centre = median(logs)
    spread = median([abs(value - centre) for value in logs])
    return grid(0.5 * len([week for week in weeks if week < 12]) / 12 + 0.5 / (1 + spread / 0.5))
