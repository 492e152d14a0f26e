"""Roles that organisations make, workspaces, and plans: the rules alone."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from analisa.domain.identity.errors import PermissionUnknown, RoleInvalid, RoleUnknown, WorkspaceInvalid
from analisa.domain.identity.permissions import (
    IN_WORKSPACES,
    OF_ROLES,
    OF_THE_INSTALLATION,
    PERMISSIONS,
    Role,
    permitted,
)
from analisa.domain.identity.roles import CustomRole, Roles
from analisa.domain.identity.workspace import Workspace
from analisa.domain.shared.ids import OrganisationId, WorkspaceId
from analisa.domain.shared.plan import Feature, Metered, Plan, PlanExceeded, Standing
from analisa.entrypoints.plans import read_plans
from analisa.entrypoints.settings import SettingsInvalid

PLANNER = CustomRole.make("planner", ["lists.read", "lists.write", "lists.read"])


def a_workspace() -> Workspace:
    return Workspace.make(WorkspaceId(uuid4()), OrganisationId(uuid4()), slug="verao", name="  Verão ")


def test_a_role_is_made_of_permissions_and_found_beside_those_that_there_are_everywhere() -> None:
    roles = Roles((PLANNER,))

    assert roles.names == (*Role, "planner")
    assert roles.permissions("planner") == {"lists.read", "lists.write"}
    assert roles.permissions(Role.CLIENT) == OF_ROLES[Role.CLIENT]
    assert roles.permissions(None) == frozenset()
    with pytest.raises(RoleUnknown, match="there is no role 'boss'; there are: owner"):
        roles.permissions("boss")


@pytest.mark.parametrize("name", ["", "Planner", "1st", "a b", "owner", "a" * 41, "ção"])
def test_a_role_is_not_called_like_that(name: str) -> None:
    with pytest.raises(RoleInvalid):
        CustomRole.make(name, [])


@pytest.mark.parametrize("permission", ["lists.burn", "", *OF_THE_INSTALLATION])
def test_a_role_has_no_such_permission(permission: str) -> None:
    with pytest.raises(PermissionUnknown):
        CustomRole.make("planner", [permission])


def test_a_role_in_a_workspace_is_good_for_what_workspaces_have_and_nothing_more() -> None:
    assert permitted(frozenset(), OF_ROLES[Role.OWNER]) == IN_WORKSPACES
    assert permitted(frozenset({"members.read"}), frozenset({"lists.read"})) == {"members.read", "lists.read"}
    assert permitted(frozenset(), frozenset(), operator=True) == OF_THE_INSTALLATION
    assert IN_WORKSPACES <= PERMISSIONS
    assert not any(name.endswith(".manage") or name.startswith(("keys", "exports", "audit")) for name in IN_WORKSPACES)


def test_a_workspace_is_renamed_and_archived_and_its_version_tells() -> None:
    workspace = a_workspace()

    assert (workspace.name, workspace.version) == ("Verão", 1)
    assert not workspace.edit(name="Verão", archived=False)
    assert workspace.edit(name="Inverno", archived=True)
    assert (workspace.name, workspace.archived, workspace.version) == ("Inverno", True, 2)


@pytest.mark.parametrize(
    ("slug", "name"), [("", "a"), ("Verao", "a"), ("-a", "a"), ("a", " "), ("a", "b\x00"), ("a", "n" * 121)]
)
def test_a_workspace_is_not_like_that(slug: str, name: str) -> None:
    with pytest.raises(WorkspaceInvalid):
        Workspace.make(WorkspaceId(uuid4()), OrganisationId(uuid4()), slug=slug, name=name)


def test_a_plan_has_room_for_so_many_and_says_what_is_left() -> None:
    plan = Plan(name="free", features=frozenset(), limits={Standing.MEMBERS: 3})

    plan.require_room(Standing.MEMBERS, 2)
    plan.require_room(Standing.WORKSPACES, 1_000)
    with pytest.raises(PlanExceeded, match="room for 3 members, of which 2 are taken") as refused:
        plan.require_room(Standing.MEMBERS, 2, more=2)
    assert (refused.value.entitlement, refused.value.remaining) == ("members", 1)
    with pytest.raises(PlanExceeded, match="no custom roles"):
        plan.require(Feature.CUSTOM_ROLES)


def test_plans_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "plans.toml"
    file.write_text(
        'usual = "free"\n[plans.free]\nfeatures = ["alerts"]\n[plans.free.limits]\nexports = 10\nmembers = 3\n'
    )
    plans = read_plans(file)

    assert plans.of(None).limits == {Metered.EXPORTS: 10, Standing.MEMBERS: 3}
    assert plans.of(None).features == {Feature.ALERTS}
    assert plans.of("unlimited").limits == {}
    assert read_plans(None).of("whatever").name == "unlimited"


def test_the_plans_that_the_guide_shows_are_read(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "plans.md").read_text("utf-8")
    (tmp_path / "plans.toml").write_text(guide.partition("```toml\n")[2].partition("```")[0], "utf-8")
    plans = read_plans(tmp_path / "plans.toml")

    assert set(plans.by_name) == {"unlimited", "free", "agency"}
    assert set(plans.of(None).limits) == {*Metered, *Standing}
    assert plans.of("agency").features == set(Feature)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[plans.free", "at end of document"),
        ('[plans.free]\nfeatures = ["magic"]', r"\$.plans\[...\].features"),
        ("[plans.free.limits]\nexports = -1", ">= 0"),
        ("[plans.free.limits]\nwishes = 3", "plans.free.limits.wishes bounds nothing; there are: imports"),
        ('usual = "gold"\n[plans.free]', "usual is 'gold', which is no plan"),
        ("[plans.Free]", "matching regex"),
        ("", "plans"),
    ],
)
def test_a_file_of_plans_that_cannot_be_read_says_where_and_what_helps(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "plans.toml"
    file.write_text(text)
    with pytest.raises(SettingsInvalid, match=place):
        read_plans(file)
