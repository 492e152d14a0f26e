"""identity: workspaces, roles that organisations make, and what was used of plans."""

from analisa.migrations.steps import run

revision = "0023"
down_revision = "0022"

WORKSPACES = """
create function current_workspace() returns uuid language sql stable parallel safe as
$$ select nullif(current_setting('analisa.workspace', true), '')::uuid $$;

create table workspaces (
    id uuid primary key,
    organisation uuid not null references organisations on delete cascade,
    slug text not null,
    name text not null,
    version integer not null,
    made_at timestamptz not null default now(),
    archived_at timestamptz,
    unique (organisation, slug),
    unique (organisation, id)
);

create table workspace_members (
    organisation uuid not null,
    workspace uuid not null,
    user_id uuid not null,
    role text not null,
    joined_at timestamptz not null default now(),
    primary key (workspace, user_id),
    foreign key (organisation, workspace) references workspaces (organisation, id) on delete cascade,
    foreign key (organisation, user_id) references memberships on delete cascade
);
create index workspace_members_user on workspace_members (organisation, user_id);

alter table memberships alter column role drop not null;
comment on column memberships.role is 'What they are everywhere in the organisation; null where they work in workspaces alone';
alter table invitations add column workspace uuid references workspaces on delete cascade;
comment on column invitations.workspace is 'Where they are to have the role; null is everywhere in the organisation';
"""

ROLES = """
create table custom_roles (
    organisation uuid not null references organisations on delete cascade,
    name text not null,
    permissions text[] not null,
    made_at timestamptz not null default now(),
    primary key (organisation, name)
);
"""

PLANS = """
alter table organisations add column plan text;
comment on column organisations.plan is 'By its name in the file of plans; null is the usual one';

create table uses (
    organisation uuid not null references organisations on delete cascade,
    metered text not null,
    occurrence uuid not null,
    month text not null,
    primary key (organisation, metered, occurrence)
);
create table uses_of_months (
    organisation uuid not null references organisations on delete cascade,
    metered text not null,
    month text not null,
    used integer not null,
    primary key (organisation, metered, month)
);
comment on table uses is 'What was counted, so that nothing is counted twice; uses_of_months has the sums';
"""


def lock_for_organisation(table: str) -> None:
    """Let a session see and write its organisation's rows, and the identity context all."""
    run(f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy tenant on {table}
        using ((select acts_for_identity()) or organisation = (select current_organisation()))
        with check ((select acts_for_identity()) or organisation = (select current_organisation()));
    """)


def upgrade() -> None:
    run(WORKSPACES)
    run(ROLES)
    run(PLANS)
    for table in ("workspaces", "workspace_members", "custom_roles", "uses", "uses_of_months"):
        lock_for_organisation(table)


def downgrade() -> None:
    run("delete from memberships where role is null")
    run("drop table uses_of_months, uses, custom_roles")
    run("alter table invitations drop column workspace")
    run("drop table workspace_members, workspaces")
    run("alter table memberships alter column role set not null; alter table organisations drop column plan")
    run("drop function current_workspace")
