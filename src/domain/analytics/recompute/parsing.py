"""Reading JSON that strangers made: only what a receipt can hold, and nothing that two readers take differently.

`json` takes NaN, 1e999, a key twice, integers of any length and any depth; each of them would be read otherwise by
another program, or could not be written again to be hashed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any

DEEPEST = 16
"""A receipt nests 8 deep."""
LARGEST = 1 << 63
"""Nothing that is counted is larger."""
_TOO_DEEP = f"it nests deeper than {DEEPEST}, and no receipt does"


def parse(text: str) -> Any:
    """Read a JSON document; raise ValueError that says what is wrong (JSONDecodeError where it is no JSON)."""
    try:
        document = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole, object_pairs_hook=_once
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _check_inside(document)
    return document


def exactly(value: Any, names: Collection[str]) -> Mapping[str, Any]:
    """Return *value* if it is an object of just these *names*, or raise TypeError or ValueError.

    What is there beside them would be part of what holds, and nothing would have looked at it.
    """
    if not isinstance(value, dict):
        raise TypeError(f"{_shortened(repr(value))} is no object of {', '.join(names)}")
    missing, odd = [name for name in names if name not in value], sorted(value.keys() - set(names))
    if missing or odd:
        wrong = [
            *(f"{name!r} is missing" for name in missing),
            *(f"{_shortened(name)!r} is no part of it" for name in odd),
        ]
        raise ValueError(f"an object of {', '.join(names)}: {'; '.join(wrong)}")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of a receipt; what is not known is null")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{_shortened(digits)} is beyond every number that a receipt can hold")
    return number


def _whole(digits: str) -> int:
    if len(digits) > len(str(-LARGEST)) or not -LARGEST <= int(digits) < LARGEST:
        raise ValueError(f"{_shortened(digits)} is beyond every number that a receipt can hold")
    return int(digits)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice in one object: each program would take another of the two."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{_shortened(name)!r} stands twice in one object; which is meant?")
        found[name] = value
    return found


def _check_inside(document: Any) -> None:
    level: list[Any] = [[document]]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _parts(outer) if isinstance(inner, (dict, list))]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _parts(value: Any) -> Iterator[Any]:
    """Yield what an object or an array holds, names too; refuse texts that UTF-8 cannot hold."""
    for part in chain(value, value.values()) if isinstance(value, dict) else value:
        if isinstance(part, str) and not _is_unicode(part):
            raise ValueError(f"{_shortened(part)!r} is no text: it holds half of a surrogate pair")
        yield part


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}… ({len(text):,} characters)"
