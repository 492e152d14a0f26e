"""analytics: lots are drawn for influencers, so that all the rows of one are in a sample or none is."""

from analisa.migrations.steps import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run("""
    alter table discovery drop column lot;
    alter table discovery add column lot smallint not null
        generated always as ((uuid_hash_extended(influencer_id, 0) & 1023)::smallint) stored;
    comment on column discovery.lot is 'The same for all rows of an influencer: those with small lots are a fair sample';
    analyze discovery;
    """)


def downgrade() -> None:
    run("""
    alter table discovery drop column lot;
    alter table discovery add column lot smallint not null default floor(random() * 1024)::smallint;
    """)
