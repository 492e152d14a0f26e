"""Cookies: which ones there are, and how each is kept from pages and people that it is not for.

Where people come through TLS, by the installation's public name, cookies are Secure and belong to that very name
(`__Host-`); called by a name of this machine, without TLS, they have plain names, and never leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, Literal

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from ...application.identity.secrets import LONGEST

SESSION: Final = "analisa_session"
DEVICE: Final = "analisa_device"
_SECURE: Final = "__Host-"


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of an installation that is called *public* by people elsewhere; None where it is by nobody."""

    public: str | None

    def read(self, connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str | None:
        """Return the secret in the cookie *name*, None where there is none that could be ours."""
        jar = SimpleCookie()
        try:
            jar.load(connection.headers.get("cookie", ""))
        except CookieError:
            return None
        found = jar.get(self._called(connection, name))
        return found.value if found is not None and 0 < len(found.value) <= LONGEST else None

    def made(
        self,
        connection: ASGIConnection[Any, Any, Any, Any],
        name: str,
        value: str,
        kept: timedelta,
        *,
        samesite: Literal["lax", "strict"],
    ) -> Cookie:
        return Cookie(
            key=self._called(connection, name),
            value=value,
            max_age=int(kept.total_seconds()),
            path="/",
            httponly=True,
            secure=self._secure(connection),
            samesite=samesite,
        )

    def address(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """What the installation is called in this request, by which people come back to it."""
        scheme = "https" if self._secure(connection) else "http"
        return f"{scheme}://{connection.headers.get('host', '').lower()}"

    def _called(self, connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str:
        return f"{_SECURE}{name}" if self._secure(connection) else name

    def _secure(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        return self.public is not None and connection.headers.get("host", "").lower() == self.public
