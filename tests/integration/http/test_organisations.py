"""Organisations that end, are kept, and are handed over."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from analisa.adapters.postgres.database import Tenant
from analisa.adapters.postgres.organisations import dissolve_ended
from analisa.application.identity.keys import MakeKey
from analisa.application.shared.actor import Actor
from analisa.application.shared.failpoints import FailpointHit
from analisa.domain.identity.permissions import Role
from analisa.domain.shared.ids import OrganisationId
from analisa.entrypoints.container import Application
from analisa.entrypoints.settings import Settings
from tests.builders import a_batch, a_post, a_reading, a_snapshot
from tests.deliveries import delivered, recorded
from tests.failing import failing
from tests.installation import Installation
from tests.integration.http.serving import started
from tests.signed_in import SignedIn, a_user

API = "/api/v1"
DELETION, OWNER = f"{API}/organisation/deletion", f"{API}/organisation/owner"


@pytest_asyncio.fixture(loop_scope="session")
async def acme(application: Application, tmp_path: Path) -> Actor:
    """An organisation with observations of its own."""
    installation = Installation(application.database, await application.actor(), tmp_path)
    actor = await installation.found(f"acme-{uuid4().hex[:8]}")
    name = uuid4().hex[:10]
    await installation.bring(
        a_batch("profiles", {"profile_id": name, "display_name": "Ana"}),
        a_batch("profile_metrics", a_reading(name, followers=10)),
        a_batch("posts", a_post(f"P{name}", name)),
        a_batch("post_metrics", a_snapshot(f"P{name}", views=5)),
        actor=actor,
    )
    return actor


@pytest_asyncio.fixture(loop_scope="session")
async def owner(application: Application, acme: Actor) -> SignedIn:
    return await a_user(application, organisation=acme.organisation, email=f"owner-{uuid4().hex[:8]}@example.org")


async def slug_of(application: Application, organisation: OrganisationId) -> str:
    rows = await application.database.at_once("select slug from organisations where id = $1", organisation)
    return str(rows[0]["slug"])


async def owned(application: Application, organisation: OrganisationId) -> dict[str, int]:
    """How many rows of each table are the organisation's."""
    found: dict[str, int] = {}
    async with application.database.reading(Tenant(organisation, identity=True)) as connection:
        tables = await connection.fetch(
            "select c.table_name as name, c.column_name as column from information_schema.columns c "
            "join pg_class t on t.relname = c.table_name and t.relkind in ('r', 'p') and not t.relispartition "
            "where c.table_schema = 'public' and c.column_name in ('owner', 'organisation') "
            "and t.relnamespace = 'public'::regnamespace order by 1"
        )
        for table in tables:
            count = await connection.fetchval(
                f"select count(*) from public.{table['name']} where {table['column']} = $1", organisation
            )
            if count and not table["name"].startswith("audit_"):
                found[table["name"]] = count
    return found


async def end(stranger: httpx.AsyncClient, application: Application, who: SignedIn, acme: Actor) -> httpx.Response:
    slug = await slug_of(application, acme.organisation)
    return await stranger.post(DELETION, json={"slug": slug}, headers=who.headers)


async def mails_to(application: Application, email: str) -> set[str]:
    return {kept.mail.kind for kept in await delivered(application) if kept.mail.to == email}


async def status(stranger: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await stranger.get(f"{API}/influencers", headers=headers)).status_code


async def test_what_ends_lets_its_owners_in_alone_and_is_kept_by_a_word_of_theirs(
    stranger: httpx.AsyncClient, application: Application, acme: Actor, owner: SignedIn
) -> None:
    member = await a_user(application, role=Role.ADMIN, organisation=acme.organisation)
    _, secret = await application.root.identity.keys().make(
        MakeKey(actor=acme, name="k", permissions=("influencers.read",))
    )
    callers: list[dict[str, str]] = [owner.headers, member.headers, {"Authorization": f"Bearer {secret}"}]
    before = [await status(stranger, each) for each in callers]

    answer = await end(stranger, application, owner, acme)
    again = await end(stranger, application, owner, acme)
    during = [await status(stranger, each) for each in callers]
    me = (await stranger.get(f"{API}/me", headers=owner.headers)).json()
    kept = await stranger.delete(DELETION, headers=owner.headers)
    after = [await status(stranger, each) for each in callers]

    assert answer.status_code == 200, answer.text
    ends_at = datetime.fromisoformat(answer.json()["ends_at"])
    assert abs(ends_at - application.clock.now() - timedelta(days=14)) < timedelta(minutes=1)
    assert again.json() == answer.json()
    assert me["organisations"][0]["ends_at"] == answer.json()["ends_at"]
    assert kept.status_code == 204
    assert (before, during, after) == ([200] * 3, [200, 403, 401], [200] * 3)
    (email,) = [each.email for each in await application.root.identity.views().members(acme) if each.role == Role.OWNER]
    assert {"organisation_ending", "organisation_kept"} <= await mails_to(application, email)


