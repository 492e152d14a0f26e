"""What may not stand in a log: secrets by their look or by name, what databases quote of rows, and e-mail addresses."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "[hidden]"

_HIDDEN_WORDS = r"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|authorization|cookie)"
_NAMED = re.compile(_HIDDEN_WORDS, re.IGNORECASE)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://[^\s:/@]*:)\S+@"), rf"\1{HIDDEN}@"),
    (
        re.compile(rf"(?i)\b(\w*{_HIDDEN_WORDS}\w*[\"']?\s*[=:]\s*[\"']?)(?:bearer\s+|basic\s+)?[^\s\"',;&]+"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # PostgreSQL quotes the offending row there: `DETAIL:  Key (name)=(Maria) already exists.`
    (re.compile(r"\bDETAIL:.*"), f"DETAIL: {HIDDEN}"),
    (re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[e-mail]"),
)
_SUSPECT = re.compile(rf"(?i)://|@|DETAIL:|bearer|{_HIDDEN_WORDS}")
"""Every rule needs one of these; most texts have none, and are looked at once."""
_SHORTEST_SECRET = 6  # a shorter value would hide ordinary words


class Redaction:
    """Hides *secrets*, known values, besides everything that looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return *text* without what may not stand in a log."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        if _SUSPECT.search(text) is not None:
            for pattern, instead in _RULES:
                text = pattern.sub(instead, text)
        return text

    def value(self, value: Any, name: str = "") -> Any:
        """Return *value* as plain JSON without what may not stand in a log; *name* is the key it stands under."""
        if value is not None and _is_secret(name):
            return HIDDEN
        if isinstance(value, bool | int | None):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, Mapping):
            return {str(key): self.value(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner, name) for inner in value]
        return self.text(str(value))


@lru_cache(maxsize=1_000)
def _is_secret(name: str) -> bool:
    return _NAMED.search(name) is not None
