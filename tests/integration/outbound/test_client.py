"""Addresses that people give are called, or not: against a real server by TLS on this machine, which nobody is to reach."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from analisa.adapters.outbound.client import OutboundClient, resolved
from analisa.application.shared.outbound import AnswerTooLarge, NotReached, OutboundRequest
from analisa.domain.shared.addresses import AddressRefused, OutsideUrl, UrlRefused, on_the_internet
from analisa.entrypoints.cli import main
from tests.unit.shared.test_addresses import REFUSED

HOST = "hooks.example.org"
LOOPBACK = "127.0.0.1"
Answer = Callable[[bytes, asyncio.StreamWriter], Any]


@dataclass
class Server:
    """What was asked of it, and how it answers."""

    port: int
    answer: Answer
    reached: int = 0
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> OutsideUrl:
        return OutsideUrl.read(f"https://{HOST}:{self.port}/a?b=c", ports=frozenset({self.port}))


@dataclass
class Names:
    """A resolver that gives one answer after the other, and says how often it was asked."""

    answers: Sequence[Sequence[str]]
    asked: int = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A context for the server, with a certificate for `HOST`, and one that trusts whoever signed it."""
    folder = tmp_path_factory.mktemp("certificates")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(pem, private)
    return serving, ssl.create_default_context(cafile=str(pem))


def plainly(status: str = "200 OK", *headers: str, body: bytes = b"hello") -> Answer:
    def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return answer


@asynccontextmanager
async def serving(context: ssl.SSLContext, answer: Answer) -> AsyncIterator[Server]:
    server = Server(0, answer)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.reached += 1
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in asked.lower().split(b"\r\n") if line.startswith(b"content-length")), 0
            )
            server.asked.append(asked + await reader.readexactly(length))
            told = server.answer(asked, writer)
            if asyncio.iscoroutine(told):
                await told
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, LOOPBACK, 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


