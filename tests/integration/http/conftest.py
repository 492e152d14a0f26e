"""The API over a real database and a real Valkey, called in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.settings import read_settings

BASE = "http://127.0.0.1:8000"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def application(database_url: str, redis_url: str, tmp_path_factory: object) -> AsyncIterator[Application]:
    home: Path = tmp_path_factory.mktemp("home")  # type: ignore[attr-defined]
    environ = {
        "ANALISA_HOME": str(home),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
        "ANALISA_MAX_FILE_BYTES": "1000000",
    }
    async with open_application(read_settings(environ), redis=True) as application:
        yield application


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    # Failures come back as answers, as they would over a socket.
    transport = httpx.ASGITransport(create_app(application), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
