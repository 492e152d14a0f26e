"""Which addresses that somebody gives are called: by how they are written, and by where they lead."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.shared.addresses import OutsideUrl, UrlRefused, on_the_internet

REFUSED: Final = [
    line.partition(" # ")[0]
    for line in Path(__file__).with_name("refused_urls.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("# ")
]


def test_there_are_many_ways_to_write_what_is_refused() -> None:
    assert len(set(REFUSED)) == len(REFUSED) >= 150


@pytest.mark.promise("SEC10")
@pytest.mark.parametrize("url", REFUSED)
def test_an_address_is_refused_by_how_it_is_written(url: str) -> None:
    with pytest.raises(UrlRefused):
        OutsideUrl.read(url)


@pytest.mark.parametrize("letter", [*map(chr, range(33)), "\x7f", "\x85", "\u2028", "\ud800"])
def test_a_control_character_or_a_space_is_refused_wherever_it_stands(letter: str) -> None:
    for url in (f"https://exam{letter}ple.org/", f"https://example.org/{letter}", f"{letter}https://example.org/"):
        with pytest.raises(UrlRefused):
            OutsideUrl.read(url)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://example.org", "example.org", "/"),
        ("https://example.org/", "example.org", "/"),
        ("https://example.org:443/a", "example.org", "/a"),
        ("https://hooks.a-b.example.co.uk/x/y?z=1&u=https://127.0.0.1/", "hooks.a-b.example.co.uk", None),
        ("https://example.org?x=1", "example.org", "/?x=1"),
        ("https://xn--bcher-kva.example/%C3%A7", "xn--bcher-kva.example", "/%C3%A7"),
        ("https://1.example.org/~me", "1.example.org", "/~me"),
        ("https://example.xn--p1ai/", "example.xn--p1ai", "/"),
    ],
)
def test_a_plain_address_is_taken(url: str, host: str, target: str | None) -> None:
    read = OutsideUrl.read(url)

    assert (read.host, read.port) == (host, 443)
    assert target is None or read.target == target
    assert OutsideUrl.read(str(read)) == read


def test_an_address_that_is_too_long_is_refused() -> None:
    with pytest.raises(UrlRefused, match="2000"):
        OutsideUrl.read("https://example.org/" + "a" * 2_000)
    with pytest.raises(UrlRefused):
        OutsideUrl.read(f"https://{'.'.join(['a' * 60] * 5)}.org/")


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.0.1", "172.32.0.1", "100.63.0.1",
    "100.128.0.1", "192.167.1.1", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001:80b::200e"])  # fmt: skip
def test_hosts_on_the_internet_are_called(address: str) -> None:
    assert on_the_internet(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo",
    "2606:4700::1%lo", "fec0::1", "ff02::1", "5f00::1", "4000::1", "localhost", "", "1.1.1", "0x1.1.1.1"])  # fmt: skip
def test_nobody_is_called_anywhere_else(address: str) -> None:
    assert not on_the_internet(address)


@pytest.mark.promise("SEC10")
@given(number=st.integers(0, 2**32 - 1))
def test_an_address_within_another_is_not_called_whatever_it_is(number: int) -> None:
    four = str(ip_address(number))
    if on_the_internet(four):
        assert ip_address(four).is_global
    for prefix in ("::ffff:", "64:ff9b::", "::"):
        assert not on_the_internet(prefix + four)
    assert not on_the_internet(str(ip_address((0x2002 << 112) | (number << 80) | 1)))


@given(number=st.integers(0, 2**128 - 1))
def test_what_is_called_of_the_new_internet_is_handed_out(number: int) -> None:
    six = ip_address(number | (1 << 125) if number % 2 else number)
    if on_the_internet(str(six)):
        assert six.is_global
