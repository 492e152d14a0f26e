"""shared: marks of life outlive a crash of PostgreSQL, as the processes do that left them."""

from alembic import op

from analisa.migrations.steps import run

revision = "0007"
down_revision = "0006"

LOGGED = """
alter table heartbeats set logged;
comment on table heartbeats is 'Processes that are alive, each seen some seconds ago';
"""


def upgrade() -> None:
    run(LOGGED)


def downgrade() -> None:
    op.execute("alter table heartbeats set unlogged")
