"""Lists of influencers that an organisation keeps, for all of it, for one brand, or for one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..shared.errors import RuleViolated
from ..shared.ids import ListId, OrganisationId, WorkspaceId

MAX_NAME: Final = 120
MAX_DESCRIPTION: Final = 2_000
MOST_ITEMS: Final = 50_000
"""Influencers of one list."""
AT_ONCE: Final = 500
"""Influencers that are put on a list, or tagged, by one request."""


class ListInvalid(RuleViolated):
    """A fact of a list is not as it may be; *part* names it."""

    code = "influencers.list_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(slots=True, kw_only=True)
class InfluencerList:
    id: ListId
    organisation: OrganisationId
    workspace: WorkspaceId | None
    """The brand that it is of; None is the whole organisation."""
    name: str
    made_by: str
    """Who made it, as `Actor.caller` tells people apart."""
    description: str = ""
    private: bool = False
    """Nobody sees it but whoever made it."""
    version: int = 1

    def __post_init__(self) -> None:
        self.name, self.description = _checked(self.name, self.description)

    def edit(self, *, name: str | None = None, description: str | None = None, private: bool | None = None) -> bool:
        """Change what is given, and say whether that changed anything; raises `ListInvalid`."""
        name, description = _checked(
            self.name if name is None else name, self.description if description is None else description
        )
        wanted = (name, description, self.private if private is None else private)
        if wanted == (self.name, self.description, self.private):
            return False
        self.name, self.description, self.private = wanted
        self.version += 1
        return True


def _checked(name: str, description: str) -> tuple[str, str]:
    name, description = name.strip(), description.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise ListInvalid("name", f"a list has a name of 1 to {MAX_NAME} characters")
    if len(description) > MAX_DESCRIPTION:
        raise ListInvalid("description", f"a description has at most {MAX_DESCRIPTION} characters")
    return name, description
