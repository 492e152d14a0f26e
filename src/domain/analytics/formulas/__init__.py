"""The formula registry: every metric by its id and version, computed for one profile or for all by the same lines.

General formulas are in every answer of `analisa figures`; alternatives are there for those who choose another
definition; trends take a few milliseconds a profile and are given when asked for; reported ones speak of a third
party's averages; measures are what people search by, stored by every score pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...shared.errors import NotFound
from . import engagement, following, measures, names, posting, private, recrawl, reported, standing, trends
from .evidence import Evidence
from .formula import Formula

GENERAL: Final[tuple[Formula[Evidence], ...]] = (
    *posting.FORMULAS,
    *engagement.TALLIES,
    *engagement.RATES,
    *following.FORMULAS,
    *recrawl.FORMULAS,
    *private.FORMULAS,
    *names.FORMULAS,
    *standing.FORMULAS,
)
ALTERNATIVES: Final[tuple[Formula[Evidence], ...]] = (*engagement.ALTERNATIVES, *following.ALTERNATIVES)
TRENDS: Final[tuple[Formula[Evidence], ...]] = trends.FORMULAS
REPORTED: Final = reported.FORMULAS
SEARCHED: Final = measures.FORMULAS

FORMULAS: Final[tuple[Formula[Any], ...]] = (*GENERAL, *ALTERNATIVES, *TRENDS, *REPORTED, *SEARCHED)


class FormulaNotFound(NotFound):
    """No formula has that id."""

    code = "analytics.formula_not_found"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"there is no formula {wanted!r}; formulas have ids like {GENERAL[0].id!r}")
        self.wanted = wanted


def formula(wanted: str) -> Formula[Any]:
    """The formula with the id *wanted*, or raise `FormulaNotFound`."""
    for each in FORMULAS:
        if each.id == wanted:
            return each
    raise FormulaNotFound(wanted)


def handbook() -> str:
    """All formulas as a Markdown page for people: what `docs/formulas.md` holds."""
    return "\n".join((*_INTRODUCTION, *_chapters())) + "\n"


_INTRODUCTION: Final = (
    "# Formulas",
    "",
    "Every figure that Analisa shows, by the id and version that answers carry. This page is written by the registry",
    "(`analisa.domain.analytics.formulas.handbook`); a test compares the two.",
    "",
    "Rules that hold for all: one row per post, its latest lifetime snapshot as it stands, no value filled from an older",
    "one; missing is never 0 and is left out of every mean and median; the median of an even number is the mean of the",
    "two middle values; percent is x 100; instants are UTC. A formula whose meaning changes gets a new version beside",
    "the old.",
)


def _chapters() -> Iterator[str]:
    for title, formulas in (
        ("General: `analisa figures` gives them all", GENERAL),
        ("Alternatives: other definitions in use", ALTERNATIVES),
        ("Trends: where the followers are heading", TRENDS),
        ("Reported: from a third party's averages", REPORTED),
        ("Searched: measures that `analisa find` and lists go by", SEARCHED),
    ):
        yield from ("", f"## {title}")
        for each in formulas:
            yield from ("", f"### {each.title}", f"`{each.id}` · {each.unit} · basis: {each.basis}", "", each.text, "")
            yield from (f"Columns: {', '.join(f'`{column}`' for column in each.columns)}.", f"Source: {each.source}.")
