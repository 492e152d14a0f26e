"""Figures from lists that a third party made."""

from __future__ import annotations

import numpy as np

from analisa.domain.analytics.columns import DAY, ReportedColumns
from analisa.domain.analytics.figures import reported_figures
from tests.columns import NAN

MAY, JUNE, SEPTEMBER = 0, 31 * DAY, 123 * DAY


def a_row(key: str, when: int = MAY, followers: float = 1_000, **given: float | str) -> dict[str, object]:
    averages = dict.fromkeys(("avg_views", "avg_likes", "avg_comments", "avg_shares", "avg_interactions"), NAN)
    return (
        {"key": key, "network": "tiktok", "source": "a list", "observed_at": when, "followers": followers}
        | averages
        | given
    )


def lists(*rows: dict[str, object]) -> ReportedColumns:
    keys = sorted({(row["network"], row["key"]) for row in rows})
    texts = {name: tuple(row[name] for row in rows) for name in ("key", "network", "source")}
    numbers = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0] if name not in texts}
    return ReportedColumns(
        profile_id=np.array([keys.index((row["network"], row["key"])) for row in rows]),
        **texts,
        **(numbers | {"observed_at": np.array([row["observed_at"] for row in rows], dtype=np.int64)}),
    )


def test_a_named_figure_comes_before_the_sum_of_its_parts() -> None:
    answer = reported_figures(
        lists(
            a_row("a", avg_interactions=70, avg_likes=1),
            a_row("b", avg_likes=50, avg_comments=NAN, avg_shares=5),
            a_row("c", avg_views=9),
        )
    )

    np.testing.assert_array_equal(answer["interactions"], [70, 55, NAN])
    np.testing.assert_allclose(answer["er_followers_pct"], [7, 5.5, NAN])


def test_rates_need_someone_to_be_a_share_of() -> None:
    answer = reported_figures(
        lists(a_row("a", avg_likes=5, avg_views=0), a_row("b", avg_likes=5, avg_views=50, followers=0))
    )

    np.testing.assert_array_equal(answer["er_views_pct"], [NAN, 10])
    np.testing.assert_array_equal(answer["view_rate_pct"], [0, NAN])
    np.testing.assert_array_equal(answer["er_followers_pct"], [0.5, NAN])


def test_growth_is_against_the_list_just_before_and_no_older_one() -> None:
    answer = reported_figures(
        lists(
            a_row("a", SEPTEMBER, 1_200),
            a_row("a", JUNE, 1_000),
            a_row("b", SEPTEMBER, 900),
            a_row("b", MAY, 300),
            a_row("a", MAY, 800),
            a_row("b", JUNE, 5, network="youtube"),
            a_row("b", JUNE, 5, source="another list"),
        )
    )

    growth = answer["follower_growth_pct_vs_previous_file"]
    np.testing.assert_allclose(growth, [20, 25, NAN, NAN, NAN, NAN, NAN], atol=1e-9)


def test_ranks_are_within_one_list_and_equals_go_by_handle() -> None:
    answer = reported_figures(
        lists(
            a_row("b", avg_likes=9),
            a_row("a", avg_likes=9),
            a_row("c", avg_likes=10),
            a_row("d"),
            a_row("d", JUNE, avg_likes=1),
            a_row("a", network="instagram", avg_likes=1),
        )
    )

    np.testing.assert_array_equal(answer["rank"], [3, 2, 1, NAN, 1, 1])
