"""collection: the partitions of a month are made by who owns the tables, and the program asks for them."""

from alembic import op

from analisa.migrations.steps import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    # They act for the owner of the tables, so they look for nothing where somebody else could have put something.
    schema = op.get_bind().exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    run(f"""
    create function check_partitioned(parent text) returns void language plpgsql as $$
    begin
        if parent not in ('profile_metrics', 'post_metrics') then
            raise exception '% has no monthly partitions', parent using errcode = 'invalid_parameter_value';
        end if;
    end $$;

    create function make_month(parent text, month date) returns void
    language plpgsql security definer set search_path = {schema}, pg_temp as $$
    declare
        made text := parent || to_char(month, '_YYYY_MM');
        rest text := parent || '_default';
        first timestamptz := month::timestamp at time zone 'UTC';
        beyond timestamptz := (month + interval '1 month')::timestamp at time zone 'UTC';
        stray boolean;
        bare boolean;
    begin
        perform check_partitioned(parent);
        if extract(day from month) <> 1 then
            raise exception '% is not the first of a month', month using errcode = 'invalid_parameter_value';
        end if;
        if to_regclass(made) is not null then
            return;
        end if;
        stray := pg_relation_size(rest::regclass) > 0;
        execute format('create table %I (like %I including all)', made, parent);
        if stray then  -- row security binds the owner too; without a policy he sees none of these rows
            execute format('alter table %I no force row level security', rest);
            execute format('with moved as (delete from %I where observed_at >= $1 and observed_at < $2 returning *) '
                'insert into %I select * from moved', rest, made) using first, beyond;
            execute format('select not exists (select from %I)', rest) into bare;
            if bare then  -- gives its pages back, so that the alarm ends
                execute format('truncate %I', rest);
            end if;
            execute format('alter table %I force row level security', rest);
        end if;
        -- Locked without a policy: nobody passes by its own name, and through the parent the parent's policy rules.
        execute format('alter table %I enable row level security', made);
        execute format('alter table %I force row level security', made);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, made, first, beyond);
    end $$;
    comment on function make_month is 'Makes the partition of the month, unless it is there, and moves its rows to it';

    create function months_in_default(parent text) returns setof date
    language plpgsql security definer set search_path = {schema}, pg_temp as $$
    declare
        rest text := parent || '_default';
    begin
        perform check_partitioned(parent);
        execute format('alter table %I no force row level security', rest);
        return query execute format('select distinct date_trunc(''month'', observed_at at time zone ''UTC'')::date as month '
            'from %I order by month', rest);
        execute format('alter table %I force row level security', rest);
    end $$;
    comment on function months_in_default is 'Says of which months rows stand where those without a partition go';

    revoke execute on function make_month, months_in_default from public;
    """)  # noqa: S608  the schema's own name, quoted


def downgrade() -> None:
    run("drop function make_month, months_in_default, check_partitioned")
