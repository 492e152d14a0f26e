"""The servers of one `up`: those it runs itself, and the addresses of all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ...adapters.embedded.home import Home
from ...adapters.embedded.postgres import EmbeddedPostgres
from ...adapters.embedded.valkey import EmbeddedValkey
from ..endpoints import Endpoints
from ..services import endpoints_of
from ..settings import Settings
from .waiting import answer_of


class Servers:
    """PostgreSQL and Valkey, as far as the settings do not name others."""

    def __init__(self, home: Home, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._home = home
        self.postgres = EmbeddedPostgres(home, tell=tell) if settings.database_url is None else None
        self.valkey = EmbeddedValkey(home, tell=tell) if settings.redis_url is None else None

    @property
    def ours(self) -> list[EmbeddedPostgres | EmbeddedValkey]:
        """Those that we run."""
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def endpoints(self) -> Endpoints:
        """Where to connect; known before the servers have started."""
        return endpoints_of(self._settings, self.postgres, self.valkey, redis=True)

    def addresses(self) -> Mapping[str, str]:
        """The same, as the environment of a role; what only backups may do is not among it."""
        found = self.endpoints()
        return {
            "ANALISA_HOME": str(self._home.root),
            "ANALISA_DATABASE_URL": str(found.database_url),
            "ANALISA_REDIS_URL": str(found.redis_url),
        }

    async def check_redis(self, tell: Callable[[str], None]) -> None:
        """Return when a Redis that is not ours answers, or raise `RedisUnavailable` or `RedisRefuses`."""
        url = self._settings.redis_url
        if url is None:
            return
        from ...adapters.redis.server import RedisUnavailable, check_server  # noqa: PLC0415  ours needs no such look

        await answer_of(lambda: check_server(url), away=RedisUnavailable, tell=tell)

    async def stop(self, *, patience_s: float) -> None:
        """Stop those that we run, each at once when *patience_s* seconds have not been enough."""
        await asyncio.gather(*(server.stop(patience_s=patience_s) for server in self.ours))
