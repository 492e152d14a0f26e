"""Names with a slip of the fingers: nearly all of them lead to whom they mean."""

from __future__ import annotations

import random
from typing import Final

import pytest

from analisa.adapters.postgres.analytics.discovery.findable import PostgresFindable
from analisa.adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from analisa.adapters.postgres.database import Database
from analisa.application.analytics.discovery.asking import asked
from tests.fakes.collection import FakeClock
from tests.integration.analytics.world import NOW, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST: Final = (
    "Ana",
    "Beatriz",
    "João",
    "Conceição",
    "Guilherme",
    "Larissa",
    "Otávio",
    "Patrícia",
    "Vinícius",
    "Érica",
)
LAST: Final = ("Almeida", "Barbosa", "Cavalcanti", "Esteves", "Figueiredo", "Guimarães", "Magalhães", "Siqueira")
SYLLABLES: Final = ("bar", "cal", "den", "fir", "gon", "lis", "mor", "nul", "pes", "ras", "tev", "vin")
RECALLED: Final = 0.95


def slipped(name: str, chance: random.Random) -> str:
    """The name with one letter left out, added, changed, or swapped with its neighbour, in a word of five or more."""
    words = name.split()
    place = chance.choice([number for number, word in enumerate(words) if len(word) >= 5])
    word = words[place]
    at, letter = chance.randrange(1, len(word)), chance.choice("abcdefghijklmnopqrstuvwxyz")
    words[place] = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )
    return " ".join(words)


async def test_of_names_with_one_slip_nearly_all_are_among_the_first_ten(database: Database, world: World) -> None:
    chance = random.Random(5)
    actor = await world.organisation("misspelt", demonstration=True)
    owner = actor.organisation
    named = {}
    for number in range(600):
        own = "".join(chance.choice(SYLLABLES) for _ in range(3)).title()
        name = f"{chance.choice(FIRST)} {own} {chance.choice(LAST)}"
        named[await world.influencer(name, owner=owner)] = name if number % 2 else own
    await PostgresFindable(database, FakeClock(NOW)).refresh(owner, influencers=list(named))
    discovery = PostgresDiscovery(database)

    found = 0
    for influencer, name in named.items():
        page = await discovery.search(actor, asked(actor, None, slipped(name, chance), None, now=NOW), limit=10)
        found += influencer in {item.influencer_id for item in page.items}

    assert found / len(named) >= RECALLED
