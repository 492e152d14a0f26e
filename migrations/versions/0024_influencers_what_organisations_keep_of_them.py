"""influencers: lists, tags, notes, fields of their own, prices, and who turned out to be one."""

from analisa.migrations.steps import lock, lock_in_workspaces, run

revision = "0024"
down_revision = "0023"

LISTS = """
create table lists (
    id uuid primary key,
    owner uuid not null references organisations on delete cascade,
    workspace uuid references workspaces on delete cascade,
    name text not null,
    description text not null,
    private boolean not null,
    made_by text not null,
    made_by_name text not null,
    made_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    version integer not null
);
create index lists_owner on lists (owner, changed_at desc, id desc);

create table list_items (
    owner uuid not null references organisations on delete cascade,
    workspace uuid references workspaces on delete cascade,
    list_id uuid not null references lists on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    added_by text not null,
    added_at timestamptz not null default now(),
    primary key (list_id, influencer_id)
);
create index list_items_order on list_items (list_id, added_at desc, influencer_id desc);
create index list_items_influencer on list_items (influencer_id);
create index list_items_owner on list_items (owner);
comment on column list_items.workspace is 'That of the list, so that the lock needs no look at it';
"""

NOTES = """
create table tags (
    owner uuid not null references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    key text not null,
    tag text not null,
    added_by text not null,
    added_at timestamptz not null default now(),
    primary key (owner, key, influencer_id)
);
create index tags_influencer on tags (influencer_id, owner);

create table notes (
    id uuid primary key,
    owner uuid not null references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    text text not null,
    written_by text not null,
    author text not null,
    written_at timestamptz not null,
    edited_at timestamptz,
    version integer not null
);
create index notes_influencer on notes (influencer_id, owner, written_at desc, id desc);
create index notes_owner on notes (owner);

create table custom_fields (
    owner uuid not null references organisations on delete cascade,
    key text not null,
    label text not null,
    kind text not null,
    options text[] not null,
    made_at timestamptz not null default now(),
    primary key (owner, key)
);

create table field_values (
    owner uuid not null references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    key text not null,
    value jsonb not null,
    set_by text not null,
    set_at timestamptz not null default now(),
    primary key (owner, influencer_id, key),
    foreign key (owner, key) references custom_fields on delete cascade
);
create index field_values_influencer on field_values (influencer_id);

create table prices (
    id uuid primary key,
    owner uuid not null references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    network text,
    format text not null,
    minor bigint not null,
    currency text not null,
    since date not null,
    remark text not null,
    noted_by text not null,
    noted_at timestamptz not null
);
create index prices_influencer on prices (influencer_id, owner, since desc, id desc);
create index prices_owner on prices (owner);
comment on table prices is 'What was asked, from when on; added to and never changed';
"""

MERGES = """
alter table influencers add column merged_into uuid references influencers;
comment on column influencers.merged_into is 'With whom it is one: what is kept of it is shown there. Never one that is merged itself';
create index influencers_merged on influencers (merged_into) where merged_into is not null;

create table identity_changes (
    id uuid primary key,
    owner uuid references organisations on delete cascade,
    change text not null check (change in ('merge', 'split')),
    kept uuid not null references influencers on delete cascade,
    other uuid not null references influencers on delete cascade,
    moved text[] not null,
    carried uuid[] not null,
    done_by text not null,
    done_at timestamptz not null,
    undone_at timestamptz
);
create index identity_changes_kept on identity_changes (kept);
create index identity_changes_other on identity_changes (other);
create index identity_changes_owner on identity_changes (owner) where owner is not null;
comment on column identity_changes.carried is 'Who was one with the other before, and is with the one that was kept since';
"""


def upgrade() -> None:
    run(LISTS)
    run(NOTES)
    run(MERGES)
    for table in ("lists", "list_items"):
        lock_in_workspaces(table)
    for table in ("tags", "notes", "custom_fields", "field_values", "prices", "identity_changes"):
        lock(table)


def downgrade() -> None:
    run("drop table identity_changes")
    run("alter table influencers drop column merged_into")
    run("drop table prices, field_values, custom_fields, notes, tags, list_items, lists")
