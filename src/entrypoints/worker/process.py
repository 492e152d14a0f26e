"""What worker, relay and scheduler have in common: settings, log lines, signals, a mark of life, metrics."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from threading import Timer
from uuid import uuid4

from ...adapters.observability.logs import configure, logger
from ...adapters.observability.metrics import serve
from ...adapters.postgres.heartbeats import EVERY, beat, leave
from ...domain.shared.errors import AnalisaError, Unavailable
from ..container import Application, open_application
from ..lifeline import LIFELINE, follow
from ..logs import configure_logs
from ..settings import Settings, read_settings

Work = Callable[[Application, str, asyncio.Event], Awaitable[None]]
"""What a role does: given the program, its own name and when to stop; it returns soon after that."""

SUPERVISED = os.environ.get(LIFELINE) is not None
"""Started by `analisa up`, which promises to have ended within ten seconds."""

GRACE_S = 4.0 if SUPERVISED else 30.0
"""How long a role that was told to stop may go on with what it has in hand."""

_LONGEST_STOP_S = GRACE_S + 5  # one that has not ended by then has a thread that hangs, and is ended

log = logger(__name__)


def run_role(role: str, work: Work, *, redis: bool = False) -> int:
    """Be *role* until SIGTERM, SIGINT or the death of whoever started us; return the exit status."""
    follow()
    try:
        settings = read_settings()
        configure_logs(settings, role)
        asyncio.run(_live(role, work, settings, redis=redis))
    except AnalisaError as error:
        configure(role=role)
        log.error("the role cannot start", reason=str(error))  # noqa: TRY400  the sentence says it all
        return 3 if isinstance(error, Unavailable) else 2
    return 0


async def _live(role: str, work: Work, settings: Settings, *, redis: bool) -> None:
    name = f"analisa {role} {uuid4()}"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _told_to_stop, stop)
    async with open_application(settings, redis=redis, name=name, check_schema=False) as application:
        metrics = serve(application.registry)
        log.info("started", instance=name, host_name=socket.gethostname(), metrics=metrics)
        marks = asyncio.create_task(_mark(application, role, name, metrics))
        try:
            await work(application, name, stop)
        finally:
            marks.cancel()
            await _leave(application, name)
        log.info("stopped", instance=name)


def _told_to_stop(stop: asyncio.Event) -> None:
    if not stop.is_set():
        last = Timer(_LONGEST_STOP_S, os._exit, (1,))
        last.daemon = True
        last.start()
    stop.set()


async def _leave(application: Application, name: str) -> None:
    """Take the mark of life back; what keeps us from it must not hide why the work ended."""
    try:
        await leave(application.database, instance=name)
    except Unavailable:
        pass  # it fades by itself
    except Exception:
        log.exception("the mark of life cannot be taken back")


async def _mark(application: Application, role: str, name: str, metrics: str) -> None:
    while True:
        try:
            await beat(application.database, role=role, instance=name, metrics=metrics)
        except Unavailable as error:
            log.warning("no mark of life can be left now", reason=str(error))
        except Exception:
            log.exception("no mark of life can be left")
        await asyncio.sleep(EVERY.total_seconds())
