"""Two organisations beside each other, with one of everything in each, and somebody of every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from analisa.adapters.postgres.database import IDENTITY, Tenant, driver
from analisa.adapters.system.clock import SystemClock
from analisa.application.exporting.exports import RequestExport
from analisa.application.exporting.ports import Format
from analisa.application.identity.keys import MakeKey
from analisa.application.identity.secrets import hashed, new_secret
from analisa.application.influencers.directory import Person, RegisterInfluencers
from analisa.application.shared.actor import Actor
from analisa.domain.collection.batch import Batch
from analisa.domain.identity.permissions import OF_ROLES, Role
from analisa.domain.shared.social import ProfileRef
from analisa.entrypoints.container import Application
from analisa.plugins.sample.world import SampleWorld
from tests.installation import Installation
from tests.signed_in import SignedIn, a_user

PASSWORD: Final = "quatro palavras bem longas"
API: Final = "/api/v1"


@dataclass
class Organisation:
    """One of the two."""

    slug: str
    owner: SignedIn
    actor: Actor
    profiles: list[str]
    """The numbers of accounts that only it has seen."""
    influencers: list[str]
    """Those who stand behind them."""
    import_id: str
    export_id: str
    secrets: frozenset[str]
    """Words that nobody else may read: names and ids of what is its own."""


@dataclass
class World:
    """Who asks, and what about."""

    application: Application
    client: httpx.AsyncClient
    here: Organisation
    there: Organisation
    operator: SignedIn
    callers: Mapping[str, Mapping[str, str]]
    """The head of a request of each kind of caller, all of them of here but one."""
    people: Mapping[str, SignedIn]
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    async def head(self, caller: str, *, disposable: bool) -> Mapping[str, str]:
        """What the caller sends; of somebody just like them where they may not be the same afterwards."""
        if not disposable or caller in {"key", "anonymous"}:
            return self.callers[caller]
        role = None if caller == "removed" else Role.OWNER if caller == "elsewhere" else Role(caller)
        where = self.there if caller == "elsewhere" else self.here
        return (
            await a_user(self.application, role=role, organisation=where.actor.organisation, password=PASSWORD)
        ).headers

    async def thing(self, kind: str, about: str, caller: str, *, fresh: bool) -> str:
        """The id of a *kind* of thing, which is `own`, of a `colleague`, of the `other` organisation, `public` or `deleted`.

        A *fresh* one is nobody else's to have changed.
        """
        personal = kind in {"session", "notice"}
        if not fresh and kind == "influencer" and about in {"own", "other"}:
            return (self.there if about == "other" else self.here).influencers[1]
        if fresh or personal or (kind, about) not in self.kept:
            made = await self._made(kind, about, caller)
            if personal:
                return made
            self.kept[kind, about] = made
        return self.kept[kind, about]

    async def twin(self, caller: str) -> str:
        """Somebody of the caller's own who is not anybody else yet."""
        return await self._influencer(self.there if caller == "elsewhere" else self.here, "own", archived=False)

    async def _made(self, kind: str, about: str, caller: str) -> str:
        where = self.there if about == "other" else self.here
        match kind:
            case "profile":
                return where.profiles[0]
            case "import":
                return where.import_id
            case "export" if about != "deleted":
                return where.export_id
            case "influencer" | "archived influencer":
                return await self._influencer(where, about, archived="archived" in kind or about == "deleted")
            case "session" | "notice":
                return await self._personal(kind, about, caller)
        make: Mapping[str, Callable[[Organisation, bool], Any]] = {
            "export": self._old_export,
            "user": self._user,
            "key": self._key,
            "invitation": self._invitation,
            "workspace": self._workspace,
            "list": self._list,
            "search": self._search,
            "note": self._note,
            "field": self._field,
            "identity change": self._merge,
            "role": self._role,
        }
        made: str = await make[kind](where, about == "deleted")
        return made

    async def _influencer(self, where: Organisation, about: str, *, archived: bool) -> str:
        who, public = (self.operator, True) if about == "public" else (where.owner, False)
        influencer = await an_influencer(self.client, who, f"Made for {where.slug}", public=public)
        if archived:
            await self._sent(who, "POST", f"/influencers/{influencer}/archive", headers={"If-Match": "*"})
        return influencer

    async def _old_export(self, where: Organisation, _: bool) -> str:
        export_id = await an_export(self.application, where.actor)
        async with self.application.database.writing(Tenant.of(where.actor)) as connection:
            raw = await driver(connection)
            await raw.execute(
                "update exports set expires_at = now() - interval '1 hour' where id = $1", UUID(export_id)
            )
        return export_id

    async def _user(self, where: Organisation, deleted: bool) -> str:
        user = await a_user(self.application, role=Role.CLIENT, organisation=where.actor.organisation)
        if deleted:
            await self._sent(where.owner, "DELETE", f"/members/{user.user_id}")
        return str(user.user_id)

    async def _key(self, where: Organisation, deleted: bool) -> str:
        key, _ = await self.application.root.identity.keys().make(
            MakeKey(actor=where.actor, name=f"key of {where.slug}", permissions=("catalogue.read",))
        )
        if deleted:
            await self._sent(where.owner, "DELETE", f"/keys/{key.key_id}")
        return str(key.key_id)

    async def _invitation(self, where: Organisation, deleted: bool) -> str:
        body = {"email": f"{uuid4().hex[:12]}@{where.slug}.example", "role": "client"}
        made = (await self._sent(where.owner, "POST", "/invitations", json=body)).json()
        if deleted:
            await self._sent(where.owner, "DELETE", f"/invitations/{made['invitation_id']}")
        invitation: str = made["invitation_id"]
        return invitation

    async def _workspace(self, where: Organisation, archived: bool) -> str:
        body = {"slug": f"w-{uuid4().hex[:8]}", "name": f"Brand of {where.slug}"}
        key = {"Idempotency-Key": uuid4().hex}
        made = (await self._sent(where.owner, "POST", "/workspaces", json=body, headers=key)).json()
        path = f"/workspaces/{made['workspace_id']}"
        if archived:
            await self._sent(where.owner, "PATCH", path, json={"archived": True}, headers={"If-Match": "*"})
        return str(made["workspace_id"])

    async def _list(self, where: Organisation, deleted: bool) -> str:
        made = await self._created(where, "/lists", {"name": f"List of {where.slug}"})
        await self._sent(where.owner, "POST", f"/lists/{made['list_id']}/items", json={"ids": [where.influencers[0]]})
        if deleted:
            await self._sent(where.owner, "DELETE", f"/lists/{made['list_id']}", headers={"If-Match": "*"})
        return str(made["list_id"])

    async def _search(self, where: Organisation, deleted: bool) -> str:
        body = {"name": f"Search of {where.slug}", "question": {"filter": "followers >= 1"}}
        made = await self._created(where, "/saved-searches", body)
        if deleted:
            await self._sent(where.owner, "DELETE", f"/saved-searches/{made['search_id']}", headers={"If-Match": "*"})
        return str(made["search_id"])

    async def _note(self, where: Organisation, deleted: bool) -> str:
        path = f"/influencers/{where.influencers[0]}/notes"
        made = await self._created(where, path, {"text": f"A note of {where.slug}"})
        if deleted:
            await self._sent(where.owner, "DELETE", f"/notes/{made['note_id']}", headers={"If-Match": "*"})
        return str(made["note_id"])

    async def _field(self, where: Organisation, deleted: bool) -> str:
        key = f"field_{uuid4().hex[:8]}"
        await self._sent(
            where.owner, "PUT", f"/custom-fields/{key}", json={"label": f"Of {where.slug}", "kind": "text"}
        )
        if deleted:
            await self._sent(where.owner, "DELETE", f"/custom-fields/{key}")
        return key

    async def _merge(self, where: Organisation, undone: bool) -> str:
        one, two = [await self._influencer(where, "own", archived=False) for _ in range(2)]
        head = {"If-Match": "*"}
        await self._sent(where.owner, "POST", f"/influencers/{one}/merge", json={"influencer_id": two}, headers=head)
        (done,) = (await self._sent(where.owner, "GET", f"/influencers/{one}/identity-changes")).json()["items"]
        if undone:
            await self._sent(where.owner, "DELETE", f"/identity-changes/{done['change_id']}")
        return str(done["change_id"])

    async def _created(self, where: Organisation, path: str, body: Mapping[str, Any]) -> Any:
        return (await self._sent(where.owner, "POST", path, json=body, headers={"Idempotency-Key": uuid4().hex})).json()

    async def _role(self, where: Organisation, deleted: bool) -> str:
        name = f"role-{uuid4().hex[:8]}"
        await self._sent(where.owner, "PUT", f"/roles/{name}", json={"permissions": ["catalogue.read"]})
        if deleted:
            await self._sent(where.owner, "DELETE", f"/roles/{name}")
        return name

    async def _personal(self, kind: str, about: str, caller: str) -> str:
        whose = {"other": self.there.owner, "colleague": self.here.owner}.get(about, self.people.get(caller))
        whose = self.people["admin"] if about == "colleague" and caller == "owner" else whose
        made = self.application.ids.new()
        if whose is None:  # an API key, or nobody, has none
            return str(made)
        if kind == "session":
            async with self.application.root.identity.identity().work() as work:
                await work.begin_session(made, hashed(new_secret()), whose.user_id, device="x", address="127.0.0.1")
                if about == "deleted":
                    await work.end_sessions(whose.user_id, only=made)
        return str(made)

    async def _sent(self, who: SignedIn, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**who.headers, **options.pop("headers", {})}
        answer = await self.client.request(method, f"{API}{path}", headers=headers, **options)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer

    async def forget_guesses(self) -> None:
        """Let everybody try again who has tried too often."""
        async with self.application.database.writing(IDENTITY) as connection:
            await connection.execute(text("delete from guesses"))

    async def shown_there(self) -> Mapping[str, Any]:
        """All that the other organisation sees of its own: to be the same before and after."""
        paths = (
            "/influencers?limit=200&fields=name",
            "/members",
            "/keys",
            "/invitations",
            "/workspaces",
            "/lists",
            "/saved-searches",
            "/tags",
            "/custom-fields",
            f"/influencers/{self.there.influencers[0]}/kept",
            "/roles",
            "/exports",
            "/imports",
            "/me",
        )
        return {path: (await self._sent(self.there.owner, "GET", path)).json() for path in paths}


