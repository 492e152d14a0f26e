"""Mails: whom each is for and what it says, in the languages that are spoken here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

LOCALES: Final = ("pt-BR", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail, ready to be sent."""

    kind: str
    to: str
    subject: str
    text: str


def composed(kind: str, to: str, locale: str | None, facts: Mapping[str, str]) -> Mail:
    """Write the mail of that *kind*; without a *locale* it says everything in every language.

    A kind that is not there, or a fact that its text asks for and that is missing, raises KeyError.
    """
    told = [_texts()[kind][each] for each in ((locale,) if locale in LOCALES else LOCALES)]
    clean = {name: " ".join(fact.split()) for name, fact in facts.items()}
    return Mail(
        kind=kind,
        to=to,
        subject=" / ".join(Template(text["subject"]).substitute(clean) for text in told),
        text="\n\n— — —\n\n".join(Template(text["text"]).substitute(clean).strip() for text in told) + "\n",
    )


def kinds() -> tuple[str, ...]:
    return tuple(_texts())


@cache
def _texts() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return tomllib.loads(files(__package__).joinpath("mails.toml").read_text("utf-8"))
