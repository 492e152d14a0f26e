"""A browser, as far as signing in by a provider needs one."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

API: Final = "/api/v1"


@dataclass
class Browser:
    """Somebody's browser: it keeps cookies, and goes where it is sent."""

    api: httpx.AsyncClient
    provider: httpx.AsyncClient
    cookies: dict[str, str]

    async def sent(self, method: str, path: str, **options: Any) -> httpx.Response:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": kept, **options.pop("headers", {})}
        self.api.cookies.clear()
        answer = await self.api.request(method, path, headers=headers, **options)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    async def begins(self, path: str = f"{API}/auth/providers/there", **options: Any) -> str:
        began = await self.sent("POST", path, json={"return_to": "/campaigns?tab=mine"}, **options)
        assert began.status_code == 200, began.text
        return str(began.json()["address"])

    async def let_in(self, address: str, subject: str) -> str:
        """Sign in at the provider, and return where it leads back to."""
        answer = await self.provider.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def back(self, location: str) -> str:
        """Go where the provider leads, as a page of its own would; what is said there."""
        parts = urlsplit(location)
        answer = await self.sent("GET", f"{parts.path}?{parts.query}", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 303, answer.text
        there = urlsplit(answer.headers["location"])
        assert (there.scheme, there.netloc, there.path) == ("", "", "/campaigns")
        said = parse_qs(there.query)
        assert said["tab"] == ["mine"]
        return said["sign_in"][0]

    async def me(self) -> httpx.Response:
        return await self.sent("GET", f"{API}/me")
