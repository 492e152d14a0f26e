"""influencers: what they are about, as their words tell, and as people say."""

from alembic import op

from analisa.migrations.steps import lock, run

revision = "0010"
down_revision = "0009"

TABLES = """
create table niche_labels (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    niche text not null,
    confidence double precision not null,
    words text[] not null,
    version text not null,
    labelled_at timestamptz not null default now(),
    unique nulls not distinct (profile_id, niche, owner)
);
create index niche_labels_owner on niche_labels (owner) where owner is not null;
comment on table niche_labels is 'What a profile is about, as its words tell those who may see them; made anew when the words change';

create table niche_verdicts (
    owner uuid references organisations on delete cascade,
    influencer_id uuid not null references influencers on delete cascade,
    niche text not null,
    holds boolean not null,
    judged_by text not null,
    judged_at timestamptz not null default now(),
    unique nulls not distinct (influencer_id, niche, owner)
);
create index niche_verdicts_owner on niche_verdicts (owner) where owner is not null;
comment on table niche_verdicts is 'What a person says an influencer is about, or is not: it stands before any label, and outlives them';

alter table discovery add column niches bigint not null default 0;
comment on column discovery.niches is 'One bit for each niche, by its place in the taxonomy';
"""


def upgrade() -> None:
    run(TABLES)
    for table in ("niche_labels", "niche_verdicts"):
        lock(table)


def downgrade() -> None:
    op.execute("alter table discovery drop column niches")
    op.execute("drop table niche_verdicts, niche_labels")
