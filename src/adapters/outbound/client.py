"""`Outbound` over httpcore: a connection of its own for each call, to the very address that was looked at.

No proxy of the environment, no cookie, no redirect, no unpacking, and nothing that one call leaves for the next.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import httpcore

from ... import __version__
from ...application.shared.outbound import (
    DEADLINE,
    MOST_BYTES,
    AnswerTooLarge,
    NotReached,
    OutboundAnswer,
    OutboundRequest,
)
from ...domain.shared.addresses import AddressRefused, OutsideUrl, on_the_internet

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "user-agent", "accept-encoding"})


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host* as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class OutboundClient:
    """*allowed* says whom we call, *resolver* which addresses a name has, and *trusted* whose certificates count."""

    def __init__(
        self,
        *,
        resolver: Resolver = resolved,
        allowed: Callable[[str], bool] = on_the_internet,
        trusted: ssl.SSLContext | None = None,
        deadline_s: float = DEADLINE.total_seconds(),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._trusted = trusted
        self._deadline_s = deadline_s
        self._most = most_bytes

    async def address_of(self, url: OutsideUrl) -> str:
        try:
            addresses = await self._resolver(url.host, url.port)
        except (OSError, UnicodeError) as error:
            raise NotReached(url, "its name leads nowhere") from error
        if not addresses:
            raise NotReached(url, "its name leads nowhere")
        if not all(map(self._allowed, addresses)):  # one of them would be enough for whoever names it
            raise AddressRefused(url.host)
        return addresses[0]

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        try:
            async with asyncio.timeout(self._deadline_s):
                address = await self.address_of(request.url)
                return await self._sent(request, address)
        except TimeoutError as error:
            raise NotReached(request.url, f"it took longer than {self._deadline_s:g} s") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            ssl.SSLError,
            OSError,
        ) as error:
            raise NotReached(request.url, type(error).__name__) from error

    async def _sent(self, request: OutboundRequest, address: str) -> OutboundAnswer:
        url = request.url
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self._trusted or ssl.create_default_context(),
                max_connections=1,
                retries=0,
                network_backend=_Pinned(url.host, address, self._allowed),
            ) as pool,
            pool.stream(
                request.method,
                httpcore.URL(scheme="https", host=url.host, port=url.port, target=url.target),
                headers=_headers(request),
                content=request.body or None,
            ) as answer,
        ):
            return OutboundAnswer(
                status=answer.status,
                headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers},
                body=await self._read(url, answer),
                address=address,
            )

    async def _read(self, url: OutsideUrl, answer: httpcore.Response) -> bytes:
        body = bytearray()
        async for some in answer.aiter_stream():
            body += some
            if len(body) > self._most:
                raise AnswerTooLarge(url, self._most)
        return bytes(body)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to one address and no other, whatever is asked for, and makes sure of who is at the other end."""

    def __init__(self, host: str, address: str, allowed: Callable[[str], bool]) -> None:
        self._host = host
        self._address = address
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if host != self._host:
            raise httpcore.ConnectError(f"{host} was not asked for")
        stream = await self._network.connect_tcp(self._address, port, timeout, local_address, socket_options)
        peer = stream.get_extra_info("server_addr")
        if peer is None or not self._allowed(str(peer[0])):
            await stream.aclose()
            raise httpcore.ConnectError("somebody else is at the other end")
        return stream


def _headers(request: OutboundRequest) -> list[tuple[str, str]]:
    theirs = [(name, value) for name, value in request.headers.items() if name.lower() not in _OURS]
    port = "" if request.url.port == 443 else f":{request.url.port}"
    ours = [
        ("host", request.url.host + port),
        ("user-agent", f"Analisa/{__version__}"),
        ("accept-encoding", "identity"),
    ]
    length = [("content-length", str(len(request.body)))] if request.method == "POST" else []
    return [*ours, *length, ("connection", "close"), *theirs]