@pytest_asyncio.fixture
async def server(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> AsyncIterator[Server]:
    async with serving(certificates[0], plainly()) as running:
        yield running


def here_too(address: str) -> bool:
    """As if this machine were on the internet."""
    return address == LOOPBACK or on_the_internet(address)


@pytest.fixture
def client(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> Callable[..., OutboundClient]:
    def made(*answers: Sequence[str], **options: Any) -> OutboundClient:
        names = Names(answers or [[LOOPBACK]])
        return OutboundClient(**{"resolver": names, "allowed": here_too, "trusted": certificates[1], **options})

    return made


async def test_a_host_is_called_by_its_name_and_nothing_goes_along_that_was_not_meant(
    server: Server, client: Callable[..., OutboundClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    request = OutboundRequest(
        url=server.url, method="POST", body=b"{}", headers={"X-Signature": "s", "Host": "evil", "Content-Length": "9"}
    )

    answer = await client().send(request)

    assert (answer.status, answer.body, answer.address) == (200, b"hello", LOOPBACK)
    (asked,) = server.asked
    head, _, body = asked.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (lines[0], body) == ("POST /a?b=c HTTP/1.1", b"{}")
    names = sorted(line.partition(":")[0].lower() for line in lines[1:])
    assert names == ["accept-encoding", "connection", "content-length", "host", "user-agent", "x-signature"]
    assert f"host: {HOST}:{server.port}" in [line.lower() for line in lines]


@pytest.mark.promise("SEC10")
@pytest.mark.parametrize(
    "addresses",
    [
        [LOOPBACK],
        ["1.1.1.1", LOOPBACK],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1", "1.1.1.1"],
        ["fe80::1%lo"],
    ],
)
async def test_a_name_that_leads_to_ourselves_or_a_neighbour_is_not_called(
    server: Server, client: Callable[..., OutboundClient], addresses: Sequence[str]
) -> None:
    with pytest.raises(AddressRefused, match=HOST):
        await client(addresses, allowed=on_the_internet).send(OutboundRequest(url=server.url))

    assert server.reached == 0


@pytest.mark.promise("SEC10")
async def test_a_name_that_leads_elsewhere_the_second_time_is_looked_up_once(
    server: Server, certificates: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    names = Names([["192.0.2.1"], [LOOPBACK]])  # the first is nobody's, and counts as on the internet here
    rebinding = OutboundClient(
        resolver=names,
        allowed=lambda address: address == "192.0.2.1",
        trusted=certificates[1],
        deadline_s=0.5,
    )
    with pytest.raises(NotReached):
        await rebinding.send(OutboundRequest(url=server.url))

    assert (names.asked, server.reached) == (1, 0)


@pytest.mark.promise("SEC10")
async def test_of_all_ways_to_write_it_none_reaches_us(server: Server) -> None:
    """As the program does it: read, look up with the system's own resolver, and call."""
    real = OutboundClient(resolver=resolved, deadline_s=1)
    reached = 0
    for text in [*REFUSED, *(url.replace("https://", f"https://x:{server.port}@", 1) for url in REFUSED)]:
        try:
            await real.send(OutboundRequest(url=OutsideUrl.read(text, ports=frozenset({443, server.port}))))
        except (UrlRefused, AddressRefused, NotReached):
            continue
        reached += 1

    assert (reached, server.reached) == (0, 0)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent"]
)
async def test_a_redirect_is_an_answer_and_is_not_followed(
    server: Server, client: Callable[..., OutboundClient], status: str
) -> None:
    server.answer = plainly(status, f"location: https://127.0.0.1:{server.port}/secret")

    answer = await client().send(OutboundRequest(url=server.url))

    assert (answer.status, server.reached) == (int(status[:3]), 1)


async def test_a_certificate_of_another_name_or_that_nobody_trusts_is_refused(
    server: Server, client: Callable[..., OutboundClient]
) -> None:
    other = OutsideUrl.read(f"https://other.example.org:{server.port}/", ports=frozenset({server.port}))
    for url, options in ((other, {}), (server.url, {"trusted": ssl.create_default_context()})):
        with pytest.raises(NotReached):
            await client(**options).send(OutboundRequest(url=url))

    assert server.asked == []


async def test_who_answers_slowly_is_left_at_the_deadline(
    server: Server, client: Callable[..., OutboundClient]
) -> None:
    async def dripping(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    server.answer = dripping
    begun = time.monotonic()
    with pytest.raises(NotReached, match=r"longer than 0\.4 s"):
        await client(deadline_s=0.4).send(OutboundRequest(url=server.url))

    assert time.monotonic() - begun < 2


async def test_an_answer_that_is_too_large_is_let_go_without_being_kept(
    server: Server, client: Callable[..., OutboundClient]
) -> None:
    async def flooding(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n")
        for _ in range(1_600):
            writer.write(b"x" * 65_536)
            await writer.drain()

    server.answer = flooding
    tracemalloc.start()
    with pytest.raises(AnswerTooLarge, match="5242880"):
        await client().send(OutboundRequest(url=server.url))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 24 << 20  # the server's own part of it is in here too


async def test_what_is_packed_stays_packed(server: Server, client: Callable[..., OutboundClient]) -> None:
    bomb = gzip.compress(bytes(50 << 20))
    server.answer = plainly("200 OK", "content-encoding: gzip", body=bomb)

    answer = await client().send(OutboundRequest(url=server.url))

    assert answer.body == bomb


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: %s\r\n" % (n, b"y" * 1_000) for n in range(1_000)),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "nonsense", "cut off", "no length", "heads without end", "no chunk"],
)
async def test_who_does_not_speak_http_is_not_understood(
    server: Server, client: Callable[..., OutboundClient], told: bytes
) -> None:
    server.answer = lambda _, writer: writer.write(told)

    with pytest.raises(NotReached):
        await client().send(OutboundRequest(url=server.url))


async def test_a_name_that_leads_nowhere_and_a_host_that_is_away_are_told(
    client: Callable[..., OutboundClient], server: Server
) -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(host, port)

    with pytest.raises(NotReached, match="leads nowhere"):
        await client(resolver=nowhere).send(OutboundRequest(url=server.url))
    with pytest.raises(NotReached, match="leads nowhere"):
        await client([]).send(OutboundRequest(url=server.url))
    away = OutsideUrl.read(f"https://{HOST}:1/", ports=frozenset({1}))
    with pytest.raises(NotReached):
        await client().send(OutboundRequest(url=away))


def test_the_command_says_whether_an_address_would_be_called(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["reach", "https://127.0.0.1/"])

    assert status == 2
    assert "a number is no name" in capsys.readouterr().err
    assert main(["reach", "https://nobody.analisa.example/"]) == 3
    assert "leads nowhere" in capsys.readouterr().err
