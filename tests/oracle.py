"""The reference figures in `../shared/data/oracle`, and how ours compare with them; tests skip where they are absent.

A set says which of its columns are figures and under which name we give them, which ones describe the file and stand
in the import's report, and which are descriptions rather than figures.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from analisa.domain.analytics.columns import NO_TIME
from analisa.domain.analytics.figures import Figures

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
Key = tuple[str, ...]
Cell = str | float | None


def _spread(*metrics: str) -> tuple[str, ...]:
    return tuple(f"{figure}_{metric}" for metric in metrics for figure in ("sum", "mean", "median", "missing"))


def _rates(*metrics: str) -> tuple[str, ...]:
    return tuple(f"{metric}_{figure}_pct" for metric in metrics for figure in ("mean", "median"))


_POSTING = ("posts", "first_post_utc", "last_post_utc", "posts_per_week", "median_gap_hours")
_POSTING += ("posts_last_28d", "posts_last_90d")
_GROWTH = ("snap_first", "snap_last", "followers_first", "followers_last", "follower_growth_pct")
_GROWTH += ("follower_growth_per_day", "videos_with_falling_views", "followers")


@dataclass(frozen=True, kw_only=True)
class OracleSet:
    """One reference file and how to get the same figures."""

    name: str
    exports: str
    """Folder of `../shared/data/exports`."""
    key: Key = ("creator",)
    columns: tuple[str, ...]
    """Figures that have the same name here and there."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Figures with another name: theirs to ours."""
    report: tuple[str, ...] = ()
    """What the import's report says of the file."""
    descriptions: tuple[str, ...] = ()
    """Words about a profile or a post as one file had them; not figures."""
    ref: str = "latest-observation"
    """What `posts_last_28d` looks back from."""
    by_year: bool = False
    rank_by: str | None = None
    shared: Path = SHARED

    @property
    def figures(self) -> dict[str, str]:
        """All columns that are compared: theirs to ours."""
        return {column: column for column in self.columns} | dict(self.renamed)

    @property
    def path(self) -> Path:
        return self.shared / "oracle" / f"oracle_{self.name}.csv"

    def rows(self) -> dict[Key, dict[str, str]]:
        """The reference, by key; skips the test where it is not there."""
        if not self.path.exists():
            pytest.skip(f"the reference figures are not here: {self.path}")
        with self.path.open(encoding="utf-8", newline="") as file:
            return {tuple(row[name] for name in self.key): row for row in csv.DictReader(file)}

    def archive(self) -> Path:
        """The folder of the real export; skips the test where it is not there."""
        folder = self.shared / "exports" / self.exports
        if not folder.exists():
            pytest.skip(f"the real exports are not here: {folder}")
        return folder


