"""What the program is told from outside: read from the environment once, checked whole, never guessed at later.

Every variable is in `VARIABLES`; `docs/operations.md` describes them. An error names the variable and the cure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from ..domain.shared.errors import RuleViolated
from .setting_values import (
    LOOPBACK,
    SecretUrl,
    as_host,
    as_key_file,
    as_number,
    as_one_of,
    as_path,
    as_port,
    as_public_url,
    as_redis,
    as_sender,
    as_size,
    as_slug,
    as_smtp,
    as_url,
)

DEFAULT_PORT = 8000

Profile = Literal["production", "test"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsInvalid(RuleViolated):
    """Something in the environment cannot be obeyed; the message lists every such thing."""

    code = "settings.invalid"


LEAST_PASSWORD_COST: Final = 12


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of somebody's file is read before it is refused, and how much is written for them."""

    file_bytes: int = 4 * 2**30
    unpacked_bytes: int = 16 * 2**30
    rows: int = 50_000_000
    files: int = 10_000
    export_bytes: int = 2 * 2**30
    kept_export_bytes: int = 16 * 2**30
    per_caller: int = 6_000
    """Requests in a minute of a user or an API key, over all processes."""
    per_organisation: int = 60_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process, checked."""

    home: Path
    database_url: SecretUrl | None = None
    """None: the embedded PostgreSQL of the home."""
    redis_url: SecretUrl | None = None
    """None: the embedded Valkey of the home."""
    owner_database_url: SecretUrl | None = None
    """The role that owns the tables; None: the one of *database_url* does."""
    admin_database_url: SecretUrl | None = None
    """A role that may bypass row-level security and create databases; only backup and restore use it."""
    host: str = LOOPBACK
    port: int | None = None
    """None: 8000, or the next free port above."""
    log_level: LogLevel = "info"
    public_url: str | None = None
    """Where people call it, through TLS that stands in front of it on this machine."""
    smtp_url: SecretUrl | None = None
    """None: mails are kept, and shown by `analisa mail`."""
    mail_from: str = "Analisa <analisa@localhost>"
    providers_file: Path | None = None
    """None: people sign in by nothing but a password."""
    plans_file: Path | None = None
    """None: every organisation has everything, and as much of it as it wants."""
    registration: Literal["invited", "open"] = "invited"
    organisation: str = "local"
    """The slug of the organisation that this process acts for."""
    signing_key_file: Path
    profile: Profile = "production"
    pool_readers: int = 8
    pool_writers: int = 8
    requests_per_minute: int = 60_000
    """Of one address, to one process of the API."""
    password_cost: int = 12
    """bcrypt works two to the power of it times for a password."""
    limits: Limits = Limits()
    notes: tuple[str, ...] = ()
    """What a person should hear about the environment, though nothing stands in the way."""

    @property
    def open_registration(self) -> bool:
        """Whether people make accounts for themselves."""
        return self.registration == "open"

    @property
    def public_name(self) -> str | None:
        """The host, with its port where it is not 443, of `public_url`."""
        return None if self.public_url is None else self.public_url.removeprefix("https://")


def read_settings(
    environ: Mapping[str, str] | None = None, *, home: str | None = None, port: int | None = None
) -> Settings:
    """Read *environ* (the process's own by default); *home* and *port* come from the command line and win.

    Raises `SettingsInvalid`, which names every variable that is wrong and what to write instead.
    """
    environ = os.environ if environ is None else environ
    given = {name: text for name, text in environ.items() if name.startswith("ANALISA_") and text.strip()}
    options = {"ANALISA_HOME": home, "ANALISA_PORT": _text(port)}
    given |= {name: text for name, text in options.items() if text}
    values: dict[str, Any] = {}
    problems, notes = _unknown(given)
    for variable in VARIABLES:
        try:
            if variable.name in given:
                values[variable.field] = variable.read(given[variable.name])
        except ValueError as error:
            asked = f"--{variable.field}" if options.get(variable.name) else variable.name
            problems.append(f"{asked} {error}")
    if "ANALISA_FAILPOINTS" in given and values.get("profile") != "test":
        problems.append(
            "ANALISA_FAILPOINTS makes the program fail on purpose and is heeded in tests only; "
            "unset it, or set ANALISA_PROFILE=test"
        )
    if values.get("password_cost", LEAST_PASSWORD_COST) < LEAST_PASSWORD_COST and values.get("profile") != "test":
        problems.append(f"ANALISA_PASSWORD_COST is at least {LEAST_PASSWORD_COST}; less is for tests")
    if problems:
        raise SettingsInvalid("; ".join(problems))
    return _settled(values, environ, notes)


def _settled(values: dict[str, Any], environ: Mapping[str, str], notes: list[str]) -> Settings:
    values.pop("failpoints", None)  # read where they stand, see application/shared/failpoints.py
    limits = {name.removeprefix("max_"): values.pop(name) for name in list(values) if name.startswith("max_")}
    place = values.pop("home", None) or default_home(environ)
    key = values.pop("signing_key_file", place / "secrets" / "signing.key")
    return Settings(home=place, signing_key_file=key, limits=Limits(**limits), notes=tuple(notes), **values)


def default_home(environ: Mapping[str, str]) -> Path:
    """Return where an installation lives when nobody says: the system's place for root, the user's for others."""
    if os.geteuid() == 0:
        return Path("/var/lib/analisa")
    data = environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path there is to be ignored.
    return (Path(data) if data.startswith("/") else Path.home() / ".local" / "share") / "analisa"


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _unknown(given: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Sort the names nobody knows into likely misspellings, which stop the start, and others, which are noted."""
    known = {variable.name for variable in VARIABLES} | INTERNAL
    problems, notes = [], []
    for name in sorted(set(given) - known):
        meant = get_close_matches(name, known - INTERNAL, n=1, cutoff=0.8)
        if meant:
            problems.append(f"{name} is not a setting; {meant[0]} is: rename it or unset it")
        else:
            notes.append(f"{name} is not a setting and is ignored")
    return problems, notes


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable: its name, the field it fills, how it is read, and what it means to people."""

    name: str
    field: str
    parse: Callable[[str], Any]
    meaning: str

    def read(self, text: str) -> Any:
        """Return the value, or raise ValueError with what to write instead."""
        return self.parse(text.strip())


_POSTGRES = as_url("postgresql", "postgres", "postgresql+asyncpg", database=True)

VARIABLES: tuple[Variable, ...] = (
    Variable("ANALISA_HOME", "home", as_path, "the directory that holds the installation"),
    Variable("ANALISA_DATABASE_URL", "database_url", _POSTGRES, "a PostgreSQL (16 or newer, with pgvector) to use"),
    Variable(
        "ANALISA_OWNER_DATABASE_URL",
        "owner_database_url",
        _POSTGRES,
        "the same database, as the role that owns its tables and changes its schema",
    ),
    Variable("ANALISA_REDIS_URL", "redis_url", as_redis, "a Redis (7 or newer) or Valkey to use"),
    Variable(
        "ANALISA_ADMIN_DATABASE_URL", "admin_database_url", _POSTGRES, "the same database, for backup and restore"
    ),
    Variable("ANALISA_HOST", "host", as_host, "the address to listen on: 127.0.0.1, with TLS in front of it"),
    Variable("ANALISA_PORT", "port", as_port, "the port to listen on"),
    Variable(
        "ANALISA_LOG_LEVEL", "log_level", as_one_of("debug", "info", "warning", "error"), "the least that is logged"
    ),
    Variable("ANALISA_ORGANISATION", "organisation", as_slug, "the organisation that this process acts for"),
    Variable("ANALISA_SIGNING_KEY_FILE", "signing_key_file", as_key_file, "the Ed25519 key that signs receipts"),
    Variable("ANALISA_PROFILE", "profile", as_one_of("production", "test"), "test lets failpoints be armed"),
    Variable("ANALISA_FAILPOINTS", "failpoints", str, "places at which to fail, for tests"),
    Variable("ANALISA_POOL_READERS", "pool_readers", as_number(1, 200), "most connections for reading, per process"),
    Variable(
        "ANALISA_SMTP_URL", "smtp_url", as_smtp, "the mail server; without one mails are kept, for `analisa mail`"
    ),
    Variable("ANALISA_MAIL_FROM", "mail_from", as_sender, "whom mails come from"),
    Variable(
        "ANALISA_REGISTRATION",
        "registration",
        as_one_of("invited", "open"),
        "whether people are invited, or make accounts for themselves",
    ),
    Variable(
        "ANALISA_PROVIDERS_FILE",
        "providers_file",
        as_path,
        "the OpenID providers that people may sign in by (docs/sign-in.md)",
    ),
    Variable(
        "ANALISA_PLANS_FILE", "plans_file", as_path, "the plans that bound what organisations may have (docs/plans.md)"
    ),
    Variable("ANALISA_PUBLIC_URL", "public_url", as_public_url, "where people call it, through TLS in front of it"),
    Variable(
        "ANALISA_POOL_WRITERS",
        "pool_writers",
        as_number(2, 200, "; an import alone takes 2"),
        "most connections for writing, per process",
    ),
    Variable(
        "ANALISA_REQUESTS_PER_MINUTE",
        "requests_per_minute",
        as_number(60, 10**9),
        "most requests of one address in a minute, per process",
    ),
    Variable(
        "ANALISA_PASSWORD_COST", "password_cost", as_number(4, 16), "how much work a password is, as bcrypt counts it"
    ),
    Variable("ANALISA_MAX_FILE_BYTES", "max_file_bytes", as_size, "the largest file that is taken in"),
    Variable("ANALISA_MAX_UNPACKED_BYTES", "max_unpacked_bytes", as_size, "the most that one archive may unpack to"),
    Variable("ANALISA_MAX_ROWS", "max_rows", as_number(1, 10**12), "the most rows in one file"),
    Variable("ANALISA_MAX_FILES", "max_files", as_number(1, 10**7), "the most files in one archive or folder"),
    Variable("ANALISA_MAX_EXPORT_BYTES", "max_export_bytes", as_size, "the largest file that a list is exported into"),
    Variable(
        "ANALISA_MAX_PER_CALLER",
        "max_per_caller",
        as_number(60, 10**9),
        "most requests in a minute of a user or an API key, over all processes",
    ),
    Variable(
        "ANALISA_MAX_PER_ORGANISATION",
        "max_per_organisation",
        as_number(60, 10**9),
        "most requests in a minute of an organisation, over all processes",
    ),
    Variable(
        "ANALISA_MAX_KEPT_EXPORT_BYTES",
        "max_kept_export_bytes",
        as_size,
        "no list of an organisation is exported while its files of the last day take as much",
    ),
)

INTERNAL = frozenset({"ANALISA_LISTEN_FD", "ANALISA_LIFELINE"})
"""What `analisa up` tells its children; nobody else sets them (see lifeline.py)."""
