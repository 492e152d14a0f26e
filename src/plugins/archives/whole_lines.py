"""Lines that could not be taken apart: kept whole in one cell until somebody mends them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from .text import lines_of

JSON_LINE = "[line]"
"""Name of the cell for a line that is no JSON object."""
_DIVIDED = re.compile(r"\[line divided by (.+)\]", re.DOTALL)
_TAB = "tab"


def divided_line(delimiter: str) -> str:
    """Name the cell for a line of cells, so that it says how to take the line apart far from its file."""
    return f"[line divided by {_TAB if delimiter == chr(9) else delimiter}]"


def find_divided(cells: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the whole line among *cells* with its delimiter, if there is one."""
    for name, line in cells.items():
        named = _DIVIDED.fullmatch(name)
        if named:
            return line, "\t" if named.group(1) == _TAB else named.group(1)
    return None


def take_apart(line: str, delimiter: str) -> list[str] | None:
    """Read *line* as one whole row, or return None where its quotes do not fit."""
    try:
        rows = list(csv.reader(lines_of(line), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
