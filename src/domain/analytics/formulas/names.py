"""Names: what a profile has called itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from .evidence import Evidence
from .formula import Figures, Formula, Unit

SEPARATOR: Final = "|"


def _counted(evidence: Evidence) -> Figures:
    names = evidence.profiles.names
    return {} if names is None else {"n_names": np.diff(names.offsets).astype(np.float64)}


def _texts(evidence: Evidence) -> Figures:
    names = evidence.profiles.names
    if names is None:
        return {}
    last = np.full(len(evidence.profiles), "", dtype=np.object_)
    every = last.copy()
    for profile, (start, stop) in enumerate(zip(names.offsets[:-1], names.offsets[1:], strict=True)):
        if start < stop:
            seen = sorted(zip(names.last_seen[start:stop], names.name[start:stop], strict=True))
            last[profile] = seen[-1][1]
            every[profile] = SEPARATOR.join(sorted(name for _, name in seen))
    return {"profile_name_last": last, "title_last": last, "profile_names_all": every}


FORMULAS: Final = (
    Formula(
        name="names",
        title="Names",
        unit=Unit.TEXT,
        text=f"The display name seen last (two names for it), and all of them in order of text, parted by {SEPARATOR}.",
        source="the network, or the archive, as it says",
        columns=("profile_name_last", "title_last", "profile_names_all"),
        compute=_texts,
    ),
    Formula(
        name="names.count",
        title="Number of names",
        unit=Unit.COUNT,
        text="Different display names under which the profile was seen.",
        source="arithmetic",
        columns=("n_names",),
        compute=_counted,
    ),
)
