"""What imports can fail of, beside the files themselves (`archives.ImportRefused`)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...domain.shared.errors import Conflict, NotFound, RuleViolated, Unavailable
from .archives import Need


class ImportNotFound(NotFound):
    """There is no such import, or it is another organisation's."""

    code = "imports.not_found"

    def __init__(self, import_id: UUID) -> None:
        super().__init__(f"no import {import_id} is known here; analisa imports lists them")
        self.import_id = import_id


class ImportRunning(Conflict):
    """Another process is at work on the import."""

    code = "imports.running"

    def __init__(self, import_id: UUID) -> None:
        super().__init__(
            f"import {import_id} is being carried out by another process; wait for it: analisa imports {import_id}"
        )
        self.import_id = import_id


class ImportNeeds(RuleViolated):
    """The files do not say everything, and guessing is not allowed."""

    code = "imports.needs_more"

    def __init__(self, reader: str, needs: Sequence[Need]) -> None:
        told = "; ".join(need.message for need in needs)
        super().__init__(f"the files do not say everything that reader {reader} must know: {told}")
        self.reader = reader
        self.needs = tuple(needs)


class ReaderFailed(RuleViolated):
    """A reader did what no reader may: it raised something of its own."""

    code = "imports.reader_failed"

    def __init__(self, reader: str, error: Exception) -> None:
        super().__init__(
            f"reader {reader} failed with {type(error).__name__}: {error}; nothing of the file it was reading was stored. "
            "Tell the author of the reader, and try another one with --reader"
        )
        self.reader = reader


class ImportGivenUp(Unavailable):
    """A worker tried to carry the import out, again and again, and never came to an end."""

    code = "imports.given_up"

    def __init__(self, event_id: UUID, cause: str) -> None:
        super().__init__(
            f"the import was given up after several attempts ({cause}); the files are kept. Look into the worker's log, "
            f"and when the cause is mended: analisa events --redrive {event_id}"
        )


class AlwaysPrivate(RuleViolated):
    """An owner's export was to be imported for everybody."""

    code = "imports.always_private"

    def __init__(self, reader: str) -> None:
        super().__init__(
            f"reader {reader} reads an owner's own export, which holds what only the owner is shown; "
            "it stays private to the organisation: leave --public out"
        )


class DemonstrationReadOnly(RuleViolated):
    """The demonstration's world is made, never imported into."""

    code = "imports.demonstration_is_read_only"

    def __init__(self) -> None:
        super().__init__(
            "the demonstration organisation holds invented data only and takes no imports; "
            "act for your own: unset ANALISA_ORGANISATION or set it to local"
        )


class UploadTooLarge(RuleViolated):
    """More was sent than a file may hold."""

    code = "imports.upload_too_large"

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"{name} is larger than the {limit} bytes that a file may have (ANALISA_MAX_FILE_BYTES)")
        self.limit = limit


class UploadRefused(RuleViolated):
    """What was sent cannot be kept under the name that it was sent with."""

    code = "imports.upload_refused"


class ShelfUnavailable(Unavailable):
    """Uploads cannot be kept now: the disk is full, or the folder is closed to us."""

    code = "imports.shelf_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the upload cannot be kept ({reason}); make room in the installation's home, and send it again"
        )
        self.reason = reason
