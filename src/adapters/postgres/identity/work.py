"""`Identity` over PostgreSQL: one transaction over users, where they belong, and their sessions and keys."""

# ruff: noqa: S608  the columns are constants of this file
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.identity.ports import IDLE, SESSION, Factor, Freshened, Refreshed
from ....application.identity.secrets import session_secret
from ....application.identity.views import Key
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.identity.codes import Purpose
from ....domain.identity.email import EmailAddress
from ....domain.identity.errors import EmailTaken, UserNotFound
from ....domain.identity.permissions import OF_THE_INSTALLATION
from ....domain.identity.user import User
from ....domain.shared.events import Event
from ....domain.shared.ids import UserId
from ...security.sealing import Sealer
from .. import outbox
from ..auditing import noted
from ..database import IDENTITY, Database, Driver, driver
from .members import MemberRecords
from .organisations import OrganisationRecords
from .outside import OutsideRecords
from .workspaces import WorkspaceRecords

_COLUMNS: Final = (
    "id", "email", "name", "locale", "time_zone", "password_hash", "verified_at", "operator", "disabled", "version",
)  # fmt: skip
_FOUND: Final = f"select {', '.join(_COLUMNS)} from users where "
_SAVE: Final = f"""
    insert into users ({", ".join(_COLUMNS)}, email_key)
    values ({", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 2))})
    on conflict (id) do update set {", ".join(f"{name} = excluded.{name}" for name in (*_COLUMNS[1:], "email_key"))}
"""


_SHOWN: Final = """
    select t.used_at, t.used_from, clock_timestamp() - t.used_at as since, t.session_id, s.user_id
    from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
    where t.token = $1 and s.ended_at is null and s.expires_at > now() and s.seen_at > now() - $2::interval
        and not u.disabled
    for update of t
"""
_USE: Final = """
    with used as (
        update refresh_tokens set used_at = clock_timestamp(), used_from = $2 where token = $1
    ), seen as (
        update sessions set seen_at = now() where id = $4
    )
    insert into refresh_tokens (token, session_id) values ($3, $4)
"""


_FRESHEN: Final = """
    with was as (select secret, kind = 'cookie' as replaced from sessions where id = $1 and ended_at is null for update)
    update sessions s set fresh_at = now(), secret = case when was.replaced then $2 else was.secret end
    from was where s.id = $1 returning was.secret, was.replaced
"""
"""What tokens name is the session itself, so they go on being good."""


class PostgresIdentity:
    def __init__(self, database: Database, ids: Ids, sealer: Sealer) -> None:
        self._database = database
        self._ids = ids
        self._sealer = sealer

    @asynccontextmanager
    async def work(self) -> AsyncIterator[PostgresIdentityWork]:
        async with self._database.writing(IDENTITY) as connection:
            yield PostgresIdentityWork(connection, await driver(connection), self._ids, self._sealer)


