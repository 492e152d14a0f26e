"""Addresses that somebody gives us to call, and where we call nobody: ourselves, our neighbours, and whoever runs the machine.

The ranges are those of IANA's registries of special-purpose addresses (RFC 6890 and its updates).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from .errors import RuleViolated

LONGEST: Final = 2_000
PORTS: Final = frozenset({443})
_URL: Final = re.compile(r"https://(?P<authority>[^/?#]+)(?P<target>(?:/[^?#]*)?(?:\?[^#]*)?)")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
"""At least two labels, the last of letters: no number in any notation is one."""
_LOCAL: Final = ("localhost", "local", "internal", "lan", "onion", "invalid", "test", "home.arpa")
"""Names that mean nobody on the internet (RFC 6761, RFC 6762, RFC 8375)."""

_REFUSED: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
"""Of IPv4 what is no host on the internet; of IPv6 what of `_UNICAST` is none, tunnels that carry IPv4 among them."""
_UNICAST: Final = ip_network("2000::/3")
"""All of IPv6 that is handed out: loopback, link-local, unique local, mapped, NAT64 and multicast lie outside."""


class UrlRefused(RuleViolated):
    """The address is none that we call; *part* is `url`."""

    code = "outbound.url_refused"
    part = "url"


class AddressRefused(RuleViolated):
    """The name leads to where we call nobody."""

    code = "outbound.address_refused"
    part = "url"

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} does not lead to a host on the internet; give an address that everybody can reach")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideUrl:
    """An address of a host on the internet, by TLS; spelt in the one way in which nobody reads it otherwise."""

    host: str
    port: int
    target: str
    """Path and query, beginning with a slash."""

    @classmethod
    def read(cls, text: str, *, ports: frozenset[int] = PORTS) -> OutsideUrl:
        """Take it as somebody gave it, or raise `UrlRefused`; what two programs might read differently is not mended."""
        if len(text) > LONGEST:
            raise UrlRefused(f"an address has at most {LONGEST} characters")
        if not text.isascii() or not text.isprintable() or set(text) & set(' \\"<>^`{|}'):
            raise UrlRefused("write the address in plain letters, other ones as xn-- (in the name) and %.. (behind it)")
        found = _URL.fullmatch(text)
        if found is None:
            raise UrlRefused("an address begins with https:// and has no # in it, as https://hooks.example.org/analisa")
        name, colon, port = found["authority"].partition(":")
        if not _HOST.fullmatch(name) or len(name) > 253:
            raise UrlRefused(
                "write the host as its name in small letters, without user and password: hooks.example.org; a number is no name"
            )
        if any(name == each or name.endswith(f".{each}") for each in _LOCAL):
            raise UrlRefused(f"{name} is a name of some network of one's own; give one that everybody can reach")
        if colon and (not port.isdigit() or port.startswith("0") or len(port) > 5 or int(port) not in ports):
            raise UrlRefused(f"we call the port {', '.join(map(str, sorted(ports)))} alone; leave it out")
        target = found["target"]
        return cls(host=name, port=int(port or 443), target=target if target.startswith("/") else f"/{target}")

    def __str__(self) -> str:
        port = "" if self.port == 443 else f":{self.port}"
        return f"https://{self.host}{port}{self.target}"


def on_the_internet(address: str) -> bool:
    """Whether *address*, a number as a resolver gives it, is a host's on the internet."""
    try:
        number: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv6Address) and (number.scope_id is not None or number not in _UNICAST):
        return False
    return not any(number in network for network in _REFUSED if network.version == number.version)
