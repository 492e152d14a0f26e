"""exporting: lists that were asked for as files."""

from alembic import op

from analisa.migrations.steps import lock, run

revision = "0011"
down_revision = "0010"

EXPORTS = """
create table exports (
    id uuid primary key,
    organisation uuid not null references organisations on delete cascade,
    list text not null,
    format text not null check (format in ('csv', 'jsonl')),
    parameters jsonb not null,
    columns text[] not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
    rows bigint not null default 0,
    requested_by text not null,
    requested_at timestamptz not null,
    demonstration boolean not null,
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    file text,
    bytes bigint,
    sha256 text,
    error jsonb,
    check ((state = 'done') = (file is not null))
);
create index exports_by_time on exports (organisation, requested_at desc, id desc);
comment on column exports.requested_at is 'Spans such as 30d look back from here, however late it is written';
comment on column exports.demonstration is 'Whoever asked sees the demonstration alone';
comment on column exports.file is 'The name on the shelf; each attempt to write has one of its own, and the first that is whole counts';
"""


def upgrade() -> None:
    run(EXPORTS)
    lock("exports", "organisation")


def downgrade() -> None:
    op.execute("drop table exports")