async def an_influencer(client: httpx.AsyncClient, who: SignedIn, name: str, *, public: bool) -> str:
    headers = {**who.headers, "Idempotency-Key": uuid4().hex}
    made = await client.post(f"{API}/influencers", json={"name": name, "public": public}, headers=headers)
    assert made.status_code == 201, made.text
    influencer: str = made.json()["influencer_id"]
    return influencer


async def an_export(application: Application, actor: Actor) -> str:
    asked = RequestExport(
        actor=actor,
        export_id=application.ids.new(),
        list="influencers",
        format=Format.CSV,
        parameters={},
        columns=None,
    )
    export = await application.root.exporting.exports().request(asked)
    await application.root.exporting.exporter().write(actor.organisation, export.export_id)
    return str(export.export_id)


async def an_organisation(
    application: Application, client: httpx.AsyncClient, slug: str, seed: int, shelf: Path
) -> Organisation:
    """Found one, and fill it with a small sample world that nobody else has seen."""
    installation = Installation(application.database, await application.actor(), shelf, clock=SystemClock())
    actor = await installation.found(slug)
    world = SampleWorld(seed=seed, creators=8, today=datetime.now(UTC).date(), days=40, daily_share=0.5)
    people = [
        Person(
            name=f"{each.name} of {slug}",
            profiles=tuple(ProfileRef(ref.network, f"{slug}-{ref.name}") for ref in each.profiles),
        )
        for each in world.people()
    ]
    await application.root.influencers.register_influencers()(RegisterInfluencers(actor=actor, people=people))
    await installation.bring(*(_of(slug, batch) for batch in world.batches()), actor=actor)
    await application.root.analytics.score_profiles().everywhere(full=True)
    owner = await a_user(application, organisation=actor.organisation, email=f"owner@{slug}.example")
    listed = (await client.get(f"{API}/influencers", params={"limit": 200}, headers=owner.headers)).json()["items"]
    (imported,) = (await client.get(f"{API}/imports", headers=owner.headers)).json()["items"]
    export_id = await an_export(application, actor)
    field = {"label": "Size", "kind": "choice", "options": ["S", "M"]}
    kept = await client.put(f"{API}/custom-fields/size", json=field, headers=owner.headers)
    assert kept.status_code == 200, kept.text
    profiles = [profile for each in listed for profile in each["profiles"]]
    return Organisation(
        slug=slug,
        owner=owner,
        actor=actor,
        profiles=[str(each["profile_id"]) for each in profiles],
        influencers=[each["influencer_id"] for each in listed],
        import_id=imported["import_id"],
        export_id=export_id,
        secrets=frozenset(
            {
                f" of {slug}",
                f"@{slug}.example",
                export_id,
                imported["import_id"],
                str(owner.user_id),
                *(each["influencer_id"] for each in listed),
                *(each["network_id"] for each in profiles),
            }
        ),
    )


