"""collection: imports with their findings, and the observations they brought, metrics in monthly partitions."""

from alembic import op

from analisa.migrations.steps import lock, lock_partition, run

revision = "0003"
down_revision = "0002"

IMPORTS = """
create table imports (
    id uuid primary key,
    no bigint generated always as identity unique,
    organisation uuid not null references organisations on delete cascade,
    owner uuid,
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
    reader text,
    options jsonb not null default '{}',
    requested_by text not null,
    requested_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    progress jsonb not null default '{}',
    report jsonb,
    error jsonb
);
create index imports_organisation on imports (organisation, id desc);
comment on column imports.owner is 'To whom the observations belong; null is public';

create table import_files (
    import_id uuid not null references imports on delete cascade,
    organisation uuid not null,
    position integer not null,
    name text not null,
    bytes bigint not null,
    sha256 text not null,
    counts jsonb not null,
    committed_at timestamptz not null default now(),
    primary key (import_id, position)
);

create table import_findings (
    id bigint generated always as identity primary key,
    import_id uuid not null references imports on delete cascade,
    organisation uuid not null,
    severity text not null check (severity in ('quarantined', 'conflict', 'flagged', 'left_out')),
    code text not null,
    message text not null,
    file text not null,
    line bigint not null,
    table_name text not null default '',
    field text not null default '',
    cells jsonb not null default '{}',
    state text not null default 'open' check (state in ('open', 'mended', 'dropped')),
    settled_at timestamptz
);
create index import_findings_import on import_findings (import_id, severity, id);
"""

OBSERVATIONS = """
create table posts (
    id bigint generated always as identity primary key,
    owner uuid references organisations on delete cascade,
    network text not null,
    network_post_id text not null,
    profile_id bigint not null references profiles,
    published_at timestamptz,
    published_precision text,
    type text,
    url text,
    title text,
    text text,
    language text,
    duration_s double precision,
    hashtags text[],
    paid_partnership boolean,
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (network_post_id, network, owner)
);
create index posts_profile on posts (profile_id, published_at);
create index posts_owner on posts (owner);

create table profile_metrics (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    observed_at timestamptz not null,
    followers bigint,
    following bigint,
    posts bigint,
    total_likes bigint,
    total_views bigint,
    precision text,
    suspect text[],
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (profile_id, observed_at, owner)
) partition by range (observed_at);
create table profile_metrics_default partition of profile_metrics default;
create index profile_metrics_owner on profile_metrics (owner) where owner is not null;
comment on column profile_metrics.suspect is 'Names of metrics whose value is a failed reading: 0 followers after more than 1,000';

create table post_metrics (
    owner uuid references organisations on delete cascade,
    post_id bigint not null references posts on delete cascade,
    observed_at timestamptz not null,
    scope text not null,
    views bigint,
    impressions bigint,
    reach bigint,
    likes bigint,
    dislikes bigint,
    comments bigint,
    shares bigint,
    saves bigint,
    clicks bigint,
    follows bigint,
    watch_time_s double precision,
    precision text,
    suspect text[],
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (post_id, observed_at, scope, owner)
) partition by range (observed_at);
create table post_metrics_default partition of post_metrics default;
comment on column post_metrics.suspect is 'Names of metrics that became 0 where they were missing before: in the figures, out of the score';

create table profile_averages (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    observed_at timestamptz not null,
    scope text not null,
    source text not null,
    avg_views double precision,
    avg_likes double precision,
    avg_comments double precision,
    avg_shares double precision,
    avg_interactions double precision,
    sample bigint,
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (profile_id, observed_at, scope, source, owner)
);
create index profile_averages_owner on profile_averages (owner);

create table comments (
    owner uuid references organisations on delete cascade,
    network text not null,
    network_comment_id text not null,
    network_post_id text not null,
    parent_comment_id text,
    author_ref text,
    published_at timestamptz,
    text text,
    language text,
    likes bigint,
    replies bigint,
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (network_comment_id, network, owner)
);
create index comments_post on comments (network, network_post_id);
create index comments_owner on comments (owner);

create table audience (
    owner uuid references organisations on delete cascade,
    profile_id bigint not null references profiles,
    network_post_id text not null default '',
    observed_at timestamptz not null,
    scope text not null,
    dimension text not null,
    key text not null,
    value double precision not null,
    unit text,
    extra jsonb,
    import_no bigint not null,
    unique nulls not distinct (profile_id, network_post_id, observed_at, scope, dimension, key, owner)
);
create index audience_owner on audience (owner);
"""

TENANT = {"imports": "organisation", "import_files": "organisation", "import_findings": "organisation"}
OWNED = ("posts", "profile_metrics", "post_metrics", "profile_averages", "comments", "audience")
PARTITIONED = ("profile_metrics", "post_metrics")


def upgrade() -> None:
    run(IMPORTS)
    run(OBSERVATIONS)
    for table in OWNED:
        lock(table)
    for table in PARTITIONED:
        lock_partition(f"{table}_default")
    for table, column in TENANT.items():
        lock(table, column)


def downgrade() -> None:
    op.execute(f"drop table {', '.join(OWNED[::-1])} cascade")
    op.execute("drop table import_findings, import_files, imports")
