"""Prometheus metrics: what a process counts itself, kept small, and how they are handed out.

Routes are their templates, never addresses, so that the number of series does not grow with what people ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from types import MappingProxyType
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
MOST_ROUTES = 80
"""Pairs of method and route told apart; with the 18 series of each a process stays below 2,000."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LATENCY = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_DURATION = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600)


def new_registry() -> CollectorRegistry:
    """Return the registry of one process, with its memory, CPU time and open files."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, which says when it began
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    """Return what is in *registry* as text of `CONTENT_TYPE`."""
    return generate_latest(registry)


class HttpMetrics:
    """Rate, errors and duration of every route."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "analisa_http_requests", "Answered requests", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "analisa_http_request_seconds",
            "Time to the end of the answer",
            ("method", "route"),
            buckets=_LATENCY,
            registry=registry,
        )
        self._open = Gauge("analisa_http_requests_open", "Requests being answered", registry=registry)
        self._routes: set[tuple[str, str]] = set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as open for the length of the block."""
        self._open.inc()
        try:
            yield
        finally:
            self._open.dec()

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; *route* is the template (`/profiles/{profile_id}`), or empty when none matched."""
        method, route = self._known(method if method in _METHODS else "other", route or "other")
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)

    def _known(self, method: str, route: str) -> tuple[str, str]:
        if len(self._routes) < MOST_ROUTES:
            self._routes.add((method, route))
        return (method, route) if (method, route) in self._routes else ("other", "other")


class TaskMetrics:
    """How often and how long each reaction runs, and how it ends."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "analisa_reaction_seconds",
            "Time that a reaction to an event took",
            ("reaction", "outcome"),
            buckets=_DURATION,
            registry=registry,
        )
        self._waited = Histogram(
            "analisa_event_wait_seconds",
            "Time from an event's commit to the start of its effects",
            buckets=_DURATION,
            registry=registry,
        )
        self._running = Gauge("analisa_reactions_running", "Reactions at work", registry=registry)

    def started(self, waited_s: float) -> None:
        self._waited.observe(waited_s)

    @contextmanager
    def reaction(self, name: str) -> Iterator[None]:
        """Time the block as the reaction *name*; a failure is one that leaves with an exception."""
        begun, outcome = perf_counter(), "failed"
        self._running.inc()
        try:
            yield
            outcome = "done"
        finally:
            self._running.dec()
            self._seconds.labels(name, outcome).observe(perf_counter() - begun)


class RelayMetrics:
    """What the relay handed to the queue."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sent = Counter("analisa_relay_sent", "Events handed to the queue", registry=registry)
        self.refused = Counter("analisa_relay_refused", "Times that the queue did not take them", registry=registry)
        self.buried = Counter("analisa_relay_buried", "Events given up after their last attempt", registry=registry)


class CacheMetrics:
    """How questions to the cache came out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._asked = Counter(
            "analisa_cache_questions",
            "Questions to the cache: hit, miss, waited (for somebody who made it), away",
            ("outcome",),
            registry=registry,
        )

    def __call__(self, outcome: str) -> None:
        self._asked.labels(outcome).inc()


class Sample(NamedTuple):
    """A number that was read elsewhere: in the database, in the queue."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = MappingProxyType({})


class SampleCollector(Collector):
    """Shows the samples that somebody read last; reading them is not a scrape's business."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.samples: Sequence[Sample] = ()
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, meaning, value, labels in self.samples:
            family = families.get(name)
            if family is None:
                family = families[name] = GaugeMetricFamily(name, meaning, labels=list(labels))
            family.add_metric(list(labels.values()), value)
        yield from families.values()


def serve(registry: CollectorRegistry, *, port: int = 0, host: str = "127.0.0.1") -> str:
    """Serve *registry* over HTTP from a daemon thread, at a free port when *port* is 0; return the address."""
    server, _ = start_http_server(port, host, registry)
    return f"http://{host}:{server.server_port}/metrics"
