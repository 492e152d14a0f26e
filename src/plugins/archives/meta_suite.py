"""Content exports of Meta Business Suite: one row per post of an Instagram account or a Facebook page.

The publish time is wall time in US Pacific with the month first, whatever the account's country; a spreadsheet may have
turned that round, which the dates and the short codes of posts show. The file does not say when its figures were taken.
Header words follow the language of the user's interface; English, Portuguese and Spanish are known from
exports; the German words are those of the interface, which no export has confirmed yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...application.collection.archives import (
    ArchiveKind,
    ArchiveSource,
    ImportRefused,
    Plan,
    ReadOptions,
    Recognition,
)
from ...domain.collection.batch import Batch
from ...domain.collection.dates import Order
from ...domain.collection.mapping import ColumnRule, Habit, MappingRules, TableRule
from ...domain.collection.records import POST_METRICS, POSTS, PROFILES
from .chunks import Chunk
from .exports import Words, cells_of, exactly, find_headers, rule, table_samples
from .mapped.engine import plan_work, read_work
from .tables import chunks_of

_HABIT = Habit(order=Order.MONTH_FIRST, zone="America/Los_Angeles")

WORDS: Words = {
    "post_id": ("post id", "id do post", "identificação do post", "identificador da publicação", "id da publicação",
                "identificador de la publicación", "id de la publicación", "identificador de publicación",
                "beitrags-id", "id des beitrags"),
    "account_id": ("account id", "page id", "id da conta", "identificação da conta", "id da página",
                   "identificação da página", "identificador de la cuenta", "id de la cuenta",
                   "identificador de la página", "id de la página", "konto-id", "seiten-id"),
    "username": ("account username", "nome de usuário da conta", "nome de utilizador da conta",
                 "nombre de usuario de la cuenta", "konto-nutzername", "nutzername des kontos", "kontobenutzername"),
    "name": ("account name", "page name", "nome da conta", "nome da página", "nombre de la cuenta",
             "nombre de la página", "kontoname", "name des kontos", "seitenname"),
    "text": ("description", "descrição", "descripción", "beschreibung"),
    "title": ("title", "título", "titel"),
    "duration_s": ("duration (sec)", "duration (s)", "duração (s)", "duração (seg)", "duração (segundos)",
                   "duración (s)", "duración (seg)", "duración (segundos)",
                   "dauer (sek.)", "dauer (s)", "dauer (sekunden)"),
    "published_at": ("publish time", "horário de publicação", "hora de publicação", "hora de publicación",
                     "fecha de publicación", "horario de publicación",
                     "veröffentlichungszeit", "veröffentlichungszeitpunkt", "zeitpunkt der veröffentlichung"),
    "link": ("permalink", "link permanente", "ligação permanente", "enlace permanente",
             "dauerhafter link", "dauerlink"),
    "type": ("post type", "tipo de post", "tipo de publicação", "tipo de publicación",
             "beitragstyp", "beitragsart", "art des beitrags"),
    "period": ("date", "data", "fecha", "datum"),
    "views": ("views", "visualizações", "visualizaciones", "aufrufe"),
    "impressions": ("impressions", "impressões", "impresiones", "impressionen"),
    "reach": ("reach", "alcance", "reichweite", "erreichte personen"),
    "likes": ("likes", "curtidas", "gostos", "me gusta",
              "„gefällt mir“-angaben", '"gefällt mir"-angaben', "gefällt mir"),
    "reactions": ("reactions", "reações", "reacciones", "reaktionen"),
    "shares": ("shares", "compartilhamentos", "partilhas", "veces que se compartió", "veces que se ha compartido",
               "veces compartido", "compartidos", "geteilte inhalte", "geteilt", "mal geteilt"),
    "follows": ("follows", "seguimentos", "seguidores", "seguimientos"),
    "comments": ("comments", "comentários", "comentarios", "kommentare"),
    "saves": ("saves", "salvamentos", "guardados", "veces que se guardó", "veces que se ha guardado",
              "veces guardado", "gespeichert", "mal gespeichert", "gespeicherte inhalte"),
    "clicks": ("total clicks", "total de cliques", "total de clics", "klicks insgesamt", "gesamte klicks"),
}  # fmt: skip

_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("ig image", "imagem do ig", "imagem do instagram", "imagen de ig", "photos", "photo", "fotos", "foto", "ig-bild"), "image"),
    **dict.fromkeys(("ig carousel", "carrossel do ig", "carrossel do instagram", "secuencia de ig", "carrusel de ig", "ig-karussell"), "carousel"),
    **dict.fromkeys(("ig reel", "reel do ig", "reel do instagram", "reel de ig", "reels", "reel", "ig-reel"), "reel"),
    **dict.fromkeys(("ig story", "story do ig", "historia de ig", "stories", "story", "ig-story"), "story"),
    **dict.fromkeys(("ig video", "vídeo do ig", "video de ig", "videos", "video", "vídeos", "vídeo", "ig-video"), "video"),
    **dict.fromkeys(("links", "link", "enlaces"), "link"),
    **dict.fromkeys(("text", "status", "texto", "statuses", "other"), "text"),
    **dict.fromkeys(("live", "live videos", "ao vivo", "en vivo"), "live"),
}  # fmt: skip

_NEEDED = {"post_id", "published_at", "link"}
_FIGURES = {"views", "impressions", "reach", "likes", "reactions", "shares", "follows", "comments", "saves"}
_SAMPLED = 20


class MetaBusinessSuite:
    """`ArchiveReader` of Meta Business Suite's content export, for Instagram and Facebook."""

    name = "meta-business-suite"
    title = "Meta Business Suite content export (CSV)"
    kind = ArchiveKind.OWNER_EXPORT

    def recognise(self, source: ArchiveSource) -> Recognition:
        found = [name for name, sample in table_samples(source) if _network(sample)]
        if not found:
            return Recognition(0, "no table has Meta's columns")
        return Recognition(0.95, f"{found[0]} has the columns and links of a content export")

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        tables: list[TableRule] = []
        for name, sample in table_samples(source):
            network = _network(sample)
            if network:
                tables += _rules(source, name, sample, network, first=len(tables) + 1)
        if not tables:
            raise ImportRefused(f"{source.label} holds no content export of Meta Business Suite")
        return plan_work(source, MappingRules(kind="owner_export", tables=tuple(tables)), options, self.name)

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        return read_work(source, plan)


