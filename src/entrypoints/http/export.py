"""Print the API's description: `python -m analisa.entrypoints.http.export > docs/api/openapi.json`."""

from __future__ import annotations

import json
import sys

from .app import Given, create_litestar
from .description import described


def exported() -> str:
    """Return the description as it is kept in docs/api/openapi.json."""
    return json.dumps(described(create_litestar(Given.nothing())), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(exported())
