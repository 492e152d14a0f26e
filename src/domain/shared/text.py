"""Text that strangers wrote, made fit to be shown."""

from __future__ import annotations


def harmless(text: str) -> str:
    """Show control characters, line ends too, instead of sending them: what a stranger wrote must not steer a terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
