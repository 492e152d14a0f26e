"""Examples of answers, by the operation that gives them; a test holds each against its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_INFLUENCER: Final = "0190f3c2-7c1e-7000-8000-00000000a11a"
_IMPORT: Final = "0190f3c2-7c1e-7000-8000-000000001234"

EXAMPLES: Final[Mapping[str, Any]] = {}
