"""Health, metrics: for whoever looks after the installation."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from ...adapters.observability.metrics import CONTENT_TYPE
from ..container import Application
from ..health import MetricsPage, readiness
from .access import OPEN, needs
from .problems import refusals


class Alive(msgspec.Struct, frozen=True):
    """The process runs."""

    status: str = "alive"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether requests can be served, and how what they depend on is doing."""

    status: str
    database: str
    schema: str
    redis: str
    roles: dict[str, int]
    """Living processes by role."""


@get("/health/live", operation_id="getLiveness", tags=["operations"], opt=needs(OPEN), responses=refusals())
async def live() -> Alive:
    """Answer as long as the process runs; depends on nothing else."""
    return Alive()


@get("/health/ready", operation_id="getReadiness", tags=["operations"], opt=needs(OPEN), responses=refusals())
async def ready(application: NamedDependency[Application]) -> Response[Ready]:
    """Answer 200 when requests can be served, else 503; without Redis or a role work waits, and nothing is refused."""
    found = await readiness(application)
    body = Ready(
        status="ready" if found.ready else "not ready",
        database=found.database,
        schema=found.schema,
        redis=found.redis,
        roles=dict(found.roles),
    )
    return Response(body, status_code=200 if found.ready else 503)


@get(
    "/metrics",
    operation_id="getMetrics",
    tags=["operations"],
    opt=needs("operations.read"),
    responses=refusals(),
    media_type=CONTENT_TYPE,
)
async def metrics(metrics_page: NamedDependency[MetricsPage]) -> Response[bytes]:
    """Return what this process and the installation count, in Prometheus' text format."""
    return Response(await metrics_page(), media_type=CONTENT_TYPE)


@get("/", include_in_schema=False, opt=needs(OPEN))
async def front() -> Redirect:
    """Lead people who open the printed address to what there is to see."""
    return Redirect("/schema")


HANDLERS: list[Any] = [live, ready, metrics, front]