@pytest.mark.parametrize("slug", ["another", "ACME", "acme "])
async def test_another_name_ends_nothing(stranger: httpx.AsyncClient, owner: SignedIn, slug: str) -> None:
    answer = await stranger.post(DELETION, json={"slug": slug}, headers=owner.headers)

    assert answer.status_code in {400, 422}
    assert (await stranger.get(f"{API}/me", headers=owner.headers)).json()["organisations"][0]["ends_at"] is None


async def test_the_installations_own_organisation_stays(stranger: httpx.AsyncClient, operator: SignedIn) -> None:
    answer = await stranger.post(DELETION, json={"slug": "local"}, headers=operator.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "identity.organisation_invalid")


async def test_when_its_time_is_over_all_that_was_its_own_is_gone_and_nothing_else(
    stranger: httpx.AsyncClient, application: Application, acme: Actor, owner: SignedIn
) -> None:
    other = await application.actor()
    before, theirs = await owned(application, acme.organisation), await owned(application, other.organisation)
    await end(stranger, application, owner, acme)
    now = application.clock.now()

    early = await dissolve_ended(application.database, application.ids, now + timedelta(days=13, hours=23))
    late = await dissolve_ended(application.database, application.ids, now + timedelta(days=14, minutes=1))

    assert {"influencers", "posts", "post_metrics", "profile_metrics", "imports", "memberships"} <= set(before)
    assert (early, late) == (0, 1)
    assert await owned(application, acme.organisation) == {}
    assert {**await owned(application, other.organisation), "outbox": 0} == {**theirs, "outbox": 0}
    assert (await stranger.get(f"{API}/me", headers=owner.headers)).json()["organisations"] == []
    await recorded(application)
    async with application.root.compliance.audit().reading(None) as entries:
        done = [each.entry async for each in entries if each.entry.subject == f"organisation:{acme.organisation}"]
    assert [entry.action for entry in done] == ["identity.organisation_deleted"]


@pytest.mark.promise("P1")
async def test_a_death_in_the_midst_of_deleting_leaves_all_of_it_there(
    application: Application, stranger: httpx.AsyncClient, acme: Actor, owner: SignedIn
) -> None:
    await end(stranger, application, owner, acme)
    before = await owned(application, acme.organisation)

    with failing("organisations.before_dissolving_commit"), pytest.raises(FailpointHit):
        await dissolve_ended(application.database, application.ids, application.clock.now() + timedelta(days=15))

    assert await owned(application, acme.organisation) == before


@pytest.mark.promise("P1")
@pytest.mark.parametrize("point", ["organisation_end", "hand_over"])
async def test_a_process_that_dies_in_the_midst_ends_and_hands_over_nothing(
    settings: Settings, application: Application, acme: Actor, owner: SignedIn, tmp_path: Path, point: str
) -> None:
    heir = await a_user(application, role=Role.ANALYST, organisation=acme.organisation)
    armed = {"ANALISA_PROFILE": "test", "ANALISA_FAILPOINTS": f"identity.before_{point}_commit=kill"}
    slug = await slug_of(application, acme.organisation)

    with started(settings, tmp_path, **armed) as dying:
        async with httpx.AsyncClient(base_url=dying.address, headers=owner.headers, timeout=20) as client:
            asked = (
                client.put(OWNER, json={"user_id": str(heir.user_id)})
                if point == "hand_over"
                else client.post(DELETION, json={"slug": slug})
            )
            with pytest.raises(httpx.HTTPError):
                await asked

    roles = {member.user_id: member.role for member in await application.root.identity.views().members(acme)}
    (membership,) = await application.root.identity.views().memberships(owner.user_id)
    assert (roles[owner.user_id], roles[heir.user_id]) == (Role.OWNER, Role.ANALYST)
    assert membership.ends_at is None


async def test_an_organisation_is_handed_over_to_a_member(
    stranger: httpx.AsyncClient, application: Application, acme: Actor, owner: SignedIn
) -> None:
    heir = await a_user(application, role=Role.ANALYST, organisation=acme.organisation)
    outside = await a_user(application)

    async def given(to: Any) -> int:
        answer = await stranger.put(OWNER, json={"user_id": str(to)}, headers=owner.headers)
        return answer.status_code

    refused = [await given(outside.user_id), await given(owner.user_id), await given(UUID(int=7))]
    done = await given(heir.user_id)
    again = await given(heir.user_id)

    roles = {member.user_id: member.role for member in await application.root.identity.views().members(acme)}
    assert (refused, done, again) == ([404, 404, 404], 204, 403)
    assert (roles[owner.user_id], roles[heir.user_id]) == (Role.ADMIN, Role.OWNER)
    assert await status(stranger, heir.headers) == 200
