"""What profiles are about, as their words tell."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.influencers.niche import Spoken, niches_of, taxonomy

LABELLED = [
    ("travel", Spoken(bio="Viajante | trilhas e mochilão", posts=("Roteiro na praia", "Trilha linda", "bom dia"))),
    ("food", Spoken(category="Food & Drink", posts=("Receita de bolo", "Restaurante novo", "Jantar"))),
    ("gaming", Spoken(bio="Streamer | Minecraft gameplay", posts=("live hoje", "GG", "novo jogo na twitch"))),
    ("beauty", Spoken(bio="makeup artist", posts=("batom novo", "skincare da noite", "oi"))),
    ("fitness", Spoken(posts=("Treino de hoje #academia", "Mais um treino", "corrida no parque", "cafe"))),
    ("pets", Spoken(bio="mãe de pet: 3 gatos e 1 cachorro", posts=("meu gato", "adoção de animais", "sol"))),
    ("books", Spoken(bio="leitora voraz #bookstagram", posts=("livro do mês", "poesia", "chá"))),
    ("finance", Spoken(bio="Investimentos e bolsa de valores", posts=("acoes em alta", "cripto caiu", "ola"))),
    ("music", Spoken(bio="cantora e compositora", posts=("novo clipe", "show em SP", "banda toda"))),
    ("sports", Spoken(posts=("Gol do futebol brasileiro", "copa 2026", "futebol feminino", "jantar"))),
    ("religion", Spoken(bio="Pastor | Jesus é o caminho", posts=("culto na igreja", "oração", "bom dia"))),
    ("photography", Spoken(bio="Fotógrafa de retratos", posts=("ensaio novo", "foto com drone", "luz"))),
]


@pytest.mark.parametrize(("niche", "spoken"), LABELLED, ids=[niche for niche, _ in LABELLED])
def test_a_profile_is_labelled_by_what_it_speaks_of_most(niche: str, spoken: Spoken) -> None:
    label = niches_of(spoken)[0]

    assert label.niche == niche
    assert label.confidence >= 0.37
    assert label.words


def test_little_evidence_gives_no_label() -> None:
    assert niches_of(Spoken()) == ()
    assert niches_of(Spoken(bio="bom dia", posts=("oi", "tudo bem", "sim"))) == ()
    assert niches_of(Spoken(posts=("praia", "praia"))) == ()
    assert niches_of(Spoken(posts=("praia", *["nada"] * 30))) == ()


@given(seed=st.integers(0, 2**16), unrelated=st.lists(st.sampled_from(["zxqj", "blorp", "wibble"]), max_size=5))
def test_neither_the_order_of_posts_nor_words_of_no_niche_change_a_label(seed: int, unrelated: list[str]) -> None:
    niche, spoken = LABELLED[seed % len(LABELLED)]
    posts = list(spoken.posts)
    random.Random(seed).shuffle(posts)
    posts[0] = " ".join([posts[0], *unrelated])

    assert niches_of(Spoken(category=spoken.category, bio=spoken.bio, posts=tuple(posts))) == niches_of(spoken)
    assert niche


def test_the_taxonomy_has_places_for_bits() -> None:
    there = taxonomy()

    assert 20 <= len(there.niches) <= 62
    assert there.bits(there.niches) == 2 ** len(there.niches) - 1
