"""notifications: mails under seal, and notices in the app."""

from analisa.migrations.steps import lock_for_identity, run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run("""
    create table mails (
        id uuid primary key,
        occurrence uuid not null,
        recipient text not null,
        kind text not null,
        sealed bytea not null,
        state text not null default 'waiting' check (state in ('waiting', 'sent', 'refused')),
        made_at timestamptz not null default now(),
        sent_at timestamptz,
        error text,
        unique (occurrence, recipient)
    );
    create index mails_made on mails (made_at);
    comment on column mails.recipient is 'SHA-256 of the address';
    comment on column mails.sealed is 'Address, subject and text, encrypted with a key that the database does not hold';

    create table notices (
        id uuid primary key,
        occurrence uuid not null,
        user_id uuid not null references users on delete cascade,
        kind text not null,
        facts jsonb not null,
        made_at timestamptz not null default now(),
        read_at timestamptz,
        unique (occurrence, user_id)
    );
    create index notices_user on notices (user_id, id desc);
    """)
    for table in ("mails", "notices"):
        lock_for_identity(table)


def downgrade() -> None:
    run("drop table notices, mails")
