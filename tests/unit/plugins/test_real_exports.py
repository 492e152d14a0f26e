"""The real exports, each read with a reader or a mapping only; skipped where they are not at hand."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from analisa.application.collection.archives import ReadOptions, SourceLimits
from analisa.domain.shared.social import ProfileRef
from analisa.plugins.archives.source import Source
from analisa.plugins.manager import Plugins

from .archives import Reading, read

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
MAPPINGS = Path(__file__).parents[2] / "mappings"
PLUGINS = Plugins.load([])


@cache
def reading(name: str, *, mapping: bool = True, **options: Any) -> Reading:
    folder = SHARED / "exports" / name
    if not folder.exists():
        pytest.skip(f"the real exports are not here: {folder}")
    text = (MAPPINGS / f"{name}.toml").read_bytes() if mapping else None
    with Source.open([folder], SourceLimits()) as source:
        reader = PLUGINS.choose(source, None, has_mapping=mapping)
        return read(reader, source, ReadOptions(mapping=text, author_salt=b"test", **options))


def reference(name: str) -> list[dict[str, str]]:
    with (SHARED / "oracle" / f"oracle_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def latest(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return each post's latest snapshot, as it stands."""
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = newest.get(row["post_id"])
        if known is None or row["observed_at"] > known["observed_at"]:
            newest[row["post_id"]] = row
    return newest


@pytest.mark.parametrize(
    ("name", "metrics"),
    [
        ("br_gov_instagram", ("likes", "comments")),
        ("tiktok_vn", ("likes", "comments", "shares", "saves", "views")),
        ("yt_tracker_fr", ("likes", "comments", "views")),
    ],
)
def test_posts_and_their_latest_counts_are_those_of_the_reference(name: str, metrics: tuple[str, ...]) -> None:
    got = reading(name)
    snapshots = latest(got.rows("post_metrics"))
    posts: dict[str, dict[str, dict[str, Any]]] = {}
    for post in got.rows("posts"):
        posts.setdefault(post["profile_id"], {}).setdefault(post["post_id"], post)

    for row in reference(name):
        own = posts.get(row["creator"], {})
        assert len(own) == float(row["posts"] or 0), row["creator"]
        if not own:
            continue
        first = min(post["published_at"] for post in own.values()).replace(microsecond=0, tzinfo=None)
        assert first.isoformat() == row["first_post_utc"]
        for metric in metrics:
            values = [snapshots[post][metric] for post in own if snapshots[post].get(metric) is not None]
            assert len(own) - len(values) == float(row[f"missing_{metric}"]), (row["creator"], metric)
            if values:
                assert sum(values) == float(row[f"sum_{metric}"]), (row["creator"], metric)
                assert median(values) == float(row[f"median_{metric}"]), (row["creator"], metric)


def test_channel_readings_and_names_are_those_of_the_reference() -> None:
    got = reading("yt_tracker_fr")
    readings: dict[str, list[dict[str, Any]]] = {}
    for row in got.rows("profile_metrics"):
        readings.setdefault(row["profile_id"], []).append(row)

    for row in reference("yt_tracker_fr"):
        own = sorted(readings[row["creator"]], key=lambda one: one["observed_at"])
        assert (own[0]["followers"], own[-1]["followers"]) == (int(row["followers_first"]), int(row["followers_last"]))
        assert own[0]["observed_at"].date().isoformat() == row["snap_first"]
        assert own[0]["precision"] == "rounded"


def test_followers_of_each_tiktok_crawl_are_those_of_the_reference() -> None:
    got = reading("tiktok_vn")
    readings: dict[str, dict[datetime, int]] = {}
    for row in got.rows("profile_metrics"):
        if row.get("followers"):
            readings.setdefault(row["profile_id"], {}).setdefault(row["observed_at"], row["followers"])

    for row in reference("tiktok_vn"):
        own = readings[row["creator"]]
        assert own[min(own)] == float(row["followers_first"]), row["creator"]
        assert own[max(own)] == float(row["followers_last"]), row["creator"]


