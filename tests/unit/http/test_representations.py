"""What callers say they have, and what they say they take."""

from __future__ import annotations

import pytest

from analisa.entrypoints.http.representations import named_in, takes_gzip


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ('"a-gzip"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_a_tag_is_known_in_whatever_form_it_was_handed_out(listed: str, *, named: bool) -> None:
    assert named_in(listed, '"a"') is named


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0, *", False),
        ("gzip;q=0.0", False),
        ("identity", False),
        ("gzip;q=much", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(accepted: str, *, taken: bool) -> None:
    assert takes_gzip(accepted) is taken
