"""influencers: accounts on networks, what they look like to whom, and the people and brands behind them."""

from alembic import op

from analisa.migrations.steps import lock, run

revision = "0002"
down_revision = "0001"

TABLES = """
create table profiles (
    id bigint generated always as identity primary key,
    network text not null,
    network_id text not null,
    unique (network, network_id)
);
comment on table profiles is 'Only the short number of an account; all that is known of it has an owner and stands elsewhere';

create table profile_descriptions (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    described_at timestamptz,
    handle text,
    display_name text,
    url text,
    bio text,
    category text,
    country text,
    language text,
    is_verified boolean,
    account_type text,
    created_at timestamptz,
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (profile_id, owner)
);
create index profile_descriptions_handle on profile_descriptions (lower(handle));
create index profile_descriptions_owner on profile_descriptions (owner, profile_id);

create table profile_names (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    name text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    import_no bigint not null,
    unique nulls not distinct (profile_id, name, owner)
);
comment on table profile_names is 'Display names under which an account was seen, and when';
create index profile_names_owner on profile_names (owner);

create table influencers (
    id uuid primary key default gen_random_uuid(),
    owner uuid references organisations on delete cascade,
    name text not null,
    kind text not null default 'person' check (kind in ('person', 'brand')),
    created_at timestamptz not null default now(),
    archived_at timestamptz
);
create index influencers_owner on influencers (owner, id);

create table influencer_profiles (
    owner uuid references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    profile_id bigint not null references profiles,
    unique nulls not distinct (profile_id, owner)
);
create index influencer_profiles_influencer on influencer_profiles (influencer_id, profile_id);
create index influencer_profiles_owner on influencer_profiles (owner);
"""

OWNED = ("profile_descriptions", "profile_names", "influencers", "influencer_profiles")


def upgrade() -> None:
    run(TABLES)
    for table in OWNED:
        lock(table)


def downgrade() -> None:
    op.execute("drop table influencer_profiles, influencers, profile_names, profile_descriptions, profiles")
