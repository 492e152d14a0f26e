"""What exports can fail of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from difflib import get_close_matches
from math import ceil
from uuid import UUID

from ...domain.shared.errors import Conflict, NotFound, RuleViolated, Unavailable


class ListUnknown(RuleViolated):
    """There is no such list to export."""

    code = "exports.list_unknown"
    part = "list"

    def __init__(self, name: str, there: Iterable[str]) -> None:
        super().__init__(f"there is no list {name!r} to export; there are: {', '.join(there)}")


class ParameterRefused(RuleViolated):
    """A parameter that the list does not have, does without, or cannot read."""

    code = "exports.parameter_refused"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.part = f"parameters/{name}"


class ColumnUnknown(RuleViolated):
    """The list has no such column."""

    code = "exports.column_unknown"

    def __init__(self, name: str, position: int, there: Iterable[str]) -> None:
        columns = tuple(there)
        close = get_close_matches(name, columns, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(columns)}"
        super().__init__(f"the list has no column {name!r}; {hint}")
        self.part = f"columns/{position}"


class TooManyExports(Conflict):
    """So many of the organisation's exports are waiting that no more are taken."""

    code = "exports.too_many"
    retry_after_s = 30

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} exports are waiting to be written already; ask again when some of them are done")


class ExportsTakeAll(Conflict):
    """The organisation's files take all the room that they may."""

    code = "exports.no_room"

    def __init__(self, taken: int, most: int, until: datetime, wait: timedelta) -> None:
        super().__init__(
            f"exports that can still be fetched take {taken} bytes of {most} (ANALISA_MAX_KEPT_EXPORT_BYTES); "
            f"the first of them goes at {until:%Y-%m-%dT%H:%M:%SZ}"
        )
        self.retry_after_s = max(1, ceil(wait.total_seconds()))


class ExportNotFound(NotFound):
    """There is no such export, or it is another organisation's."""

    code = "exports.not_found"

    def __init__(self, export_id: UUID) -> None:
        super().__init__(f"no export {export_id} is known here")


class ExportExpired(NotFound):
    """The file was kept for its time and is gone."""

    code = "exports.expired"

    def __init__(self, export_id: UUID) -> None:
        super().__init__(f"the file of export {export_id} was kept for its time and is gone; export the list again")


class ExportUnfinished(Conflict):
    """There is no file yet."""

    code = "exports.unfinished"
    retry_after_s = 1

    def __init__(self, export_id: UUID) -> None:
        super().__init__(f"export {export_id} is being written; follow it, or ask again in a moment")


class ExportFailed(Conflict):
    """There will be no file."""

    code = "exports.failed"

    def __init__(self, export_id: UUID, reason: str) -> None:
        super().__init__(f"export {export_id} failed: {reason}")


class ExportTooLarge(RuleViolated):
    """The file would be larger than this installation allows."""

    code = "exports.too_large"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the file would be larger than {most} bytes (ANALISA_MAX_EXPORT_BYTES); ask for fewer rows or columns"
        )


class ExportGivenUp(Unavailable):
    """A worker tried to write the file, again and again, and never came to an end."""

    code = "exports.given_up"

    def __init__(self, event_id: UUID, cause: str) -> None:
        super().__init__(
            f"the file could not be written: {cause}. When the cause is gone: analisa events --redrive {event_id}"
        )


class ExportShelfUnavailable(Unavailable):
    """Files cannot be written now: the disk is full, or the folder is closed to us."""

    code = "exports.shelf_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the file cannot be written ({reason}); make room in the installation's home")
