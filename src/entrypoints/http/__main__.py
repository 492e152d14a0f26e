"""The API as a process: `python -m analisa.entrypoints.http`."""

from __future__ import annotations

import asyncio
import socket
import sys
from types import FrameType

import uvicorn
import uvloop

from ...domain.shared.errors import AnalisaError
from ..container import Application, open_application
from ..lifeline import follow, listening_socket
from ..logs import configure_logs
from ..settings import DEFAULT_PORT, Settings, read_settings
from .app import create_app
from .closing import Closing

GRACE_S = 5
"""How long requests may go on after SIGTERM; `analisa up` promises to be gone within ten seconds."""

_CLEARING_S = 1
_FIRST_ANSWER_S = 0.5


class _Server(uvicorn.Server):
    """Asked to end, it ends streams first, and leaves time to clean up after it: the signal is not raised again."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        super().__init__(config)
        self._closing = closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn calls it so
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.begin()
        await super().shutdown(sockets)
        if self.server_state.tasks:  # those whose time was over, and who clear away what they began
            await asyncio.wait(self.server_state.tasks, timeout=_CLEARING_S)


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
            warming = asyncio.create_task(_warm(application))
            await _Server(config, closing).serve(sockets=[listening])
            warming.cancel()


async def _warm(application: Application) -> None:
    """Once whoever waits for the first answer has it, load what requests need."""
    await asyncio.sleep(_FIRST_ANSWER_S)
    await asyncio.to_thread(getattr, application, "root")


def main() -> int:
    try:
        settings = read_settings()
        configure_logs(settings, "api")
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
