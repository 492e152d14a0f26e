"""Bounds of everything that the description shows: how long texts and lists can be, and how large numbers.

Where a route or a shape says a bound itself, it stands. Else the widest one holds that there is: a text is never longer
than the longest line that an import reads, a count fits into 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...application.analytics.views import MAX_POINTS
from ...application.collection.archives import SourceLimits

LONGEST_TEXT: Final = SourceLimits().max_line_chars
MOST_ITEMS: Final = 10_000
LARGEST: Final = 2**63 - 1
_LENGTHS: Final = {"uuid": 36, "date": 10, "date-time": 40, "binary": 4 * 2**30}
"""Characters of formats."""
_DRAWN: Final = frozenset({"t", "values"})
"""Lists of a chart."""
_BY_TYPE: Final = {
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "array": frozenset({"minItems", "maxItems"}),
}
_EXAMPLES: Final = frozenset({"example", "examples", "default", "enum", "const"})


def bounded(node: Any, name: str = "") -> Any:
    """Return *node* of the description, with a bound at every text, list and whole number within."""
    if isinstance(node, list):
        return [bounded(each, name) for each in node]
    if not isinstance(node, Mapping):
        return node
    parted = _parted(node)
    walked = {key: value if key in _EXAMPLES else bounded(value, _called(key, name)) for key, value in parted.items()}
    match walked.get("type"):
        case "string":
            return _text(walked)
        case "integer":
            return _whole(walked)
        case "array":
            return {"maxItems": MAX_POINTS if name in _DRAWN else MOST_ITEMS, **walked}
    return walked


def _called(key: str, within: str) -> str:
    """What a schema is called: the name of its property, through the words of the notation between them."""
    return within if key in {"oneOf", "anyOf", "items", "schema", "properties"} else key


def _parted(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A choice of types has its bounds beside it; each belongs to the type that it speaks of."""
    for word in ("oneOf", "anyOf"):
        choices = node.get(word)
        if isinstance(choices, list):
            if {} in choices and len(choices) == 2:  # the framework takes the dots of `tuple[X, ...]` for a type
                (one,) = [each for each in choices if each]
                return _parted({**{key: value for key, value in node.items() if key != word}, **one})
            bounds = frozenset().union(*_BY_TYPE.values())
            taken = {key: value for key, value in node.items() if key in bounds}
            told = [
                {**{key: taken[key] for key in taken if key in _BY_TYPE.get(each.get("type", ""), ())}, **each}
                for each in choices
            ]
            return {**{key: value for key, value in node.items() if key not in taken}, word: told}
    return node


def _text(schema: Mapping[str, Any]) -> dict[str, Any]:
    if schema.keys() & {"enum", "const", "maxLength"}:
        return dict(schema)
    kind = "binary" if "contentMediaType" in schema else schema.get("format", "")
    return {**schema, "maxLength": _LENGTHS.get(kind, LONGEST_TEXT)}


def _whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    told = {"format": "int64", **schema}
    for word in sorted(_BY_TYPE["integer"] & told.keys()):
        told[word] = max(-LARGEST, min(LARGEST, int(told[word])))
    if not told.keys() & {"minimum", "exclusiveMinimum"}:
        told["minimum"] = 0
    if not told.keys() & {"maximum", "exclusiveMaximum"}:
        told["maximum"] = LARGEST
    return told
