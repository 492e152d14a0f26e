"""Routes that will go say so in every answer, and in the description."""

from __future__ import annotations

from datetime import date

import pytest
from litestar import get
from litestar.testing import create_test_client

from analisa.entrypoints.http.retiring import retiring


@get("/old", **retiring(since=date(2026, 3, 1), until=date(2026, 9, 1), instead="/api/v1/new"))
async def old() -> str:
    return "still here"


def test_each_answer_tells_since_when_until_when_and_what_instead() -> None:
    with create_test_client([old]) as client:
        headers = client.get("/old").headers

    assert headers["deprecation"] == "@1772323200"
    assert headers["sunset"] == "Tue, 01 Sep 2026 00:00:00 GMT"
    assert headers["link"] == '</api/v1/new>; rel="successor-version"'


def test_the_description_marks_it() -> None:
    with create_test_client([old]) as client:
        document = client.app.openapi_schema.to_schema()

    operation = document["paths"]["/old"]["get"]
    assert operation["deprecated"] is True
    assert set(operation["responses"]["200"]["headers"]) == {"Deprecation", "Sunset", "Link"}


def test_a_route_stays_for_six_months() -> None:
    with pytest.raises(ValueError, match="six months"):
        retiring(since=date(2026, 3, 1), until=date(2026, 8, 31), instead="/x")
