"""Say whether the program would call an address that somebody gives it, and who would answer: before they give it."""

from __future__ import annotations

import argparse
import asyncio


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the address, as https://hooks.example.org/analisa")
    parser.add_argument("--call", action="store_true", help="call it too, with GET, and print what it answers")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_reach(args))


async def _reach(args: argparse.Namespace) -> int:
    from ...adapters.outbound.client import OutboundClient  # noqa: PLC0415  the command line starts light
    from ...application.shared.outbound import OutboundRequest  # noqa: PLC0415
    from ...domain.shared.addresses import OutsideUrl  # noqa: PLC0415

    url, client = OutsideUrl.read(args.url), OutboundClient()
    if not args.call:
        print(f"{url} would be called at {await client.address_of(url)}")
        return 0
    answer = await client.send(OutboundRequest(url=url))
    print(f"{answer.address} answers {answer.status}, {len(answer.body)} bytes")
    return 0
