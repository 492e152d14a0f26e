"""What identity needs of the outside: a store of people, passwords that are hashed, and credentials that are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from ...domain.identity.codes import Purpose
from ...domain.identity.email import EmailAddress
from ...domain.identity.outside import OutsideIdentity
from ...domain.identity.patience import Guessing
from ...domain.identity.roles import CustomRole, Roles
from ...domain.identity.user import User
from ...domain.identity.workspace import Workspace
from ...domain.shared.events import Event
from ...domain.shared.ids import OrganisationId, UserId, WorkspaceId
from ...domain.shared.plan import Standing
from ..shared.actor import Actor
from .providers import Flow, Link
from .views import Invitation, Key

SESSION: Final = timedelta(days=30)
"""A session lives so long at the most."""
IDLE: Final = timedelta(days=7)
"""A session that nobody used for so long has ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody wants to act, by short names.

    Without an *organisation* it is the first that they joined; without a *workspace* all of it, or of who only works in
    workspaces the first of these.
    """

    organisation: str | None = None
    workspace: str | None = None


ANYWHERE: Final = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is behind a request."""

    actor: Actor | None
    """For which organisation; None where a user belongs to none."""
    user_id: UserId | None = None
    """None for an API key."""
    session_id: UUID | None = None
    credential: str = ""
    """What it is known by: a hash of the secret that was shown."""
    fresh_at: datetime | None = None
    """When the user last showed who they are; None for an API key, which shows it each time."""


@dataclass(frozen=True, slots=True)
class Membered:
    """That somebody belongs to an organisation: as *role*, or in workspaces alone."""

    role: str | None


@dataclass(frozen=True, slots=True)
class Freshened:
    known: Sequence[str]
    """What the session was known by; none where it has ended."""
    replaced: bool
    """It is known by something else from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """Whose refresh token it is; *stolen* where it was used before, by another or too long ago."""

    user_id: UserId
    session_id: UUID
    stolen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What a user's authenticator knows."""

    secret: str
    confirmed: bool


