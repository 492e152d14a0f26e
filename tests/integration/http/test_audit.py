"""The record of what was done: complete, in order, seen by whom it concerns, and changed by nobody unseen."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from analisa.adapters.files.heads import HeadsUnreadable
from analisa.adapters.postgres.database import IDENTITY, NOBODY, driver
from analisa.domain.identity.permissions import Role
from analisa.domain.shared.events import ActionTaken
from analisa.entrypoints.container import Application
from tests.deliveries import delivered, recorded
from tests.integration.http.passwords import ME, shown, sign_in
from tests.servers import DatabaseUrl
from tests.signed_in import SignedIn, a_key, a_user

AUDIT = "/api/v1/audit"
pytestmark = pytest.mark.promise("SEC18")


async def done(client: httpx.AsyncClient, who: SignedIn, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get(AUDIT, params=params, headers=who.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def verdicts(application: Application) -> dict[str, list[str]]:
    """What does not hold, by chain."""
    told = await application.root.compliance.auditing().verify()
    return {each.chain.name: [place.why for place in each.broken] for each in told}


async def test_what_is_done_stands_in_the_record_by_whom_and_to_what(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    colleague = await a_user(application, role=Role.CLIENT)
    made = await stranger.post(
        "/api/v1/influencers",
        json={"name": f"Seen {uuid4().hex}"},
        headers={**operator.headers, "Idempotency-Key": str(uuid4())},
    )
    url = f"/api/v1/influencers/{made.json()['influencer_id']}"
    await stranger.post(f"{url}/archive", headers={**operator.headers, "If-Match": "*"})
    key = await stranger.post(
        "/api/v1/keys", json={"name": "nightly", "permissions": ["catalogue.read"]}, headers=operator.headers
    )
    await stranger.put(f"/api/v1/members/{colleague.user_id}", json={"role": "analyst"}, headers=operator.headers)
    export = await stranger.post(
        "/api/v1/exports", json={"list": "imports"}, headers={**operator.headers, "Idempotency-Key": str(uuid4())}
    )
    await recorded(application)

    told = await done(stranger, operator, by=str(operator.user_id), limit=5)

    assert [(each["action"], each["subject"]) for each in reversed(told)] == [
        ("influencers.created", f"influencer:{made.json()['influencer_id']}"),
        ("influencers.archived", f"influencer:{made.json()['influencer_id']}"),
        ("identity.key_made", f"key:{key.json()['key']['key_id']}"),
        ("identity.role_given", f"user:{colleague.user_id}"),
        ("exports.requested", f"export:{export.json()['export_id']}"),
    ]
    assert {each["actor_name"] for each in told} == {"Maria Exemplo"}
    assert told[2]["details"] == {"name": "nightly", "permissions": "catalogue.read"}
    assert key.json()["secret"] not in json.dumps(told)


async def test_it_is_looked_through_by_who_what_and_when(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    for _ in range(3):
        await a_key(application, "catalogue.read")
    await recorded(application)

    every = await done(stranger, operator, limit=200)
    keys = await done(stranger, operator, action="identity.key_", limit=200)
    answer = (await stranger.get(AUDIT, params={"limit": 2}, headers=operator.headers)).json()
    rest = (
        await stranger.get(AUDIT, params={"cursor": answer["next_cursor"], "limit": 2}, headers=operator.headers)
    ).json()
    since = await done(stranger, operator, **{"from": keys[0]["at"], "limit": 200})
    before = await done(stranger, operator, to=keys[0]["at"], limit=200)

    assert len(keys) >= 3
    assert {each["action"].startswith("identity.key_") for each in keys} == {True}
    assert [each["number"] for each in [*answer["items"], *rest["items"]]] == [each["number"] for each in every[:4]]
    assert {each["number"] for each in since} | {each["number"] for each in before} == {
        each["number"] for each in every
    }
    assert not {each["number"] for each in since} & {each["number"] for each in before}
    assert (await stranger.get(AUDIT, params={"action": "%"}, headers=operator.headers)).status_code == 400


async def test_it_is_taken_away_as_a_file_by_who_what_and_when(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    await a_key(application, "catalogue.read")
    await recorded(application)
    keys = await done(stranger, operator, action="identity.key_", limit=200)

    async def taken(**parameters: str) -> httpx.Response:
        body = {"list": "activity", "format": "jsonl", "parameters": parameters}
        head = {**operator.headers, "Idempotency-Key": uuid4().hex}
        asked = await stranger.post("/api/v1/exports", json=body, headers=head)
        if asked.status_code != 202:
            return asked
        actor = await application.actor()
        await application.root.exporting.exporter().write(actor.organisation, UUID(asked.json()["export_id"]))
        shown = (await stranger.get(asked.headers["location"], headers=operator.headers)).json()
        return await stranger.get(shown["file"], headers=operator.headers)

    lines = [json.loads(line) for line in (await taken(action="identity.key_")).text.splitlines()]
    later = [json.loads(line) for line in (await taken(**{"from": keys[0]["at"]})).text.splitlines()]
    refused = await taken(to="yesterday")

    assert [line["hash"] for line in lines] == [each["hash"] for each in keys]
    assert json.loads(lines[0]["details"]) == keys[0]["details"]
    assert min(line["number"] for line in later) == keys[0]["number"]
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/parameters/to")


@pytest.mark.usefixtures("demonstration")
async def test_another_organisations_record_is_not_seen(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    await a_key(application, "catalogue.read")
    await a_key(application, "catalogue.read", organisation="demo")
    await recorded(application)
    analyst = await a_user(application, role=Role.ANALYST)

    local, demo = [await done(stranger, operator, organisation=slug, limit=200) for slug in ("local", "demo")]

    assert {each["action"] for each in demo} == {"identity.key_made"}
    assert not {each["hash"] for each in local} & {each["hash"] for each in demo}
    assert (await stranger.get(AUDIT, headers=analyst.headers)).status_code == 403


async def test_signing_in_and_what_was_refused_stand_in_the_installations_own(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email = f"{uuid4().hex[:10]}@example.org"
    who = await a_user(application, email=email, password="quatro palavras bem longas")
    await execute(application, "delete from guesses")
    await sign_in(stranger, email, "wrong")
    session = shown(await sign_in(stranger, email))
    await stranger.post("/api/v1/auth/logout", headers=session)
    assert (await stranger.get(ME, headers=session)).status_code == 401
    await recorded(application)

    async with application.database.reading(IDENTITY) as connection:
        rows = await connection.fetch(
            "select action, actor, subject, sealed from audit_entries where organisation is null order by number desc limit 3"
        )
    assert [row["action"] for row in reversed(rows)] == [
        "identity.sign_in_refused", "identity.signed_in", "identity.session_ended",
    ]  # fmt: skip
    assert rows[2]["subject"] == f"user:{who.user_id}"
    assert rows[1]["actor"] == str(who.user_id)
    assert b"127.0.0.1" not in b"".join(bytes(row["sealed"]) for row in rows)
    assert email not in str(rows)


async def test_of_many_at_once_each_has_its_place(application: Application) -> None:
    organisation = (await application.actor()).organisation
    append = application.root.compliance.append()

    async def one(number: int) -> None:
        event = ActionTaken(
            organisation=organisation,
            at=application.clock.now(),
            actor="x",
            action="a.b",
            subject=str(number),
            details="{}",
        )
        async with application.database.writing(NOBODY) as connection:
            await append(connection, event)

    await asyncio.gather(*(one(number) for number in range(40)))

    assert all(places == [] for places in (await verdicts(application)).values())


async def execute(application: Application, statement: str, *values: Any) -> None:
    async with application.database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        await raw.execute(statement, *values)


async def test_the_program_itself_cannot_change_it(application: Application, database_url: DatabaseUrl) -> None:
    await a_key(application, "catalogue.read")
    await recorded(application)
    await application.root.compliance.auditing().sign_heads()
    before = await verdicts(application)

    owner = await asyncpg.connect(database_url.owner)
    await owner.execute("select set_config('analisa.identity', 'on', false)")
    for table in ("audit_entries", "audit_signatures"):
        for change in (f"truncate {table}", f"update {table} set number = number + 1", f"delete from {table}"):
            with pytest.raises(Exception, match="permission denied"):
                await execute(application, change)
        with pytest.raises(Exception, match="the record of what was done is not changed"):
            await owner.execute(f"truncate {table}")
        # No policy lets a row be changed, so even the owner of the table finds none to change.
        assert await owner.execute(f"update {table} set number = number + 1") == "UPDATE 0"
        assert await owner.execute(f"delete from {table}") == "DELETE 0"
    await owner.close()

    assert await verdicts(application) == before
    assert all(places == [] for places in before.values())


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (
            "update audit_entries set subject = subject || '!' where organisation = $1 and number = 2",
            "not what was recorded",
        ),
        ("update audit_entries set sealed = '' where organisation = $1 and number = 2", "not what was recorded"),
        ("delete from audit_entries where organisation = $1 and number = 2", "are missing"),
        ("delete from audit_entries where organisation = $1 and number >= 3", "the chain ends before entry"),
        (
            "update audit_entries set number = 5 - number where organisation = $1 and number in (1, 4)",
            "not what was recorded",
        ),
        ("delete from audit_heads where organisation = $1 and (select true from audit_entries limit 1)", None),
    ],
)
async def test_who_goes_around_the_program_is_found_out(
    application: Application, database_url: DatabaseUrl, damage: str, found: str | None
) -> None:
    organisation = await a_chain_of_its_own(application)
    await application.root.compliance.auditing().sign_heads()
    admin = await asyncpg.connect(database_url.admin)
    try:
        await admin.execute("set session_replication_role = replica")
        await admin.execute("alter table audit_entries drop constraint audit_entries_organisation_number_key")
        await admin.execute(damage, organisation)
    finally:
        await admin.execute(
            "alter table audit_entries add constraint audit_entries_organisation_number_key "
            "unique nulls not distinct (organisation, number)"
        )
        await admin.close()

    told = [why for places in (await verdicts(application)).values() for why in places]
    assert told == [] if found is None else any(found in why for why in told), told
    await restored(application, database_url, organisation)


async def a_chain_of_its_own(application: Application) -> Any:
    organisation, append = uuid4(), application.root.compliance.append()
    for number in range(4):
        event = ActionTaken(
            organisation=organisation,
            at=application.clock.now(),
            actor="x",
            action="a.b",
            subject=str(number),
            details="{}",
        )
        async with application.database.writing(NOBODY) as connection:
            await append(connection, event)
    return organisation


async def restored(application: Application, database_url: DatabaseUrl, organisation: Any) -> None:
    """Leave nothing of a damaged chain to the next test."""
    admin = await asyncpg.connect(database_url.admin)
    await admin.execute("set session_replication_role = replica")
    for table in ("audit_entries", "audit_heads", "audit_signatures"):
        await admin.execute(f"delete from {table} where organisation = $1", organisation)
    await admin.close()
    path = heads(application)
    lines = [line for line in path.read_text().splitlines() if str(organisation) not in line]
    path.write_text("".join(f"{line}\n" for line in lines))


def heads(application: Application) -> Path:
    path: Path = application.settings.home / "audit" / "heads.jsonl"
    return path


async def test_a_chain_of_which_nothing_is_left_is_missed(application: Application, database_url: DatabaseUrl) -> None:
    organisation = await a_chain_of_its_own(application)
    assert await application.root.compliance.auditing().sign_heads() >= 1
    assert await application.root.compliance.auditing().sign_heads() == 0
    kept = heads(application).read_text()
    await restored(application, database_url, organisation)
    heads(application).write_text(kept)

    told = await verdicts(application)

    assert any("ends before entry 4" in why for why in told[str(organisation)])
    await restored(application, database_url, organisation)


async def test_a_head_that_was_not_signed_here_counts_for_nothing(
    application: Application, database_url: DatabaseUrl
) -> None:
    organisation = await a_chain_of_its_own(application)
    await application.root.compliance.auditing().sign_heads()
    line = json.loads(next(each for each in heads(application).read_text().splitlines() if str(organisation) in each))
    forged = {**line, "number": 3, "hash": "00" * 32}
    with heads(application).open("a") as file:
        file.write(json.dumps(forged) + "\n")

    told = await verdicts(application)
    with heads(application).open("a") as file:
        file.write("nonsense\n")
    with pytest.raises(HeadsUnreadable, match=r"heads\.jsonl"):
        await verdicts(application)

    assert told[str(organisation)] == ["its signature is not by this installation's key"]
    heads(application).write_text("".join(f"{each}\n" for each in heads(application).read_text().splitlines()[:-2]))
    await restored(application, database_url, organisation)


async def test_whoever_may_not_see_a_list_exports_none_and_fetches_none(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    asks = await a_key(application, "exports.create", "exports.read", "scores.read")
    body, names = {"list": "imports"}, {"Idempotency-Key": str(uuid4())}
    theirs = (await stranger.post("/api/v1/exports", json=body, headers={**operator.headers, **names})).json()
    actor = await application.actor()
    await application.root.exporting.exporter().write(actor.organisation, UUID(theirs["export_id"]))

    refused = await stranger.post("/api/v1/exports", json=body, headers={**asks, "Idempotency-Key": str(uuid4())})
    fetched = await stranger.get(f"{theirs['href']}/file", headers=asks)

    assert [(each.status_code, each.json()["code"]) for each in (refused, fetched)] == [
        (403, "identity.not_permitted")
    ] * 2
    await delivered(application)
