"""Tokens for programs that act for a user."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody

from ...application.identity.access_tokens import AccessTokens
from ...application.identity.signing_in import SignIn
from ...application.identity.tokens import Refresh, Tokens, TokensHandler
from .access import OPEN, needs
from .parameters import Wired
from .problems import refusals
from .signing_in import Credentials, program_of

RefreshSecret = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    """An access token, to be sent as `Authorization: Bearer …`, and the refresh token that gets the next pair, once."""

    access_token: str
    token_type: str
    expires_in: int
    """Seconds."""
    refresh_token: str


class ShownRefresh(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The refresh token of the newest pair."""

    refresh_token: RefreshSecret


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key as RFC 7517 has it."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeySet(msgspec.Struct, frozen=True, kw_only=True):
    """The keys by which access tokens can be checked, the one in use first."""

    keys: tuple[PublicKey, ...]


@post(
    "/auth/tokens",
    operation_id="createTokens",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(401, 415),
    status_code=200,
)
async def create(
    request: Request[Any, Any, Any], token_grants: Wired[TokensHandler], data: JSONBody[Credentials]
) -> Response[TokenPair]:
    """Sign in a program that acts for a user; after some wrong passwords the next try has to wait."""
    address, device = program_of(request)
    return _pair(
        await token_grants.sign_in(
            SignIn(email=data.email, password=data.password, code=data.code, address=address, device=device)
        )
    )


@post(
    "/auth/refresh",
    operation_id="refreshTokens",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(401, 415),
    status_code=200,
)
async def refresh(
    request: Request[Any, Any, Any], token_grants: Wired[TokensHandler], data: JSONBody[ShownRefresh]
) -> Response[TokenPair]:
    """Get the next pair of tokens. A refresh token is good once: whoever shows it again has a copy, and the session ends.

    Whoever heard no answer may ask again within 10 seconds, from the same address and program, and gets the same one.
    """
    address, device = program_of(request)
    return _pair(await token_grants.refresh(Refresh(token=data.refresh_token, address=address, device=device)))


@post(
    "/auth/revoke",
    operation_id="revokeTokens",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(415),
    status_code=204,
)
async def revoke(token_grants: Wired[TokensHandler], data: JSONBody[ShownRefresh]) -> None:
    """End the session of a refresh token, and with it the access tokens that name it."""
    await token_grants.revoke(data.refresh_token)


@get(
    "/.well-known/jwks.json",
    operation_id="getKeySet",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(),
)
async def key_set(access_tokens: Wired[AccessTokens]) -> KeySet:
    """Show the public keys that sign access tokens (RFC 7517)."""
    return KeySet(keys=tuple(msgspec.convert(key.public, PublicKey) for key in await access_tokens.keys()))


def _pair(tokens: Tokens) -> Response[TokenPair]:
    told = TokenPair(
        access_token=tokens.access,
        token_type="Bearer",  # noqa: S106  it is no secret
        expires_in=int(tokens.expires_in.total_seconds()),
        refresh_token=tokens.refresh,
    )
    return Response(told, headers={"cache-control": "no-store"})


HANDLERS: list[Any] = [create, refresh, revoke]
