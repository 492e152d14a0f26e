"""What the program's role may do to tables that belong to another: write rows, and nothing else.

A role that owned its tables could take row-level security off them, however it was brought to do so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import asyncpg

_ROWS: Final = "select, insert, update, delete"
_OTHERWISE: Final[Mapping[str, str]] = {
    "alembic_version": "select",
    "audit_entries": "select, insert",
    "audit_signatures": "select, insert",
    "prices": "select, insert",
}
"""The record of what was done, and what was asked for work, is added to; which step the schema has reached is its owner's to say."""
_FUNCTIONS: Final = ("make_month(text, date)", "months_in_default(text)")
_THERE: Final = "select name from unnest($1::text[]) name where to_regprocedure(name) is not null"
"""Steps before 0020 had none of them."""

_TABLES: Final = """
    select relname, quote_ident(relname) as quoted from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
        and pg_has_role(relowner, 'usage')
"""
"""Partitions are not among them: rows are reached through the parent, whose policy rules."""


async def grant(connection: asyncpg.Connection[asyncpg.Record], role: str) -> None:
    """Give *role* what the program needs of the tables of whom *connection* is, and take whatever else it had."""
    schema = await connection.fetchval("select quote_ident(current_schema())")
    to = await connection.fetchval("select quote_ident($1)", role)
    tables = await connection.fetch(_TABLES)
    functions = await connection.fetch(_THERE, _FUNCTIONS)
    statements = [
        f"revoke all on all tables in schema {schema} from {to}",
        f"grant usage on schema {schema} to {to}",
        *(f"grant {_OTHERWISE.get(row['relname'], _ROWS)} on {row['quoted']} to {to}" for row in tables),
        *(f"grant execute on function {row['name']} to {to}" for row in functions),
    ]
    async with connection.transaction():
        await connection.execute("; ".join(statements))


async def is_granted(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    """Whether the role of *connection* has been given what the program needs; grants come together, so one is asked for."""
    granted: bool = await connection.fetchval(
        "select coalesce(has_table_privilege(to_regclass('alembic_version'), 'select'), false)"
    )
    return granted
