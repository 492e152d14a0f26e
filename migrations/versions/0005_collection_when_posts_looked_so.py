"""collection: since when a post is described as it is, so that the newest description of it wins."""

from alembic import op

from analisa.migrations.steps import run

revision = "0005"
down_revision = "0004"

COLUMN = """
alter table posts add column described_at timestamptz;
comment on column posts.described_at is 'When a source last showed the post with these words; null where none said when';
"""


def upgrade() -> None:
    run(COLUMN)


def downgrade() -> None:
    op.execute("alter table posts drop column described_at")
