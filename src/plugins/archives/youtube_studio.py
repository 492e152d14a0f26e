"""Exports of YouTube Studio (advanced mode, per video): a CSV, or the ZIP in which it comes.

The table of videos says neither whose channel it is nor when or for which period the figures were taken: both are
asked for, and the figures count as lifetime ones. The chart beside it has a row for every video and day, and brings
the figures of single days. Soft hyphens inside headers, a row of totals and day-only dates are its habits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from ...application.collection.archives import (
    ArchiveKind,
    ArchiveSource,
    ImportRefused,
    Plan,
    ReadOptions,
    Recognition,
)
from ...domain.collection.batch import Batch
from ...domain.collection.dates import DateRule, Order, read_dates, weigh_order
from ...domain.collection.headers import normalise
from ...domain.collection.mapping import ColumnRule, Habit, MappingRules, TableRule
from ...domain.collection.records import POST_METRICS, POSTS
from .chunks import Chunk
from .exports import Words, cells_of, exactly, find_headers, rule, table_samples
from .mapped.engine import plan_work, read_work
from .mapped.survey import TOTALS
from .tables import chunks_of

WORDS: Words = {
    "post_id": ("video", "content", "vídeo", "conteúdo", "contenido", "contenu", "vidéo", "inhalte", "inhalt"),
    "day": ("date", "data", "fecha", "datum"),
    "title": ("video title", "título do vídeo", "título del vídeo", "título del video", "titre de la vidéo", "videotitel"),
    "published_at": ("video publish time", "horário de publicação do vídeo", "hora de publicación del vídeo",
                     "hora de publicación del video", "heure de publication de la vidéo",
                     "veröffentlichungszeitpunkt des videos"),
    "duration_s": ("duration", "duração", "duración", "durée", "dauer"),
    "comments": ("comments added", "comentários adicionados", "comentarios añadidos", "comentarios agregados",
                 "comentarios publicados", "commentaires ajoutés", "kommentare hinzugefügt", "hinzugefügte kommentare"),
    "shares": ("shares", "compartilhamentos", "veces compartido", "veces que se ha compartido", "contenido compartido",
               "partages", "geteilt", "geteilte inhalte"),
    "likes": ("likes", 'marcações "gostei"', "marcações “gostei”", "gostei", "curtidas", "me gusta", "j'aime",
              "mentions “j'aime”", "„mag ich“-bewertungen"),
    "dislikes": ("dislikes", 'marcações "não gostei"', "marcações “não gostei”", "não gostei", "no me gusta",
                 "je n'aime pas", "„mag ich nicht“-bewertungen"),
    "views": ("views", "visualizações", "visualizaciones", "vistas", "vues", "aufrufe"),
    "impressions": ("impressions", "impressões", "impresiones", "impressionen"),
    "watch_time_s": ("watch time (hours)", "tempo de exibição (horas)", "tiempo de visualización (horas)",
                     "tiempo de reproducción (horas)", "durée de visionnage (heures)", "wiedergabezeit (stunden)"),
    "extra.subscribers_gained": ("subscribers gained", "inscritos ganhos", "inscrições obtidas", "suscriptores obtenidos",
                                 "suscriptores ganados", "abonnés gagnés"),
    "extra.subscribers_lost": ("subscribers lost", "inscritos perdidos", "inscrições perdidas", "suscriptores perdidos",
                               "abonnés perdus"),
    "extra.subscribers_net": ("subscribers", "inscritos", "inscrições", "suscriptores", "abonnés", "abonnenten"),
    "extra.ctr_pct": ("impressions click-through rate (%)", "taxa de cliques de impressões (%)",
                      "taxa de cliques das impressões (%)", "porcentaje de clics de las impresiones (%)",
                      "tasa de clics de las impresiones (%)", "taux de clics des impressions (%)",
                      "klickrate der impressionen (%)"),
    "extra.average_viewed_pct": ("average percentage viewed (%)", "porcentagem visualizada média (%)",
                                 "porcentaje medio visto (%)", "porcentaje promedio visto (%)"),
    "extra.average_view_duration_s": ("average view duration", "duração média da visualização",
                                      "duración media de las visualizaciones", "duración promedio de las vistas"),
}  # fmt: skip
_MONEY: Mapping[str, tuple[str, ...]] = {
    "revenue": ("your estimated revenue", "estimated revenue", "sua receita estimada", "receita estimada",
                "ingresos estimados", "tus ingresos estimados", "revenus estimés", "geschätzter umsatz"),
    "rpm": ("rpm",),
    "cpm": ("cpm",),
}  # fmt: skip
_CURRENCY = re.compile(r"(.+?) ?\(([a-z]{3})\)")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_COUNTS = ("comments", "shares", "likes", "dislikes", "views", "impressions")
_PERIOD = "the file does not say for which period the figures are; they count as those of the whole lifetime"
_CURE = "export the chart by day"
_ONE_DAY = "P1D"
_SAMPLED = 50


class YouTubeStudio:
    """`ArchiveReader` of YouTube Studio's table of videos."""

    name = "youtube-studio"
    title = "YouTube Studio export (CSV, or the ZIP it comes in)"
    kind = ArchiveKind.OWNER_EXPORT

    def recognise(self, source: ArchiveSource) -> Recognition:
        found = [name for name, sample in table_samples(source) if _is_table(sample) or _is_chart(sample)]
        if not found:
            return Recognition(0, "no table has YouTube Studio's columns")
        return Recognition(0.9, f"{found[0]} has YouTube Studio's columns and video ids")

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        tables: list[TableRule] = []
        doubts: list[str] = []
        for name, sample in table_samples(source):
            if _is_table(sample):
                tables += _rules(name, sample, first=len(tables) + 1)
                doubts.append(_PERIOD)
            elif _is_chart(sample):
                orders = [None] if name in options.settled else _orders_of_days(source, name, sample)
                if orders:
                    tables.append(_daily_rule(name, sample, orders, number=len(tables) + 1))
                else:
                    doubts.append(f"{name}: its dates are not those of single days, so nothing is read of it; {_CURE}")
        if not tables:
            raise ImportRefused(f"{source.label} holds no table of videos from YouTube Studio")
        plan = plan_work(source, MappingRules(kind="owner_export", tables=tuple(tables)), options, self.name)
        return replace(plan, doubts=tuple(dict.fromkeys((*plan.doubts, *doubts))))

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        return read_work(source, plan)


