"""An organisation of a test's own, as the people in it call the API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from analisa.domain.identity.permissions import Role
from analisa.domain.shared.ids import OrganisationId
from analisa.entrypoints.container import Application
from tests.installation import Installation
from tests.signed_in import SignedIn, a_user

API: Final = "/api/v1"


@dataclass
class House:
    """An organisation, as its owner calls the API."""

    application: Application
    client: httpx.AsyncClient
    organisation: OrganisationId
    owner: SignedIn

    async def ask(
        self, method: str, path: str, *, by: SignedIn | None = None, json: Any = None, **params: str
    ) -> httpx.Response:
        head = {"Idempotency-Key": uuid4().hex, "If-Match": "*", **(by or self.owner).headers}
        return await self.client.request(method, f"{API}{path}", json=json, params=params, headers=head)

    async def done(self, method: str, path: str, **asked: Any) -> Any:
        answer = await self.ask(method, path, **asked)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def workspace(self, name: str = "Verão") -> dict[str, Any]:
        made: dict[str, Any] = await self.done(
            "POST", "/workspaces", json={"slug": f"w-{uuid4().hex[:8]}", "name": name}
        )
        return made

    async def member(self, role: str = Role.CREATOR) -> SignedIn:
        return await a_user(self.application, role=role, organisation=self.organisation)

    async def only_in(self, workspace: dict[str, Any], role: str) -> SignedIn:
        """Somebody who works in one workspace and nowhere else."""
        who = await self.member()
        await self.done("PUT", f"/workspaces/{workspace['workspace_id']}/members/{who.user_id}", json={"role": role})
        await self.done("PUT", f"/members/{who.user_id}", json={"role": None})
        return who

    async def influencer(self, name: str = "Ana", *profiles: str) -> str:
        """Make somebody known, whom searches find."""
        body = {"name": name, "profiles": [{"network": "instagram", "name": each} for each in profiles]}
        made = await self.done("POST", "/influencers", json=body)
        await self.searched(made["influencer_id"])
        return str(made["influencer_id"])

    async def searched(self, *influencers: str) -> None:
        """Bring searches up to date, as a worker does."""
        await self.application.root.analytics.findable().refresh(self.organisation, influencers=[*influencers])

    async def found(self, filter_: str, *, by: SignedIn | None = None, **params: str) -> set[str]:
        page = await self.done("GET", "/influencers", by=by, filter=filter_, **params)
        return {each["influencer_id"] for each in page["items"]}


async def a_house(application: Application, client: httpx.AsyncClient, folder: Path) -> House:
    installation = Installation(application.database, await application.actor(), folder)
    actor = await installation.found(f"house-{uuid4().hex[:8]}")
    return House(application, client, actor.organisation, await a_user(application, organisation=actor.organisation))
