"""Values as a spreadsheet reads them: plain, and never run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  the wide forms are run too
"""What a cell begins with that spreadsheets take for a formula (OWASP, CSV injection)."""


def cell(value: Any) -> str:
    """Return *value* as a cell of a CSV file.

    Numbers have up to 6 decimals, instants are UTC without a sign of it, lists stand between semicolons, and missing
    is empty. Text that a spreadsheet would take for a formula gets a ' before it.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat()
        case tuple():
            return cell("; ".join(map(str, value)))
        case str():
            return f"'{value}" if value.startswith(_RUN) else str(value)
        case _:
            return str(value)
