"""Examples of answers, by the operation that gives them, all of invented people; a test holds each against its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .examples_identity import IDENTITY
from .examples_jobs import IMPORT, JOBS
from .examples_kept import KEPT
from .examples_views import VIEWS

_INFLUENCER: Final = "0190f3c2-7c1e-7000-8000-00000000a11a"
_CURSOR: Final = "g1L5QhNbrrcyms4UW2fEX3sic2NvcmUiOjY5Ljg1MTc4MX0"
_COMPUTED: Final = "2026-03-01T06:00:02.500000Z"
_TABLE: Final = "a11b046f7d097ad63c0e6aaa80c6b2c0e1de47abc7dfd0a883cf4c6348807153"

_STANDING: Final = {
    "score": 69.851781,
    "confidence": 0.5,
    "half_width": 11.204937,
    "as_of": "2026-03-01",
    "followers": 173008,
    "contributions": [25.988858, 11.491435, 9.871488, 7.5, 7.5, 7.5],
    "seed_share": [1.0, 1.0, 1.0, None, 1.0, None],
    "reasons": ["no_comments", "seed_only"],
    "own": True,
    "computed_at": _COMPUTED,
}
_SCORE: Final = {
    "profile_id": 60,
    "network": "instagram",
    "own": True,
    "as_of": "2026-03-01",
    "score": 69.851781,
    "confidence": 0.5,
    "half_width": 11.204937,
    "gate": 1.0,
    "followers": 173008,
    "cohort": "instagram:5.00-5.75@0.32",
    "reasons": ["no_comments", "seed_only"],
    "components": [
        {
            "component": "E",
            "weight": 0.3,
            "raw": -3.4845,
            "x": 93.81476,
            "y": 86.629526,
            "kappa": 0.836009,
            "evidence": 30.587337,
            "variance": 17.636746,
            "contribution": 25.988858,
            "seed_share": 1.0,
        }
    ],
    "formula_version": "social-score.v1",
    "table_version": _TABLE,
    "inputs_sha256": "ea3aeaa10af21583bb91c811291f0c8946f38658b996880010ad720a4a934434",
    "computed_at": _COMPUTED,
}
_RECORD: Final = {
    "influencer_id": _INFLUENCER,
    "name": "Ana Exemplo",
    "kind": "person",
    "own": True,
    "archived": False,
    "version": 2,
    "profiles": [{"network": "instagram", "network_id": "1789"}],
    "can": ["edit", "archive", "merge", "split"],
}

_NICHES: Final = {
    "items": [
        {
            "niche": "travel",
            "label_key": "niches.travel",
            "holds": True,
            "source": "words",
            "confidence": 0.7321,
            "words": ["trilha", "viagem"],
            "version": "niches-1",
            "judged_by": None,
            "judged_at": None,
        }
    ]
}

EXAMPLES: Final[Mapping[str, Any]] = {
    **VIEWS,
    **JOBS,
    **IDENTITY,
    **KEPT,
    "listInfluencers": {
        "items": [
            {
                "influencer_id": _INFLUENCER,
                "name": "Ana Exemplo",
                "kind": "person",
                "own": True,
                "profiles": [
                    {
                        "profile_id": 60,
                        "network": "instagram",
                        "network_id": "1789",
                        "handle": "ana.exemplo",
                        "display_name": "Ana Exemplo",
                        "country": "BR",
                        "language": "pt",
                        "category": "travel",
                        "verified": None,
                        "followers": 173008,
                        "score": 69.851781,
                        "er": 3.412207,
                        "avg_views": 48120.5,
                        "avg_interactions": 5903.25,
                        "posts_per_week": 3.111111,
                        "growth_30d": 1.26,
                        "last_post": "2026-11-20T18:02:11Z",
                        "seen": "2026-11-21",
                        "matched": True,
                    }
                ],
                "standing": _STANDING,
            }
        ],
        "next_cursor": _CURSOR,
        "total": {"value": 60, "exact": True},
        "facets": [
            {
                "key": "network",
                "buckets": [
                    {"value": "instagram", "count": 41, "selected": True},
                    {"value": "tiktok", "count": 33, "selected": False},
                ],
                "min": None,
                "max": None,
                "histogram": [],
                "unknown": 0,
                "exact": True,
            }
        ],
    },
    "lookUpInfluencers": {"items": [], "missing": [_INFLUENCER]},
    "listNiches": {"version": "niches-1", "items": [{"niche": "travel", "label_key": "niches.travel"}]},
    **dict.fromkeys(("getNiches", "judgeNiche", "withdrawNiche"), _NICHES),
    "listSearchFields": {
        "items": [
            {
                "name": "followers",
                "kind": "number",
                "meaning": "Followers at the newest reading",
                "unknown": "fails",
                "sorts": True,
                "facet": True,
                "values": [],
                "usual_share": None,
            }
        ],
        "unanswerable": [
            {"name": "price", "reason": "prices are kept in many currencies and for many formats, and not compared yet"}
        ],
    },
    **dict.fromkeys(
        (
            "createInfluencer",
            "editInfluencer",
            "restoreInfluencer",
            "mergeInfluencers",
            "splitInfluencer",
            "undoIdentityChange",
        ),
        _RECORD,
    ),
    "archiveInfluencer": {**_RECORD, "archived": True, "version": 3, "can": ["restore"]},
    "getInfluencer": {
        "influencer_id": _INFLUENCER,
        "name": "Ana Exemplo",
        "kind": "person",
        "own": True,
        "version": 2,
        "can": ["edit", "archive", "merge", "split"],
        "standing": _STANDING,
        "profiles": [
            {
                "profile_id": 60,
                "network": "instagram",
                "network_id": "1789",
                "handle": "ana.exemplo",
                "display_name": "Ana Exemplo",
                "url": None,
                "bio": "Trilhas e dicas",
                "category": "travel",
                "country": "BR",
                "language": "pt",
                "is_verified": False,
                "account_type": "creator",
                "described_at": "2026-02-28T09:33:00Z",
                "posts_known": 35,
                "metrics": [
                    {
                        "key": "followers",
                        "label_key": "metrics.followers",
                        "value": 173008,
                        "previous": 168000,
                        "delta": 2.981,
                        "delta_kind": "pct",
                        "good_when": "up",
                        "as_of": "2026-02-28T09:33:00Z",
                        "previous_as_of": "2026-01-29T09:33:00Z",
                        "source": {"import_id": IMPORT, "own": True},
                        "estimated": False,
                        "sample": None,
                        "formula": "read",
                    }
                ],
                "scores": [_SCORE],
            }
        ],
    },
    "getProfileSeries": {
        "unit": "count",
        "tz": "America/Sao_Paulo",
        "step": "P7D",
        "t": ["2026-02-02", "2026-02-09", "2026-02-16"],
        "series": [
            {
                "key": "60",
                "label_key": "metrics.followers",
                "kind": "measured",
                "values": [171240, None, 173008],
                "estimated": False,
                "sample": 2,
            }
        ],
        "annotations": [{"t": "2026-02-10", "kind": "renamed", "text": "ana.exemplo"}],
    },
    "listPosts": {
        "items": [
            {
                "post_id": 439,
                "network": "instagram",
                "network_post_id": "C1a2b3",
                "published_at": "2026-02-18T17:36:29Z",
                "published_precision": "second",
                "type": "carousel",
                "url": None,
                "title": None,
                "text": "Três trilhas para o fim de semana",
                "own": True,
                "observed_at": "2026-02-19T17:42:47Z",
                "views": None,
                "impressions": 3638,
                "reach": 2372,
                "likes": 195,
                "dislikes": None,
                "comments": 13,
                "shares": 27,
                "saves": 29,
                "suspect": [],
                "import_id": IMPORT,
            }
        ],
        "next_cursor": None,
        "total": {"value": 1, "exact": True},
    },
    "getScore": {"items": [_SCORE]},
    "getScoreHistory": {
        "items": [
            {
                "as_of": "2026-03-01",
                "score": 69.851781,
                "half_width": 11.204937,
                "confidence": 0.5,
                "formula_version": "social-score.v1",
                "table_version": _TABLE,
                "current": True,
                "own": True,
                "computed_at": _COMPUTED,
            }
        ]
    },
    "getSigningKey": (
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n"
    ),
    "listFormulas": {
        "items": [
            {
                "id": "er.followers.v1",
                "version": 1,
                "unit": "percent",
                "basis": "followers",
                "text": "Per post: interactions / followers at the snapshot * 100, where followers > 0.",
                "source": "engagements over the followers of the network",
            }
        ]
    },
    "listPlugins": {
        "items": [
            {"name": "instagram", "origin": "built-in", "networks": ["instagram"], "readers": [], "problem": None}
        ]
    },
    "getReceipt": {
        "format": "analisa-score-receipt",
        "version": 1,
        "profile": {"network": "instagram", "id": "1789", "handle": "ana.exemplo"},
        "as_of": "2026-03-01",
        "sections": {
            "inputs": {"network": "instagram", "base": "followers", "stale": False, "followers": 173008},
            "versions": {"formula": "social-score.v1", "table": _TABLE, "seed": "seeds-1"},
            "result": {"score": 69.851781, "confidence": 0.5, "half_width": 11.204937},
        },
        "sha256": {"result": "0b9c2625dc21ef05f6ad4ddf47c5f203837aa32c07b2b1b1e1f1b5f0d3a8bb20"},
        "signature": {"algorithm": "Ed25519", "value": "…"},
    },
    "getLiveness": {"status": "alive"},
    "getMetrics": '# TYPE analisa_cache_questions_total counter\nanalisa_cache_questions_total{answer="hit"} 128.0\n',
    "getReadiness": {
        "status": "ready",
        "database": "ok",
        "schema": "ok",
        "redis": "ok",
        "roles": {"worker": 1, "relay": 1, "scheduler": 1},
    },
}
