"""Known exports read by the same engine as a person's mapping: headers are found by their words in several languages."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence

from ...application.collection.archives import ArchiveSource, ImportRefused
from ...domain.collection.headers import normalise
from ...domain.collection.mapping import ColumnRule
from .chunks import Chunk
from .tables import is_table_name, sample_of

Words = Mapping[str, Sequence[str]]
"""Field to the headers under which it is known, as `normalise` folds them."""


def find_headers(sample: Chunk, words: Words) -> dict[str, str]:
    """Return which column of *sample* holds which of the fields in *words*."""
    known = {word: field for field, synonyms in words.items() for word in synonyms}
    found: dict[str, str] = {}
    for column in sample.header:
        field = known.get(normalise(column))
        if field is not None:
            found.setdefault(field, column)
    return found


def table_samples(source: ArchiveSource) -> Iterator[tuple[str, Chunk]]:
    """Yield every readable table of *source* with its first rows; what is no table is passed over."""
    for file in source.files:
        if is_table_name(file.name):
            try:
                yield file.name, sample_of(source, file.name)
            except ImportRefused:
                continue


def rule(column: str, where: str, **how: object) -> ColumnRule:
    """A rule for a column that is known to be there."""
    return ColumnRule(columns=(column,), where=where, **how)  # type: ignore[arg-type]


def exactly(name: str) -> tuple[str, ...]:
    """Return the glob that only *name* fits, and no file of that name in a folder below."""
    return (f"/{glob.escape(name)}",)


def cells_of(sample: Chunk, column: str) -> Sequence[str]:
    return sample.columns[sample.header.index(column)]
