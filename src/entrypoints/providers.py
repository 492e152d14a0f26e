"""The providers that people may sign in by, as a TOML file names them; docs/sign-in.md shows one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from ..adapters.oauth.provider import Provider
from .settings import SettingsInvalid

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class _Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    issuer: str
    client_id: Annotated[str, msgspec.Meta(min_length=1)]
    client_secret: str | None = None
    client_secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    token_endpoint: str | None = None


def read_providers(file: Path | None) -> Mapping[str, Provider]:
    """Read *file*, or raise `SettingsInvalid` with the place in it and the cure; none where there is no file."""
    if file is None:
        return {}
    try:
        named = msgspec.convert(tomllib.loads(file.read_text("utf-8")), dict[Name, _Named], strict=False)
    except OSError as error:
        raise SettingsInvalid(f"ANALISA_PROVIDERS_FILE is {file}, which cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SettingsInvalid(f"{file}: {error}; docs/sign-in.md shows how a provider is written") from error
    issuers = [told.issuer for told in named.values()]
    for key, told in named.items():
        if issuers.count(told.issuer) > 1:
            raise SettingsInvalid(
                f"{file}: {key}.issuer is another one's too; accounts are told apart by it, so keep one"
            )
    return {key: _provider(file, key, told) for key, told in named.items()}


def _provider(file: Path, key: str, told: _Named) -> Provider:
    for part, place in (("issuer", told.issuer), ("token_endpoint", told.token_endpoint)):
        if place is not None and not _is_safe(place):
            raise SettingsInvalid(f"{file}: {key}.{part} is {place!r}; write an address that begins with https://")
    if "openid" not in told.scopes:
        raise SettingsInvalid(f'{file}: {key}.scopes lacks "openid", without which nobody says who somebody is')
    return Provider(
        name=told.name,
        issuer=told.issuer,
        client_id=told.client_id,
        client_secret=_secret(file, key, told),
        scopes=told.scopes,
        token_endpoint=told.token_endpoint,
    )


def _secret(file: Path, key: str, told: _Named) -> str:
    if (told.client_secret is None) == (told.client_secret_file is None):
        raise SettingsInvalid(f"{file}: {key} needs either client_secret or client_secret_file")
    if told.client_secret is not None:
        return told.client_secret
    assert told.client_secret_file is not None
    try:
        return (file.parent / told.client_secret_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{file}: {key}.client_secret_file cannot be read: {error}") from error


def _is_safe(place: str) -> bool:
    """By TLS, or on this very machine, as tests and a provider beside us are."""
    try:
        parts = urlsplit(place)
    except ValueError:
        return False
    bare = not parts.query and not parts.fragment and parts.username is None
    return (
        bool(parts.hostname)
        and bare
        and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL))
    )