class PostgresIdentityWork(MemberRecords, OrganisationRecords, OutsideRecords, WorkspaceRecords):
    """`IdentityWork` on one connection."""

    def __init__(self, whole: AsyncConnection, connection: Driver, ids: Ids, sealer: Sealer) -> None:
        self._sealer = sealer
        self._whole = whole
        self._connection = connection
        self._ids = ids

    async def note(
        self, action: str, subject: str, *, actor: str, organisation: UUID | None = None, **details: str
    ) -> None:
        await noted(
            self._whole,
            self._ids,
            organisation=organisation,
            actor=actor,
            action=action,
            subject=subject,
            **details,
        )

    async def record(self, *events: Event) -> None:
        await outbox.record(self._whole, self._ids, *events)

    async def factor(self, user_id: UserId) -> Factor | None:
        row = await self._connection.fetchrow(
            "select sealed, confirmed_at is not null as confirmed from second_factors where user_id = $1", user_id
        )
        if row is None:
            return None
        secret = self._sealer.open(bytes(row["sealed"]), _factor_place(user_id)).decode()
        return Factor(secret=secret, confirmed=row["confirmed"])

    async def keep_factor(self, user_id: UserId, secret: str) -> None:
        await self._connection.execute(
            "insert into second_factors (user_id, sealed) values ($1, $2) on conflict (user_id) do update "
            "set sealed = excluded.sealed, last_step = 0 where second_factors.confirmed_at is null",
            user_id,
            self._sealer.seal(secret.encode(), _factor_place(user_id)),
        )

    async def confirm_factor(self, user_id: UserId) -> None:
        await self._connection.execute("update second_factors set confirmed_at = now() where user_id = $1", user_id)

    async def use_step(self, user_id: UserId, step: int) -> bool:
        tag: str = await self._connection.execute(
            "update second_factors set last_step = $2 where user_id = $1 and last_step < $2", user_id, step
        )
        return tag.endswith(" 1")

    async def add_recovery_codes(self, user_id: UserId, codes: Sequence[bytes]) -> None:
        await self._connection.execute("delete from recovery_codes where user_id = $1", user_id)
        await self._connection.executemany(
            "insert into recovery_codes (user_id, code) values ($1, $2)", [(user_id, code) for code in codes]
        )

    async def use_recovery_code(self, user_id: UserId, code: bytes) -> bool:
        tag: str = await self._connection.execute(
            "update recovery_codes set used_at = now() where user_id = $1 and code = $2 and used_at is null",
            user_id,
            code,
        )
        return tag.endswith(" 1")

    async def forget_factor(self, user_id: UserId) -> None:
        await self._connection.execute("delete from recovery_codes where user_id = $1", user_id)
        await self._connection.execute("delete from second_factors where user_id = $1", user_id)

    async def freshen(self, session: UUID, secret: bytes) -> Freshened:
        rows = await self._connection.fetch(_FRESHEN, session, secret)
        return Freshened([row["secret"].hex() for row in rows], any(row["replaced"] for row in rows))

    async def add_code(
        self, occurrence: UUID, code: bytes, purpose: Purpose, *, user_id: UserId | None, invitation_id: UUID | None
    ) -> None:
        await self._connection.execute(
            "insert into one_time_codes (occurrence, code, purpose, user_id, invitation_id, expires_at) "
            "values ($1, $2, $3, $4, $5, now() + $6::interval) "
            "on conflict (occurrence) do update set code = excluded.code where one_time_codes.used_at is null",
            occurrence,
            code,
            purpose,
            user_id,
            invitation_id,
            purpose.life,
        )

    async def use_code(self, code: bytes, purpose: Purpose) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(
            "update one_time_codes set used_at = now() where code = $1 and purpose = $2 and used_at is null "
            "and expires_at > now() returning coalesce(user_id, invitation_id)",
            code,
            purpose,
        )
        return found

    async def want_address(self, user_id: UserId, email: EmailAddress) -> None:
        await self._connection.execute(
            "insert into address_changes (user_id, email) values ($1, $2) "
            "on conflict (user_id) do update set email = excluded.email, wanted_at = now()",
            user_id,
            str(email),
        )
        await self._connection.execute(
            "delete from one_time_codes where user_id = $1 and purpose = $2", user_id, Purpose.MOVE
        )

    async def wanted_address(self, user_id: UserId) -> EmailAddress | None:
        email: str | None = await self._connection.fetchval(
            "select email from address_changes where user_id = $1", user_id
        )
        return None if email is None else EmailAddress(email)

    async def moved(self, user_id: UserId) -> None:
        await self._connection.execute("delete from address_changes where user_id = $1", user_id)
        await self._connection.execute("delete from one_time_codes where user_id = $1 and used_at is null", user_id)

    async def by_email(self, email: EmailAddress) -> User | None:
        row = await self._connection.fetchrow(f"{_FOUND} email_key = $1", email.key)
        return None if row is None else _user(row)

    async def get(self, user_id: UserId) -> User:
        row = await self._connection.fetchrow(f"{_FOUND} id = $1 for no key update", user_id)
        if row is None:
            raise UserNotFound(str(user_id))
        return _user(row)

    async def by_outside(self, issuer: str, subject: str) -> User | None:
        found = await self.opened_by(issuer, subject)
        return None if found is None else await self.get(found)

    async def save(self, user: User) -> None:
        values = {**{name: getattr(user, name) for name in _COLUMNS}, "email": str(user.email)}
        try:
            await self._connection.execute(_SAVE, *(values[name] for name in _COLUMNS), user.email.key)
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken(str(user.email)) from error

    async def begin_session(self, session: UUID, secret: bytes, user_id: UserId, *, device: str, address: str) -> None:
        await self._connection.execute(
            "insert into sessions (id, user_id, secret, kind, device, address, expires_at) "
            "values ($1, $2, $3, 'cookie', $4, $5, now() + $6::interval)",
            session,
            user_id,
            secret,
            device,
            address,
            SESSION,
        )

    async def end_sessions(
        self, user_id: UserId, *, but: UUID | None = None, only: UUID | None = None
    ) -> Sequence[str]:
        rows = await self._connection.fetch(
            "update sessions set ended_at = now() where user_id = $1 and ended_at is null "
            "and id is distinct from $2 and ($3::uuid is null or id = $3) returning secret",
            user_id,
            but,
            only,
        )
        return [row["secret"].hex() for row in rows]

    async def known_by(self, user_id: UserId) -> Sequence[str]:
        rows = await self._connection.fetch(
            "select secret from sessions where user_id = $1 and ended_at is null", user_id
        )
        return [row["secret"].hex() for row in rows]

    async def begin_token_session(self, session: UUID, user_id: UserId, *, device: str, address: str) -> None:
        await self._connection.execute(
            "insert into sessions (id, user_id, secret, kind, device, address, expires_at) "
            "values ($1, $2, $3, 'tokens', $4, $5, now() + $6::interval)",
            session,
            user_id,
            session_secret(session),
            device,
            address,
            SESSION,
        )

    async def add_refresh(self, token: bytes, session: UUID) -> None:
        await self._connection.execute("insert into refresh_tokens (token, session_id) values ($1, $2)", token, session)

    async def use_refresh(self, token: bytes, following: bytes, *, place: str, grace: timedelta) -> Refreshed | None:
        # Of many who show it at once one finds it unused; the others wait for its row, and see that it was used by then.
        row = await self._connection.fetchrow(_SHOWN, token, IDLE)
        if row is None:
            return None
        again = row["used_at"] is not None
        if not again:
            await self._connection.execute(_USE, token, place, following, row["session_id"])
        same = row["used_from"] == place and row["since"] is not None and row["since"] <= grace
        return Refreshed(user_id=UserId(row["user_id"]), session_id=row["session_id"], stolen=again and not same)

    async def session_of_refresh(self, token: bytes) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(
            "select session_id from refresh_tokens where token = $1", token
        )
        return found

    async def end_token_session(self, session: UUID) -> str | None:
        secret: bytes | None = await self._connection.fetchval(
            "update sessions set ended_at = now() where id = $1 and ended_at is null returning secret", session
        )
        return None if secret is None else secret.hex()

    async def remember_device(self, user_id: UserId, device: bytes) -> None:
        await self._connection.execute(
            "insert into known_devices (user_id, device) values ($1, $2) "
            "on conflict (user_id, device) do update set seen_at = now()",
            user_id,
            device,
        )

    async def add_key(self, actor: Actor, key: Key, secret: bytes) -> None:
        await self._as_organisation(actor)
        await self._connection.execute(
            "insert into api_keys (id, organisation, secret, name, begins, permissions, operator, made_by, made_at, "
            "expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            key.key_id,
            actor.organisation,
            secret,
            key.name,
            key.begins,
            list(key.permissions),
            actor.operator and not OF_THE_INSTALLATION.isdisjoint(key.permissions),
            key.made_by,
            key.made_at,
            key.expires_at,
        )

    async def revoke_key(self, actor: Actor, key_id: UUID) -> str | None:
        await self._as_organisation(actor)
        secret: bytes | None = await self._connection.fetchval(
            "update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 and organisation = $2 "
            "returning secret",
            key_id,
            actor.organisation,
        )
        return None if secret is None else secret.hex()

    async def _as_organisation(self, actor: Actor) -> None:
        """Keys are the organisation's: the second lock lets nobody write another one's."""
        await self._connection.execute("select set_config('analisa.organisation', $1, true)", str(actor.organisation))


def _factor_place(user_id: UserId) -> str:
    return f"second_factors.sealed.{user_id}"


def _user(row: asyncpg.Record) -> User:
    facts: dict[str, Any] = dict(row)
    return User(**{**facts, "id": UserId(facts["id"]), "email": EmailAddress(facts["email"])})
