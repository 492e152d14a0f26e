"""shared: organisations, the tenant lock, and the outbox that carries events to their effects."""

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
    available_at timestamptz not null default now(),
    attempts integer not null default 0,
    last_error text,
    done_at timestamptz,
    dead_at timestamptz
);
create index outbox_waiting on outbox (available_at) where done_at is null and dead_at is null;
create index outbox_done on outbox (done_at) where done_at is not null;

create table effects (
    event_id uuid not null references outbox on delete cascade,
    reaction text not null,
    done_at timestamptz not null default now(),
    primary key (event_id, reaction)
);
"""


def upgrade() -> None:
    run(TENANT_FUNCTIONS)
    run(TABLES)


def downgrade() -> None:
    op.execute("drop table effects, outbox, organisations")
    op.execute("drop function current_organisation, acts_as_operator")
