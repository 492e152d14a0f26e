"""analytics: what searches run over, one row of numbers per profile of an influencer, and the words beside it."""

from alembic import op

from analisa.migrations.steps import lock, of_everybody, run

revision = "0008"
down_revision = "0007"

FUNCTIONS = r"""
create function folded(text) returns text language sql immutable strict parallel safe as
$$ select lower(regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]+', '', 'g')) $$;
comment on function folded is 'Without accents and letter case; equal to domain.influencers.folding.folded';

create function folded_words(text) returns text language sql immutable strict parallel safe as
$$ select btrim(regexp_replace(folded($1), '[^[:alnum:]]+', ' ', 'g')) $$;
comment on function folded_words is 'The folded words, parted by single blanks';

create function slips(word text) returns text[] language sql immutable strict parallel safe as
$$ select array_agg(distinct slip) from (
    select word as slip
    union all
    select left(word, place - 1) || substr(word, place + 1)
    from generate_series(1, case when length(word) between 4 and 24 then length(word) else 0 end) place
) made $$;
comment on function slips is 'The word, and the word without one of its letters; equal to domain.influencers.folding.slips_of';
"""

NUMBERS = (
    "score",
    "confidence",
    "followers_total",
    "profile_score",
    "audience_quality",
    "followers",
    "following",
    "posts",
    "total_likes",
    "total_views",
    "er",
    "avg_interactions",
    "avg_likes",
    "avg_comments",
    "avg_shares",
    "avg_saves",
    "avg_views",
    "avg_reel_views",
    "posts_per_week",
    "growth_30d",
    "growth_60d",
    "growth_90d",
    "growth_120d",
    "growth_150d",
    "growth_180d",
    "views_growth_30d",
    "likes_growth_30d",
)

TABLES = f"""
create table discovery (
    id bigint generated always as identity primary key,
    owner uuid references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    lot smallint not null default floor(random() * 1024)::smallint,
    shown boolean not null,
    several boolean not null,
    measured boolean not null,
    own boolean not null,
    kind text not null,
    added timestamptz not null,
    profile_id bigint references profiles,
    network text,
    {", ".join(f"{name} double precision" for name in NUMBERS)},
    last_post timestamptz,
    seen timestamptz,
    country text,
    language text,
    verified boolean,
    sponsored boolean,
    handle text,
    category text,
    account_type text,
    contact text[],
    unique nulls not distinct (influencer_id, profile_id, owner)
);
create index discovery_profile on discovery (profile_id, owner);
create index discovery_by_score on discovery (score desc, influencer_id) where shown;
create index discovery_by_followers on discovery (followers desc, influencer_id) where shown;
create index discovery_owner on discovery (owner) where owner is not null;
comment on table discovery is 'What searches run over: one row per profile of an influencer, or one without a profile; all of it follows from other tables';
comment on column discovery.owner is 'For whom the row is: everybody (null), or an organisation that has evidence or influencers of its own; its row hides everybody''s';
comment on column discovery.lot is 'Drawn once: rows with small lots are a fair sample';
comment on column discovery.shown is 'False for a profile of a public influencer that an influencer of the organisation''s own stands before';
comment on column discovery.several is 'The influencer has other profiles, whose rows may be found by the same search';
comment on column discovery.measured is 'The numbers come from the evidence that the owner may see; else they are everybody''s';

create table discovery_texts (
    discovery_id bigint primary key references discovery on delete cascade,
    owner uuid references organisations on delete cascade,
    made_of text not null,
    called text not null,
    words tsvector not null,
    hashtags text[] not null,
    mentions text[] not null
);
create index discovery_texts_words on discovery_texts using gin (words);
create index discovery_texts_hashtags on discovery_texts using gin (hashtags);
create index discovery_texts_mentions on discovery_texts using gin (mentions);
create index discovery_texts_owner on discovery_texts (owner) where owner is not null;
comment on column discovery_texts.made_of is 'Hash of the texts it was made of';
comment on column discovery_texts.called is 'The folded words of the influencer''s name';
comment on column discovery_texts.words is 'A: names and handles as they are; B: stems of the bio; C: stems of captions and hashtags; Portuguese and English';

create table discovery_words (
    owner uuid references organisations on delete cascade,
    word text not null,
    slips text[] not null,
    unique nulls not distinct (word, owner)
);
create index discovery_words_slips on discovery_words using gin (slips);
create index discovery_words_owner on discovery_words (owner) where owner is not null;
comment on table discovery_words is 'Words that texts are made of, to find what a misspelt one meant';

create table discovery_audiences (
    owner uuid references organisations on delete cascade,
    discovery_id bigint not null references discovery on delete cascade,
    dimension text not null,
    key text not null,
    share double precision not null,
    primary key (discovery_id, dimension, key)
);
create index discovery_audiences_key on discovery_audiences (dimension, key, share);
create index discovery_audiences_owner on discovery_audiences (owner) where owner is not null;
"""

OWNED = ("discovery", "discovery_texts", "discovery_words", "discovery_audiences")


EVERYBODY_WAITS = """
insert into score_queue (owner, profile_id) select owner, profile_id from scores where current
on conflict (profile_id, owner) do nothing;
"""


def upgrade() -> None:
    run(FUNCTIONS)
    run(TABLES)
    for table in OWNED:
        lock(table)
    with of_everybody("score_queue", "scores"):
        run(EVERYBODY_WAITS)


def downgrade() -> None:
    op.execute(f"drop table {', '.join(OWNED[::-1])}")
    op.execute("drop function slips, folded_words, folded")
