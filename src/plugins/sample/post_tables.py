"""The posts of a block as rows: what was said, how it did, what was answered.

Every function shows the posts of the first *creators* creators of the block; these are always the first rows.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...domain.collection.records import LIFETIME
from .block import Block
from .columns import Columns, counts, decimals, each, instants, known
from .draw import Purpose
from .habits import LANGUAGES, NETWORKS, NICHES, TYPES
from .profile_tables import NETWORK_NAMES
from .words import words_of


def post_rows(block: Block, creators: int) -> Columns:
    posts = block.posts
    rows = block.posts_of(creators)
    profile = posts.profile[:rows]
    network = block.profiles.network[profile]
    draws = block.stream(Purpose.CAPTIONS).random((len(posts), 4))[:rows]
    said = _said(block, profile.tolist(), posts.paid.tolist(), draws.tolist())
    titled = network == NETWORK_NAMES.index("youtube")
    return {
        "network": each(NETWORK_NAMES, network),
        "post_id": [*block.post_ids(creators)],
        "profile_id": each(block.profile_ids(creators), profile),
        "published_at": instants(posts.published[:rows]),
        "published_precision": ["second"] * rows,
        "type": each(TYPES, posts.type[:rows]),
        "title": [text if has else None for (text, _), has in zip(said, titled.tolist(), strict=True)],
        "text": [f"{text} #{' #'.join(tags)}" for text, tags in said],
        "language": each([block.country(at).language for at in block.profiles.creator.tolist()], profile),
        "duration_s": decimals(posts.duration[:rows]),
        "hashtags": [tags for _, tags in said],
        "paid_partnership": known(posts.paid[:rows] & (draws[:, 3] < 0.6), _LABELS_ADS[network]),
    }


_LABELS_ADS: Final = np.array([name in {"instagram", "tiktok", "youtube"} for name in NETWORK_NAMES])
"""Networks on which a post carries a label when it is a paid partnership."""


def _said(
    block: Block, profiles: list[int], paid: list[bool], draws: list[list[float]]
) -> list[tuple[str, tuple[str, ...]]]:
    """Compose each post's words and hashtags. Of paid posts one in five says so neither in words nor by a label."""
    voices = [
        (words_of(block.country(creator).language), NICHES[block.creators.niche[creator]])
        for creator in block.profiles.creator.tolist()
    ]
    said = []
    for profile, is_paid, chosen in zip(profiles, paid, draws, strict=False):
        words, niche = voices[profile]
        tags = words.hashtags(niche, chosen, disclosed=is_paid and chosen[3] < 0.8)
        said.append((words.caption(niche, chosen, paid=is_paid), tags))
    return said


def snapshot_rows(block: Block, creators: int) -> Columns:
    seen = block.snapshots
    rows = int(np.searchsorted(seen.post, block.posts_of(creators)))
    post = seen.post[:rows]
    shown = {
        name: counts(getattr(seen, name)[:rows])
        for name in ("views", "impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "follows")
    }
    return {
        "network": each(NETWORK_NAMES, block.profiles.network[block.posts.profile[post]]),
        "post_id": each(block.post_ids(creators), post),
        "observed_at": instants(seen.observed[:rows]),
        "scope": [LIFETIME] * rows,
        **shown,
        "watch_time_s": decimals(seen.watch_time[:rows]),
        "precision": ["exact"] * rows,
    }


def comment_rows(block: Block, creators: int) -> Columns:
    drawn = block.comments
    rows = int(np.searchsorted(drawn.post, block.posts_of(creators)))
    post = drawn.post[:rows]
    network = block.profiles.network[block.posts.profile[post]]
    number = block.profiles.number[block.posts.profile[post]]
    posts = each(block.post_ids(creators), post)
    language = each(LANGUAGES, drawn.language[:rows])
    codes = each([habits.code for habits in NETWORKS], network)
    return {
        "network": each(NETWORK_NAMES, network),
        "comment_id": [*block.comment_ids(creators)],
        "post_id": posts,
        "parent_comment_id": [
            f"{answered}.c0" if reply else None for answered, reply in zip(posts, drawn.reply.tolist(), strict=False)
        ],
        "author_ref": [
            f"sample-fan-{code}-{creator}-{author}"
            for code, creator, author in zip(codes, number.tolist(), drawn.author.tolist(), strict=False)
        ],
        "published_at": instants(drawn.published[:rows]),
        "text": [
            words_of(str(spoken)).comment(kind, chosen)
            for spoken, kind, chosen in zip(language, drawn.kind.tolist(), drawn.words.tolist(), strict=False)
        ],
        "language": [spoken if said else None for spoken, said in zip(language, drawn.tagged.tolist(), strict=False)],
        "likes": drawn.likes[:rows].tolist(),
        "replies": drawn.replies[:rows].tolist(),
    }
