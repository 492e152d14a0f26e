"""The Social Score once more, from a receipt alone: plain Python, no arrays, no code in common with the first.

It exists to disagree. Whoever holds a receipt can compute the score without the installation that made it, and the
two implementations keep each other honest.
"""

from __future__ import annotations

from .comparison import Difference, compare
from .document import read_receipts
from .result import Exact, published, recompute

__all__ = ["Difference", "Exact", "compare", "published", "read_receipts", "recompute"]
