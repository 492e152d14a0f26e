"""The words of influencers and profiles, as searches for text go through them; made anew only where the texts changed."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ...collection.targets import Owned
from ...database import Driver
from ..evidence import Scope

POSTS: Final = 20
"""Of so many of a profile's newest posts the captions are looked through."""
CAPTION: Final = 400
BIO: Final = 2_000
"""Letters of a caption and of a bio."""

_STAGE: Final = """
    create temp table if not exists said (
        discovery_id bigint primary key, name text, handle text, names text, bio text, captions text, tags text[],
        sponsored boolean, made_of text
    ) on commit drop;
    truncate said
"""
_SAID: Final = f"""
    insert into said
    select q.*, md5(row(q.name, q.handle, q.names, q.bio, q.captions, q.tags)::text)
    from (
        select d.id, i.name, e.handle, concat_ws(' ', e.display_name, n.names) as names, left(e.bio, {BIO}) as bio,
            p.captions, p.tags, p.sponsored
        from touched_influencers t
        join discovery d on d.influencer_id = t.influencer_id and {{mine_d}}
        join influencers i on i.id = d.influencer_id
        left join discovery_texts x on x.discovery_id = d.id
        left join lateral (
            select * from profile_descriptions e where e.profile_id = d.profile_id {{described}}
            order by e.owner nulls last limit 1) e on true
        left join lateral (
            select string_agg(distinct n.name, ' ' order by n.name) as names
            from profile_names n where n.profile_id = d.profile_id {{named}}) n on true
        left join lateral (
            select string_agg(b.text, ' ' order by b.published_at desc, b.id) as captions,
                array_agg(distinct tag) filter (where tag <> '') as tags, bool_or(b.paid_partnership) as sponsored
            from (
                select b.id, b.published_at, concat_ws(' ', b.title, left(b.text, {CAPTION})) as text, b.hashtags,
                    b.paid_partnership
                from posts b where b.profile_id = d.profile_id {{posted}}
                order by b.published_at desc nulls last limit {POSTS}) b
            left join lateral unnest(b.hashtags) tag on true) p on true
        where x.discovery_id is null or d.profile_id = any($1::bigint[]) or d.influencer_id = any($2::uuid[])
    ) q
"""
_SPONSORED: Final = """
    update discovery d set sponsored = s.sponsored from said s
    where d.id = s.discovery_id and d.sponsored is distinct from s.sponsored
"""
_TAGS: Final = r"""array(
    select distinct tag from (
        select lower(ltrim(tag, '#')) as tag from unnest(s.tags) tag
        union all
        select lower(found[1]) from regexp_matches(concat_ws(' ', s.bio, s.captions), '#([[:alnum:]_]+)', 'g') found
    ) tags where tag <> '' order by tag)"""
_MENTIONS: Final = r"""array(
    select distinct lower(rtrim(found[1], '.')) from regexp_matches(
        concat_ws(' ', s.bio, s.captions), '(?:^|[^[:alnum:]._%+-])@([[:alnum:]_.]+)', 'g') found order by 1)"""
_TEXTS: Final = f"""
    with told as materialized (
        select s.discovery_id, s.made_of, folded_words(s.name) as called,
            coalesce(regexp_replace(folded(s.handle), '[^[:alnum:]]+', '', 'g'), '') as nick,
            folded_words(concat_ws(' ', s.name, s.handle, regexp_replace(s.handle, '[^[:alnum:]]+', '', 'g'), s.names)) as names,
            coalesce(folded_words(s.bio), '') as bio,
            coalesce(folded_words(concat_ws(' ', s.captions, array_to_string(s.tags, ' '))), '') as captions,
            {_TAGS} as hashtags, {_MENTIONS} as mentions
        from said s left join discovery_texts x on x.discovery_id = s.discovery_id
        where x.made_of is distinct from s.made_of
    ), changed as materialized (
        select t.*, setweight(to_tsvector('simple', names), 'A')
            || setweight(to_tsvector('portuguese', bio) || to_tsvector('english', bio), 'B')
            || setweight(to_tsvector('portuguese', captions) || to_tsvector('english', captions), 'C') as words
        from told t
    ), vocabulary as (
        insert into discovery_words (owner, word, slips)
        select {{owner}}, word, slips(word)
        from (select distinct word from changed, unnest(tsvector_to_array(words)) word) spoken
        where length(word) between 3 and 24 and word ~ '[^0-9]'
            and not exists (select from discovery_words k where k.word = spoken.word and {{mine_k}})
        on conflict do nothing
    )
    insert into discovery_texts as x (discovery_id, owner, made_of, called, nick, words, hashtags, mentions)
    select discovery_id, {{owner}}, made_of, called, nick, words, hashtags, mentions from changed
    on conflict (discovery_id) do update set made_of = excluded.made_of, called = excluded.called, nick = excluded.nick,
        words = excluded.words, hashtags = excluded.hashtags, mentions = excluded.mentions
"""


async def refresh_texts(
    raw: Driver, owned: Owned, scope: Scope, profiles: Sequence[int], influencers: Sequence[UUID]
) -> None:
    """Make the texts of those in `touched_influencers` anew: where there are none, of *profiles* and of *influencers*."""
    said = _SAID.format(
        mine_d=owned.holds("d"),
        described=scope.where("e"),
        named=scope.where("n"),
        posted=scope.where("b"),
    )
    await raw.execute(_STAGE)
    await raw.execute(said, list(profiles), list(influencers))
    await raw.execute(_SPONSORED)
    await raw.execute(_TEXTS.format(owner=owned.literal, mine_k=owned.holds("k")))
