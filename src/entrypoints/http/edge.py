"""The outermost layer: which requests are for us at all, their ids, what is logged and counted of them, and headers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import uuid4

import msgspec
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ...adapters.observability.logs import logger
from ...adapters.observability.metrics import HttpMetrics
from ...application.shared.quotas import Left
from ...application.shared.request import request_id
from .limits import LEFT, RequestLimits, Turn, header_of, policy_of
from .problems import MEDIA_TYPE, problem
from .shedding import Shedding

_log = logger("analisa.http")
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
LOCAL_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_OFTEN_ASKED: Final = ("/health/", "/metrics")
"""Asked by machines every few seconds; such lines would bury the others."""
_TOO_MANY: Final = "this address has made as many requests as it may in a minute (ANALISA_REQUESTS_PER_MINUTE)"
_WAYS_IN: Final = "/api/v1/auth/"
"""Passwords are hashed in threads of their own, and more than can wait for one are turned away there."""
_GONE: Final = 499
"""In the log only: the caller left before there was an answer."""
_OVERLOADED: Final = (
    "more is asked for than can be answered at the moment, and this request was not begun; send it again"
)
_LESS_IN_S: Final = 1
_SHED: Final = "analisa.shed"
"""Where a request's scope says that it was turned away."""
_BACK_IN_S: Final = 5
"""When somebody may answer again whose process has been asked to end."""


