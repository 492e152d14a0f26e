"""Databases written to a file and read back, and one put in the place of another, with PostgreSQL's own programs."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import asyncpg

from ...domain.shared.errors import Conflict, Unavailable
from .engines import client_program
from .furnishing import furnish
from .processes import dying_with_parent


class DumpFailed(Unavailable):
    """PostgreSQL's program could not write or read the database."""

    code = "backup.dump_failed"


class DatabaseInUse(Conflict):
    """Other programs are connected to the database that is to be replaced."""

    code = "backup.database_in_use"


def database_of(url: str) -> str:
    """Return the name of the database in *url*."""
    return unquote(urlsplit(url).path.strip("/"))


def with_database(url: str, name: str) -> str:
    """Return *url* for the database *name* of the same server."""
    return urlsplit(url)._replace(scheme="postgresql", path=f"/{quote(name, safe='')}").geturl()


async def dump(admin_url: str, file: Path) -> None:
    """Write the whole database to *file*, from one snapshot, while others go on working."""
    options = ("--format=custom", "--compress=gzip:3", "--exclude-extension=vector", f"--file={file}")
    await _client("pg_dump", admin_url, *options)


async def load(file: Path, url: str, admin_url: str) -> None:
    """Read *file* into the empty database of both addresses, so that all of it belongs to the role of *url*.

    The rows come in as the administrator, whom row-level security does not bind; the rest as the role itself. Nobody
    else has been given anything: the roles of another server have other names.
    """
    for section, who in (("pre-data", url), ("data", admin_url), ("post-data", url)):
        await _client(
            "pg_restore", who, f"--section={section}", "--no-owner", "--no-privileges", "--exit-on-error", str(file)
        )


async def create_beside(url: str, admin_url: str, name: str) -> None:
    """Make the empty database *name*, owned by the role of *url*, in place of any leftover of that name."""
    await drop(admin_url, name)
    owner = unquote(urlsplit(url).username or "")
    await _administer(admin_url, f"create database {_quoted(name)} owner {_quoted(owner)} template template0")
    await furnish(with_database(admin_url, name))


async def drop(admin_url: str, name: str) -> None:
    """Drop the database *name*, if it is there."""
    await _administer(admin_url, f"drop database if exists {_quoted(name)} with (force)")


async def refuse_if_in_use(admin_url: str, name: str) -> None:
    """Raise `DatabaseInUse` when anybody but us is connected to the database *name*."""
    admin = await _connect(with_database(admin_url, "postgres"))
    try:
        others = len(await admin.fetch(_OTHERS, name))
    finally:
        await admin.close()
    if others:
        raise DatabaseInUse(
            f"{others} connections to the database {name} are open; stop the programs that hold them (analisa up, "
            "other roles, psql) first"
        )


_OTHERS = "select pid from pg_stat_activity where datname = $1 and backend_type = 'client backend'"


async def exchange(admin_url: str, *, live: str, restored: str, replaced: str) -> None:
    """Call *restored* by the name *live*, and what was *live* by the name *replaced*, in one commit.

    Does nothing when *restored* is gone: then it has been done before. Whoever is connected to *live* is cut off.
    """
    admin = await _connect(with_database(admin_url, "postgres"))
    try:
        if not await admin.fetchval("select 1 from pg_database where datname = $1", restored):
            return
        for (pid,) in await admin.fetch(_OTHERS, live):
            await admin.execute("select pg_terminate_backend($1)", pid)
        async with admin.transaction():
            await admin.execute(f"alter database {_quoted(live)} rename to {_quoted(replaced)}")
            await admin.execute(f"alter database {_quoted(restored)} rename to {_quoted(live)}")
    except asyncpg.ObjectInUseError as error:
        raise DatabaseInUse(
            f"other programs keep connecting to the database {live}, so the restored one cannot take its place ({error}); "
            "stop them: any analisa command then finishes the restore"
        ) from error
    finally:
        await admin.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def _administer(url: str, statement: str) -> None:
    """Run one statement as the administrator; those about databases run from the server's own one."""
    about_databases = statement.split(maxsplit=2)[1] == "database"
    admin = await _connect(with_database(url, "postgres") if about_databases else url)
    try:
        await admin.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        raise DumpFailed(f"PostgreSQL does not let us: {error}; {_ADMIN}") from error
    finally:
        await admin.close()


async def _connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    try:
        return await asyncpg.connect(url, timeout=_CONNECT_S)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        said = str(error) or type(error).__name__
        raise DumpFailed(f"PostgreSQL cannot be reached for the backup's sake: {said}; {_ADMIN}") from error


_CONNECT_S = 5
_ADMIN = "name a role that may in ANALISA_ADMIN_DATABASE_URL (a superuser, or BYPASSRLS and CREATEDB)"


async def _client(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs against *url*; the password goes through the environment, which is ours alone."""
    parts = urlsplit(url)
    shown = parts._replace(scheme="postgresql", netloc=parts.netloc.rpartition("@")[2]).geturl()
    environment = {"PATH": os.defpath, "LC_ALL": "C", "PGUSER": unquote(parts.username or "")}
    if parts.password:
        environment["PGPASSWORD"] = unquote(parts.password)
    process = await asyncio.create_subprocess_exec(
        client_program(program),
        f"--dbname={shown}",
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=dying_with_parent(signal.SIGTERM),
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise DumpFailed(_cause(program, said.decode("utf-8", "replace")))


def _cause(program: str, said: str) -> str:
    lines = [line for line in said.splitlines() if "error:" in line] or said.strip().splitlines() or ["no reason given"]
    cure = f"; {_ADMIN}" if "row-level security" in said or "permission denied" in said else ""
    return f"{program} failed: {lines[0]}{cure}"
