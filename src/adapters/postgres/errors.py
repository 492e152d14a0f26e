"""What can go wrong between us and PostgreSQL."""

from __future__ import annotations

from ...domain.shared.errors import RuleViolated, Unavailable


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer."""

    code = "analisa.database_unavailable"


class DatabaseFull(DatabaseUnavailable):
    """PostgreSQL has no room left, on its disk or in memory."""

    code = "analisa.database_full"


class DatabaseRefuses(Unavailable):
    """What answers is not PostgreSQL, does not let us in, or cannot be asked in this way: waiting will not help."""

    code = "analisa.database_refuses"


class RoleUnbound(RuleViolated):
    """Row-level security does not bind the role as which we connect, so that it would not keep tenants apart."""

    code = "analisa.role_unbound"

    def __init__(self, role: str) -> None:
        super().__init__(
            f"the PostgreSQL role {role!r} is a superuser or may bypass row-level security, which keeps organisations "
            "apart; give ANALISA_DATABASE_URL an ordinary role, ANALISA_OWNER_DATABASE_URL the one that owns the "
            "database, and keep this one for ANALISA_ADMIN_DATABASE_URL"
        )
        self.role = role


class RoleUngranted(RuleViolated):
    """The role as which we connect has no rights on the tables, which belong to another one."""

    code = "analisa.role_ungranted"

    def __init__(self) -> None:
        super().__init__(
            "the PostgreSQL role of ANALISA_DATABASE_URL has no rights on the tables, which belong to another role; name "
            "that one in ANALISA_OWNER_DATABASE_URL, and run: analisa migrate"
        )
