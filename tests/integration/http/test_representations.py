"""Answers that a caller has already are not sent again, and long ones travel compressed."""

from __future__ import annotations

import gzip

import pytest

from tests.integration.http.conftest import Scored

LIST = "/api/v1/influencers"
PLAIN = {"accept-encoding": "identity"}


async def test_a_read_has_a_tag_and_is_not_sent_to_whoever_has_it(scored: Scored) -> None:
    first = await scored.api.get(LIST, headers=PLAIN)
    tag = first.headers["etag"]

    again = await scored.api.get(LIST, headers={**PLAIN, "if-none-match": f'"other", {tag}'})
    other = await scored.api.get(LIST, params={"limit": 3}, headers={**PLAIN, "if-none-match": tag})

    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in again.headers
    assert "content-type" not in again.headers
    assert other.status_code == 200
    assert other.headers["etag"] != tag


async def test_long_answers_travel_compressed_under_a_tag_of_their_own(scored: Scored) -> None:
    plain = await scored.api.get(LIST, headers=PLAIN)
    async with scored.api.stream("GET", LIST, headers={"accept-encoding": "gzip"}) as small:
        raw = b"".join([piece async for piece in small.aiter_raw()])

    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(raw) < len(plain.content) / 3
    assert gzip.decompress(raw) == plain.content
    assert small.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert small.headers["etag"] != plain.headers["etag"]
    for headers in (PLAIN, {"accept-encoding": "gzip"}):
        known = {**headers, "if-none-match": small.headers["etag"]}
        assert (await scored.api.get(LIST, headers=known)).status_code == 304


async def test_head_tells_the_tag_of_the_same_get(scored: Scored) -> None:
    asked, told = await scored.api.get(LIST, headers=PLAIN), await scored.api.head(LIST, headers=PLAIN)

    assert told.headers["etag"] == asked.headers["etag"]
    assert told.content == b""
    assert told.headers["content-length"] == asked.headers["content-length"]


@pytest.mark.parametrize("url", ["/api/v1/influencers?limit=0", "/nowhere", "/health/live?x=1"])
async def test_refusals_have_no_tag_and_are_not_kept(scored: Scored, url: str) -> None:
    refused = await scored.api.get(url)

    assert "etag" not in refused.headers
    assert refused.headers["cache-control"] == "no-store"
