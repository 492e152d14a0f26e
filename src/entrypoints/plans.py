"""The plans of an installation, as a TOML file names them; docs/plans.md shows one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from ..domain.shared.plan import EVERYTHING, UNLIMITED, Feature, Metered, Plan, Plans, Standing
from .settings import SettingsInvalid

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Most = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class _Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    features: tuple[Feature, ...] = tuple(Feature)
    limits: dict[str, Most] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    plans: dict[Name, _Plan]
    usual: str = UNLIMITED


_BOUNDED = {each.value: each for each in (*Metered, *Standing)}


def read_plans(file: Path | None) -> Plans:
    """Read *file*, or raise `SettingsInvalid` with the place in it and the cure; without one nothing is bounded."""
    if file is None:
        return Plans()
    try:
        told = msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File)
    except OSError as error:
        raise SettingsInvalid(f"ANALISA_PLANS_FILE is {file}, which cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SettingsInvalid(f"{file}: {error}; docs/plans.md shows how a plan is written") from error
    plans = {UNLIMITED: EVERYTHING, **{name: _plan(file, name, plan) for name, plan in told.plans.items()}}
    if told.usual not in plans:
        raise SettingsInvalid(f"{file}: usual is {told.usual!r}, which is no plan; there are: {', '.join(plans)}")
    return Plans(by_name=plans, usual=told.usual)


def _plan(file: Path, name: str, told: _Plan) -> Plan:
    unknown = [each for each in told.limits if each not in _BOUNDED]
    if unknown:
        raise SettingsInvalid(
            f"{file}: plans.{name}.limits.{unknown[0]} bounds nothing; there are: {', '.join(_BOUNDED)}"
        )
    return Plan(
        name=name,
        features=frozenset(told.features),
        limits={_BOUNDED[each]: most for each, most in told.limits.items()},
    )
