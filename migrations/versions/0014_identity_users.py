"""identity: users, where they belong, and what they and their programs are known by."""

from alembic import op

from analisa.migrations.steps import run

revision = "0014"
down_revision = "0013"

LOCK = """
create function acts_for_identity() returns boolean language sql stable parallel safe as
$$ select coalesce(current_setting('analisa.identity', true), '') = 'on' $$;
"""

TABLES = """
create table users (
    id uuid primary key,
    email text not null,
    email_key text not null unique,
    name text not null,
    locale text not null,
    time_zone text not null,
    password_hash text,
    verified_at timestamptz,
    operator boolean not null,
    disabled boolean not null,
    version integer not null,
    created_at timestamptz not null default now()
);
comment on column users.email_key is 'The address as two spellings of it are compared';

create table memberships (
    organisation uuid not null references organisations on delete cascade,
    user_id uuid not null references users on delete cascade,
    role text not null,
    joined_at timestamptz not null default now(),
    primary key (organisation, user_id)
);
create index memberships_user on memberships (user_id, joined_at);

create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    secret bytea not null unique,
    device text not null,
    address text not null,
    begun_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index sessions_user on sessions (user_id) where ended_at is null;
create index sessions_expired on sessions (expires_at);
comment on column sessions.secret is 'SHA-256 of what the browser shows';

create table known_devices (
    user_id uuid not null references users on delete cascade,
    device bytea not null,
    seen_at timestamptz not null default now(),
    primary key (user_id, device)
);
comment on column known_devices.device is 'SHA-256 of what the device was given when somebody signed in on it';

create table api_keys (
    id uuid primary key,
    organisation uuid not null references organisations on delete cascade,
    secret bytea not null unique,
    name text not null,
    begins text not null,
    permissions text[] not null,
    operator boolean not null,
    made_by text not null,
    made_at timestamptz not null,
    used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_organisation on api_keys (organisation, made_at);
comment on column api_keys.secret is 'SHA-256 of what the program shows';
comment on column api_keys.operator is 'An operator of the installation made it for what only one may do';

create table guesses (
    name bytea primary key,
    tries integer not null,
    tried_at timestamptz not null,
    free_at timestamptz not null
);
create index guesses_tried on guesses (tried_at);
comment on column guesses.name is 'SHA-256 of an account, a device or an address, whether there is such a one or not';
comment on column guesses.free_at is 'When the next try is taken';
"""

OF_IDENTITY = ("sessions", "known_devices", "guesses")
"""Nobody's to see but those who let people in."""

POLICIES = """
create policy members on users
    using ((select acts_for_identity())
        or id in (select m.user_id from memberships m where m.organisation = (select current_organisation())))
    with check ((select acts_for_identity()));
create policy tenant on memberships
    using ((select acts_for_identity()) or organisation = (select current_organisation()))
    with check ((select acts_for_identity()));
create policy tenant on api_keys
    using ((select acts_for_identity()) or organisation = (select current_organisation()))
    with check (organisation = (select current_organisation()));
"""


def upgrade() -> None:
    run(LOCK)
    run(TABLES)
    for table in ("users", "memberships", "api_keys", *OF_IDENTITY):
        run(f"alter table {table} enable row level security; alter table {table} force row level security;")
    for table in OF_IDENTITY:
        run(f"""
        create policy identity on {table}
            using ((select acts_for_identity())) with check ((select acts_for_identity()));
        """)
    run(POLICIES)


def downgrade() -> None:
    op.execute("drop table guesses, api_keys, known_devices, sessions, memberships, users")
    op.execute("drop function acts_for_identity")
