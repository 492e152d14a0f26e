"""Answers of the app's pages as their routes give them, for the description of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_INFLUENCER: Final = "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
_OTHER: Final = "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"


def _metric(key: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "label_key": f"metrics.{key}",
        "value": value,
        "previous": None,
        "delta": None,
        "delta_kind": "pct",
        "good_when": "up",
        "as_of": "2026-11-21T12:00:00Z",
        "source": "own",
        "estimated": False,
        "sample": 2,
        "formula": "read",
        **more,
    }


def _chart(unit: str, key: str, kind: str, *values: float | None) -> dict[str, Any]:
    return {
        "unit": unit,
        "tz": "America/Sao_Paulo",
        "step": "P1D",
        "t": ["2026-11-20", "2026-11-21"],
        "series": [
            {
                "key": key,
                "label_key": "metrics.followers",
                "kind": kind,
                "values": list(values),
                "estimated": False,
            }
        ],
        "annotations": [{"t": "2026-11-21", "kind": "renamed", "text": "Ana Exemplo"}],
    }


_PERIOD: Final = {"first": "2026-11-20", "last": "2026-11-21", "tz": "America/Sao_Paulo"}

VIEWS: Final[Mapping[str, Any]] = {
    "viewOverview": {
        "metrics": [_metric("influencers", 60, sample=148, formula="count")],
        "rising": [
            {
                "influencer_id": _INFLUENCER,
                "name": "Ana Exemplo",
                "profile_id": 60,
                "network": "instagram",
                "followers": 173008,
                "growth_30d": 12.5,
            }
        ],
        "falling": [],
        "freshness": [{"key": "day", "profiles": 120}, {"key": "never", "profiles": 3}],
        "imports": [
            {
                "import_id": "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a2a",
                "state": "done",
                "requested_at": "2026-11-21T11:58:00Z",
                "finished_at": "2026-11-21T12:00:00Z",
                "reader": "creator-archive",
            }
        ],
    },
    "getInfluencerSeries": _chart("count", "60", "measured", 172950, 173008),
    "viewInfluencer": {
        "influencer_id": _INFLUENCER,
        "name": "Ana Exemplo",
        "kind": "person",
        "own": True,
        "version": 2,
        "can": ["edit", "archive", "merge", "split"],
        "standing": None,
        "profiles": [],
        "tiers": [],
        "tiers_version": "tiers-1",
        "period": _PERIOD,
        "compared_with": None,
        "summary": {
            "metrics": [_metric("followers", 173008, previous=170855, delta=1.2601)],
            "followers": _chart("count", "60", "measured", 172950, 173008),
        },
        "audience": [
            {
                "profile_id": 60,
                "network": "instagram",
                "dimension": "country",
                "as_of": "2026-11-20T00:00:00Z",
                "source": "own",
                "parts": [{"key": "BR", "share": 71.5}],
            }
        ],
        "content": None,
        "growth": None,
        "score": None,
        "sponsored": [
            {"key": "other", "posts": 9, "avg_interactions": 5903.25, "avg_views": None},
            {"key": "sponsored", "posts": 2, "avg_interactions": 4110.5, "avg_views": None},
        ],
    },
    "viewComparison": {
        "items": [
            {
                "influencer_id": influencer,
                "name": name,
                "profile_id": profile,
                "network": "instagram",
                "cohort": "instagram:mid",
                "figures": [
                    {
                        "metric": "er",
                        "value": value,
                        "percentile": percentile,
                        "peers": 212,
                        "spread": {"p10": 0.4, "p25": 1.1, "p50": 2.2, "p75": 3.9, "p90": 6.1},
                    }
                ],
            }
            for influencer, name, profile, value, percentile in (
                (_INFLUENCER, "Ana Exemplo", 60, 3.412207, 70.5),
                (_OTHER, "Bruno Exemplo", 61, 1.9, 44.0),
            )
        ],
        "indexed": _chart("index", _INFLUENCER, "indexed", 100, 100.0335),
    },
    "viewBenchmark": {
        "influencers": 37,
        "whole": True,
        "cohorts": ["instagram:micro", "tiktok:micro"],
        "figures": [
            {
                "metric": "er",
                "known": 35,
                "spread": {"p10": 0.9, "p25": 1.6, "p50": 2.8, "p75": 4.4, "p90": 6.9},
                "percentile": 61.2,
                "peers": 1204,
                "peer_spread": {"p10": 0.4, "p25": 1.1, "p50": 2.2, "p75": 3.9, "p90": 6.1},
            }
        ],
    },
}
