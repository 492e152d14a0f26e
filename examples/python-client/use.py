"""Use the API through the client that was made from its description: python use.py http://127.0.0.1:8000.

ANALISA_KEY holds an API key: `analisa keys add example --may influencers.read --may influencers.write`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from uuid import uuid4

from analisa_client import AuthenticatedClient
from analisa_client.api.influencers import create_influencer, edit_influencer, list_influencers
from analisa_client.api.views import view_influencer
from analisa_client.models import Found, InfluencerEdit, InfluencerPage, InfluencerRecord, Influencers, NewInfluencer
from analisa_client.types import UNSET


def found(client: AuthenticatedClient, filters: str, *, page: int = 20) -> Iterator[Found]:
    """Go through everybody whom *filters* find."""
    cursor: str | None = None
    while True:
        answer = list_influencers.sync(
            client=client, filter_=filters, limit=page, cursor=UNSET if cursor is None else cursor
        )
        if not isinstance(answer, Influencers):
            raise SystemExit(f"refused: {answer}")
        yield from answer.items
        cursor = answer.next_cursor
        if cursor is None:
            return


def main(address: str) -> None:
    client = AuthenticatedClient(base_url=address, token=os.environ["ANALISA_KEY"])
    everybody = list(found(client, "followers >= 1k and not country = US"))
    print(f"{len(everybody)} influencers are found")
    for each in everybody[:1]:
        page = view_influencer.sync(each.influencer_id, client=client, tab="summary", period="30d")
        if isinstance(page, InfluencerPage):
            print(f"{page.name} is open, {len(page.profiles)} profiles")
    made = create_influencer.sync(
        client=client, body=NewInfluencer(name="Made by a client"), idempotency_key=str(uuid4())
    )
    if not isinstance(made, InfluencerRecord):
        raise SystemExit(f"refused: {made}")
    edited = edit_influencer.sync(
        made.influencer_id, client=client, body=InfluencerEdit(name="Edited by a client"), if_match=f'"v{made.version}"'
    )
    if not isinstance(edited, InfluencerRecord):
        raise SystemExit(f"refused: {edited}")
    print(f"{edited.name}, version {edited.version}")


if __name__ == "__main__":
    main(sys.argv[1])
