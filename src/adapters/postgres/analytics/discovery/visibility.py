"""Which rows of `discovery` an actor's searches run over, among those that row security lets through."""

# ruff: noqa: S608  the aliases are this package's own
from __future__ import annotations

from .....application.shared.actor import Actor


def visible(actor: Actor, alias: str) -> str:
    """The organisation's own row of a profile stands before everybody's; a demonstration has its own alone."""
    if actor.demonstration:
        return f"{alias}.shown and {alias}.owner is not null"
    return (
        f"{alias}.shown and ({alias}.owner is not null or {alias}.profile_id is null or {alias}.profile_id not in ("
        "select h.profile_id from discovery h where h.owner is not null and h.profile_id is not null))"
    )