class OneTimePasswords(Protocol):
    def new_secret(self) -> str: ...

    def uri(self, secret: str, name: str) -> str:
        """Return what an authenticator reads, as a picture or by hand."""
        ...

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the step of time whose code *code* is, near *now*; None where it is none."""
        ...


class Passwords(Protocol):
    """Hashes passwords, slowly, and few at once."""

    async def hashed(self, password: str) -> str:
        """Return what is kept of *password*, which is normalised."""
        ...

    async def right(self, password: str, kept: str | None) -> bool:
        """Whether *password* is the one that *kept* was made of; against None it takes as long, and is wrong."""
        ...

    def outdated(self, kept: str) -> bool:
        """Whether *kept* was made with less work than is asked for today."""
        ...

    def common(self, folded: str) -> bool:
        """Whether a folded password is among those that are known to be tried."""
        ...


class Guesses(Protocol):
    """Counts tries to sign in, for everybody alike."""

    async def take(self, *kinds: tuple[Guessing, str]) -> None:
        """Count a try of each, or raise `TooManyTries` and count none. Of many at once no more pass than of one by one."""
        ...

    async def right(self, *kinds: tuple[Guessing, str]) -> None:
        """The try was no guess: it does not count, and those before it on the account neither."""
        ...


class IdentityWork(Protocol):
    """One transaction over people; what it did is kept when its block ends well, and else leaves no trace."""

    async def by_email(self, email: EmailAddress) -> User | None: ...

    async def get(self, user_id: UserId) -> User:
        """Return the user, for this work alone to change; raises `UserNotFound`."""
        ...

    async def save(self, user: User) -> None:
        """Keep the user, new or changed; raises `EmailTaken`."""
        ...

    async def factor(self, user_id: UserId) -> Factor | None: ...

    async def keep_factor(self, user_id: UserId, secret: str) -> None: ...

    async def confirm_factor(self, user_id: UserId) -> None: ...

    async def use_step(self, user_id: UserId, step: int) -> bool:
        """Note that the code of *step* was shown; False where it, or a later one, was before."""
        ...

    async def add_recovery_codes(self, user_id: UserId, codes: Sequence[bytes]) -> None: ...

    async def use_recovery_code(self, user_id: UserId, code: bytes) -> bool: ...

    async def forget_factor(self, user_id: UserId) -> None: ...

    async def freshen(self, session: UUID, secret: bytes) -> Freshened:
        """Note that its user has shown who they are; one that a browser shows is known by *secret* from now on."""
        ...

    async def add_code(
        self, occurrence: UUID, code: bytes, purpose: Purpose, *, user_id: UserId | None, invitation_id: UUID | None
    ) -> None:
        """Let *code* be good for its time; of one occurrence the newest is."""
        ...

    async def use_code(self, code: bytes, purpose: Purpose) -> UUID | None:
        """Return the user or the invitation that *code* is about, once; None where it is not good."""
        ...

    async def want_address(self, user_id: UserId, email: EmailAddress) -> None:
        """Note which address the user is to have; codes that were sent for another one are good no more."""
        ...

    async def wanted_address(self, user_id: UserId) -> EmailAddress | None: ...

    async def moved(self, user_id: UserId) -> None:
        """Forget which address was wanted, and let no code that went to the one before be good."""
        ...

    async def add_invitation(self, invitation: Invitation) -> None: ...

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        """Return one that is open still, for this work alone to change."""
        ...

    async def invited(self, email: EmailAddress) -> bool:
        """Whether an open invitation went to the address."""
        ...

    async def accept(self, invitation_id: UUID) -> None: ...

    async def withdraw(self, organisation: OrganisationId, invitation_id: UUID) -> bool:
        """Let an invitation be open no more; False where the organisation has no open one."""
        ...

    async def found_organisation(self, organisation: OrganisationId, slug: str, name: str) -> None:
        """Raises `SlugTaken`."""
        ...

    async def rename_organisation(self, organisation: OrganisationId, name: str) -> None: ...

    async def slug_of(self, organisation: OrganisationId) -> str:
        """Return its short name, and let nobody else change the organisation meanwhile."""
        ...

    async def end_organisation(self, organisation: OrganisationId, ends_at: datetime) -> datetime:
        """Have it deleted from *ends_at* on, or from when it was to be deleted already; which of them."""
        ...

    async def keep_organisation(self, organisation: OrganisationId) -> bool:
        """Have it deleted no more; False where it was not to be."""
        ...

    async def known_in(self, organisation: OrganisationId) -> Sequence[str]:
        """Return what its members' open sessions and its API keys are known by."""
        ...

    async def note(
        self, action: str, subject: str, *, actor: str, organisation: UUID | None = None, **details: str
    ) -> None:
        """Have it stand in the record that *actor* did something, when this work is kept."""
        ...

    async def record(self, *events: Event) -> None:
        """Tell *events* when this work is kept."""
        ...

    async def member(self, user_id: UserId, organisation: OrganisationId) -> Membered | None:
        """Return what the user is in the organisation; None where they do not belong there."""
        ...

    async def give_role(self, user_id: UserId, organisation: OrganisationId, role: str | None) -> None:
        """Make the user a member with *role*, None for workspaces alone; raises `LastOwner`."""
        ...

    async def remove_member(self, user_id: UserId, organisation: OrganisationId) -> None:
        """Let them belong to it and its workspaces no more; raises `LastOwner`."""
        ...

    async def roles(self, organisation: OrganisationId) -> Roles:
        """Return the roles there are, and let nobody else change the organisation, its roles and members meanwhile."""
        ...

    async def keep_role(self, organisation: OrganisationId, role: CustomRole) -> None: ...

    async def drop_role(self, organisation: OrganisationId, name: str) -> bool:
        """Delete a role; False where there is none. Raises `RoleInUse`."""
        ...

    async def count(self, organisation: OrganisationId, what: Standing) -> int:
        """Count what an organisation has of something that its plan bounds, for this work alone to change."""
        ...

    async def workspace(self, organisation: OrganisationId, workspace_id: WorkspaceId) -> Workspace | None:
        """Return it, for this work alone to change."""
        ...

    async def save_workspace(self, workspace: Workspace) -> None:
        """Keep it, new or changed; raises `WorkspaceTaken`."""
        ...

    async def role_in(self, workspace: Workspace, user_id: UserId) -> str | None: ...

    async def give_role_in(self, workspace: Workspace, user_id: UserId, role: str | None) -> None:
        """Let the user work in it with *role*, or not any more; whoever is no member becomes one of workspaces alone."""
        ...

    async def begin_flow(self, secret: bytes, flow: Flow) -> None: ...

    async def take_flow(self, secret: bytes) -> Flow | None:
        """Return a flow that was begun lately, once."""
        ...

    async def by_outside(self, issuer: str, subject: str) -> User | None:
        """Return whose account an account at a provider opens, and note that it was used."""
        ...

    async def link(self, user_id: UserId, outside: OutsideIdentity) -> None:
        """Raises `LinkedElsewhere`."""
        ...

    async def unlink(self, user_id: UserId, issuer: str) -> bool: ...

    async def links(self, user_id: UserId) -> Sequence[Link]: ...

    async def begin_session(
        self, session: UUID, secret: bytes, user_id: UserId, *, device: str, address: str
    ) -> None: ...

    async def end_sessions(
        self, user_id: UserId, *, but: UUID | None = None, only: UUID | None = None
    ) -> Sequence[str]:
        """End the user's sessions, *only* one or all *but* one; what they were known by."""
        ...

    async def known_by(self, user_id: UserId) -> Sequence[str]:
        """Return what the user's open sessions are known by."""
        ...

    async def begin_token_session(self, session: UUID, user_id: UserId, *, device: str, address: str) -> None: ...

    async def add_refresh(self, token: bytes, session: UUID) -> None: ...

    async def use_refresh(self, token: bytes, following: bytes, *, place: str, grace: timedelta) -> Refreshed | None:
        """Put *following* in the place of *token*; None where it is not good, or its session is not."""
        ...

    async def session_of_refresh(self, token: bytes) -> UUID | None: ...

    async def end_token_session(self, session: UUID) -> str | None:
        """End it; what it is known by, None where it has ended before."""
        ...

    async def remember_device(self, user_id: UserId, device: bytes) -> None: ...

    async def add_key(self, actor: Actor, key: Key, secret: bytes) -> None: ...

    async def revoke_key(self, actor: Actor, key_id: UUID) -> str | None:
        """Revoke an API key of the actor's organisation; what it is known by, None where there is none."""
        ...


class Identity(Protocol):
    def work(self) -> AbstractAsyncContextManager[IdentityWork]: ...


class Credentials(Protocol):
    """Secrets that people and programs show with a request, and whom they stand for."""

    async def session(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        """Return who has the session, for the *place*.

        None where the session is not good any more. Raises `OrganisationNotFound` and `WorkspaceNotFound` where they
        do not belong there.
        """
        ...

    async def token(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        """Return who has the session that an access token names; raises as `session` does."""
        ...

    async def key(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        """Return whom an API key acts for; raises `OrganisationNotFound` where that is another organisation."""
        ...

    async def forget(self, credentials: Collection[str]) -> None:
        """Let what is remembered of *credentials* count no more; where that cannot be told, it does not for long."""
        ...
