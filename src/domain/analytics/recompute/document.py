"""Reading receipts: from text to checked values, with an error that names the place of what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from ..errors import UnusableReceipt
from ..signing import ALGORITHM, DOCUMENT, FORMAT, SECTIONS, VERSION
from .parsing import LARGEST, exactly, parse
from .posts import Post
from .readings import Reading

COMPONENTS = ("E", "R", "G", "S", "C", "Q")
LAST_INSTANT = 253_402_300_799_999_999
"""The end of the year 9999, in microseconds since 1970."""
_KEYS = frozenset({"format", "version", "profile", "as_of", "sections", "sha256", "signature"})
_SIGNED = frozenset({*SECTIONS, DOCUMENT})
_INPUTS = ("network", "base", "as_of", "stale", "followers", "posts", "readings", "observations")
_POST = tuple(field.name for field in fields(Post))
_READING = tuple(field.name for field in fields(Reading))
_NAMES = frozenset({"network", "id", "handle"})
BASES = frozenset({"followers", "views", "reach", "views_else_followers"})


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation of sentiment or audience quality."""

    value: float | None
    n: float | None
    variance: float | None


@dataclass(frozen=True, slots=True)
class Inputs:
    network: str
    base: str
    as_of: int
    stale: bool
    followers: float | None
    posts: tuple[Post, ...]
    readings: tuple[Reading, ...]
    s: Seen
    q: Seen


def read_receipts(text: str) -> list[dict[str, Any]]:
    """Take the receipts out of a file: one, a JSON array of them, or one on each line; or raise `UnusableReceipt`."""
    if not text.strip():
        raise UnusableReceipt("the file is empty; `analisa receipt PROFILE > r.json` writes one")
    try:
        documents = parse(text)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if len(lines) < 2 or not _looks_whole(lines[0][1]):
            raise UnusableReceipt(f"this is no JSON, or it was cut off: {error}") from error
        documents = [_line(number, line) for number, line in lines]
    except ValueError as error:
        raise UnusableReceipt(f"this is no receipt: {error}") from error
    documents = documents if isinstance(documents, list) else [documents]
    if not documents:
        raise UnusableReceipt("the list is empty; `analisa receipt PROFILE > r.json` writes a receipt")
    return [_checked(document, f"receipt {place}") for place, document in enumerate(documents, start=1)]


def _looks_whole(line: str) -> bool:
    try:
        return isinstance(parse(line), dict)
    except json.JSONDecodeError:
        return False
    except ValueError:
        return True  # what is wrong with it is said when it is read


def _line(number: int, line: str) -> Any:
    try:
        return parse(line)
    except ValueError as error:
        raise UnusableReceipt(f"this is no JSON, or it was cut off: {error}", place=f"line {number}") from error


def _checked(document: Any, place: str) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnusableReceipt(f'this is not a receipt: it does not begin with "format": "{FORMAT}"', place=place)
    if document.get("version") != VERSION:
        raise UnusableReceipt(
            f"version {document.get('version')!r} of the receipt is not known here; this program reads version {VERSION}",
            place=place,
        )
    sections, hashes = document.get("sections"), document.get("sha256")
    for name, part in (("sections", sections), ("sha256", hashes)):
        missing = [section for section in SECTIONS if not isinstance(part, dict) or section not in part]
        if missing:
            raise UnusableReceipt(f"{', '.join(missing)} missing; was the file cut off?", place=f"{place}, {name}")
    odd = [name for name in SECTIONS if not isinstance(document["sections"][name], dict)]
    profile = document.get("profile")
    named = isinstance(profile, dict) and all(isinstance(name, str | None) for name in profile.values())
    if odd or not named or not isinstance(document.get("as_of"), str):
        raise UnusableReceipt(f"{', '.join(odd) or 'profile or as_of'} is not what it should be", place=place)
    _no_riders(document, place)
    signature = document.get("signature")
    if signature is not None and (not isinstance(signature, dict) or signature.get("algorithm") != ALGORITHM):
        raise UnusableReceipt(
            f"the signature is not one by {ALGORITHM}, and version {VERSION} of the receipt knows no other", place=place
        )
    return document


