"""Six real exports, as messy as they came: each comes in with a reader or a mapping only, whole, and only once."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from analisa.application.collection.imports import CarryOutImport
from analisa.domain.collection.batch import Severity
from analisa.domain.collection.report import ImportReport
from analisa.domain.shared.events import ActionTaken
from analisa.plugins.manager import installed as plugins
from tests.fakes.collection import FakeClock
from tests.installation import Installation, installed
from tests.oracle import oracle
from tests.servers import DatabaseUrl

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real exports are not at ../shared")


@dataclass(frozen=True, kw_only=True)
class RealSet:
    """What to import, and what must have come in."""

    name: str
    paths: tuple[str, ...]
    mapping: str | None = None
    profile: str | None = None
    observed_at: datetime | None = None
    posts: int = 0
    quarantined: int = 0


SETS = (
    RealSet(name="br_gov_instagram", paths=("br_gov_instagram",), mapping="br_gov_instagram", posts=19_131),
    RealSet(name="creators_2022", paths=("creators_2022",), mapping="creators_2022"),
    RealSet(name="tiktok_vn", paths=("tiktok_vn",), mapping="tiktok_vn", posts=4_850),
    RealSet(name="yt_tracker_fr", paths=("yt_tracker_fr",), mapping="yt_tracker_fr", posts=7_089),
    RealSet(
        name="meta_suite_ig",
        paths=("meta_suite_ig",),
        observed_at=datetime(2026, 3, 2, tzinfo=UTC),
        posts=112,
    ),
    RealSet(
        name="yt_studio_kj",
        paths=("yt_studio_kj/Aggregated_Metrics_By_Video.csv",),
        profile="youtube:kenjee",
        observed_at=datetime(2022, 1, 22, 8, 13, 29, tzinfo=UTC),
        posts=223,
    ),
)


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        installation.clock = FakeClock(datetime(2026, 11, 1, tzinfo=UTC))
        yield installation


@pytest.mark.parametrize("real", SETS, ids=lambda real: real.name)
async def test_a_real_export_comes_in_whole_and_once(home: Installation, real: RealSet) -> None:
    report = await _bring(home, real)
    posts = (await home.rows("select count(*) as number from posts"))[0]["number"]
    if real.posts and real.name != "yt_studio_kj":  # whose one creator the reference calls by a made-up name
        assert await _posts_by_creator(home, real) == _expected_posts(real)
    before = await _counted(home)

    again = await _bring(home, real)

    assert posts == real.posts
    assert report.found(Severity.QUARANTINED) == real.quarantined
    assert report.rows_read > 0
    for counts in report.tables.values():
        settled = counts.new + counts.merged + counts.unchanged + counts.repeated + counts.conflicts
        assert counts.rows == settled + counts.quarantined
    assert {name: counts.changed for name, counts in again.tables.items()} == dict.fromkeys(again.tables, 0)
    assert await _counted(home) == before


async def test_comments_of_a_channel_come_in_under_pseudonyms(home: Installation) -> None:
    comments = RealSet(
        name="comments",
        paths=("yt_studio_kj/All_Comments_Final.csv",),
        mapping="yt_studio_kj",
    )
    report = await _bring(home, comments)

    with (SHARED / "exports" / comments.paths[0]).open(encoding="utf-8") as stream:
        authors = {row["user_ID"] for row in csv.DictReader(stream)}
    stored = await home.rows("select author_ref from comments")
    assert report.tables["comments"].new == len(stored) > 10_000
    assert not authors & {row["author_ref"] for row in stored}


async def test_the_report_says_what_a_file_of_comments_covers(home: Installation) -> None:
    await _bring(home, SETS[-1])
    comments = RealSet(name="comments", paths=("yt_studio_kj/All_Comments_Final.csv",), mapping="yt_studio_kj")

    (file,) = (await _bring(home, comments)).files

    assert file.comments is not None
    (told,) = oracle("yt_studio_kj").rows().values()
    # The reference counts as absent the videos whose id a spreadsheet had given a blank before its leading minus.
    blank = [key for (key,) in oracle("yt_studio_kj_videos").rows() if key.startswith(" ")]
    assert len(blank) == int(told["comment_videos_not_in_export"])
    assert asdict(file.comments) == {
        "rows": int(told["comment_rows"]),
        "distinct_ids": int(told["comment_distinct_ids"]),
        "posts": int(told["comment_videos"]),
        "posts_unknown": 0,
        "authors": int(told["comment_authors"]),
    }


async def test_the_totals_row_is_a_control_sum_and_no_video(home: Installation) -> None:
    report = await _bring(home, SETS[-1])

    (control,) = report.controls
    assert "5567998" not in control.values.values()
    assert "5568487" in {value.replace(",", "") for value in control.values.values()}
    views = await home.rows("select sum(views) as views from post_metrics")
    assert int(views[0]["views"]) == 5_567_998


async def _bring(home: Installation, real: RealSet) -> ImportReport:
    job = await home.note(
        paths=tuple(str(SHARED / "exports" / path) for path in real.paths),
        mapping=None if real.mapping is None else (ROOT / "tests" / "mappings" / f"{real.mapping}.toml").read_text(),
        profile=real.profile,
        observed_at=real.observed_at,
    )
    report = await home.importer(plugins()).carry_out(CarryOutImport(actor=home.local, import_id=job.id))
    assert report is not None
    return report


async def _posts_by_creator(home: Installation, real: RealSet) -> dict[str, int]:
    """Count posts by the key that the reference uses: the network's id, or the handle."""
    rows = await home.rows(
        "select p.network_id, d.handle, count(*) as number from posts join profiles p on p.id = profile_id "
        "left join profile_descriptions d using (profile_id) group by 1, 2"
    )
    expected = _expected_posts(real)
    ours = Counter[str]()
    for row in rows:
        ours[row["network_id"] if row["network_id"] in expected else row["handle"]] += row["number"]
    return dict(ours)


def _expected_posts(real: RealSet) -> dict[str, int]:
    with (SHARED / "oracle" / f"oracle_{real.name}.csv").open(encoding="utf-8") as stream:
        return {row["creator"]: int(float(row["posts"])) for row in csv.DictReader(stream) if float(row["posts"])}


async def _counted(home: Installation) -> dict[str, int]:
    """Count the rows of the catalogue, and what was told of them: that somebody asked is told every time."""
    tables = ("posts", "post_metrics", "profile_metrics", "profile_averages", "profile_names", "influencers")
    told = f"(select * from outbox where name <> '{ActionTaken.name}') as told"
    return {name: (await home.rows(f"select count(*) as number from {name}"))[0]["number"] for name in (*tables, told)}
