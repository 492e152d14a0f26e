"""identity: tokens for programs that act for a user, the keys that sign them, and what is kept under seal."""

from analisa.migrations.steps import lock_for_identity, run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run("""
    alter table sessions add column kind text not null default 'cookie' check (kind in ('cookie', 'tokens'));
    alter table sessions alter column kind drop default;
    comment on column sessions.kind is 'How it is shown: the secret in a cookie, or tokens that name it';

    create table refresh_tokens (
        token bytea primary key,
        session_id uuid not null references sessions on delete cascade,
        made_at timestamptz not null default now(),
        used_at timestamptz,
        used_from text
    );
    create index refresh_tokens_session on refresh_tokens (session_id);
    comment on column refresh_tokens.token is 'SHA-256 of what the client shows, once';
    comment on column refresh_tokens.used_from is 'The address and the program that showed it, who may ask again at once';

    create table token_keys (
        kid text primary key,
        public jsonb not null,
        sealed bytea not null,
        made_at timestamptz not null default now(),
        revoked_at timestamptz
    );
    comment on column token_keys.sealed is 'The private key, encrypted with a key that the database does not hold';
    """)
    for table in ("refresh_tokens", "token_keys"):
        lock_for_identity(table)


def downgrade() -> None:
    run("""
    drop table token_keys, refresh_tokens;
    delete from sessions where kind = 'tokens';
    alter table sessions drop column kind;
    """)
