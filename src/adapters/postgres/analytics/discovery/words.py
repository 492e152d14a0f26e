"""What somebody wrote into the search box, as a condition on texts and a rank of them."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .conditions import Statement, word_query

EXACT: Final = 1.0
BEGINS: Final = 0.85
MISSPELT: Final = 0.6
MENTIONED: Final = 0.3
MENTIONED_MISSPELT: Final = 0.15
"""What a word is worth: it is one of the names, begins one, is one but for a slip, or is in the bio or a caption."""
WHOLE_NAME: Final = 1.0
"""The words are the name, all of it; or the handle."""
SHORT_NAME: Final = 0.1
"""The name has no other words; with twice as many it is half as much."""
POPULAR: Final = 0.001
"""A point of the score: it decides among those who fit equally well."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Folded *words*, and for each the stored words that it may have been meant to be."""

    words: tuple[str, ...]
    meant: Mapping[str, tuple[str, ...]]

    def condition(self, statement: Statement, alias: str, *, at_once: bool = False) -> str:
        """The row *alias* has every word somewhere, or all of them written together in a name.

        With *at_once* those who do are looked up first, all of them: the planner, who cannot tell how many lines of a
        question meet the rest of it, would rather look at the words of every row.
        """
        every = " && ".join(self._anywhere(statement, word) for word in self.words)
        found = f"select w.discovery_id from discovery_texts w where w.words @@ ({every}{self._joined(statement)})"
        return f"{alias}.id = any(array({found}))" if at_once else f"{alias}.id in ({found})"

    def rank(self, statement: Statement) -> str:
        """How well the texts `x` of the row `d` fit; the words are known to be there."""
        each = [self._worth(statement, word) for word in self.words]
        whole = statement.put(" ".join(self.words), "text")
        joined = statement.put("".join(self.words), "text")
        return (
            f"({' + '.join(each)}) / {len(each)} "
            f"+ case when x.called = {whole} or x.nick = {joined} then {WHOLE_NAME} else 0 end "
            f"+ least(1, {len(self.words)} / greatest(1, array_length(string_to_array(x.called, ' '), 1))::double precision) "
            f"* {SHORT_NAME} + coalesce(d.score, 0) * {POPULAR}"
        )

    def _anywhere(self, statement: Statement, word: str) -> str:
        asked = word_query(statement, word, "ABC")
        near = self.meant.get(word, ())
        return f"({asked} || {_any_of(statement, near, 'ABC')})" if near else asked

    def _joined(self, statement: Statement) -> str:
        if len(self.words) < 2:
            return ""
        return f" || to_tsquery('simple', {statement.put(''.join(self.words) + ':*A', 'text')})"

    def _worth(self, statement: Statement, word: str) -> str:
        exact, begins = (statement.put(word + weight, "text") for weight in (":A", ":*A"))
        near = self.meant.get(word, ())
        misspelt = f"when x.words @@ {_any_of(statement, near, 'A')} then {MISSPELT} " if near else ""
        return (
            f"case when x.words @@ to_tsquery('simple', {exact}) then {EXACT} "
            f"when x.words @@ to_tsquery('simple', {begins}) then {BEGINS} {misspelt}"
            f"when x.words @@ {word_query(statement, word, 'BC')} then {MENTIONED} else {MENTIONED_MISSPELT} end"
        )


def _any_of(statement: Statement, words: tuple[str, ...], weights: str) -> str:
    place = statement.put(" | ".join(f"{word}:{weights}" for word in words), "text")
    return f"to_tsquery('simple', {place})"
