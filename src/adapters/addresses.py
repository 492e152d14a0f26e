"""Addresses of servers, shown without whatever in them may hold a password."""

from __future__ import annotations


def place_of(url: str) -> str:
    """Return the host of *url* and what is named behind it, a database or its number."""
    return url.partition("://")[2].partition("?")[0].rpartition("@")[2]