def _is_table(sample: Chunk) -> bool:
    """Tell the table of videos: there are views and a title or a publish time, and one row per video."""
    found = find_headers(sample, WORDS)
    return "day" not in found and bool({"title", "published_at"} & set(found)) and _holds_videos(sample, found)


def _is_chart(sample: Chunk) -> bool:
    """Tell the chart: the figures of every video, and in front of them the day that they are of."""
    found = find_headers(sample, WORDS)
    return "day" in found and _holds_videos(sample, found)


def _holds_videos(sample: Chunk, found: Mapping[str, str]) -> bool:
    """Verify by content: one column holds video ids, and there are views."""
    if not {"post_id", "views"} <= set(found):
        return False
    ids = [cell for cell in cells_of(sample, found["post_id"]) if cell and normalise(cell) not in TOTALS][:_SAMPLED]
    return bool(ids) and sum(_VIDEO.fullmatch(cell) is not None for cell in ids) > len(ids) // 2


def _orders_of_days(source: ArchiveSource, name: str, sample: Chunk) -> Sequence[Order | None]:
    """Return the orders in which some two of the chart's dates are neighbours, as by week or month they never are."""
    column = find_headers(sample, WORDS)["day"]
    cells = list(dict.fromkeys(cell for chunk in chunks_of(source, name) for cell in cells_of(chunk, column)))
    shown = weigh_order(cells, range(len(cells)))
    orders: Sequence[Order | None] = [*Order] if shown.numeric and shown.order is None else [shown.order]
    return [order for order in orders if _has_neighbours(read_dates(cells, DateRule(order=order)).parsed.values)]


def _has_neighbours(moments: Sequence[object]) -> bool:
    days = {moment for moment in moments if isinstance(moment, datetime)}
    return any(day + timedelta(days=1) in days for day in days)


def _rules(name: str, sample: Chunk, *, first: int) -> Iterator[TableRule]:
    """Write the rules that a person would write for the table of videos."""
    found = find_headers(sample, WORDS)
    words = [field for field in ("published_at", "title", "duration_s") if field in found]
    posts = {field: rule(found[field], field) for field in ("post_id", *words)}
    constants: dict[str, object] = {"network": "youtube", "type": "video"}
    yield TableRule(table=POSTS, number=first, known=True, files=exactly(name), constants=constants, columns=posts)
    yield _figures_rule(name, sample, number=first + 1)


def _figures_rule(name: str, sample: Chunk, *, number: int) -> TableRule:
    found = find_headers(sample, WORDS)
    figures = {field: rule(found[field], field) for field in _COUNTS if field in found}
    if "watch_time_s" in found:
        figures["watch_time_s"] = rule(found["watch_time_s"], "watch_time_s", unit=Decimal(3600))
    return TableRule(
        table=POST_METRICS,
        number=number,
        known=True,
        files=exactly(name),
        constants={"network": "youtube"},
        columns={"post_id": rule(found["post_id"], "post_id"), **figures},
        extra=_extras(sample, found),
    )


def _daily_rule(name: str, sample: Chunk, orders: Sequence[Order | None], *, number: int) -> TableRule:
    """Write the rule for the chart. It describes no videos: what they are is the table's to say."""
    figures = _figures_rule(name, sample, number=number)
    habit = Habit(order=orders[0] if len(orders) == 1 else None)
    day = rule(find_headers(sample, WORDS)["day"], "observed_at", habit=habit, ends_day=True)
    return replace(
        figures,
        constants={**figures.constants, "scope": _ONE_DAY},
        columns={**figures.columns, "observed_at": day},
    )


def _extras(sample: Chunk, found: Mapping[str, str]) -> dict[str, ColumnRule]:
    """What only the owner sees: subscribers, click-through rate, money with its currency in the name."""
    extra = {}
    for field, column in found.items():
        if field.startswith("extra."):
            short = field.removeprefix("extra.")
            how = "duration" if short.endswith("duration_s") else "number"
            extra[short] = rule(column, field, kind=how)
    for column in sample.header:
        money = _CURRENCY.fullmatch(normalise(column))
        for short, words in _MONEY.items():
            if money and money[1] in words:
                extra[f"{short}_{money[2]}"] = rule(column, f"extra.{short}", kind="number")
    return extra
