"""Bounds in the description: a stated one stands, and everything else has the widest that is true."""

from __future__ import annotations

from typing import Any

import pytest

from analisa.entrypoints.http.bounds import LARGEST, LONGEST_TEXT, MOST_ITEMS, bounded


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "string"}, {"type": "string", "maxLength": LONGEST_TEXT}),
        ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 3}),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
        ({"type": "string", "format": "uuid"}, {"type": "string", "format": "uuid", "maxLength": 36}),
        ({"type": "integer"}, {"type": "integer", "format": "int64", "minimum": 0, "maximum": LARGEST}),
        (
            {"type": "integer", "minimum": 1.0, "maximum": 9.3e18},
            {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST},
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "null"}], "maxLength": 9, "description": "x"},
            {"oneOf": [{"maxLength": 9, "type": "string"}, {"type": "null"}], "description": "x"},
        ),
        (
            {"type": "array", "items": {"type": "boolean"}},
            {"type": "array", "items": {"type": "boolean"}, "maxItems": MOST_ITEMS},
        ),
        (
            {"properties": {"t": {"type": "array", "items": {"type": "boolean"}}}},
            {"properties": {"t": {"type": "array", "items": {"type": "boolean"}, "maxItems": 400}}},
        ),
        (
            {"type": "array", "items": {"oneOf": [{"type": "boolean"}, {}]}},
            {"type": "array", "items": {"type": "boolean"}, "maxItems": MOST_ITEMS},
        ),
        ({"example": {"type": "string"}}, {"example": {"type": "string"}}),
        ({"properties": {"type": {"type": "boolean"}}}, {"properties": {"type": {"type": "boolean"}}}),
    ],
)
def test_a_schema_gets_the_bounds_that_it_lacks(schema: dict[str, Any], told: dict[str, Any]) -> None:
    assert bounded(schema) == told
