"""What analytics cannot answer, and what to do about it."""

from __future__ import annotations

from uuid import UUID

from ...domain.shared.errors import Conflict, NotFound, RuleViolated, Unavailable


class ProfileNotFound(NotFound):
    """Nothing that the actor may see is known of the profile."""

    code = "analytics.profile_not_found"

    def __init__(self, profile: object) -> None:
        super().__init__(f"no profile {profile} is known here; import something about it first, or check the spelling")
        self.profile = profile


class NotScored(NotFound):
    """The profile is known and waits for its first score."""

    code = "analytics.not_scored"

    def __init__(self, profile: object) -> None:
        super().__init__(f"profile {profile} has no score yet; the worker computes one, or run: analisa score")
        self.profile = profile


class EvidenceMoved(Conflict):
    """Evidence came in after the score was computed, so its receipt cannot be made any more."""

    code = "analytics.evidence_moved"

    def __init__(self, profile: object) -> None:
        super().__init__(
            f"what is known of profile {profile} changed after its score was computed; run: analisa score, then ask again"
        )
        self.profile = profile


class ReferenceNotFound(NotFound):
    """There is no reference table set of that version."""

    code = "analytics.reference_not_found"

    def __init__(self, version: str) -> None:
        super().__init__(f"there is no reference set {version}; analisa reference show lists them")
        self.version = version


class ReadingFailed(Unavailable):
    """The database gave other rows than the reader asked for: two versions of the program at work."""

    code = "analytics.reading_failed"


class ImportNotKnown(NotFound):
    """There is no such import in the actor's organisation."""

    code = "analytics.import_not_known"

    def __init__(self, import_id: UUID) -> None:
        super().__init__(f"there is no import {import_id} here; analisa imports lists them")
        self.import_id = import_id


class ReferenceAmbiguous(RuleViolated):
    """Several reference sets have a version that begins so."""

    code = "analytics.reference_ambiguous"

    def __init__(self, version: str) -> None:
        super().__init__(f"several reference sets begin with {version}; write more of its digits")
        self.version = version


class BookUnknown(NotFound):
    """Scores were asked for an organisation that is not here (any more)."""

    code = "analytics.book_unknown"

    def __init__(self, owner: UUID | None) -> None:
        super().__init__(f"there is no organisation {owner} whose scores could be computed")
        self.owner = owner
