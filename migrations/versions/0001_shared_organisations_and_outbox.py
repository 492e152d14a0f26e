"""shared: organisations, the tenant lock, the outbox that carries events to their effects, and what the roles note."""

from alembic import op

from analisa.migrations.steps import run

revision = "0001"
down_revision = None

TENANT_FUNCTIONS = """
create function current_organisation() returns uuid language sql stable parallel safe as
$$ select nullif(current_setting('analisa.organisation', true), '')::uuid $$;

create function acts_as_operator() returns boolean language sql stable parallel safe as
$$ select coalesce(current_setting('analisa.operator', true), '') = 'on' $$;
"""

TABLES = """
create table organisations (
    id uuid primary key default gen_random_uuid(),
    slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{0,62}$'),
    name text not null,
    demonstration boolean not null default false,
    created_at timestamptz not null default now()
);
insert into organisations (slug, name) values ('local', 'This installation');

create table outbox (
    id uuid primary key,
    name text not null,
    version integer not null,
    payload jsonb not null,
    owner uuid,
    request_id text not null default '',
    recorded_at timestamptz not null default now(),
    unique_key text,
    available_at timestamptz not null default now(),
    sends integer not null default 0,
    held_until timestamptz,
    held_by text,
    attempts integer not null default 0,
    last_error text,
    done_at timestamptz,
    dead_at timestamptz
);
comment on column outbox.unique_key is 'Of the events of one name that are neither done nor dead, only one has this key';
comment on column outbox.available_at is 'When the relay may send it (again)';
comment on column outbox.held_until is 'Until when nobody else may start it: the lease of the worker named in held_by, or the pause after a failure';
comment on column outbox.attempts is 'How often it was started; the number is the fencing token of whoever started it last';
create index outbox_waiting on outbox (available_at) where done_at is null and dead_at is null;
create unique index outbox_unique on outbox (name, unique_key) where done_at is null and dead_at is null;
create index outbox_done on outbox (done_at) where done_at is not null;

create table effects (
    event_id uuid not null references outbox on delete cascade,
    reaction text not null,
    done_at timestamptz not null default now(),
    primary key (event_id, reaction)
);

create unlogged table heartbeats (
    instance text primary key,
    role text not null,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    metrics text
);
comment on table heartbeats is 'Processes that are alive; unlogged, because a crash makes every row untrue';
comment on column heartbeats.metrics is 'Where the process serves its metrics';

create table schedules (
    name text primary key,
    last_due_at timestamptz not null
);
comment on table schedules is 'The due time up to which each regular job was handed out';
"""


def upgrade() -> None:
    run(TENANT_FUNCTIONS)
    run(TABLES)


def downgrade() -> None:
    op.execute("drop table schedules, heartbeats, effects, outbox, organisations")
    op.execute("drop function current_organisation, acts_as_operator")
