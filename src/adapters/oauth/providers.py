"""`Providers` by OpenID Connect: the code flow with PKCE, and an ID token that is believed when all of it is right.

Authlib speaks OAuth, joserfc checks signatures. RFC 9700 and OpenID Connect Core 3.1.3.7 say what is to be checked.
"""

from __future__ import annotations

import base64
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ...application.identity.errors import ProviderRefused, ProviderUnavailable, ProviderUnknown
from ...application.shared.ports import Clock
from ...domain.identity.email import EmailAddress
from ...domain.identity.errors import EmailRefused
from ...domain.identity.outside import LONGEST_SUBJECT, OutsideIdentity
from .provider import Provider

with warnings.catch_warnings():
    from authlib.deprecate import AuthlibDeprecationWarning  # which has these shown always

    warnings.simplefilter(
        "ignore", AuthlibDeprecationWarning
    )  # it asks for the successor of httpx, unknown to all else here
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
    from authlib.oidc.core import CodeIDToken

ALGORITHMS: Final = ("RS256", "ES256", "PS256", "EdDSA")
"""None that a client secret signs, and never `none`."""
_LEEWAY_S: Final = 60
_PATIENCE_S: Final = 10
_LARGEST: Final = 256 * 1024
_KEPT_S: Final = 3_600.0


class _Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    jwks_uri: str
    token_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    authorization_response_iss_parameter_supported: bool = False


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of an ID token besides who signed it."""

    sub: str
    email: str | None = None
    email_verified: bool | str = False
    """Some write "true"."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    description: _Description
    keys: KeySet
    until: float


