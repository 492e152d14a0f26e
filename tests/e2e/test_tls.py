"""The TLS configuration that we ship, in a real nginx in front of the real API, on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from analisa.adapters.embedded.ports import free_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx" / "analisa.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, good for an hour, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    paths[1].write_bytes(secret)
    return paths


def configuration(folder: Path, api_port: int, tls_port: int) -> Path:
    """The shipped server block with this test's ports and certificate, inside a main file that runs anywhere."""
    own, key = certificate(folder)
    server = (
        SHIPPED.read_text()
        .replace("127.0.0.1:8443", f"127.0.0.1:{tls_port}")
        .replace("127.0.0.1:8000", f"127.0.0.1:{api_port}")
        .replace("/etc/analisa/tls/certificate.pem", str(own))
        .replace("/etc/analisa/tls/key.pem", str(key))
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{server}}}\n"
    )
    return main


def wait_until(port: int, *processes: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes), "a server ended while it started"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


@pytest.fixture(scope="module")
def https(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("tls")
    api_port, tls_port = free_port(), free_port()
    environ = {
        **os.environ,
        "ANALISA_HOME": str(folder / "home"),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
        "ANALISA_PORT": str(api_port),
    }
    assert NGINX is not None
    api = subprocess.Popen([sys.executable, "-m", "analisa.entrypoints.http"], env=environ)
    nginx = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(configuration(folder, api_port, tls_port))])
    try:
        wait_until(api_port, api)
        wait_until(tls_port, nginx)
        trusted = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        make = [sys.executable, "-m", "analisa.entrypoints.cli", "keys", "add", "tests", "--may-all"]
        key = subprocess.run(make, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        shown = {"Authorization": f"Bearer {key}"}
        with httpx.Client(
            base_url=f"https://localhost:{tls_port}", verify=trusted, timeout=30, headers=shown
        ) as client:
            yield client
    finally:
        for process in (nginx, api):
            process.terminate()
            process.wait(20)


def test_the_api_answers_over_tls_and_tells_browsers_to_stay_there(https: httpx.Client) -> None:
    answer = https.get("/health/ready")

    assert answer.status_code == 200
    assert answer.http_version == "HTTP/1.1"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_refusals_carry_the_header_too(https: httpx.Client) -> None:
    answer = https.get("/api/v1/nowhere")

    assert answer.status_code == 404
    assert "strict-transport-security" in answer.headers


def test_a_page_served_over_tls_may_write_and_a_foreign_one_may_not(https: httpx.Client) -> None:
    files = {"file": ("a.csv", b"network,profile_id\nyoutube,UC1\n")}

    own = https.post("/api/v1/imports", files=files, headers={"Origin": str(https.base_url).rstrip("/")})
    foreign = https.post("/api/v1/imports", files=files, headers={"Origin": "https://evil.example"})

    assert own.status_code == 202, own.text
    assert foreign.status_code == 403


def test_an_upload_larger_than_nginx_allows_by_default_passes(https: httpx.Client) -> None:
    answer = https.post("/api/v1/imports", files={"file": ("big.csv", b"x" * (3 << 20))})

    assert answer.status_code == 202, answer.text


def test_plain_http_is_refused_on_the_tls_port(https: httpx.Client) -> None:
    answer = httpx.get(str(https.base_url).replace("https", "http"))

    assert answer.status_code == 400