def _of(slug: str, batch: Batch) -> Batch:
    """The same rows about accounts and posts that nobody else has."""
    ids = {"profile_id", "post_id", "comment_id", "handle"} & batch.columns.keys()
    own = {name: [value and f"{slug}-{value}" for value in batch.columns[name]] for name in ids}
    return replace(batch, columns={**batch.columns, **own})


async def everybody(application: Application, client: httpx.AsyncClient, here: Organisation) -> dict[str, SignedIn]:
    """Somebody of each role here, and somebody who was here once."""
    organisation = here.actor.organisation
    people = {
        role.value: await a_user(application, role=role, organisation=organisation, password=PASSWORD) for role in Role
    }
    gone = await a_user(application, role=Role.OWNER, organisation=organisation, password=PASSWORD)
    left = await client.delete(f"{API}/members/{gone.user_id}", headers=here.owner.headers)
    assert left.status_code == 204, left.text
    return {**people, "removed": gone}


async def a_full_key(application: Application, actor: Actor) -> dict[str, str]:
    permissions = tuple(sorted(OF_ROLES[Role.OWNER]))
    made = MakeKey(actor=actor, name="does all", permissions=permissions)
    _, secret = await application.root.identity.keys().make(made)
    return {"Authorization": f"Bearer {secret}"}
