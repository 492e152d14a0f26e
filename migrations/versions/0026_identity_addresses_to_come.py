"""identity: addresses that accounts are to have, when they are shown to be theirs."""

from analisa.migrations.steps import lock_for_identity, run

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run("""
    create table address_changes (
        user_id uuid primary key references users on delete cascade,
        email text not null,
        wanted_at timestamptz not null default now()
    );
    """)
    lock_for_identity("address_changes")


def downgrade() -> None:
    run("drop table address_changes")
