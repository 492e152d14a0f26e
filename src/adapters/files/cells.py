"""Values as a spreadsheet reads them: plain, and never run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

_RUN: Final = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # noqa: RUF001  the wide forms are run too
"""What a cell begins with that spreadsheets take for a formula (OWASP, CSV injection)."""
_BEHIND: Final = re.compile(r'([;\t\r\n][\s"]*)(?=[=+\-@＝＋－＠])')  # noqa: RUF001
"""Where a spreadsheet that parts by semicolons, or at the end of a line, whatever the quotes, sees a cell begin."""


def cell(value: Any) -> str:
    """Return *value* as a cell of a CSV file.

    Numbers have up to 6 decimals, instants are UTC without a sign of it, lists stand between semicolons, and missing
    is empty. Text that a spreadsheet would take for a formula gets a ' before it, behind a semicolon, a tab or the end of a
    line too: where the comma is the decimal sign, that is where spreadsheets part a line.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            shown = f"{value:.6f}".rstrip("0").rstrip(".")
            return "0" if shown == "-0" else shown
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat()
        case tuple():
            return cell("; ".join(map(str, value)))
        case str():
            disarmed = _BEHIND.sub(r"\1'", value)
            return f"'{disarmed}" if _RUN.match(value) else disarmed
        case _:
            return str(value)
