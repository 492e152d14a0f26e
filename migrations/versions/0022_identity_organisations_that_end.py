"""identity: organisations that end, and may be kept for two weeks more."""

from analisa.migrations.steps import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run("""
    alter table organisations add column ends_at timestamptz;
    create index organisations_ending on organisations (ends_at) where ends_at is not null;
    comment on column organisations.ends_at is 'From when on it is deleted with all that is its own; until then its owners may keep it';
    """)


def downgrade() -> None:
    run("alter table organisations drop column ends_at")