def _network(sample: Chunk) -> str:
    """Return the network that the links of the export lead to, "" if it is no such export."""
    found = find_headers(sample, WORDS)
    if not set(found) >= _NEEDED or len(_FIGURES & set(found)) < 2:
        return ""
    links = [link for link in cells_of(sample, found["link"]) if link][:_SAMPLED]
    for network in ("instagram", "facebook"):
        if any(f"{network}.com/" in link for link in links):
            return network
    if links:
        return ""
    return "instagram" if "username" in found else "facebook"


def _rules(source: ArchiveSource, name: str, sample: Chunk, network: str, *, first: int) -> Iterator[TableRule]:
    """Write the rules that a person would write for this file."""
    found = find_headers(sample, WORDS)
    _refuse_daily(source, name, found)
    constants: dict[str, object] = {"network": network}
    post_id = rule(found["post_id"], "post_id")
    if network == "instagram":
        # The short code in the link is what everybody else knows the post by; stories have none.
        post_id = rule(found["link"], "post_id", link=True, otherwise=found["post_id"])
    account = {"profile_id": rule(found["account_id"], "profile_id")} if "account_id" in found else {}
    posts: dict[str, ColumnRule] = {
        "post_id": post_id,
        **account,
        "published_at": rule(found["published_at"], "published_at", habit=_HABIT),
        "url": rule(found["link"], "url"),
        **{field: rule(found[field], field) for field in ("title", "text", "duration_s") if field in found},
    }
    if "type" in found:
        posts["type"] = rule(found["type"], "type", values=_TYPES)
    figures = {
        field: rule(found[field], field)
        for field in sorted(_FIGURES | {"clicks"})
        if field in found and field != "reactions"
    }
    if "likes" not in figures and "reactions" in found:
        figures["likes"] = rule(found["reactions"], "likes")
    files = exactly(name)
    if account:
        described = {"handle": "username", "display_name": "name"}
        words = {field: rule(found[word], field) for field, word in described.items() if word in found}
        yield TableRule(
            table=PROFILES, number=first, known=True, files=files, constants=constants, columns={**account, **words}
        )
    yield TableRule(
        table=POSTS,
        number=first + 1,
        known=True,
        files=files,
        constants=constants,
        columns=posts,
        extra={"graph_id": rule(found["post_id"], "extra.graph_id")},
    )
    yield TableRule(
        table=POST_METRICS,
        number=first + 2,
        known=True,
        files=files,
        constants=constants,
        columns={"post_id": post_id, **figures},
    )


def _refuse_daily(source: ArchiveSource, name: str, found: Mapping[str, str]) -> None:
    """Refuse an export by day: its rows are not the posts' figures up to now."""
    if "period" not in found:
        return
    for chunk in chunks_of(source, name):
        for cell, line in zip(cells_of(chunk, found["period"]), chunk.lines, strict=True):
            if re.search(r"\d{4}", cell):
                raise ImportRefused(
                    f"is an export by day ({found['period']} is {cell!r}); export it with the figures of the whole lifetime",
                    file=name,
                    line=line,
                )
