"""What can go wrong with scores and receipts.

RuleViolated
├── InvalidEvidence      a count below zero, an infinity, columns that do not fit each other
├── InvalidReference     a reference table that is not one
└── UnusableReceipt      a receipt that cannot be read or recomputed at all
"""

from __future__ import annotations

from ..shared.errors import RuleViolated


class InvalidEvidence(RuleViolated):
    """A score was asked of numbers that nobody can have observed."""

    code = "analytics.invalid_evidence"


class InvalidReference(RuleViolated):
    """A reference table does not have the shape of one."""

    code = "analytics.invalid_reference"


class UnusableReceipt(RuleViolated):
    """A receipt is cut off, of another version, or not a receipt; *place* is where in the document."""

    code = "analytics.unusable_receipt"

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
