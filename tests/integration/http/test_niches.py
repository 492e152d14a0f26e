"""What influencers are about over HTTP: words tell it, people know better, and searches go by both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from analisa.entrypoints.container import Application
from tests.integration.http.conftest import UNKNOWN, Scored

URL = "/api/v1/influencers"


async def test_everybody_of_the_world_who_says_enough_is_labelled(scored: Scored) -> None:
    labelled = 0
    for line in scored.lines[:20]:
        told = (await scored.api.get(f"{URL}/{line['influencer_id']}/niches")).json()["items"]
        labelled += bool(told)
        for label in told:
            assert (label["source"], label["holds"]) == ("words", True)
            assert 0 < label["confidence"] < 1
            assert label["words"]
    assert labelled >= 10


async def test_what_a_person_says_stands_before_what_words_tell_and_outlives_them(
    scored: Scored, application: Application
) -> None:
    line = [line for line in scored.lines[:20] if await labels(scored, line)][0]  # noqa: RUF015  labels are awaited
    before = [each["niche"] for each in await labels(scored, line)]
    told = before[0]
    other = next(name for name in ("religion", "cars", "pets", "politics") if name not in before)
    url = f"{URL}/{line['influencer_id']}/niches"

    await scored.api.put(f"{url}/{told}", json={"verdict": "is_not"})
    said = (await scored.api.put(f"{url}/{other}", json={"verdict": "is"})).json()["items"]
    await application.root.analytics.score_profiles().everywhere(full=True)

    found = {each["niche"]: each for each in await labels(scored, line)}
    assert {each["niche"] for each in said if each["source"] == "person"} == {told, other}
    assert (found[told]["holds"], found[told]["source"]) == (False, "person")
    assert (found[other]["holds"], found[other]["confidence"]) == (True, None)
    owner = (await application.actor()).organisation
    await application.root.analytics.findable().refresh(owner, influencers=[UUID(line["influencer_id"])])
    assert line["influencer_id"] in await found_by(scored, f"niche = {other}")
    assert line["influencer_id"] not in await found_by(scored, f"niche = {told}")

    await scored.api.delete(f"{url}/{told}")
    await application.root.analytics.findable().refresh(owner, influencers=[UUID(line["influencer_id"])])
    assert line["influencer_id"] in await found_by(scored, f"niche = {told}")


async def labels(scored: Scored, line: dict[str, Any]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = (await scored.api.get(f"{URL}/{line['influencer_id']}/niches")).json()["items"]
    return told


async def found_by(scored: Scored, filters: str) -> set[str]:
    answer = (await scored.api.get(URL, params={"filter": filters, "limit": 200})).json()
    return {item["influencer_id"] for item in answer["items"]}


async def test_a_niche_or_an_influencer_that_is_not_there_is_refused(scored: Scored) -> None:
    line = scored.lines[0]
    unknown = await scored.api.put(f"{URL}/{line['influencer_id']}/niches/wealth", json={"verdict": "is"})
    nobody = await scored.api.put(f"{URL}/{UNKNOWN}/niches/pets", json={"verdict": "is"})
    unclear = await scored.api.put(f"{URL}/{line['influencer_id']}/niches/pets", json={"verdict": "maybe"})

    assert (unknown.status_code, unknown.json()["code"]) == (404, "influencers.niche_unknown")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "influencers.influencer_not_found")
    assert (unclear.status_code, unclear.json()["errors"][0]["pointer"]) == (400, "/verdict")


async def test_the_taxonomy_is_listed(scored: Scored) -> None:
    told = (await scored.api.get("/api/v1/niches")).json()

    assert len(told["items"]) >= 20
    assert {"beauty", "travel", "gaming"} <= {each["niche"] for each in told["items"]}
