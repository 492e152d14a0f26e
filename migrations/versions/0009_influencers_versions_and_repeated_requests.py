"""influencers: versions of what people change; and requests that may be sent twice."""

from alembic import op

from analisa.migrations.steps import lock, run

revision = "0009"
down_revision = "0008"

VERSION = """
alter table influencers add column version integer not null default 1;
comment on column influencers.version is 'Raised by each change that somebody makes; whoever edits says which one they saw';
"""
REQUESTS = """
create table repeatable_requests (
    organisation uuid not null references organisations on delete cascade,
    caller text not null,
    route text not null,
    key text not null,
    fingerprint bytea not null,
    reserved_id uuid not null,
    attempt integer not null default 1,
    held_until timestamptz,
    status integer,
    headers jsonb,
    body bytea,
    begun_at timestamptz not null default now(),
    primary key (organisation, caller, route, key)
);
create index repeatable_requests_begun on repeatable_requests (begun_at);
comment on table repeatable_requests is 'Creations that were asked for under a key: what was answered, so that asking again answers the same';
comment on column repeatable_requests.reserved_id is 'The id of what is created, however often it is tried';
comment on column repeatable_requests.held_until is 'Until when nobody else may try; null once it was answered';
comment on column repeatable_requests.attempt is 'The fencing token of whoever tries';
"""


def upgrade() -> None:
    run(VERSION)
    run(REQUESTS)
    lock("repeatable_requests", "organisation")


def downgrade() -> None:
    op.execute("drop table repeatable_requests")
    op.execute("alter table influencers drop column version")
