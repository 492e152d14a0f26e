"""identity: codes of a second device, and how fresh a session is."""

from analisa.migrations.steps import lock_for_identity, run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run("""
    alter table sessions add column fresh_at timestamptz not null default now();
    comment on column sessions.fresh_at is 'When its user last showed who they are';

    create table second_factors (
        user_id uuid primary key references users on delete cascade,
        sealed bytea not null,
        confirmed_at timestamptz,
        last_step bigint not null default 0
    );
    comment on column second_factors.last_step is 'The time step of the code that was shown last: none is good twice';

    create table recovery_codes (
        user_id uuid not null references users on delete cascade,
        code bytea not null,
        used_at timestamptz,
        primary key (user_id, code)
    );
    comment on column recovery_codes.code is 'SHA-256 of 120 random bits';
    """)
    for table in ("second_factors", "recovery_codes"):
        lock_for_identity(table)


def downgrade() -> None:
    run("""
    drop table recovery_codes, second_factors;
    alter table sessions drop column fresh_at;
    """)
