"""influencers: which names somebody chose; the others follow what their profiles are called."""

from alembic import op

from analisa.migrations.steps import of_everybody, run

revision = "0006"
down_revision = "0005"

COLUMN = """
alter table influencers add column name_chosen boolean not null default true;
comment on column influencers.name_chosen is 'False where the name is that of the one profile, and goes with it';
"""
NEVER_CHOSEN = """
update influencers i set name_chosen = false
from influencer_profiles h join profiles p on p.id = h.profile_id
left join profile_names n on n.profile_id = p.id
left join profile_descriptions d on d.profile_id = p.id
where h.influencer_id = i.id and i.name in (n.name, d.display_name, d.handle, p.network_id)
    and not exists (select from influencer_profiles o where o.influencer_id = i.id and o.profile_id <> p.id);
"""


def upgrade() -> None:
    run(COLUMN)
    with of_everybody("influencers", "influencer_profiles", "profile_names", "profile_descriptions"):
        run(NEVER_CHOSEN)


def downgrade() -> None:
    op.execute("alter table influencers drop column name_chosen")
