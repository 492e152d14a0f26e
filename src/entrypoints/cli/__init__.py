"""The command line: `analisa COMMAND …`. A command's module is loaded only when it is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from ... import __version__
from ...domain.shared.errors import AnalisaError, Unavailable

COMMANDS: Mapping[str, str] = {
    "up": "start everything on this machine and print the address",
    "import": "bring in files about creators",
    "imports": "look at imports, and list, export, mend and retry what they quarantined",
    "export": "write what is known as a creator-archive",
    "figures": "print each profile's figures",
    "trends": "print slopes, change points, steps and odd posts of a profile",
    "score": "compute Social Scores",
    "find": "find influencers by a filter and by words",
    "top": "rank influencers by Social Score, with the reasons",
    "receipt": "write a signed receipt of a score",
    "verify": "recompute a receipt, offline",
    "reference": "show, build and switch the reference tables that scores are read against",
    "demo": "load or remove the demonstration world",
    "plugins": "list networks and readers, and the plugins that failed",
    "plans": "list the plans, and give organisations other ones",
    "users": "make accounts, list and close them, and give them passwords",
    "keys": "make API keys for programs, list and revoke them",
    "audit": "check the record of what was done, and look at it",
    "mail": "look at the mails that were written, and send those that wait",
    "seals": "look at the keys that seal fields, rotate and retire them",
    "tokens": "look at the keys that sign access tokens, rotate and revoke them",
    "events": "list events that failed for good, and send them again",
    "reach": "say whether an address that somebody gives would be called",
    "logs": "find the log lines of one request",
    "migrate": "bring the database to this program's schema",
    "backup": "write everything into one file",
    "restore": "bring a backup back",
}

WRONG_USE = 2
UNAVAILABLE = 3
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv* names and return its exit status: 0 done, 1 "no", 2 wrong use, 3 unavailable."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["--version"], ["-V"]):
        print(f"analisa {__version__}")
        return 0
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        print(f"analisa: there is no command {name!r}; analisa --help lists them", file=sys.stderr)
        return WRONG_USE
    return _run(name, rest)


def _run(name: str, arguments: Sequence[str]) -> int:
    command = import_module(f".{name}" if name != "import" else ".import_", __name__)
    parser = argparse.ArgumentParser(prog=f"analisa {name}", description=command.__doc__)
    command.add_arguments(parser)
    try:
        status: int = command.run(parser.parse_args(arguments))
    except AnalisaError as error:
        print(f"analisa: {error}", file=sys.stderr)
        return UNAVAILABLE if isinstance(error, Unavailable) else WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has left; there is nobody to tell
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = (f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    return "\n".join(
        (
            "usage: analisa COMMAND [OPTION ...]",
            "",
            "Bring in creators' data, get figures you can trust and a Social Score anyone can recompute.",
            "",
            *lines,
            "",
            "analisa COMMAND --help tells a command's options; analisa --version the version.",
        )
    )
