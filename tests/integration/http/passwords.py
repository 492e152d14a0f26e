"""Signing in with a password, as a browser does."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any, Final

import httpx

from analisa.adapters.postgres.database import IDENTITY, driver
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.access import CSRF
from analisa.entrypoints.http.cookies import SESSION as COOKIE

LOGIN: Final = "/api/v1/auth/login"
ME: Final = "/api/v1/me"
SESSIONS: Final = "/api/v1/me/sessions"
PASSWORD: Final = "quatro palavras bem longas"


async def execute(application: Application, statement: str, *values: Any) -> None:
    async with application.database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        await raw.execute(statement, *values)


async def count_of(application: Application, statement: str, *values: Any) -> int:
    async with application.database.reading(IDENTITY) as connection:
        found: int = await connection.fetchval(statement, *values)
    return found


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    client.cookies.clear()
    return await client.post(LOGIN, json={"email": email, "password": password}, headers=headers)


def cookies(answer: httpx.Response) -> dict[str, Any]:
    told = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        told.load(line)
    return dict(told)


def shown(answer: httpx.Response) -> dict[str, str]:
    """What the browser sends from now on, and the page with it."""
    assert answer.status_code == 200, answer.text
    return {"Cookie": f"{COOKIE}={cookies(answer)[COOKIE].value}", CSRF: answer.json()["csrf_token"]}
