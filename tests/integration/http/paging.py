"""Lists over HTTP, walked page by page."""

from __future__ import annotations

from typing import Any, Final

import httpx

LIST: Final = "/api/v1/influencers"


async def pages(api: httpx.AsyncClient, url: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of the list at *url*, page by page."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = await api.get(url, params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items
