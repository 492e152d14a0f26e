"""The sample world: invented creators with a plausible history, for the demonstration, the tests and the benchmarks.

    from analisa.plugins.sample.world import SampleWorld

    world = SampleWorld(seed=7, creators=1_000, today=date(2026, 1, 1))
    for batch in world.batches(): ...   # as any archive reader gives them, in the order in which tables are stored
    for person in world.people(): ...   # who has which profiles
    world.truth(12)                     # what no observer can see, to measure against

Its creators are on the networks that everybody knows, under ids, addresses and names that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..hookspecs import hookimpl
from ..network import Network


@hookimpl
def analisa_networks() -> Iterable[Network]:
    """Declare the network that is always there and never online."""
    return [Network(name="sample", title="Sample world (invented)")]
