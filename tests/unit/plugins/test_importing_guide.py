"""The guide to importing, run: every mapping in it reads the tables above it as the JSON below it says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analisa.application.collection.archives import ReadOptions
from analisa.domain.collection.mapping_toml import RULE_KEYS, TABLE_KEYS, TOP_KEYS
from analisa.domain.collection.records import TABLES
from analisa.plugins.archives.mapped.reader import MappedTables

from .archives import a_source, read

GUIDE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    files: dict[str, str] = field(default_factory=dict)
    mapping: str = ""
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def examples() -> list[Example]:
    found: list[Example] = []
    for kind, name, text in BLOCK.findall(GUIDE):
        if kind == "csv" and (not found or found[-1].mapping):
            found.append(Example())
        if kind == "csv":
            found[-1].files[name] = text
        elif kind == "toml":
            found[-1].mapping = text
        elif kind == "json":
            found[-1].tables[name] = json.loads(text)
    return found


def shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and re.fullmatch(r"a_[0-9a-f]{32}", value):
        return "a pseudonym"
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("example", examples(), ids=lambda example: next(iter(example.files)))
def test_an_example_of_the_guide_does_what_it_says(example: Example) -> None:
    options = ReadOptions(mapping=example.mapping.encode(), author_salt=b"salt")

    reading = read(MappedTables(), a_source(example.files), options)

    assert not reading.plan.needs
    assert {batch.table.name for batch in reading.batches if len(batch)} == set(example.tables)
    for table, rows in example.tables.items():
        assert [{name: shown(value) for name, value in row.items()} for row in reading.rows(table)] == rows


def test_the_guide_has_examples_and_names_every_key_and_field() -> None:
    assert len(examples()) >= 3
    for key in TOP_KEYS | TABLE_KEYS | RULE_KEYS:
        assert key in GUIDE, key
    fields = GUIDE.partition("## Fields")[2]
    for table in TABLES.values():
        listed = re.search(rf"`{table.name}`:\s(.*?)\.\s", fields, re.DOTALL)
        assert listed, table.name
        assert tuple(re.split(r",\s+", listed[1])) == table.names
