"""compliance: the record of what was done, which nobody changes."""

from analisa.migrations.steps import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run("""
    create table audit_entries (
        organisation uuid,
        number bigint not null check (number > 0),
        at timestamptz not null,
        actor text not null,
        action text not null,
        subject text not null,
        sealed bytea not null,
        hash bytea not null check (octet_length(hash) = 32),
        unique nulls not distinct (organisation, number)
    );
    create index audit_entries_actor on audit_entries (organisation, actor, number desc);
    comment on table audit_entries is 'What was done; an organisation that is deleted leaves its entries here';
    comment on column audit_entries.organisation is 'Null: done to the installation itself';
    comment on column audit_entries.hash is 'Seals this entry and all before it (domain/compliance/audit.py)';

    create table audit_heads (
        organisation uuid,
        number bigint not null,
        hash bytea not null,
        unique nulls not distinct (organisation)
    );
    comment on table audit_heads is 'The last entry of each chain; whoever adds one holds its row';

    create table audit_signatures (
        organisation uuid,
        number bigint not null,
        hash bytea not null,
        at timestamptz not null,
        key_id text not null,
        signature bytea not null,
        unique nulls not distinct (organisation, number)
    );

    create function audit_is_kept() returns trigger language plpgsql as $$
    begin
        raise exception 'the record of what was done is not changed' using errcode = 'insufficient_privilege';
    end $$;
    """)
    for table in ("audit_entries", "audit_signatures"):
        run(f"""
        create trigger {table}_kept before update or delete on {table} for each row execute function audit_is_kept();
        create trigger {table}_whole before truncate on {table} for each statement execute function audit_is_kept();
        alter table {table} enable row level security;
        alter table {table} force row level security;
        create policy seen on {table} for select
            using ((select acts_for_identity()) or organisation = (select current_organisation()));
        create policy added on {table} for insert with check ((select acts_for_identity()));
        """)
    run("""
    alter table audit_heads enable row level security;
    alter table audit_heads force row level security;
    create policy identity on audit_heads using ((select acts_for_identity())) with check ((select acts_for_identity()));
    """)


def downgrade() -> None:
    run("""
    drop table audit_signatures, audit_heads, audit_entries;
    drop function audit_is_kept;
    """)
