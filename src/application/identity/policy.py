"""What an actor may do with people, roles and workspaces: said in one place, for the app's buttons; use cases hold to the same."""

from __future__ import annotations

from ...domain.identity.permissions import OF_ROLES
from ...domain.identity.roles import Roles
from ..shared.actor import Actor

EDIT = "edit"
DELETE = "delete"
GIVE_ROLE = "give_role"
LET_WORK = "let_work"
REMOVE = "remove"
WITHDRAW = "withdraw"
REVOKE = "revoke"


def on_member(actor: Actor, roles: Roles, role: str | None) -> tuple[str, ...]:
    """Name what may be done with a member who is *role*: nobody unmakes who may do more than they."""
    reaches = actor.may("members.manage") and actor.may_all(roles.permissions(role))
    return (GIVE_ROLE, REMOVE) if reaches else ()


def on_role(actor: Actor, role: str, permissions: frozenset[str]) -> tuple[str, ...]:
    """Name what may be done with a role that has *permissions*; those that there are everywhere stay as they are."""
    reaches = actor.may("roles.manage") and actor.may_all(permissions)
    return (EDIT, DELETE) if reaches and role not in OF_ROLES else ()


def on_workspace(actor: Actor) -> tuple[str, ...]:
    return (EDIT, LET_WORK) if actor.may("workspaces.manage") else ()


def on_invitation(actor: Actor) -> tuple[str, ...]:
    return (WITHDRAW,) if actor.may("members.manage") else ()


def on_key(actor: Actor, *, revoked: bool) -> tuple[str, ...]:
    return (REVOKE,) if actor.may("keys.manage") and not revoked else ()