SETS: tuple[OracleSet, ...] = (
    OracleSet(
        name="br_gov_instagram",
        exports="br_gov_instagram",
        columns=(
            *_POSTING,
            *_spread("likes", "comments", "interactions"),
            *("profile_name_last", "profile_names_all", "n_names", "rank"),
            *(f"median_interactions_{year}" for year in range(2021, 2025)),
            "median_interactions_change_2023_2024_pct",
        ),
        ref="2025-01-01T03:00:00Z",
        by_year=True,
        rank_by="median_interactions",
    ),
    OracleSet(
        name="yt_tracker_fr",
        exports="yt_tracker_fr",
        columns=(
            *_POSTING,
            *_spread("likes", "comments", "views", "interactions"),
            *_rates("er_followers", "view_rate", "er_views"),
            *("er_views_pooled_pct", "title_last", *_GROWTH, "snap_days", "follower_growth"),
            *("channel_views_growth_pct", "channel_views_per_day", "videos_in_both", "views_gained_on_common"),
            *("views_gained_on_common_pct", "rank", "rank_growth"),
        ),
        rank_by="er_followers_median_pct",
    ),
    OracleSet(
        name="tiktok_vn",
        exports="tiktok_vn",
        columns=(
            *_POSTING,
            *_spread("likes", "comments", "shares", "saves", "views", "interactions"),
            *_rates("er_followers", "view_rate", "er_views"),
            *("er_views_pooled_pct", *_GROWTH, "videos_recrawled", "views_gained", "views_missing_in_recrawl"),
            *("rank", "rank_followers"),
        ),
        rank_by="er_views_median_pct",
    ),
    OracleSet(
        name="meta_suite_ig",
        exports="meta_suite_ig",
        columns=(
            *_POSTING,
            *_spread("likes", "comments", "shares", "saves", "views", "reach", "interactions"),
            *(*_rates("er_views", "er_reach"), "er_views_pooled_pct", "follows"),
        ),
        renamed={f"posts_IG {kind}": f"posts_{kind}" for kind in ("carousel", "image", "reel")},
        ref="newest-post",
    ),
    OracleSet(
        name="yt_studio_kj",
        exports="yt_studio_kj",
        columns=(
            *_POSTING,
            *_spread("likes", "comments", "shares", "views", "interactions"),
            *(*_rates("er_views"), "er_views_pooled_pct", "subs_gained", "subs_lost", "net_subscribers"),
            *("impressions", "watch_hours", "revenue_usd", "ctr_weighted_pct"),
        ),
        report=(
            *(f"total_row_{name}" for name in ("views", "likes", "comments", "shares", "net_subs", "impressions")),
            *("comment_rows", "comment_distinct_ids", "comment_videos", "comment_videos_not_in_export"),
            "comment_authors",
        ),
        ref="2022-01-22T08:13:29Z",
    ),
    OracleSet(
        name="yt_studio_kj_videos",
        exports="yt_studio_kj",
        key=("post_id",),
        columns=("likes", "comments", "shares", "views", "interactions"),
        renamed={"er_views_pct": "er_views"},
        descriptions=("at", "Video title"),
    ),
    OracleSet(
        name="creators_2022",
        exports="creators_2022",
        key=("platform", "file_month", "creator"),
        columns=(
            *("followers", "interactions", "er_followers_pct", "er_views_pct", "view_rate_pct"),
            *("follower_growth_pct_vs_previous_file", "rank"),
        ),
        report=("file_rows", "file_duplicates"),
        descriptions=("name", "category", "country"),
    ),
)


def oracle(name: str) -> OracleSet:
    return next(each for each in SETS if each.name == name)


def answers(keys: Sequence[Key], figures: Figures) -> dict[Key, dict[str, Cell]]:
    """Our figures by key, as cells: None for missing, instants as ISO 8601."""
    columns = {name: [_cell(value) for value in values] for name, values in figures.items()}
    return {key: {name: column[row] for name, column in columns.items()} for row, key in enumerate(keys)}


def _cell(value: object) -> Cell:
    if isinstance(value, np.int64):
        return None if value == NO_TIME else datetime.fromtimestamp(int(value) / 1e6, UTC).isoformat()
    if isinstance(value, str):
        return value or None
    return None if math.isnan(float(value)) else float(value)  # type: ignore[arg-type]


def equal(ours: Cell, theirs: str) -> bool:
    """Both missing, the same text, the same second, or |a-b| <= 1e-5 or 1e-6 of the reference."""
    if ours in (None, "") or theirs == "":
        return ours in (None, "") and theirs == ""
    numbers = _number(ours), _number(theirs)
    if None not in numbers:
        return math.isclose(*numbers, rel_tol=1e-6, abs_tol=1e-5)  # type: ignore[arg-type]
    instants = _instant(str(ours)), _instant(theirs)
    return instants[0] == instants[1] if None not in instants else str(ours) == theirs


def _number(cell: Cell) -> float | None:
    try:
        return float(cell)  # type: ignore[arg-type]
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)


def differences(of: OracleSet, ours: Mapping[Key, Mapping[str, Cell]]) -> Iterator[str]:
    """Say every cell that differs, every row that one of the two lacks; nothing when all is equal."""
    theirs = of.rows()
    yield from (f"{of.name}: {key} is missing" for key in theirs.keys() - ours.keys())
    yield from (f"{of.name}: {key} is not in the reference" for key in ours.keys() - theirs.keys())
    for key in theirs.keys() & ours.keys():
        for column, figure in of.figures.items():
            if not equal(ours[key].get(figure), theirs[key][column]):
                yield f"{of.name}: {key} {column}: ours {ours[key].get(figure)!r}, theirs {theirs[key][column]!r}"