class OpenIdProviders:
    """The providers of *named*; what they say of themselves is remembered for an hour."""

    def __init__(
        self,
        named: Mapping[str, Provider],
        clock: Clock,
        transport: Callable[[], httpx.AsyncBaseTransport | None] = lambda: None,
    ) -> None:
        self._named = named
        self._clock = clock
        self._transport = transport
        self._known: dict[str, _Known] = {}

    def names(self) -> Mapping[str, str]:
        return {key: provider.name for key, provider in self._named.items()}

    def issuer(self, provider: str) -> str:
        return self._provider(provider).issuer

    async def address(self, provider: str, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        asked = self._provider(provider)
        known = await self._description(provider)
        async with self._client(asked, known.description, redirect_uri) as client:
            address, _ = client.create_authorization_url(
                known.description.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    async def identity(
        self, provider: str, *, code: str, issuer: str | None, redirect_uri: str, nonce: str, verifier: str
    ) -> OutsideIdentity:
        asked = self._provider(provider)
        known = await self._description(provider)
        # RFC 9207: an answer that another provider sent here is told by who says to have sent it.
        if issuer != asked.issuer and (issuer or known.description.authorization_response_iss_parameter_supported):
            raise ProviderRefused(asked.name, "another provider answered")
        token = await self._token(asked, known.description, code, redirect_uri, verifier)
        claims = await self._claims(provider, asked, token, nonce)
        return _identity(asked, claims)

    def _provider(self, provider: str) -> Provider:
        try:
            return self._named[provider]
        except KeyError:
            raise ProviderUnknown(provider) from None

    def _client(self, asked: Provider, told: _Description, redirect_uri: str) -> AsyncOAuth2Client:
        methods = told.token_endpoint_auth_methods_supported
        return AsyncOAuth2Client(
            asked.client_id,
            asked.client_secret,
            token_endpoint_auth_method="client_secret_basic"
            if "client_secret_basic" in methods or not methods
            else methods[0],
            scope=" ".join(asked.scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_PATIENCE_S,
            transport=self._transport(),
            follow_redirects=False,
            trust_env=False,
        )

    async def _token(
        self, asked: Provider, told: _Description, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, Any]:
        endpoint = asked.token_endpoint or told.token_endpoint
        if endpoint is None:
            raise ProviderUnavailable(asked.name)
        try:
            async with self._client(asked, told, redirect_uri) as client:
                answered: Mapping[str, Any] = await client.fetch_token(endpoint, code=code, code_verifier=verifier)
        except OAuthError as error:
            raise ProviderRefused(asked.name, str(error.error)[:80]) from error
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailable(asked.name) from error
        return answered

    async def _claims(self, provider: str, asked: Provider, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        shown, access = token.get("id_token"), token.get("access_token")
        if not isinstance(shown, str) or len(shown) > _LARGEST or not _is_canonical(shown):
            raise ProviderRefused(asked.name, "no ID token")
        try:
            known = await self._description(provider)
            try:
                read = _signed(shown, known)
            except (JoseError, ValueError):  # they may have a new key since
                read = _signed(shown, await self._description(provider, anew=True))
            options = {
                "iss": {"essential": True, "value": asked.issuer},
                "aud": {"essential": True, "value": asked.client_id},
            }
            params = {"nonce": nonce, "client_id": asked.client_id, "access_token": access}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderRefused(asked.name, "its ID token is not right") from error
        return dict(claims)

    async def _description(self, provider: str, *, anew: bool = False) -> _Known:
        there, now = self._known.get(provider), time.monotonic()
        if there is not None and there.until > now and not anew:
            return there
        asked = self._provider(provider)
        try:
            async with httpx.AsyncClient(
                timeout=_PATIENCE_S, transport=self._transport(), trust_env=False, follow_redirects=False
            ) as client:
                place = f"{asked.issuer.rstrip('/')}/.well-known/openid-configuration"
                told = msgspec.json.decode(await _read(client, place), type=_Description)
                if told.issuer != asked.issuer or not _is_safe(told):
                    raise ProviderUnavailable(asked.name)
                keys = KeySet.import_key_set(msgspec.json.decode(await _read(client, told.jwks_uri)))
        except (httpx.HTTPError, msgspec.MsgspecError, JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderUnavailable(asked.name) from error
        known = _Known(told, keys, now + _KEPT_S)
        self._known[provider] = known
        return known


async def _read(client: httpx.AsyncClient, place: str) -> bytes:
    """What stands at *place*, if it is not too much."""
    parts: list[bytes] = []
    async with client.stream("GET", place, headers={"Accept": "application/json"}) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            parts.append(part)
            if sum(map(len, parts)) > _LARGEST:
                raise ValueError("the provider says too much")
    return b"".join(parts)


def _signed(shown: str, known: _Known) -> jwt.Token:
    offered = known.description.id_token_signing_alg_values_supported
    algorithms: Sequence[str] = [name for name in ALGORITHMS if name in offered]
    token = jwt.decode(shown, known.keys, algorithms=list(algorithms))
    if {"jku", "x5u", "jwk", "crit", "zip", "x5c"} & token.header.keys():
        raise ValueError("the head of the ID token brings a key of its own")
    return token


def _is_canonical(token: str) -> bool:
    """Whether each part is the one way to write its bytes: two readers see the same."""
    parts = token.split(".")
    if len(parts) != 3:
        return False
    for part in parts:
        try:
            raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except ValueError:
            return False
        if not part or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
            return False
    return True


def _is_safe(told: _Description) -> bool:
    """Whether all of it goes through TLS as far as the issuer does, and a stolen code is worth nothing there."""
    places = [told.authorization_endpoint, told.jwks_uri, told.token_endpoint or told.jwks_uri]
    challenges = told.code_challenge_methods_supported
    return (told.issuer.startswith("http:") or all(place.startswith("https://") for place in places)) and (
        challenges is None or "S256" in challenges
    )


def _identity(asked: Provider, claims: Mapping[str, Any]) -> OutsideIdentity:
    try:
        told = msgspec.convert(claims, _Claims)
    except msgspec.ValidationError as error:
        raise ProviderRefused(asked.name, "its ID token is not right") from error
    if not 0 < len(told.sub) <= LONGEST_SUBJECT:
        raise ProviderRefused(asked.name, "its ID token is not right")
    try:
        email = None if told.email is None else EmailAddress.read(told.email)
    except EmailRefused:
        email = None
    return OutsideIdentity(
        issuer=asked.issuer,
        subject=told.sub,
        email=email,
        email_verified=told.email_verified in {True, "true"},
        name=told.name or "",
    )
