"""What may not stand in a log does not stand there, and what may does."""

from __future__ import annotations

from uuid import UUID

import pytest

from analisa.adapters.observability.redaction import HIDDEN, Redaction


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("postgresql://ana:s3cr3t@db.example/analisa", f"postgresql://ana:{HIDDEN}@db.example/analisa"),
        ("redis://:p@ss/word@127.0.0.1:6379/0", f"redis://:{HIDDEN}@127.0.0.1:6379/0"),
        ("Authorization: Bearer eyJhbGciOi.J9.abc", f"Authorization: {HIDDEN}"),
        ("sent bearer eyJhbGciOi.J9.abc", f"sent bearer {HIDDEN}"),
        ('{"client_secret": "abc"}', f'{{"client_secret": "{HIDDEN}"}}'),
        ("access_token=abc&n=1", f"access_token={HIDDEN}&n=1"),
        ("write to maria.silva@exemplo.com.br now", "write to [e-mail] now"),
        ("duplicate key\nDETAIL:  Key (name)=(Maria Silva) already exists.", f"duplicate key\nDETAIL: {HIDDEN}"),
    ],
)
def test_what_looks_like_a_secret_or_a_person_is_hidden(told: str, kept: str) -> None:
    assert Redaction().text(told) == kept


@pytest.mark.parametrize(
    "harmless",
    [
        "3 files were imported from meta_2026-01.csv",
        "basic calculations took 0.3 s",
        "GET /api/v1/influencers/{influencer_id}",
        "http://127.0.0.1:8000/schema",
        "a tokeniser read 5 words",
    ],
)
def test_plain_words_are_kept(harmless: str) -> None:
    assert Redaction().text(harmless) == harmless


def test_a_known_secret_is_hidden_wherever_it_turns_up() -> None:
    redaction = Redaction(["correct-horse", "short"])

    assert redaction.text("it said correct-horse, in short") == f"it said {HIDDEN}, in short"


def test_values_become_plain_json() -> None:
    event_id = UUID(int=7)

    shown = Redaction().value({"id": event_id, "n": 3, "x": float("nan"), "api_key": "abc", "who": ["a@b.example"]})

    assert shown == {"id": str(event_id), "n": 3, "x": "nan", "api_key": HIDDEN, "who": ["[e-mail]"]}


def test_a_long_text_of_one_letter_takes_no_time() -> None:
    assert Redaction().text("a" * 200_000) == "a" * 200_000
