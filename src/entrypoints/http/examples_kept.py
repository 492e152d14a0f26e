"""Examples of answers about what an organisation keeps of influencers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_INFLUENCER: Final = "0190f3c2-7c1e-7000-8000-00000000a11a"
_AT: Final = "2026-03-01T09:00:00Z"
_LIST: Final = {
    "list_id": "0190f3c2-7c1e-7000-8000-00000000d001",
    "workspace_id": None,
    "name": "Verão 2026",
    "description": "Para a campanha de verão",
    "private": False,
    "items": 12,
    "made_by": "Maria Exemplo",
    "made_at": _AT,
    "changed_at": _AT,
    "version": 1,
    "can": ["edit", "fill", "delete"],
}
_NOTE: Final = {
    "note_id": "0190f3c2-7c1e-7000-8000-00000000d002",
    "text": "Responde rápido por e-mail.",
    "author": "Maria Exemplo",
    "written_at": _AT,
    "edited_at": None,
    "version": 1,
    "can": ["edit", "delete"],
}
_PRICE: Final = {
    "price_id": "0190f3c2-7c1e-7000-8000-00000000d003",
    "network": "instagram",
    "format": "reel",
    "amount": "1500.00",
    "currency": "BRL",
    "since": "2026-03-01",
    "remark": "",
    "noted_by": "Maria Exemplo",
    "noted_at": _AT,
}
_PRICES: Final = {"items": [_PRICE]}
_FIELD: Final = {
    "key": "size",
    "label": "Tamanho",
    "kind": "choice",
    "options": ["P", "M", "G"],
    "can": ["edit", "delete"],
}
_SEARCH: Final = {
    "search_id": "0190f3c2-7c1e-7000-8000-00000000d004",
    "workspace_id": None,
    "name": "Viagem no Sul",
    "filter": "niche = travel and followers in 10k..50k",
    "q": None,
    "sort": "-score",
    "private": False,
    "alert": "daily",
    "looked_at": _AT,
    "made_by": "Maria Exemplo",
    "changed_at": _AT,
    "version": 1,
    "can": ["edit", "delete"],
}
_FILLED: Final = {"changed": 1, "missing": []}

KEPT: Final[Mapping[str, Any]] = {
    "listLists": {"items": [_LIST], "next_cursor": None},
    **dict.fromkeys(("makeList", "getList", "editList"), _LIST),
    "listListed": {
        "items": [{"influencer": None, "influencer_id": _INFLUENCER, "added_by": "Maria Exemplo", "added_at": _AT}],
        "next_cursor": None,
    },
    **dict.fromkeys(("addToList", "removeFromList", "tagInfluencers"), _FILLED),
    "listTags": {"items": [{"tag": "vip", "influencers": 7}]},
    "getKept": {
        "influencer_id": _INFLUENCER,
        "tags": ["vip"],
        "fields": [
            {
                "key": "size",
                "label": "Tamanho",
                "kind": "choice",
                "value": "M",
                "set_by": "Maria Exemplo",
                "set_at": _AT,
            }
        ],
        "lists": [{"list_id": _LIST["list_id"], "name": "Verão 2026"}],
        "notes": [_NOTE],
        "prices": [_PRICE],
        "can": ["write"],
    },
    "listNotes": {"items": [_NOTE], "next_cursor": None},
    **dict.fromkeys(("writeNote", "editNote"), _NOTE),
    **dict.fromkeys(("listPrices", "notePrice"), _PRICES),
    "listCustomFields": {"items": [_FIELD]},
    "keepCustomField": _FIELD,
    "listIdentityChanges": {
        "items": [
            {
                "change_id": "0190f3c2-7c1e-7000-8000-00000000d005",
                "change": "merge",
                "kept": _INFLUENCER,
                "other": "0190f3c2-7c1e-7000-8000-00000000a11b",
                "other_name": "Ana E.",
                "moved": ["tiktok:6789"],
                "done_by": "Maria Exemplo",
                "done_at": _AT,
                "undone_at": None,
                "can": ["undo"],
            }
        ]
    },
    "listSavedSearches": {"items": [_SEARCH], "next_cursor": None},
    **dict.fromkeys(("saveSearch", "getSavedSearch", "editSavedSearch"), _SEARCH),
}
