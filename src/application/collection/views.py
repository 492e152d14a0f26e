"""What collection shows: imports with their reports and progress, and what was found in their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from ...domain.collection.batch import Finding, Severity
from ...domain.collection.report import ImportReport
from ..shared.actor import Actor
from .ports import ImportOptions, ImportState, Progress

MAX_PAGE: Final = 200
FindingState = Literal["open", "mended", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One import, as a list shows it."""

    import_id: UUID
    state: ImportState
    reader: str | None
    """None until the files were looked at."""
    public: bool
    files: tuple[str, ...]
    """The names under which the files were handed in."""
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: Progress
    quarantined: int
    """Rows that still wait to be mended."""
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDetail:
    """One import whole. While it runs, the report holds the files committed so far."""

    line: ImportLine
    options: ImportOptions
    report: ImportReport
    error_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    items: tuple[ImportLine, ...]
    next: UUID | None
    """Where the next page begins: after this import; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    finding_id: int
    finding: Finding
    state: FindingState
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    items: tuple[FindingLine, ...]
    next: int | None
    """Where the next page begins: after this finding; None at the end."""


class ImportViews(Protocol):
    """Imports of the actor's organisation; each question about one raises `ImportNotFound` when it is not theirs."""

    async def detail(self, actor: Actor, import_id: UUID) -> ImportDetail: ...

    async def page(self, actor: Actor, *, after: UUID | None = None, limit: int = 50) -> ImportPage:
        """List the newest first. Stable while imports come in."""
        ...

    async def progress(self, actor: Actor, import_id: UUID) -> tuple[ImportState, Progress]:
        """Say how far the import is; cheap enough to be asked twice a second."""
        ...

    async def findings(
        self,
        actor: Actor,
        import_id: UUID,
        *,
        severity: Severity | None = None,
        state: FindingState | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> FindingPage:
        """List findings in the order in which they were made; *state* speaks of quarantined rows."""
        ...
