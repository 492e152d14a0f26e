"""What the steps of the story share: running a script of several statements, and the second lock on tenant data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op


def run(script: str) -> None:
    """Run the statements of *script* inside the step's transaction; asyncpg prepares single ones only."""
    op.execute("select 1")  # opens the transaction, which the driver does not know of before the first statement
    connection = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda driver: driver.execute(script))  # type: ignore[union-attr]


def lock(table: str, column: str = "owner") -> None:
    """Let a session see public rows and its organisation's, and write its own (public ones as operator).

    The calls stand in sub-selects so that they run once a query and not once a row.
    """
    run(f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy tenant on {table}
        using ({column} is null or {column} = (select current_organisation()))
        with check (
            {column} = (select current_organisation())
            or ({column} is null and (select acts_as_operator()))
        );
    """)


def lock_in_workspaces(table: str) -> None:
    """Let a session see and write its organisation's rows; where it acts for one workspace, that one's alone."""
    condition = """
        owner = (select current_organisation())
        and ((select current_workspace()) is null or workspace = (select current_workspace()))
    """
    run(f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy tenant on {table} using ({condition}) with check ({condition});
    """)


def lock_for_identity(table: str) -> None:
    """Let nobody see or write *table* but the identity context."""
    run(f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy identity on {table}
        using ((select acts_for_identity())) with check ((select acts_for_identity()));
    """)


@contextmanager
def of_everybody(*tables: str) -> Iterator[None]:
    """Let the step see and write the rows of every owner in *tables*; outside of it row security binds us too."""
    for table in tables:
        run(f"alter table {table} no force row level security")
    yield
    for table in tables:
        run(f"alter table {table} force row level security")


def lock_partition(table: str) -> None:
    """Let nobody read or write the partition *table* by its own name; through its parent the parent's policy rules."""
    run(f"alter table {table} enable row level security; alter table {table} force row level security;")
