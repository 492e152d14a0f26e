"""Where each kind of record is kept: how its staged row finds its key, and which columns hold what it says."""

# ruff: noqa: S608  names and expressions are this file's own
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ....domain.collection.records import (
    AUDIENCE,
    COMMENTS,
    LIFETIME,
    POST_METRICS,
    POSTS,
    PROFILE_AVERAGES,
    PROFILE_METRICS,
    PROFILES,
    Table,
)
from ....domain.shared.ids import Owner


@dataclass(frozen=True, slots=True)
class Owned:
    """An owner as SQL says it. A UUID or a constant, so there is nothing to quote."""

    owner: Owner

    @property
    def literal(self) -> str:
        return "null::uuid" if self.owner is None else f"'{self.owner}'::uuid"

    def holds(self, alias: str) -> str:
        """The condition that the row *alias* is of this owner, in the form that indexes understand."""
        return f"{alias}.owner is null" if self.owner is None else f"{alias}.owner = '{self.owner}'::uuid"


@dataclass(frozen=True, slots=True)
class Target:
    """A table of observations. Expressions speak of `s`, the staged row, and of the aliases in *joins*."""

    table: Table
    key: Mapping[str, str]
    values: Mapping[str, str]
    joins: str
    """May hold {owned}: the condition that a post `p` is of the owner."""
    about: str
    """The profile that the record is about; null where unknown."""
    described: bool = False
    """It is one row of words that change: `described_at` says when they were read, and newer words win."""
    kept_in: str = ""
    """Its table, where that is not called as the records are."""

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def stored(self) -> str:
        return self.kept_in or self.name

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.values, *(("described_at",) if self.described else ()))

    def ready(self, owned: Owned) -> str:
        """SQL for the staged records with their keys found, the profile they are about, and `n`, their place."""
        sources = {**self.key, **self.values, **({"described_at": "s.observed_at"} if self.described else {})}
        found = ", ".join(f"{source} as {name}" for name, source in sources.items())
        joins = self.joins.format(owned=owned.holds("p"))
        return f"select s.n, s.line, {self.about} as about, {found} from staged_{self.name} s {joins}"

    def same_key(self, left: str, right: str) -> str:
        return " and ".join(f"{left}.{name} = {right}.{name}" for name in self.key)


_SCOPE = f"coalesce(nullif(s.scope, ''), '{LIFETIME}')"
_OF_PROFILE = "join profiles p on p.network = s.network and p.network_id = s.profile_id"
_OF_POST = "posts p on p.network = s.network and p.network_post_id = s.post_id and {owned}"


def _as_given(table: Table, *besides: str) -> Mapping[str, str]:
    """Columns that say what the staged field of the same name says: all but the key and those in *besides*."""
    known = {"network", "profile_id", "post_id", *table.key, *besides}
    return {name: f"s.{name}" for name in table.names if name not in known}


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target(
            PROFILES,
            key={"profile_id": "p.id"},
            values=_as_given(PROFILES, "observed_at"),
            joins=_OF_PROFILE,
            about="p.id",
            described=True,
            kept_in="profile_descriptions",
        ),
        Target(
            PROFILE_METRICS,
            key={"profile_id": "p.id", "observed_at": "s.observed_at"},
            values=_as_given(PROFILE_METRICS),
            joins=_OF_PROFILE,
            about="p.id",
        ),
        Target(
            POSTS,
            key={"network_post_id": "s.post_id", "network": "s.network"},
            values={"profile_id": "p.id", **_as_given(POSTS, "observed_at")},
            joins=_OF_PROFILE,
            about="p.id",
            described=True,
        ),
        Target(
            POST_METRICS,
            key={"post_id": "p.id", "observed_at": "s.observed_at", "scope": _SCOPE},
            values=_as_given(POST_METRICS),
            joins=f"join {_OF_POST}",
            about="p.profile_id",
        ),
        Target(
            PROFILE_AVERAGES,
            key={"profile_id": "p.id", "observed_at": "s.observed_at", "scope": _SCOPE, "source": "s.source"},
            values=_as_given(PROFILE_AVERAGES),
            joins=_OF_PROFILE,
            about="p.id",
        ),
        Target(
            COMMENTS,
            key={"network_comment_id": "s.comment_id", "network": "s.network"},
            values={"network_post_id": "s.post_id", **_as_given(COMMENTS)},
            joins=f"left join {_OF_POST}",
            about="p.profile_id",
        ),
        Target(
            AUDIENCE,
            key={
                "profile_id": "p.id",
                "network_post_id": "coalesce(s.post_id, '')",
                "observed_at": "s.observed_at",
                "scope": _SCOPE,
                "dimension": "s.dimension",
                "key": "s.key",
            },
            values=_as_given(AUDIENCE),
            joins=_OF_PROFILE,
            about="p.id",
        ),
    )
}
"""In the order in which they must be stored."""
