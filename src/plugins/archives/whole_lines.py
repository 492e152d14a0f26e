"""Lines that could not be taken apart: kept whole in one cell until somebody mends them."""

from __future__ import annotations


def divided_line(delimiter: str) -> str:
    """Name the cell for a whole line, so that it says how the line is to be taken apart far from its file."""
    shown = {"\t": "tab"}.get(delimiter, delimiter)
    return f"[line divided by {shown}]"
