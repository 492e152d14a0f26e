"""identity: accounts at providers outside that open accounts here, and who is on the way there."""

from analisa.migrations.steps import lock_for_identity, run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run("""
    create table outside_identities (
        issuer text not null,
        subject text not null,
        user_id uuid not null references users on delete cascade,
        email text not null,
        linked_at timestamptz not null default now(),
        used_at timestamptz,
        primary key (issuer, subject),
        unique (user_id, issuer)
    );
    comment on column outside_identities.subject is 'The issuer''s own name for the account; it never changes';
    comment on column outside_identities.email is 'As the issuer told it when it was linked; empty where it did not';

    create table sign_in_flows (
        secret bytea primary key,
        provider text not null,
        return_to text not null,
        redirect_uri text not null,
        user_id uuid references users on delete cascade,
        shown uuid references users on delete cascade,
        expires_at timestamptz not null
    );
    create index sign_in_flows_expired on sign_in_flows (expires_at);
    comment on column sign_in_flows.secret is 'SHA-256 of what the browser keeps meanwhile';
    comment on column sign_in_flows.user_id is 'Whose account is to be linked; null where somebody signs in';
    comment on column sign_in_flows.shown is 'Who it is, but for a code of the second factor';
    """)
    for table in ("outside_identities", "sign_in_flows"):
        lock_for_identity(table)


def downgrade() -> None:
    run("drop table sign_in_flows, outside_identities")
