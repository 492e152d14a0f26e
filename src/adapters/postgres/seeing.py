"""What an organisation sees, as views: the first lock on what is somebody's, above row-level security.

Whoever asks is answered through views of the schema `seen`, which have the names of the tables and show of each what its
policy lets a session see. So organisations are kept apart by what is asked for, also where row-level security is off
or does not bind; and by row-level security, also where a statement reaches past a view. Both say the same because the
views are made of the policies, anew after every migration.
"""

from __future__ import annotations

from typing import Final

import asyncpg

SEEN: Final = "seen"
SEARCH_PATH: Final = f'{SEEN}, "$user", public'
"""Where names are looked up. While a migration is under way there are no views, and tables alone are found."""

_VIEWS: Final = f"""
    select format(
        'create view {SEEN}.%I with (security_invoker = true) as select * from %I.%I where %s',
        c.relname, current_schema(), c.relname, string_agg(pg_get_expr(p.polqual, p.polrelid), ' or ' order by p.polname))
    from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.relnamespace = current_schema()::regnamespace and p.polcmd in ('*', 'r') and pg_has_role(c.relowner, 'usage')
    group by c.relname
"""  # noqa: S608  a constant


async def hide(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Take the views away: no column that one of them shows could be changed."""
    await connection.execute(f"drop schema if exists {SEEN} cascade")


async def show(connection: asyncpg.Connection[asyncpg.Record], role: str) -> None:
    """Make the views of the tables as they are, for *role*."""
    views = [row[0] for row in await connection.fetch(_VIEWS)]
    to = await connection.fetchval("select quote_ident($1)", role)
    async with connection.transaction():
        await hide(connection)
        await connection.execute("; ".join([f"create schema {SEEN}", *views]))
        await connection.execute(
            f"grant usage on schema {SEEN} to {to}; "
            f"grant select, insert, update, delete on all tables in schema {SEEN} to {to}"
        )
