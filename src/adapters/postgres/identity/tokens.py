"""`AccessTokens` with keys that PostgreSQL keeps under seal, so that all processes of an installation sign alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, Final

import msgspec

from ....application.identity.access_tokens import AccessClaims, TokenKey
from ....application.shared.ports import Clock, Ids
from ...security.sealing import Sealer
from ...security.tokens import SigningKey, named_key, signed, verified
from ..auditing import noted
from ..database import IDENTITY, Database, Driver, driver

KNOWN_FOR_S: Final = 30.0
"""A key that was revoked is good for so long at the most."""
_ASKED_AGAIN_S: Final = 1.0
"""A key that nobody has heard of is asked for no more often."""
_REMEMBERED: Final = 4_096
_GOOD_AFTER: Final = timedelta(hours=1)
"""Keys that sign no more are told for so long, which is more than any token of theirs lives."""
LIFE: Final = timedelta(days=30)
_KEYS: Final = "select kid, public, sealed, made_at, revoked_at from token_keys where revoked_at is null order by made_at desc, kid"


class PostgresAccessTokens:
    def __init__(self, database: Database, sealer: Sealer, clock: Clock, ids: Ids, issuer: str) -> None:
        self._ids = ids
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._issuer = issuer
        self._known: Mapping[str, TokenKey] = {}
        self._signing: SigningKey | None = None
        self._read_at = -KNOWN_FOR_S
        self._read: OrderedDict[str, AccessClaims] = OrderedDict()
        """Tokens whose signature was found to be good; whether their key still is, and their time, is asked each time."""

    async def signed(self, claims: AccessClaims) -> str:
        await self._fresh()
        if self._signing is None:
            await self.rotate()
        assert self._signing is not None
        return signed(self._signing, self._issuer, claims)

    async def read(self, token: str) -> AccessClaims | None:
        kid = named_key(token)
        if kid is None:
            return None
        await self._fresh()
        if kid not in self._known and monotonic() - self._read_at >= _ASKED_AGAIN_S:
            await self._look()  # another process may have made it this moment
        key = self._known.get(kid)
        if key is None:
            return None
        now = self._clock.now()
        claims = self._read.get(token)
        if claims is None:
            claims = verified(token, key.public, self._issuer, now)
            if claims is not None:
                self._read[token] = claims
                if len(self._read) > _REMEMBERED:
                    self._read.popitem(last=False)
        return claims if claims is not None and now < claims.expires_at else None

    async def keys(self) -> Sequence[TokenKey]:
        await self._look()
        return tuple(self._known.values())

    async def rotate(self) -> TokenKey:
        made = SigningKey.make()
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            await raw.execute(
                "insert into token_keys (kid, public, sealed) values ($1, $2::text::jsonb, $3)",
                made.kid,
                msgspec.json.encode(made.public).decode(),
                self._sealer.seal(made.private, _place(made.kid)),
            )
            await noted(
                connection,
                self._ids,
                organisation=None,
                actor="local operator",
                action="identity.token_key_made",
                subject=f"token_key:{made.kid}",
            )
        await self._look()
        return self._known[made.kid]

    async def revoke(self, kid: str) -> bool:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            tag: str = await raw.execute(
                "update token_keys set revoked_at = now() where kid = $1 and revoked_at is null", kid
            )
            if tag.endswith(" 1"):
                await noted(
                    connection,
                    self._ids,
                    organisation=None,
                    actor="local operator",
                    action="identity.token_key_revoked",
                    subject=f"token_key:{kid}",
                )
        await self._look()
        return tag.endswith(" 1")

    async def _fresh(self) -> None:
        if monotonic() - self._read_at >= KNOWN_FOR_S:
            await self._look()

    async def _look(self) -> None:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(_KEYS)
        newest = rows[0] if rows else None
        now = self._clock.now()
        self._known = {
            row["kid"]: TokenKey(
                kid=row["kid"], public=_decoded(row["public"]), made_at=row["made_at"], revoked_at=row["revoked_at"]
            )
            for place, row in enumerate(rows)
            if place == 0 or rows[place - 1]["made_at"] > now - _GOOD_AFTER
        }
        if newest is None:
            self._signing = None
        elif self._signing is None or self._signing.kid != newest["kid"]:
            self._signing = SigningKey.of(
                newest["kid"], self._sealer.open(bytes(newest["sealed"]), _place(newest["kid"]))
            )
        self._read_at = monotonic()


def _place(kid: str) -> str:
    return f"token_keys.sealed.{kid}"


def _decoded(public: Any) -> Mapping[str, object]:
    told: Mapping[str, object] = msgspec.json.decode(public) if isinstance(public, str | bytes) else public
    return told


async def rotate_old_key(database: Database, tokens: PostgresAccessTokens) -> bool:
    """Make a new key where the one in use is older than `LIFE`; whether one was made."""
    async with database.reading(IDENTITY) as connection:
        old: bool | None = await _is_old(connection)
    if old:
        await tokens.rotate()
    return bool(old)


async def _is_old(connection: Driver) -> bool | None:
    """None where there is none: the first token makes one."""
    found: bool | None = await connection.fetchval(
        "select max(made_at) < now() - $1::interval from token_keys where revoked_at is null", LIFE
    )
    return found
