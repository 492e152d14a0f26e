"""Metrics: what a process counts itself, and that it stays small."""

from __future__ import annotations

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from analisa.adapters.observability.metrics import (
    HttpMetrics,
    Sample,
    SampleCollector,
    TaskMetrics,
    exposition,
    new_registry,
    serve,
)


def samples(page: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(page.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_rate_errors_and_duration_are_counted_by_route() -> None:
    registry = new_registry()
    metrics = HttpMetrics(registry)
    metrics.answered(method="GET", route="/profiles/{id}", status=200, seconds=0.01)
    metrics.answered(method="GET", route="/profiles/{id}", status=503, seconds=2)

    found = samples(exposition(registry))

    route = (("method", "GET"), ("route", "/profiles/{id}"))
    assert found["analisa_http_requests_total", (*route, ("status", "2xx"))] == 1
    assert found["analisa_http_requests_total", (*route, ("status", "5xx"))] == 1
    assert found["analisa_http_request_seconds_count", route] == 2
    assert found["analisa_http_request_seconds_sum", route] == pytest.approx(2.01)


def test_a_request_is_open_until_it_is_answered() -> None:
    registry = new_registry()
    metrics = HttpMetrics(registry)
    with metrics.request():
        assert samples(exposition(registry))["analisa_http_requests_open", ()] == 1
    assert samples(exposition(registry))["analisa_http_requests_open", ()] == 0


def test_the_number_of_series_does_not_grow_with_what_people_ask_for() -> None:
    registry = new_registry()
    metrics = HttpMetrics(registry)
    for number in range(5000):
        for status in (200, 302, 404, 500):
            metrics.answered(
                method=f"M{number}" if number % 2 else "GET", route=f"/x/{number}", status=status, seconds=1
            )

    assert len(samples(exposition(registry))) < 2000


def test_a_reaction_is_timed_with_its_outcome() -> None:
    registry = new_registry()
    metrics = TaskMetrics(registry)

    def fail() -> None:
        with metrics.reaction("a.b"):
            raise ValueError("seven")

    with metrics.reaction("a.b"):
        pass
    with pytest.raises(ValueError, match="seven"):
        fail()

    found = samples(exposition(registry))
    assert found["analisa_reaction_seconds_count", (("outcome", "done"), ("reaction", "a.b"))] == 1
    assert found["analisa_reaction_seconds_count", (("outcome", "failed"), ("reaction", "a.b"))] == 1
    assert found["analisa_reactions_running", ()] == 0


def test_samples_that_were_read_elsewhere_are_shown_until_others_come() -> None:
    registry = new_registry()
    collector = SampleCollector(registry)
    collector.samples = [
        Sample("a", "A", 3, {"state": "done"}),
        Sample("a", "A", 1, {"state": "failed"}),
        Sample("b", "B", 2),
    ]

    found = samples(exposition(registry))
    assert (found["a", (("state", "done"),)], found["a", (("state", "failed"),)], found["b", ()]) == (3, 1, 2)

    collector.samples = []
    assert ("b", ()) not in samples(exposition(registry))


def test_a_process_serves_its_metrics_at_a_free_port() -> None:
    registry = new_registry()
    address = serve(registry)

    with urllib.request.urlopen(address) as answer:
        assert "process_cpu_seconds_total" in answer.read().decode()
