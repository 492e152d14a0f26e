"""How good the score is on real channels: steady from one half of their posts to the other, and no count of followers."""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analisa.domain.analytics.reference import ReferenceSet
from analisa.domain.analytics.score import end_of_day
from tests.columns import NAN, Post, Profile, Reading, at
from tests.unit.analytics.worlds import own_tables, score

FOLDER = Path(__file__).parents[4] / "shared/data/exports/yt_tracker_fr"
AS_OF = end_of_day(at("2026-02-15"))


def rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig") as lines:
        yield from csv.DictReader(lines)


def number(cell: str) -> float:
    return float(cell) if cell.isdigit() else NAN


@pytest.fixture(scope="module")
def channels() -> list[Profile]:
    """Channels with at least five videos in the window, as the tracker saw them."""
    if not FOLDER.is_dir():
        pytest.skip(f"{FOLDER} is not here; it holds daily snapshots of real channels")
    found: dict[str, Profile] = {}
    for row in rows("youtube_daily_snapshots.csv"):
        channel = found.setdefault(row["channel_id"], Profile(network="youtube"))
        step = 10.0 ** max(0, len(row["subscribers"]) - 3)  # YouTube tells three digits
        channel.readings.append(
            Reading(
                observed_at=at(row["date_utc"]),
                followers=number(row["subscribers"]),
                total_views=number(row["views"]),
                step=step,
            )
        )
    videos = {row["video_id"]: row for month in ("01", "02") for row in rows(f"videos_2026-{month}.csv")}
    for row in videos.values():
        channel = found[row["channel_id"]]
        channel.posts.append(
            Post(
                published_at=at(row["published_at"]),
                observed_at=at(row["snapshot_utc"]),
                views=number(row["view_count"]),
                likes=number(row["like_count"]),
                comments=number(row["comment_count"]),
                followers=channel.readings[-1].followers,
            )
        )
    everybody = list(found.values())
    counted = score(*everybody, as_of=AS_OF).n[:, 0]
    return [channel for channel, n in zip(everybody, counted, strict=True) if n > 3]


@pytest.fixture(scope="module")
def own(channels: list[Profile]) -> ReferenceSet:
    return own_tables(*channels)


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    first, second = (np.argsort(np.argsort(values, kind="stable")).astype(np.float64) for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


def halved(channels: list[Profile], first: int) -> list[Profile]:
    half = copy.deepcopy(channels)
    for channel in half:
        channel.posts = sorted(channel.posts, key=lambda post: post.published_at)[first::2]
    return half


@pytest.mark.parametrize("tables", ["seeds", "own"])
def test_the_score_is_not_a_count_of_followers(channels: list[Profile], own: ReferenceSet, tables: str) -> None:
    scores = score(*channels, as_of=AS_OF, references=own if tables == "own" else None)

    assert len(channels) > 100
    assert abs(spearman(scores.score, scores.followers)) <= 0.35


@pytest.mark.parametrize("tables", ["seeds", "own"])
def test_odd_and_even_videos_tell_the_same(channels: list[Profile], own: ReferenceSet, tables: str) -> None:
    references = own if tables == "own" else None
    odd, even = (score(*halved(channels, first), as_of=AS_OF, references=references).score for first in (0, 1))

    assert spearman(odd, even) >= 0.88
