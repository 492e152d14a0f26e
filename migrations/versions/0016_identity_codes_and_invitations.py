"""identity: codes that are sent by mail, and invitations."""

from analisa.migrations.steps import run

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run("""
    create table invitations (
        id uuid primary key,
        organisation uuid not null references organisations on delete cascade,
        email text not null,
        email_key text not null,
        role text not null,
        invited_by text not null,
        made_at timestamptz not null default now(),
        expires_at timestamptz not null,
        accepted_at timestamptz,
        withdrawn_at timestamptz
    );
    create index invitations_organisation on invitations (organisation, made_at);

    create table one_time_codes (
        occurrence uuid primary key,
        code bytea not null unique,
        purpose text not null,
        user_id uuid references users on delete cascade,
        invitation_id uuid references invitations on delete cascade,
        expires_at timestamptz not null,
        used_at timestamptz
    );
    create index one_time_codes_expired on one_time_codes (expires_at);
    comment on column one_time_codes.code is 'SHA-256 of what the mail says';
    """)
    run("""
    alter table one_time_codes enable row level security;
    alter table one_time_codes force row level security;
    create policy identity on one_time_codes
        using ((select acts_for_identity())) with check ((select acts_for_identity()));
    alter table invitations enable row level security;
    alter table invitations force row level security;
    create policy tenant on invitations
        using ((select acts_for_identity()) or organisation = (select current_organisation()))
        with check ((select acts_for_identity()) or organisation = (select current_organisation()));
    """)


def downgrade() -> None:
    run("drop table one_time_codes, invitations")
