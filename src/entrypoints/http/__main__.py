"""The API as a process: `python -m analisa.entrypoints.http`."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
import uvloop

from ...adapters.observability import logs
from ...domain.shared.errors import AnalisaError
from ..container import open_application
from ..lifeline import follow, listening_socket
from ..settings import DEFAULT_PORT, Settings, read_settings
from .app import create_app
from .closing import Closing

GRACE_S = 5
"""How long requests may go on after SIGTERM; `analisa up` promises to be gone within ten seconds."""


class _Server(uvicorn.Server):
    """Ends streams first when it is asked to end."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.begin()
        await super().shutdown(sockets)


async def serve(settings: Settings) -> None:
    """Serve the API until SIGTERM or SIGINT; requests that are being answered are finished first."""
    port = settings.port or DEFAULT_PORT
    with listening_socket(settings.host, port) as listening:
        async with open_application(settings, redis=True, name="analisa api", check_schema=False) as application:
            closing = Closing()
            config = uvicorn.Config(
                create_app(application, closing),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                lifespan="off",
            )
            await _Server(config, closing).serve(sockets=[listening])


def main() -> int:
    try:
        settings = read_settings()
        logs.configure(role="api", level=settings.log_level)
        follow()
        # uvloop cannot start a child under another account, as the servers of a home are; under `up` they run already.
        run = uvloop.run if settings.database_url and settings.redis_url else asyncio.run
        run(serve(settings))
    except AnalisaError as error:
        print(f"analisa: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
