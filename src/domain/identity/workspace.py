"""Workspaces: what an organisation does for one of its brands, or its clients' brands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..shared.ids import OrganisationId, WorkspaceId
from .errors import WorkspaceInvalid

MAX_NAME: Final = 120
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(slots=True, kw_only=True)
class Workspace:
    """One brand. Lists and saved searches can be of it; people may be let into it alone."""

    id: WorkspaceId
    organisation: OrganisationId
    slug: str
    """Its short name, for addresses; it stays."""
    name: str
    archived: bool = False
    """Nobody works in it any more; what is in it is kept."""
    version: int = 1

    @classmethod
    def make(cls, workspace_id: WorkspaceId, organisation: OrganisationId, *, slug: str, name: str) -> Workspace:
        """Make a new one, or raise `WorkspaceInvalid`."""
        if not _SLUG.fullmatch(slug.strip()):
            raise WorkspaceInvalid(
                "slug", "a short name has small letters, digits and hyphens, and begins with a letter"
            )
        return cls(id=workspace_id, organisation=organisation, slug=slug.strip(), name=_named(name))

    def edit(self, *, name: str | None = None, archived: bool | None = None) -> bool:
        """Change what is given, and say whether that changed anything; raises `WorkspaceInvalid`."""
        wanted = (
            self.name if name is None else _named(name),
            self.archived if archived is None else archived,
        )
        if wanted == (self.name, self.archived):
            return False
        self.name, self.archived = wanted
        self.version += 1
        return True


def _named(name: str) -> str:
    wanted = name.strip()
    if not wanted or len(wanted) > MAX_NAME or not wanted.isprintable():
        raise WorkspaceInvalid("name", f"a workspace has a name of 1 to {MAX_NAME} characters")
    return wanted
