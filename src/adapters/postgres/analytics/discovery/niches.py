"""What profiles say, for the classifier of niches, and what it found."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .....domain.influencers.niche import NicheLabel, Spoken, taxonomy
from ...collection.targets import Owned
from ...database import Driver
from ..evidence import Scope
from .texts import CAPTION, POSTS

_SPOKEN: Final = f"""
    select w.id, d.category, left(d.bio, 1000) as bio, p.posts
    from unnest($1::bigint[]) w(id)
    left join lateral (
        select * from profile_descriptions d where d.profile_id = w.id {{described}}
        order by d.owner nulls last limit 1) d on true
    left join lateral (
        select array_agg(b.text) as posts from (
            select concat_ws(' ', b.title, left(b.text, {CAPTION}), array_to_string(b.hashtags, ' ')) as text
            from posts b where b.profile_id = w.id {{posted}}
            order by b.published_at desc nulls last, b.id desc limit {POSTS}) b where b.text <> '') p on true
"""
_FORGET: Final = "delete from niche_labels l where l.profile_id = any($1::bigint[]) and {mine}"
_KEEP: Final = """
    insert into niche_labels (owner, profile_id, niche, confidence, words, version)
    select {owner}, n.profile_id, n.niche, n.confidence, string_to_array(n.words, ' '), $5
    from unnest($1::bigint[], $2::text[], $3::double precision[], $4::text[]) n(profile_id, niche, confidence, words)
"""


async def spoken(connection: Driver, scope: Scope, profiles: Sequence[int]) -> Mapping[int, Spoken]:
    """Read what each of *profiles* says of itself, and its newest posts."""
    sql = _SPOKEN.format(described=scope.where("d"), posted=scope.where("b"))
    return {
        row["id"]: Spoken(category=row["category"] or "", bio=row["bio"] or "", posts=tuple(row["posts"] or ()))
        for row in await connection.fetch(sql, list(profiles))
    }


async def keep_labels(raw: Driver, owned: Owned, labels: Mapping[int, Sequence[NicheLabel]]) -> None:
    """Put *labels* in the place of those that the profiles had; what people said stays."""
    await raw.execute(_FORGET.format(mine=owned.holds("l")), list(labels))
    rows = [(profile, label) for profile, found in labels.items() for label in found]
    await raw.execute(
        _KEEP.format(owner=owned.literal),
        [profile for profile, _ in rows],
        [label.niche for _, label in rows],
        [label.confidence for _, label in rows],
        [" ".join(label.words) for _, label in rows],
        taxonomy().version,
    )


def places() -> str:
    """SQL of a table (niche, place) of the taxonomy."""
    values = ", ".join(f"('{niche}', {place})" for place, niche in enumerate(taxonomy().niches))
    return f"(values {values}) place(niche, bit)"
