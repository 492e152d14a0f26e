"""Figures of many profiles, charts and trends: read in pieces, told as a whole."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from analisa.application.analytics.errors import ProfileNotFound, ReadingFailed
from analisa.application.analytics.figures import FigureTable, LookBack, ShowFigures, ShowFiguresHandler
from analisa.application.analytics.trends import ShowTrends, ShowTrendsHandler
from analisa.application.shared.actor import Actor
from analisa.domain.analytics.columns import DAY, NO_TIME, ProfileColumns, ReportedColumns
from analisa.domain.analytics.formulas.standing import NotRankable
from analisa.domain.shared.ids import OrganisationId, ProfileId
from analisa.entrypoints.cli.tables import print_csv, print_json, rows_of
from tests.columns import Post, Profile, Reading, at, profile_columns
from tests.fakes.analytics import FakeColumnReader
from tests.fakes.collection import FakeClock

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
NOON = at("2026-03-31T12:00")
WHO = Actor(organisation=OrganisationId(uuid4()))


def active(number: int) -> Profile:
    """A profile whose figures differ from those of every other number."""
    posts = [
        Post(
            published_at=NOON - (10 * post + number) * DAY,
            observed_at=NOON - number * DAY,
            likes=float(7 * number + post),
            views=1_000.0,
            followers=500.0,
        )
        for post in range(5)
    ]
    readings = [Reading(observed_at=NOON - gap * DAY, followers=500.0 + number - gap) for gap in (9, 0)]
    return Profile(key=f"p{number:02}", posts=posts, readings=readings)


def numbered(*profiles: Profile) -> ProfileColumns:
    """Columns that say which posts they are of, as a reader does."""
    found = profile_columns(*profiles)
    numbers = np.arange(len(found.posts.views), dtype=np.int64)
    return replace(found, posts=replace(found.posts, post_id=numbers))


async def asked(reader: FakeColumnReader, **command: Any) -> FigureTable:
    return await ShowFiguresHandler(reader, FakeClock(NOW))(ShowFigures(actor=WHO, **command))


@pytest.mark.parametrize("by_year", [False, True])
async def test_figures_and_ranks_are_the_same_in_pieces_and_as_a_whole(by_year: bool) -> None:
    profiles = [active(number) for number in range(9)]
    whole = await asked(FakeColumnReader(profile_columns(*profiles)), by_year=by_year)
    pieces = await asked(
        FakeColumnReader(*(profile_columns(*profiles[start : start + 4]) for start in (0, 4, 8))), by_year=by_year
    )

    assert pieces.creator == whole.creator
    assert sorted(pieces.columns) == sorted(whole.columns)
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(pieces.columns[name], column, err_msg=name)
    assert sorted(whole.columns["rank"]) == list(range(1, 10))


async def test_a_column_that_one_piece_lacks_is_missing_in_its_rows() -> None:
    old = Profile(key="old", posts=[Post(published_at=at("2020-02-01"), observed_at=NOON, likes=3.0)])
    new = Profile(key="new", posts=[Post(published_at=at("2025-02-01"), observed_at=NOON, likes=4.0)])

    table = await asked(FakeColumnReader(profile_columns(old), profile_columns(new)), by_year=True)

    assert table.columns["median_interactions_2020"].tolist() == pytest.approx([3, np.nan], nan_ok=True)
    assert table.columns["median_interactions_2025"].tolist() == pytest.approx([np.nan, 4], nan_ok=True)


async def test_recent_days_look_back_from_what_was_asked_for() -> None:
    profile = Profile(posts=[Post(published_at=NOON - 40 * DAY, observed_at=NOON)])

    async def recent(as_of: datetime | LookBack) -> float:
        return float(
            (await asked(FakeColumnReader(profile_columns(profile)), as_of=as_of)).columns["posts_last_28d"][0]
        )

    assert await recent(LookBack.LATEST_OBSERVATION) == 0
    assert await recent(LookBack.NEWEST_POST) == 1
    assert await recent(NOW - timedelta(days=30)) == 1


async def test_an_instant_also_limits_what_is_read() -> None:
    reader, then = FakeColumnReader(), NOW - timedelta(days=3)

    await asked(reader)
    await asked(reader, as_of=then)

    assert [until for _, until in reader.asked] == [NOW, then]


async def test_nobody_has_no_figures() -> None:
    assert len(await asked(FakeColumnReader())) == 0


async def test_a_figure_that_ranks_nobody_is_refused() -> None:
    with pytest.raises(NotRankable, match="can by"):
        await asked(FakeColumnReader(profile_columns(active(1))), rank_by="posts")


async def test_posts_are_told_one_by_one_with_their_rates() -> None:
    handler = ShowFiguresHandler(FakeColumnReader(numbered(active(1), active(2))), FakeClock(NOW))

    table = await handler.posts(ShowFigures(actor=WHO))

    assert table.creator == ("p01",) * 5 + ("p02",) * 5
    assert table.columns["er_views"][0] == pytest.approx(0.7)
    assert table.columns["post"].tolist()[:2] == ["post 0", "post 1"]
    with pytest.raises(ReadingFailed):
        await ShowFiguresHandler(FakeColumnReader(profile_columns(active(1))), FakeClock(NOW)).posts(
            ShowFigures(actor=WHO)
        )


def reported(*rows: tuple[str, int, float, float]) -> ReportedColumns:
    numbers = np.arange(len(rows), dtype=np.int64)
    nothing = np.full(len(rows), np.nan)
    return ReportedColumns(
        profile_id=numbers,
        network=("instagram",) * len(rows),
        key=tuple(row[0] for row in rows),
        source=("list",) * len(rows),
        observed_at=np.array([row[1] for row in rows], dtype=np.int64),
        followers=np.array([row[2] for row in rows]),
        avg_views=nothing,
        avg_likes=nothing,
        avg_comments=nothing,
        avg_shares=nothing,
        avg_interactions=np.array([row[3] for row in rows]),
    )


async def test_reported_averages_are_figures_of_their_own() -> None:
    reader = FakeColumnReader(reported=reported(("ana", NOON, 200.0, 5.0)))
    table = await ShowFiguresHandler(reader, FakeClock(NOW)).reported(ShowFigures(actor=WHO))
    empty = FakeColumnReader(reported=reported())

    assert table.columns["er_followers_pct"].tolist() == [2.5]
    assert table.columns["source"].tolist() == ["list"]
    assert len(await ShowFiguresHandler(empty, FakeClock(NOW)).reported(ShowFigures(actor=WHO))) == 0


async def test_trends_tell_the_slope_the_step_and_the_odd_post() -> None:
    readings = [
        Reading(observed_at=NOON - gap * DAY, followers=10_000.0 + 20 * (60 - gap) + (9_000 if gap < 20 else 0))
        for gap in range(60, -1, -1)
    ]
    posts = [
        Post(published_at=NOON - gap * DAY, observed_at=NOON, likes=100.0 + gap % 3, views=500.0)
        for gap in range(1, 40)
    ]
    posts += [
        Post(published_at=NOON - DAY // 2, observed_at=NOON, likes=9_000.0),
        Post(published_at=NO_TIME, likes=9e9),
    ]
    found = numbered(Profile(posts=posts, readings=readings))
    handler = ShowTrendsHandler(FakeColumnReader(found), FakeClock(NOW))

    told = await handler(ShowTrends(actor=WHO, profile_id=ProfileId(1)))

    (followers,) = told.series["followers"]
    assert followers.slope is not None
    assert followers.slope.per_day == pytest.approx(20, abs=5)
    (step,) = told.steps
    assert step.after - step.before > 9_000
    (odd,) = told.odd_posts
    assert (odd.post, odd.likes) == ("post 39", 9_000)


async def test_a_profile_of_which_nothing_was_measured_has_no_trends() -> None:
    with pytest.raises(ProfileNotFound):
        await ShowTrendsHandler(FakeColumnReader(), FakeClock(NOW))(ShowTrends(actor=WHO, profile_id=ProfileId(1)))


def test_a_table_is_safe_for_spreadsheets_and_honest_about_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    columns = {
        "at": np.array([NOON, NO_TIME], dtype=np.int64),
        "rate": np.array([1 / 3, np.nan]),
        "name": np.array(["=1+1", ""], dtype=object),
    }
    rows = list(rows_of(columns))

    print_csv([*columns, "absent"], rows)
    first, second = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert first == {"at": "2026-03-31T12:00:00", "rate": "0.333333", "name": "'=1+1", "absent": ""}
    assert set(second.values()) == {""}

    print_json([*rows, {"day": date(2026, 1, 2), "who": WHO.organisation}])
    told = json.loads(capsys.readouterr().out)
    assert told[0] == {"at": "2026-03-31T12:00:00Z", "rate": 1 / 3, "name": "=1+1"}
    assert told[1] == {"at": None, "rate": None, "name": None}
    assert told[2] == {"day": "2026-01-02", "who": str(WHO.organisation)}
