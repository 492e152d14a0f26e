"""What a file covers: figures about the file itself, which no profile's figures could hold."""

from __future__ import annotations

from ....domain.collection.report import CommentCoverage
from ..database import Driver


async def comments_covered(raw: Driver) -> CommentCoverage:
    """Count what the staged comments are about; posts count as known that the importer may see."""
    row = await raw.fetchrow(
        "select count(*) as rows, count(distinct (network, comment_id)) as distinct_ids, "
        "count(distinct author_ref) as authors from staged_comments"
    )
    posts = await raw.fetchrow(
        "select count(*) as posts, count(*) filter (where not exists ("
        "select from posts p where p.network = s.network and p.network_post_id = s.post_id)) as posts_unknown "
        "from (select distinct network, post_id from staged_comments) s"
    )
    return CommentCoverage(**dict(row or {}), **dict(posts or {}))
