"""People and programs who are signed in, without the trouble of passwords."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from analisa.application.identity.keys import MakeKey
from analisa.application.identity.ports import Place
from analisa.application.identity.secrets import hashed, known_by, new_secret
from analisa.application.shared.actor import Actor
from analisa.domain.identity.email import EmailAddress
from analisa.domain.identity.permissions import Role
from analisa.domain.identity.user import User
from analisa.domain.shared.ids import OrganisationId, UserId
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.access import CSRF, csrf_of
from analisa.entrypoints.http.cookies import SESSION


@dataclass(frozen=True)
class SignedIn:
    """Somebody with an open session."""

    user_id: UserId
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends, and a page of ours with it."""
        return {"Cookie": f"{SESSION}={self.secret}", CSRF: csrf_of(self.secret)}

    @property
    def head(self) -> str:
        """The same as lines of a request's head."""
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())

    async def actor(
        self, application: Application, organisation: str | None = None, workspace: str | None = None
    ) -> Actor:
        """For whom they act."""
        caller = await application.root.identity.credentials().session(
            known_by(self.secret), Place(organisation, workspace)
        )
        assert caller is not None
        assert caller.actor is not None
        return caller.actor


async def a_user(
    application: Application,
    *,
    role: str | None = Role.OWNER,
    organisation: OrganisationId | None = None,
    operator: bool = False,
    email: str | None = None,
    password: str | None = None,
) -> SignedIn:
    """Make somebody who belongs to *organisation*, the process's own where None, as *role*; None is nowhere."""
    identity, ids = application.root.identity, application.ids
    user_id, secret = UserId(ids.new()), new_secret()
    user = User.create(
        user_id, EmailAddress.read(email or f"{uuid4().hex[:12]}@example.org"), name="Maria Exemplo", operator=operator
    )
    user.verified_at = application.clock.now()
    if password is not None:
        user.choose_password(await identity.passwords().hashed(password))
    where = organisation or (await application.actor()).organisation
    async with identity.identity().work() as work:
        await work.save(user)
        if role is not None:
            await work.give_role(user_id, where, role)
        await work.begin_session(ids.new(), hashed(secret), user_id, device="tests", address="127.0.0.1")
    return SignedIn(user_id, secret)


async def joined(application: Application, who: SignedIn, organisation: OrganisationId, role: str = Role.OWNER) -> None:
    """Let somebody belong to one more organisation."""
    await application.root.identity.accounts().join(who.user_id, organisation, role)


async def a_key(application: Application, *permissions: str, organisation: str | None = None) -> dict[str, str]:
    """Make an API key, and return the header that a program sends."""
    actor = await application.actor(organisation)
    _, secret = await application.root.identity.keys().make(MakeKey(actor=actor, name="tests", permissions=permissions))
    return {"Authorization": f"Bearer {secret}"}
