"""Findings that the store makes itself, written set-wise from the staged rows they speak of."""

# ruff: noqa: S608  names are our own, what people wrote is bound or staged
from __future__ import annotations

from dataclasses import dataclass, field

from ....domain.collection.batch import Severity
from ....domain.shared.ids import ImportId, OrganisationId
from ..database import Driver

CELLS = (
    "(select coalesce(jsonb_object_agg(c.key, c.value), '{}') "
    "from jsonb_each_text(jsonb_strip_nulls(to_jsonb(s) - '{n,line}'::text[])) c)"
)
"""The cells of the staged row `s`, as the archive format names them."""


@dataclass(slots=True)
class Findings:
    """The findings of one file: written beside its rows, counted by severity and code."""

    raw: Driver
    import_id: ImportId
    organisation: OrganisationId
    file: str
    counted: dict[tuple[str, str], int] = field(default_factory=dict)

    async def keep_staged(self) -> None:
        """Move what the reader found into the import's list, in file order."""
        await self.raw.execute(
            "insert into import_findings "
            "(import_id, organisation, severity, code, message, file, line, table_name, field, cells) "
            "select $1, $2, severity, code, message, file, line, table_name, field, cells "
            "from staged_findings order by n",
            self.import_id,
            self.organisation,
        )

    async def add(self, severity: Severity, code: str, table: str, rows: str, *, before: str = "") -> int:
        """Note what the query *rows* gives: columns line, message, field, cells, in order of `n`.

        *before* is SQL of common table expressions that *rows* reads. Returns the number of findings.
        """
        tag = await self.raw.execute(
            f"{before} insert into import_findings "
            "(import_id, organisation, severity, code, message, file, line, table_name, field, cells) "
            "select $1, $2, $3, $4, f.message, $5, f.line, $6, f.field, f.cells "
            f"from ({rows}) f order by f.n",
            self.import_id,
            self.organisation,
            str(severity),
            code,
            self.file,
            table,
        )
        number = affected(tag)
        if number:
            self.counted[severity, code] = self.counted.get((severity, code), 0) + number
        return number


def affected(tag: str) -> int:
    """Read the number of rows from a command's completion tag: `INSERT 0 12`, `UPDATE 3`."""
    return int(tag.rpartition(" ")[2])
