"""What can go wrong between us and PostgreSQL."""

from __future__ import annotations

from ...domain.shared.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer."""

    code = "analisa.database_unavailable"


class DatabaseRefuses(DatabaseUnavailable):
    """What answers is not PostgreSQL, does not let us in, or cannot be asked in this way: waiting will not help."""

    code = "analisa.database_refuses"
