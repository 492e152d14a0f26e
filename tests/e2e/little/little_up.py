"""`analisa up` as it is, with little programs as its roles: python -m little_up [--home DIR] [--port N] [--demo]."""

from __future__ import annotations

import argparse
import asyncio
import sys

from analisa.domain.shared.errors import AnalisaError
from analisa.entrypoints.settings import read_settings
from analisa.entrypoints.supervisor.roles import Program, python
from analisa.entrypoints.supervisor.session import Session

LITTLE = (
    Program("api", "little_api", listens=True),
    Program("worker", "little_role"),
    Program("relay", "little_role"),
)


def tell(message: str) -> None:
    print(message, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home")
    parser.add_argument("--port", type=int)
    parser.add_argument("--demo", action="store_true")
    args = parser.parse_args()
    try:
        session = Session(
            read_settings(home=args.home, port=args.port),
            demo=args.demo,
            roles=LITTLE,
            demonstration=python("little_demo"),
            tell=tell,
        )
        asyncio.run(session.run())
    except AnalisaError as error:
        sys.exit(f"analisa: {error}")
