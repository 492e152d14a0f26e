"""Reports add up: over tables, over files, and by reason."""

from __future__ import annotations

from analisa.domain.collection.batch import Severity
from analisa.domain.collection.report import FileReport, ImportReport, TableCounts, tally


def test_counts_of_the_same_table_add_up_over_files() -> None:
    report = ImportReport(
        reader="r",
        files=[
            FileReport(name="a", rows_read=3, tables={"posts": TableCounts(rows=3, new=2, unchanged=1)}),
            FileReport(
                name="b", rows_read=4, tables={"posts": TableCounts(rows=2, merged=2), "comments": TableCounts(rows=2)}
            ),
        ],
    )

    assert report.rows_read == 7
    assert report.tables == {
        "posts": TableCounts(rows=5, new=2, unchanged=1, merged=2),
        "comments": TableCounts(rows=2),
    }
    assert report.tables["posts"].changed == 4


def test_findings_are_tallied_by_severity_and_reason() -> None:
    findings = tally(
        [
            ("quarantined", "a", 2),
            ("quarantined", "b", 1),
            ("flagged", "a", 4),
            ("quarantined", "a", 3),
            ("flagged", "c", 0),
        ]
    )
    file = FileReport(name="a", findings=findings)

    assert findings == {"quarantined": {"a": 5, "b": 1}, "flagged": {"a": 4}}
    assert file.found(Severity.QUARANTINED) == 6
    assert ImportReport(reader="r", files=[file, file]).found(Severity.FLAGGED) == 8
    assert file.found(Severity.CONFLICT) == 0
