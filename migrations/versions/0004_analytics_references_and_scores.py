"""analytics: reference tables, component observations, scores with their history, and who waits for one."""

from alembic import op

from analisa.migrations.steps import lock, run

revision = "0004"
down_revision = "0003"

TABLES = """
create table score_queue (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    queued_at timestamptz not null default now(),
    unique nulls not distinct (profile_id, owner)
);

create table reference_tables (
    id uuid primary key,
    owner uuid references organisations on delete cascade,
    version text not null,
    built_at timestamptz not null,
    built_from bigint not null,
    body jsonb not null,
    switched_at timestamptz,
    unique nulls not distinct (version, owner)
);
comment on column reference_tables.switched_at is 'When it came into use; the newest of an owner is in use';
comment on column reference_tables.built_from is 'How many profiles it rests on';

create table component_observations (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    component text not null check (component in ('S', 'Q')),
    observed_at timestamptz not null,
    value double precision not null,
    evidence double precision not null check (evidence >= 0),
    variance double precision,
    model_id text not null,
    model_version text not null,
    unique nulls not distinct (profile_id, component, observed_at, model_id, model_version, owner)
);

create table scores (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    as_of date not null,
    formula_version text not null,
    table_version text not null,
    score double precision not null,
    confidence double precision not null,
    half_width double precision not null,
    gate double precision not null,
    followers double precision,
    raw double precision[] not null,
    x double precision[] not null,
    y double precision[] not null,
    kappa double precision[] not null,
    n double precision[] not null,
    v double precision[] not null,
    contributions double precision[] not null,
    seed_share double precision[] not null,
    cohort text not null,
    reasons text[] not null,
    inputs_sha256 text not null,
    computed_at timestamptz not null,
    current boolean not null,
    unique nulls not distinct (profile_id, as_of, inputs_sha256, table_version, formula_version, owner)
);
create unique index scores_current on scores (profile_id, owner) nulls not distinct where current;
create index scores_owner on scores (owner);
comment on column scores.current is 'What the latest pass at the present day found; others are history, and never overwritten';
comment on column scores.x is 'In the order E, R, G, S, C, Q, like raw, y, kappa, n, v, contributions and seed_share; NaN is missing';

create table standings (
    owner uuid references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    score double precision not null,
    confidence double precision not null,
    half_width double precision not null,
    as_of date not null,
    followers double precision,
    contributions double precision[] not null,
    seed_share double precision[] not null,
    computed_at timestamptz not null,
    unique nulls not distinct (influencer_id, owner)
);
create index standings_by_score on standings (score desc, influencer_id);
comment on table standings is 'The latest score of each influencer, all profiles together, for lists';
"""

OWNED = ("score_queue", "reference_tables", "component_observations", "scores", "standings")


def upgrade() -> None:
    run(TABLES)
    for table in OWNED:
        lock(table)


def downgrade() -> None:
    op.execute(f"drop table {', '.join(OWNED[::-1])}")