def test_lists_of_creators_give_followers_and_interactions_of_every_file() -> None:
    got = reading("creators_2022")
    months = {2000: "undated", 6: "june", 9: "sep"}

    def by_file(table: str) -> dict[tuple[str, str, str], dict[str, Any]]:
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in got.rows(table):
            at = row["observed_at"]
            found.setdefault((row["network"], months.get(at.year) or months[at.month], row["profile_id"]), row)
        return found

    followers, averages = by_file("profile_metrics"), by_file("profile_averages")
    rows = reference("creators_2022")
    assert len(rows) == len(followers)
    for row in rows:
        key = (row["platform"], row["file_month"], row["creator"])
        parts = [averages[key].get(f"avg_{part}") for part in ("interactions", "likes", "comments", "shares")]
        known = [part for part in parts if part is not None]
        assert followers[key]["followers"] == float(row["followers"])
        assert (sum(known) if known else "") == (float(row["interactions"]) if row["interactions"] else "")
    assert {row["precision"] for row in got.rows("profile_metrics")} == {"compact"}


def test_the_content_export_of_meta() -> None:
    got = reading("meta_suite_ig", mapping=False, observed_at=datetime(2026, 3, 1, 2, tzinfo=UTC))
    [row] = reference("meta_suite_ig")

    assert got.plan.reader == "meta-business-suite"
    assert got.column("profiles", "handle") == [row["creator"]]
    assert len(set(got.column("posts", "post_id"))) == int(row["posts"])
    published = [moment.replace(tzinfo=None).isoformat() for moment in sorted(got.column("posts", "published_at"))]
    assert (published[0], published[-1]) == (row["first_post_utc"], row["last_post_utc"])
    for metric in ("likes", "comments", "shares", "saves", "views", "reach"):
        assert sum(got.column("post_metrics", metric)) == float(row[f"sum_{metric}"])
    kinds = Counter(got.column("posts", "type"))
    assert all(count == int(row[f"posts_IG {kind}"]) for kind, count in kinds.items())


def test_the_owners_table_of_videos_and_its_totals() -> None:
    said = {
        "observed_at": datetime(2022, 1, 22, 8, 13, 29, tzinfo=UTC),
        "profile": ProfileRef.parse("youtube:the-channel"),
    }
    got = reading("yt_studio_kj", mapping=False, **said)
    [row] = reference("yt_studio_kj")
    metrics = got.rows("post_metrics")

    assert got.plan.reader == "youtube-studio"
    assert len(metrics) == int(row["posts"])
    for metric in ("likes", "comments", "shares", "views"):
        assert sum(one[metric] for one in metrics) == float(row[f"sum_{metric}"])
    for ours, theirs in {
        "subscribers_gained": "subs_gained",
        "subscribers_net": "net_subscribers",
        "revenue_usd": "revenue_usd",
    }.items():
        assert sum(one["extra"][ours] for one in metrics) == pytest.approx(float(row[theirs]))
    assert sum(one["watch_time_s"] for one in metrics) / 3600 == pytest.approx(float(row["watch_hours"]))
    [total] = got.plan.controls
    assert {name: float(total.values[name]) for name in ("Views", "Likes", "Subscribers")} == {
        "Views": float(row["total_row_views"]),
        "Likes": float(row["total_row_likes"]),
        "Subscribers": float(row["total_row_net_subs"]),
    }


def test_comments_of_the_channel_under_pseudonyms() -> None:
    got = reading("yt_studio_kj")
    [row] = reference("yt_studio_kj")

    assert len(got.rows("comments")) == int(row["comment_rows"])
    assert len(set(got.column("comments", "comment_id"))) == int(row["comment_distinct_ids"])
    assert len(set(got.column("comments", "post_id"))) == int(row["comment_videos"])
    authors = set(got.column("comments", "author_ref"))
    assert len(authors - {None}) == int(row["comment_authors"])
    assert all(re.fullmatch(r"a_[0-9a-f]{32}", author) for author in authors - {None})


@pytest.mark.parametrize("name", ["br_gov_instagram", "tiktok_vn", "yt_tracker_fr", "creators_2022", "yt_studio_kj"])
def test_no_row_is_lost(name: str) -> None:
    got = reading(name)
    quarantined = [finding for finding in got.findings if finding.severity == "quarantined"]

    assert quarantined == []
    assert got.rows_read > 0
