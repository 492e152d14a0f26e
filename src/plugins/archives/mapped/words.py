"""What headers mean, and words for kinds of posts, in the languages that are known here: only for proposals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....domain.collection.headers import normalise

_WORDS: Sequence[tuple[str, str]] = (
    ("comment_id", r"comment[ _]?id|id do comentário"),
    ("author_ref", r"user[ _]?id|author(?: id| name)?|autor|commenter"),
    (
        "link",
        r"permalink|(?:(?:vid|video|post)[ _]?)?(?:url|link)|(?:url|link) d[oe](?: la)? (?:post|publicación)|enlace",
    ),
    (
        "post_id",
        (
            r"(?:post|video|vid|media|message|tweet|content)[ _-]?id|video|vidid|"
            r"id d[aeo](?: la|l)? ?(?:post|publicação|publicación|vídeo|video|mídia|conteúdo|contenido)"
        ),
    ),
    ("profile_id", r"(?:channel|profile|account|page|user|author|owner|creator)[ _.-]?id"),
    (
        "handle",
        (
            r"handle|user[ _]?name|account username|custom[ _]url|nome de usuário|usuário|usuario|arroba|@|"
            r".*(?:insta|tiktok|youtu).*name.*"
        ),
    ),
    (
        "display_name",
        (
            r"(?:display|account|profile|channel|full)[ _]?(?:name|title)|profile|perfil|"
            r"account|conta|cuenta|creator|criador|creador|influencer|influenciador|name|nome|nombre|"
            r"author(?: name)?|autor"
        ),
    ),
    (
        "observed_at",
        r"(?:snapshot|scrape|crawl|observed|date|last seen).*(?:utc|at)|.*scrape ?time|snapshot_utc|date_utc",
    ),
    (
        "published_at",
        (
            r"(?:video )?publish(?:ed)?.*|posted(?: (?:at|on))?|when|quando|timestamp|create_?time|post ?time|.*post_?time|date|data|fecha|datum|horário de publicação|created_at|"
            r"publicado (?:em|el)|postado em|(?:data|fecha) d[ae] publica(?:ção|ción)"
        ),
    ),
    ("type", r"(?:post|media|content) ?type|tipo.*|type|format|formato"),
    ("title", r"(?:video |post )?title|título"),
    ("text", r"message|caption|.*_caption|description|text|legenda|descrição|descripción|texto"),
    ("hashtags", r".*hashtags?"),
    ("duration_s", r".*duration.*|duração.*|duración.*"),
    ("followers", r".*(?:followers?|subscribers|nfollower|seguidores|abonn).*"),
    ("following", r"following|seguindo|siguiendo"),
    ("views", r".*(?:views?|view_count|nview|visualizações|vistas|visualizaciones|plays)(?: .*)?"),
    ("impressions", r"impressions|impressões|impresiones"),
    ("reach", r"reach|alcance.*|accounts reached"),
    ("likes", r".*(?:likes?|like_count|nlike|curtidas|me gusta|reactions)(?: .*)?"),
    ("shares", r".*(?:shares?|nshare|compartilhamentos|compartidos)(?: .*)?"),
    ("saves", r".*(?:saves?|nsave|salvamentos|guardados)"),
    ("comments", r".*(?:comments?|comment_count|ncomment|comentários?|comentarios?)(?: .*)?"),
    ("text", r"comments?|comentários?|comentarios?"),
    ("country", r".*country.*|país.*|pais"),
    ("category", r"categor.*"),
)
"""Header to field. Where several fit, the first whose cells can be what the header says is taken."""
_PART = re.compile(
    r"(?:author|user|owner|account|profile|channel|creator|stats|statistics|engagement|metrics|counts?)\."
)
"""What stands before the name of a field that lies in an object of a JSONL file."""
TYPE_WORDS: Sequence[tuple[str, str]] = (
    ("video", r"v[ií]deo"),
    ("image", r"image|imagem|imagen|photo|foto"),
    ("carousel", r"carousel|carrossel|carrusel|album|álbum|sidecar"),
    ("story", r"story|stories|historia|história"),
    ("live", r"\blive\b|ao vivo|en vivo|directo"),
    ("short", r"short"),
    ("reel", r"reel"),
)
"""Later ones win: `IG reel` is a reel even where it says video as well."""


def fields_of(column: str) -> list[str]:
    """Return the fields that *column* may feed by its name, the likeliest first."""
    text = normalise(re.sub(r" \[\d+\]$", "", column))
    part = _PART.sub("", text, count=1) if _PART.match(text) else text
    return [field for field, words in _WORDS if re.fullmatch(words, text) or re.fullmatch(words, part)]
