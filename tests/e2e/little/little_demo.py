"""A stand-in for `analisa demo`: says what it was told, and fails when it is to."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    print("the little world goes to", os.environ["ANALISA_DATABASE_URL"].rpartition("/")[2], flush=True)
    sys.exit(int(os.environ.get("LITTLE_DEMO_ENDS_WITH", "0")))
