"""What only owners see: subscribers won and lost, impressions, watch time, revenue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..columns import HOUR, SECOND, PrivateColumns, Values
from ..grouped import ratio, spread
from .evidence import Evidence
from .formula import Basis, Figures, Formula, Unit


def _total(column: str, values: Callable[[PrivateColumns], Values]) -> Callable[[Evidence], Figures]:
    def compute(evidence: Evidence) -> Figures:
        private = evidence.posts.private
        return {} if private is None else {column: spread(values(private), evidence.offsets).total}

    return compute


def _impressions(evidence: Evidence) -> Figures:
    return {"impressions": evidence.spread("impressions").total}


def _net_subscribers(evidence: Evidence) -> Figures:
    private = evidence.posts.private
    if private is None:
        return {}
    won, lost = (spread(part, evidence.offsets) for part in (private.subscribers_gained, private.subscribers_lost))
    return {"net_subscribers": won.total - lost.total}


def _ctr(evidence: Evidence) -> Figures:
    private = evidence.posts.private
    if private is None:
        return {}
    clicks = evidence.posts.impressions * private.ctr_pct
    shown = evidence.posts.impressions + 0 * private.ctr_pct
    return {"ctr_weighted_pct": ratio(*(spread(part, evidence.offsets).total for part in (clicks, shown)))}


def _sum_of(
    name: str, title: str, column: str, unit: Unit, values: Callable[[PrivateColumns], Values]
) -> Formula[Evidence]:
    return Formula(
        name=name,
        title=title,
        unit=unit,
        text="Sum over the posts that have it, from the owner's own export.",
        source="the network's owner statistics",
        columns=(column,),
        compute=_total(column, values),
    )


FORMULAS: Final = (
    Formula(
        name="private.impressions",
        title="Impressions",
        unit=Unit.COUNT,
        text="Sum of the posts' impressions.",
        source="the network's owner statistics",
        columns=("impressions",),
        compute=_impressions,
    ),
    _sum_of("private.follows", "Followers won by posts", "follows", Unit.COUNT, lambda private: private.follows),
    _sum_of(
        "private.subs_gained",
        "Subscribers won by posts",
        "subs_gained",
        Unit.COUNT,
        lambda private: private.subscribers_gained,
    ),
    _sum_of(
        "private.subs_lost",
        "Subscribers lost by posts",
        "subs_lost",
        Unit.COUNT,
        lambda private: private.subscribers_lost,
    ),
    Formula(
        name="private.subs_net",
        title="Net subscribers by posts",
        unit=Unit.COUNT,
        text="subs_gained - subs_lost; the channel's own balance also counts what no post brought.",
        source="the network's owner statistics",
        columns=("net_subscribers",),
        compute=_net_subscribers,
    ),
    _sum_of(
        "private.watch_time",
        "Watch time",
        "watch_hours",
        Unit.HOURS,
        lambda private: private.watch_time_s * (SECOND / HOUR),
    ),
    _sum_of("private.revenue", "Estimated revenue", "revenue_usd", Unit.USD, lambda private: private.revenue_usd),
    Formula(
        name="private.ctr",
        title="Click-through rate of impressions",
        unit=Unit.PERCENT,
        basis=Basis.IMPRESSIONS,
        text="sum(impressions * rate) / sum(impressions) over the posts that have both.",
        source="the network's owner statistics, weighted by impressions",
        columns=("ctr_weighted_pct",),
        compute=_ctr,
    ),
)