def _no_riders(document: Mapping[str, Any], place: str) -> None:
    """Refuse what no signature and no recomputation covers, so that it cannot pass for something that holds."""
    signature = document.get("signature", {})
    known: tuple[tuple[str, Any, frozenset[str]], ...] = (
        ("", document, _KEYS),
        ("profile", document["profile"], _NAMES),
        ("sections", document["sections"], frozenset(SECTIONS)),
        ("sha256", document["sha256"], frozenset(SECTIONS)),
        ("signature", signature, frozenset({"algorithm", "key_id", "parts"})),
        ("signature.parts", signature.get("parts") if isinstance(signature, dict) else {}, _SIGNED),
    )
    for where, part, names in known:
        odd = sorted(part.keys() - names) if isinstance(part, dict) else []
        if odd:
            raise UnusableReceipt(
                f"{', '.join(map(repr, odd))} is no part of a receipt and is not signed; was it added later?",
                place=f"{place}, {where}" if where else place,
            )


def inputs_of(receipt: Mapping[str, Any]) -> Inputs:
    """Check the inputs of a receipt and give them types, or raise `UnusableReceipt`."""
    try:
        data = exactly(receipt["sections"]["inputs"], _INPUTS)
        observed = exactly(data["observations"], ("s", "q"))
        found = Inputs(
            network=_text(data["network"]),
            base=_text(data["base"]),
            as_of=_instant(data["as_of"]),
            stale=_flag(data["stale"]),
            followers=_count(data["followers"]),
            posts=tuple(Post(_instant(at), *map(_count, row)) for at, *row in _rows(data["posts"], _POST)),
            readings=tuple(_reading(*row) for row in _rows(data["readings"], _READING)),
            s=_seen(observed["s"], -1.0, 1.0),
            q=_seen(observed["q"], 0.0, 1.0),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableReceipt(f"a value is missing or is not what it should be: {error!r}", place="inputs") from error
    _plausible(found)
    return found


def _plausible(inputs: Inputs) -> None:
    if inputs.base not in BASES:
        raise UnusableReceipt(f"there is no engagement base {inputs.base!r}", place="inputs")
    for name, rows, days in (("posts", inputs.posts, 90), ("readings", inputs.readings, 272)):
        instants = [row.at for row in rows]
        if any(before > after for before, after in pairwise(instants)):
            raise UnusableReceipt("the rows do not ascend in time", place=f"inputs.{name}")
        if instants and not inputs.as_of - days * 86_400_000_000 < instants[0] <= instants[-1] <= inputs.as_of:
            raise UnusableReceipt(f"a row lies outside the {days} days before as_of", place=f"inputs.{name}")
    ends = [reading.at // 86_400_000_000 for reading in inputs.readings]
    if len(set(ends)) < len(ends):
        raise UnusableReceipt("a day has two readings", place="inputs.readings")


def _reading(at: Any, followers: Any, total_views: Any, step: Any) -> Reading:
    level, rounding = _count(followers), _count(step)
    if not level or rounding is None:
        raise ValueError("a reading has followers above 0 and a rounding step")
    return Reading(_instant(at), level, _count(total_views), rounding)


def _rows(data: Any, names: Sequence[str]) -> Any:
    table = exactly(data, ("fields", "rows"))
    if table["fields"] != list(names):
        raise ValueError(f"the fields of a row are {', '.join(names)}, in this order")
    return table["rows"]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _seen(data: Any, low: float, high: float) -> Seen:
    exactly(data, ("value", "n", "variance"))
    value = None if data["value"] is None else _number(data["value"])
    if value is not None and not low <= value <= high:
        raise ValueError(f"{value} does not lie between {low} and {high}")
    return Seen(value, _count(data["n"]), _count(data["variance"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _instant(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_INSTANT:
        raise TypeError(f"{value!r} is not an instant in microseconds")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _count(value: Any) -> float | None:
    if value is None:
        return None
    number = _number(value)
    if number < 0:
        raise ValueError(f"{number} is below 0")
    if number > LARGEST:
        raise ValueError(f"{number} is larger than anything that is counted")
    return number
