"""What is believed of an ID token, and what is not: a provider of our own says what each test has it say."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from analisa.adapters.oauth.provider import Provider
from analisa.adapters.oauth.providers import OpenIdProviders
from analisa.adapters.system.clock import SystemClock
from analisa.application.identity.errors import ProviderRefused, ProviderUnavailable, ProviderUnknown
from analisa.domain.identity.outside import OutsideIdentity

ISSUER, CLIENT, SECRET = "https://id.example.org", "analisa", "a secret of at least thirty-two letters"
BACK: Final = "http://127.0.0.1:8000/api/v1/auth/providers/there/callback"
NONCE, VERIFIER = "a-nonce", "v" * 43
KEY: Final = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER: Final = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


@dataclass
class Said:
    """A provider, as `httpx` reaches it: what it says of itself, and the ID token that it hands out."""

    claims: dict[str, Any] = field(default_factory=dict)
    token: Callable[[dict[str, Any]], str] | None = None
    description: dict[str, Any] = field(default_factory=dict)
    keys: KeySet = field(default_factory=lambda: KeySet([KEY]))
    answer: httpx.Response | None = None
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json={**DESCRIPTION, **self.description})
            case "/jwks":
                return httpx.Response(200, json=self.keys.as_dict(private=False))
            case _:
                return self.answer or httpx.Response(200, json=self._tokens())

    def _tokens(self) -> dict[str, Any]:
        now = int(SystemClock().now().timestamp())
        claims = {"iss": ISSUER, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": NONCE}
        told = {key: value for key, value in (claims | self.claims).items() if value is not None}
        shown = (self.token or signed)(told)
        return {"access_token": "an access token", "token_type": "Bearer", "id_token": shown}


DESCRIPTION: Final = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "code_challenge_methods_supported": ["S256"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
}


def signed(claims: dict[str, Any], key: Any = KEY, **head: Any) -> str:
    header = {"alg": "RS256", "kid": "one", **head}
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return str(jwt.encode(header, claims, key, registry=registry))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims)}."


def by_hand(claims: dict[str, Any], head: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    said = f"{part(head)}.{part(claims)}"
    return f"{said}.{base64.urlsafe_b64encode(sign(said.encode())).rstrip(b'=').decode()}"


def by_secret(key: bytes) -> Callable[[dict[str, Any]], str]:
    head = {"alg": "HS256", "kid": "one"}
    return lambda claims: by_hand(claims, head, lambda said: hmac.digest(key, said, "sha256"))


def rsa(hashing: hashes.HashAlgorithm, scheme: padding.AsymmetricPadding) -> Callable[[bytes], bytes]:
    return lambda said: KEY.private_key.sign(said, scheme, hashing)


def providers(said: Said, **named: Any) -> OpenIdProviders:
    provider = Provider(**{"name": "There", "issuer": ISSUER, "client_id": CLIENT, "client_secret": SECRET, **named})
    return OpenIdProviders({"there": provider}, SystemClock(), lambda: httpx.MockTransport(said))


async def identity(said: Said, *, issuer: str | None = None, **named: Any) -> OutsideIdentity:
    return await providers(said, **named).identity(
        "there", code="a code", issuer=issuer, redirect_uri=BACK, nonce=NONCE, verifier=VERIFIER
    )


async def test_the_browser_is_sent_with_all_that_binds_the_answer_to_it() -> None:
    address = await providers(Said()).address("there", redirect_uri=BACK, state="s", nonce=NONCE, verifier=VERIFIER)

    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
    assert asked.pop("code_challenge") not in {"", VERIFIER}
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "openid email profile",
        "state": "s",
        "nonce": NONCE,
        "code_challenge_method": "S256",
    }


async def test_a_token_made_by_hand_is_right_but_for_what_is_wrong_with_it() -> None:
    right = rsa(hashes.SHA256(), padding.PKCS1v15())

    found = await identity(Said(token=lambda claims: by_hand(claims, {"alg": "RS256", "kid": "one"}, right)))

    assert found.subject == "1"


async def test_an_id_token_that_is_right_says_who_it_is() -> None:
    said = Said({"email": "Ana@Example.org", "email_verified": True, "name": "Ana"})

    found = await identity(said, issuer=ISSUER)

    assert (found.issuer, found.subject, str(found.email), found.email_verified, found.name) == (
        ISSUER,
        "1",
        "Ana@Example.org",
        True,
        "Ana",
    )
    sent = {name: values[0] for name, values in parse_qs(said.asked[-1].content.decode()).items()}
    assert sent == {
        "grant_type": "authorization_code",
        "code": "a code",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    assert said.asked[-1].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("claims", "verified"),
    [
        ({"email": "a@example.org"}, False),
        ({"email": "a@example.org", "email_verified": "true"}, True),
        ({"email": "a@example.org", "email_verified": "false"}, False),
        ({"email": "no address", "email_verified": True}, True),
        ({}, False),
    ],
)
async def test_an_address_is_vouched_for_in_so_many_words(claims: dict[str, Any], verified: bool) -> None:
    found = await identity(Said(claims))

    assert found.email_verified is verified
    assert (found.email is None) == (claims.get("email") in {None, "no address"})


NOW: Final = int(SystemClock().now().timestamp())
FORGED: Final[dict[str, Said]] = {
    "another issuer": Said({"iss": "https://evil.example.org"}),
    "an issuer with a slash more": Said({"iss": f"{ISSUER}/"}),
    "no issuer": Said({"iss": None}),
    "for somebody else": Said({"aud": "another"}),
    "for us among others without saying whose it is": Said({"aud": [CLIENT, "another"]}),
    "for us, and another one's": Said({"aud": [CLIENT, "another"], "azp": "another"}),
    "for nobody": Said({"aud": None}),
    "of another sign-in": Said({"nonce": "another"}),
    "of no sign-in": Said({"nonce": None}),
    "of yesterday": Said({"iat": NOW - 90_000, "exp": NOW - 86_400}),
    "of tomorrow": Said({"iat": NOW + 86_400, "exp": NOW + 90_000}),
    "good for ever": Said({"exp": None}),
    "made at no time": Said({"iat": None}),
    "a time in words": Said({"exp": "tomorrow"}),
    "of nobody": Said({"sub": None}),
    "of somebody without a name": Said({"sub": ""}),
    "of a number": Said({"sub": 7}),
    "of somebody with too long a name": Said({"sub": "x" * 256}),
    "of another access token": Said({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    "unsigned": Said(token=unsigned),
    "unsigned, in other letters": Said(token=lambda claims: f"{part({'alg': 'NONE'})}.{part(claims)}."),
    "signed by our secret": Said(token=by_secret(SECRET.encode())),
    "signed by the public key as a secret": Said(token=by_secret(KEY.as_pem(private=False))),
    "signed by another key of that name": Said(token=lambda claims: signed(claims, OTHER)),
    "signed by a key that it brings": Said(
        token=lambda claims: signed(claims, OTHER, jwk=OTHER.as_dict(private=False), kid="two")
    ),
    "signed by a key that it points to": Said(token=lambda claims: signed(claims, jku="https://evil.example.org/jwks")),
    "with something critical that nobody knows": Said(
        token=lambda claims: by_hand(
            claims, {"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}, rsa(hashes.SHA256(), padding.PKCS1v15())
        )
    ),
    "by an algorithm that was not offered": Said(
        token=lambda claims: by_hand(claims, {"alg": "RS512", "kid": "one"}, rsa(hashes.SHA512(), padding.PKCS1v15()))
    ),
    "with its signature cut off": Said(token=lambda claims: signed(claims).rpartition(".")[0] + "."),
    "with its signature cut short": Said(token=lambda claims: signed(claims)[:-8]),
    "with padding": Said(token=lambda claims: signed(claims) + "=="),
    "with a line end": Said(token=lambda claims: signed(claims) + "\n"),
    "with a part more": Said(token=lambda claims: signed(claims) + ".e30"),
    "with other claims": Said(
        token=lambda claims: ".".join(
            [*signed(claims).split(".")[:1], part({**claims, "sub": "2"}), signed(claims).split(".")[2]]
        )
    ),
    "not there": Said(answer=httpx.Response(200, json={"access_token": "x", "token_type": "Bearer"})),
    "a refused code": Said(answer=httpx.Response(400, json={"error": "invalid_grant"})),
}


@pytest.mark.promise("SEC4")
@pytest.mark.parametrize("forged", FORGED)
async def test_no_id_token_is_believed_that_is(forged: str) -> None:
    with pytest.raises(ProviderRefused, match="did not succeed"):
        await identity(FORGED[forged])


@pytest.mark.promise("SEC4")
async def test_what_another_provider_answers_is_not_taken_for_this_ones() -> None:
    with pytest.raises(ProviderRefused, match="another provider answered"):
        await identity(Said(), issuer="https://evil.example.org")
    with pytest.raises(ProviderRefused, match="another provider answered"):
        await identity(Said(description={"authorization_response_iss_parameter_supported": True}))


@pytest.mark.parametrize(
    "said",
    [
        Said(description={"issuer": "https://evil.example.org"}),
        Said(description={"token_endpoint": "http://id.example.org/token"}),
        Said(description={"jwks_uri": "http://id.example.org/jwks"}),
        Said(description={"code_challenge_methods_supported": ["plain"]}),
        Said(description={"authorization_endpoint": None}),
        Said(answer=httpx.Response(503, text="<html>")),
        Said(answer=httpx.Response(302, headers={"location": "https://evil.example.org"})),
        Said(answer=httpx.Response(200, text="x")),
    ],
    ids=lambda said: str(said.description or said.answer),
)
async def test_a_provider_that_cannot_be_trusted_or_does_not_answer_is_unavailable(said: Said) -> None:
    with pytest.raises(ProviderUnavailable, match="There does not answer as it should"):
        await identity(said)


async def test_a_provider_with_a_new_key_is_asked_for_it_once() -> None:
    new = ECKey.generate_key("P-256", {"kid": "new", "alg": "ES256"})
    said = Said()
    known = providers(said)
    await known.address("there", redirect_uri=BACK, state="s", nonce=NONCE, verifier=VERIFIER)
    said.keys = KeySet([KEY, new])
    said.token = lambda claims: signed(claims, new, alg="ES256", kid="new")

    found = await known.identity("there", code="a code", issuer=None, redirect_uri=BACK, nonce=NONCE, verifier=VERIFIER)

    assert found.subject == "1"
    assert [request.url.path for request in said.asked].count("/jwks") == 2


async def test_a_description_without_a_token_endpoint_is_completed_by_the_settings() -> None:
    said = Said(description={"token_endpoint": None})

    with pytest.raises(ProviderUnavailable):
        await identity(said)
    assert (await identity(said, token_endpoint=f"{ISSUER}/elsewhere")).subject == "1"
    assert said.asked[-1].url.path == "/elsewhere"


async def test_a_provider_that_is_not_there_is_told() -> None:
    with pytest.raises(ProviderUnknown):
        await providers(Said()).address("elsewhere", redirect_uri=BACK, state="s", nonce=NONCE, verifier=VERIFIER)
    assert SECRET not in repr(Provider(name="x", issuer=ISSUER, client_id=CLIENT, client_secret=SECRET))
