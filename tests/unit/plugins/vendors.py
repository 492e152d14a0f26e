"""Exports as vendors write them, for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from analisa.application.collection.archives import ReadOptions
from analisa.domain.shared.social import ProfileRef
from analisa.plugins.archives.meta_suite import MetaBusinessSuite
from analisa.plugins.archives.youtube_studio import YouTubeStudio

from .archives import Reading, a_source, read

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


META = MetaBusinessSuite()


STUDIO = YouTubeStudio()


CODE = "DUMLDXPktaH"
"""A short code of 2026-01-31T21:30:03Z."""


ENGLISH = (
    '\ufeff"Post ID","Account ID","Account username","Account name",Description,"Duration (sec)","Publish time",Permalink,'
    '"Post type","Data comment",Date,Views,Reach,Likes,Shares,Follows,Comments,Saves\n'
)


PORTUGUESE = (
    "Identificação do post;Identificação da conta;Nome de usuário da conta;Nome da conta;Descrição;Duração (s);"
    "Horário de publicação;Link permanente;Tipo de post;Comentário sobre os dados;Data;Visualizações;Alcance;Curtidas;"
    "Compartilhamentos;Seguimentos;Comentários;Salvamentos\n"
)


GERMAN_META = (
    "Beitrags-ID,Konto-ID,Konto-Nutzername,Kontoname,Beschreibung,Dauer (Sek.),Veröffentlichungszeit,Dauerhafter Link,"
    "Beitragsart,Kommentar zu den Daten,Datum,Aufrufe,Reichweite,„Gefällt mir“-Angaben,Geteilte Inhalte,Follows,"
    "Kommentare,Gespeichert\n"
)


SPANISH = (
    "Identificador de la publicación,Identificador de la cuenta,Nombre de usuario de la cuenta,Nombre de la cuenta,"
    "Descripción,Duración (segundos),Hora de publicación,Enlace permanente,Tipo de publicación,"
    "Comentario sobre los datos,Fecha,Visualizaciones,Alcance,Me gusta,Veces que se ha compartido,Seguimientos,"
    "Comentarios,Veces que se ha guardado\n"
)


def row(
    *,
    when: str = "01/31/2026 13:30",
    link: str = f"https://www.instagram.com/p/{CODE}/",
    kind: str = "IG carousel",
    period: str = "Lifetime",
) -> str:
    return (
        f'17900000000000001,17841400000000001,ana.paula,"Ana Paula","Olá, ""sol""\n\n#praia",0,"{when}",{link},"{kind}",,'
        f"{period},100,90,10,1,0,2,3\n"
    )


def meta(text: str, options: ReadOptions | None = None) -> Reading:
    return read(META, a_source({"export.csv": text}), options or ReadOptions(observed_at=NOW))


TABLE = (
    "Video,Video title,Video pub\u00adlish time,Com\u00adments ad\u00added,Shares,Dis\u00adlikes,Likes,"
    "Sub\u00adscribers lost,Sub\u00adscribers gained,RPM (USD),Av\u00ader\u00adage view dur\u00ada\u00adtion,Views,"
    "Watch time (hours),Sub\u00adscribers,Your es\u00adtim\u00adated rev\u00aden\u00adue (USD),Im\u00adpres\u00adsions,"
    "Im\u00adpres\u00adsions click-through rate (%)\r\n"
    "Total,,,30,3,2,50,1,9,1.5,0:03:25,1000,20.5,8,30.25,9000,3.5\r\n"
    'abcdefghijk,"One, two","May 8, 2020",10,1,1,20,1,4,2.5,0:05:14,400,10.5,3,20.5,5000,4.5\r\n'
    'ABCDEFGHIJ_,Three,"Nov 12, 2020",15,2,1,25,0,5,,0:01:00,500,8.0,-2,9.25,3500,2.5\r\n'
)


BRAZILIAN = (
    "Conteúdo;Título do vídeo;Horário de publicação do vídeo;Duração;Visualizações;Tempo de exibição (horas);"
    "Inscritos;Receita estimada (BRL);Impressões;Taxa de cliques de impressões (%)\n"
    "Total;;;;12.345;1.234,5;20;99,5;50.000;4,2\n"
    "abcdefghijk;Um;8 de mai. de 2020;125;1.234;120,5;5;10,25;4.000;5,1\n"
)


CHANNEL = ReadOptions(observed_at=NOW, profile=ProfileRef.parse("youtube:UCabcdefghijklmnopqrstuv"))


CHART = (
    "Date,Content,Video title,Video publish time,Views,Watch time (hours)\n"
    '2020-12-01,abcdefghijk,"One, two","May 9, 2020",10,0.5\n'
    '2020-12-01,ABCDEFGHIJ_,Three,"Nov 13, 2020",11,0.5\n'
    '2020-12-02,abcdefghijk,"One, two","May 9, 2020",12,1\n'
    '2020-12-02,ABCDEFGHIJ_,Three,"Nov 13, 2020",0,0\n'
)
