"""The dashboard that we ship asks only for figures that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from analisa.adapters.observability.metrics import HttpMetrics, RelayMetrics, TaskMetrics, new_registry
from analisa.adapters.postgres.vitals import Vitals
from analisa.entrypoints.health import MetricsPage, _samples
from tests.integration.runtime.test_health import application

DASHBOARD = Path(__file__).parents[3] / "deploy" / "grafana" / "analisa.json"
ALL = Vitals(
    newest_score_age_s=1, newest_import_age_s=1, imports={"done": 1}, default_rows={"x": 0}, processes={"x": 1}
)


async def test_every_figure_of_the_dashboard_is_on_a_page(tmp_path: Path, database_url: str, redis_url: str) -> None:
    registry = new_registry()
    http, tasks, _ = HttpMetrics(registry), TaskMetrics(registry), RelayMetrics(registry)
    http.answered(method="GET", route="/health/live", status=200, seconds=0.1)
    with tasks.reaction("test.note"):
        pass
    async with application(tmp_path, database_url, redis_url) as opened:
        page = (await MetricsPage(opened, registry)()).decode()
    shown = set(re.findall(r"(?m)^(analisa_\w+)", page)) | {sample.name for sample in _samples(ALL)}

    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]

    asked = {name for expression in expressions for name in re.findall(r"analisa_\w+", expression)}
    assert len(panels) == len({panel["title"] for panel in panels}) == 15
    assert asked <= shown
