"""analytics: searches that were saved, and whom they have found."""

from analisa.migrations.steps import lock, lock_in_workspaces, run

revision = "0025"
down_revision = "0024"

TABLES = """
create table saved_searches (
    id uuid primary key,
    owner uuid not null references organisations on delete cascade,
    workspace uuid references workspaces on delete cascade,
    name text not null,
    filter text,
    q text,
    sort text,
    private boolean not null,
    made_by text not null,
    made_by_name text not null,
    alert text not null,
    due_at timestamptz,
    looked_at timestamptz,
    begun boolean not null default false,
    changed_at timestamptz not null default now(),
    version integer not null
);
create index saved_searches_owner on saved_searches (owner, changed_at desc, id desc);
create index saved_searches_due on saved_searches (due_at) where due_at is not null;
comment on column saved_searches.begun is 'Whom it finds is known, so that who is new can be told';

create table saved_search_finds (
    owner uuid not null references organisations on delete cascade,
    search_id uuid not null references saved_searches on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    primary key (search_id, influencer_id)
);
create index saved_search_finds_owner on saved_search_finds (owner);
create index saved_search_finds_influencer on saved_search_finds (influencer_id);
"""


def upgrade() -> None:
    run(TABLES)
    lock_in_workspaces("saved_searches")
    lock("saved_search_finds")


def downgrade() -> None:
    run("drop table saved_search_finds, saved_searches")