class Edge:
    """ASGI around the application: refuses strangers, names requests, counts and logs them.

    A web page of somebody else's can reach 127.0.0.1 from a user's own browser. So a request must be addressed by a
    name of ours (or a page could rebind a name of its own to us), and one that changes something must not come from
    another site.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: HttpMetrics,
        limits: RequestLimits,
        *,
        public: str | None = None,
        places: int = 16,
    ) -> None:
        self._app = app
        self._shedding = Shedding(places)
        self._metrics = metrics
        self._limits = limits
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        arriving = _Body(receive, headers)
        name = _named(headers.get(b"x-request-id"))
        token = request_id.set(name)
        begun = time.perf_counter()
        status = _GONE
        head = scope["method"] == HttpMethod.HEAD
        address = self._address(scope, headers)
        method = HttpMethod.GET.value if head else scope["method"]
        asked = cast("Scope", {**scope, "client": (address, 0), "method": method})
        turn = self._limits.take(address)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                left = cast("Sequence[Left]", asked.get(LEFT, ()))
                arriving.enough = head
                # Of a body that is not wanted the server would else take in the rest before it goes on.
                ending = [] if arriving.whole else [(b"connection", b"close")]
                message["headers"] = [
                    *_completed(list(message["headers"]), name),
                    *self._own_origin(scope, headers),
                    (b"ratelimit-policy", policy_of(self._limits.policy, left)),
                    (b"ratelimit", header_of(turn, left)),
                    *ending,
                ]
            elif head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        try:
            with self._metrics.request():
                if not await self._refused(scope, turn, name, sending):
                    await self._admitted(asked, arriving, sending, name)
        except asyncio.CancelledError:
            if status != _GONE:
                raise
            # The server ends, and the time that it leaves to requests is over.
            told = "the program is being ended, and this request was not brought to its end; send it again"
            await _refuse(503, "http.ending", told, name, sending, retry_after=_BACK_IN_S)
        except Exception:
            status = 500
            raise
        finally:
            shed = _SHED in asked
            self._told(scope, asked.get("path_template", ""), status, time.perf_counter() - begun, shed=shed)
            request_id.reset(token)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send, name: str) -> None:
        """Answer it, or turn it away where more has come than can be answered; health is told whatever comes."""
        if scope["path"].startswith((*_OFTEN_ASKED, _WAYS_IN)):
            await self._app(scope, receive, send)
            return
        if not await self._shedding.enter():
            scope[_SHED] = True  # type: ignore[typeddict-unknown-key]
            await _refuse(503, "http.overloaded", _OVERLOADED, name, send, retry_after=_LESS_IN_S)
            return
        place = _Place(self._shedding, receive, send)
        try:
            await self._app(scope, place.receive, place.send)
        finally:
            place.leave()

    async def _refused(self, scope: Any, turn: Turn, name: str, send: Send) -> bool:
        refusal = self._stranger(scope["method"], scope["headers"])
        if refusal is not None:
            await _refuse(403, "http.stranger", refusal, name, send)
        elif not turn.allowed and not scope["path"].startswith(_OFTEN_ASKED):
            told_so = f"{_TOO_MANY}; wait {turn.retry_in_s} s"
            await _refuse(429, "http.rate_limited", told_so, name, send, retry_after=turn.retry_in_s)
        else:
            return False
        return True

    def _address(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Where the caller is: of who comes by the public name, the proxy in front of us knows it."""
        if self._public is not None and _host_of(headers) == self._public:
            return headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()[:64]
        client = scope["client"]
        return client[0] if client else ""

    def _stranger(self, method: str, named: Iterable[tuple[bytes, bytes]]) -> str | None:
        headers = dict(named)
        host = _host_of(headers)
        ours = _host_name(host) in LOCAL_NAMES or host == self._public
        if not ours or sum(name == b"host" for name, _ in named) > 1:
            known = f"127.0.0.1, localhost{'' if self._public is None else f' or {self._public}'}"
            return f"this address answers only when called by a name of its own: {known} (ANALISA_PUBLIC_URL)"
        if method in _READS:
            return None
        if headers.get(b"sec-fetch-site", b"none") not in {b"none", b"same-origin"}:
            return "a page of another site may not change anything here"
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").partition("://")[2] != host:
            return "a page of another site may not change anything here"
        return None

    def _own_origin(self, scope: Scope, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Say that pages of this very address may read the answer, and none else."""
        host = _host_of(headers)
        if self._public is not None and host == self._public:
            return [(b"access-control-allow-origin", f"https://{host}".encode())]
        if _host_name(host) not in LOCAL_NAMES:
            return []
        return [(b"access-control-allow-origin", f"{scope['scheme']}://{host}".encode("latin-1"))]

    def _told(self, scope: Any, route: str, status: int, seconds: float, *, shed: bool) -> None:
        self._metrics.answered(method=scope["method"], route=route, status=status, seconds=seconds)
        often = scope["path"].startswith(_OFTEN_ASKED) and status < 500
        tell = _log.debug if often or shed else _log.info  # what is turned away is counted; a line each would cost more
        tell(
            f"{scope['method']} {route or 'no route'} answered {status}",
            **{
                "http.request.method": scope["method"],
                "url.path": scope["path"],
                "http.response.status_code": status,
                "event.duration": int(seconds * 1e9),
            },
        )


def _named(given: bytes | None) -> str:
    """Take the caller's request id when it is a plain word, else make one: it ends up in log lines."""
    if given and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return uuid4().hex


class _Body:
    """A request's body as it is received; *whole* when nothing of it is still to come.

    With *enough* the caller wants no more of the answer, and whoever streams it is told that they are gone.
    """

    def __init__(self, receive: Receive, headers: Mapping[bytes, bytes]) -> None:
        self._receive = receive
        self.enough = False
        self.whole = headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers

    async def __call__(self) -> Any:
        if self.enough:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self.whole = self.whole or not message.get("more_body", False)
        return message


class _Place:
    """A request's place among those that are worked on: it is given back while its body arrives, and when its answer begins."""

    def __init__(self, shedding: Shedding, receive: Receive, send: Send) -> None:
        self._shedding = shedding
        self._receive = receive
        self._send = send
        self._has = True
        self._away = False

    async def receive(self) -> Any:
        if not self._has or self._away:
            return await self._receive()
        self._away = True
        self._shedding.leave()
        try:
            return await self._receive()
        finally:
            self._away = False
            if self._has:
                self._shedding.come_back()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.leave()
        await self._send(message)

    def leave(self) -> None:
        if self._has:
            self._has = False
            if not self._away:
                self._shedding.leave()


def _host_of(headers: Mapping[bytes, bytes]) -> str:
    return headers.get(b"host", b"").decode("latin-1").lower()


def _host_name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name.lower() if colon and port.isdigit() else host.lower()


def _completed(headers: list[tuple[bytes, bytes]], name: str) -> list[tuple[bytes, bytes]]:
    present = {key.lower() for key, _ in headers}
    headers.append((b"x-request-id", name.encode()))
    headers.extend(pair for pair in _HEADERS if pair[0] not in present)
    if b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    return headers


async def _refuse(
    status: int, code: str, detail: str, name: str, send: Callable[[Any], Any], *, retry_after: int | None = None
) -> None:
    body = msgspec.json.encode(problem(status, code, detail, request=name, retry_after=retry_after))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
