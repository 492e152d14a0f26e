"""The guide to searching: its filters are read as they stand, and its fields exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from analisa.application.analytics.discovery.checking import checked
from analisa.application.analytics.discovery.search import COUNTED_BESIDE, EXACT_UP_TO
from analisa.domain.influencers.criteria import conditions
from analisa.domain.influencers.criteria_text import read, write

GUIDE = (Path(__file__).parents[3] / "docs" / "search.md").read_text("utf-8")
FILTERS = GUIDE.partition("```text\n")[2].partition("```")[0].splitlines()


@pytest.mark.parametrize("filters", FILTERS)
def test_a_filter_of_the_guide_can_be_asked(filters: str) -> None:
    criteria = checked(read(filters))

    assert list(conditions(criteria))
    assert checked(read(write(criteria))) == criteria


def test_the_guide_tells_the_limits_that_there_are() -> None:
    assert f"exact up to {COUNTED_BESIDE:,}" in GUIDE
    assert f"up to {EXACT_UP_TO:,} matches" in GUIDE
