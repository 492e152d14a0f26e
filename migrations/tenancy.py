"""The second lock on tenant data: what a table needs so that PostgreSQL itself keeps organisations apart."""

from __future__ import annotations


def lock(table: str, column: str = "owner") -> str:
    """SQL that lets a session see public rows and its organisation's, and write its own (public ones as operator).

    The calls stand in sub-selects so that they run once a query and not once a row.
    """
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy tenant on {table}
        using ({column} is null or {column} = (select current_organisation()))
        with check (
            {column} = (select current_organisation())
            or ({column} is null and (select acts_as_operator()))
        );
    """
