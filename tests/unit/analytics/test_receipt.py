"""A receipt gives the score again, offline, by another implementation; and tells when it was changed."""

from __future__ import annotations

import base64
import copy
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from analisa.adapters.security.signing import Ed25519Signer, Ed25519Verifier, UnusableKey
from analisa.domain.analytics.canonical import canonical_bytes, sha256_of
from analisa.domain.analytics.components import COMPONENTS
from analisa.domain.analytics.errors import UnusableReceipt
from analisa.domain.analytics.evidence import ComponentObservations
from analisa.domain.analytics.receipt import receipt_of
from analisa.domain.analytics.recompute import read_receipts, recompute
from analisa.domain.analytics.recompute.comparison import compare
from analisa.domain.analytics.recompute.result import sixth, whole_parts
from analisa.domain.analytics.reference import ReferenceSet
from analisa.domain.analytics.score import published, published_parts
from analisa.domain.analytics.signing import SECTIONS
from analisa.domain.analytics.verification import verify
from tests.columns import BASES, Profile, Reading, profile_columns
from tests.unit.analytics import worlds
from tests.unit.analytics.worlds import AS_OF, a_creator, a_crowd, a_post, ago, observed, own_tables, quick, receipts

ROOT = Path(__file__).parents[3]
CROWD = a_crowd()
# Deferred, since they take long and most tests, and the programs that import this module, do without.
TABLES = st.deferred(
    lambda: st.sampled_from([None, own_tables(*CROWD), own_tables(*CROWD, seeds=False), own_tables(*a_crowd(1500))])
)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Ed25519Signer:
    return Ed25519Signer.load_or_create(tmp_path_factory.mktemp("keys") / "signing.key")


@quick
@given(worlds.profiles(), worlds.observations(), TABLES)
def test_a_receipt_gives_the_score_again(
    person: Profile, seen: ComponentObservations, tables: ReferenceSet | None
) -> None:
    (receipt,) = receipts(person, seen=seen, references=tables)

    verdict = verify(receipt)

    assert verdict.holds, verdict
    assert verdict.origin == "unproven"
    assert sixth(verdict.score) == receipt["sections"]["result"]["score"]


@pytest.mark.parametrize("creators", [60, pytest.param(len(CROWD), marks=pytest.mark.prove)])
def test_a_batch_of_receipts_of_many_creators_holds(creators: int) -> None:
    crowd = [*CROWD[:creators], *bought_followers()]
    written = receipts(*crowd, references=own_tables(*crowd))

    verdicts = [verify(receipt) for receipt in read_receipts("\n".join(map(json.dumps, written)))]

    assert len(verdicts) == len(crowd)
    assert all(verdict.holds for verdict in verdicts)


def bought_followers() -> list[Profile]:
    """Creators with sudden steps, gaps, and views that explain some of the steps."""
    rng = np.random.default_rng(3)
    people = []
    for number in range(40):
        level, views, rows = 20_000.0, 1e6, []
        for day in range(250, -1, -1 - number % 3):
            jump = float(rng.choice([0, 0, 0, 0, 0, 0, 0, 0, 4_000]))
            level += 20 + rng.integers(-5, 6) + jump
            views += 5_000 + rng.integers(-900, 900) + (jump * 20 if number % 2 else 0)
            if not 120 < day < 145:
                rows.append(Reading(observed_at=ago(day), followers=level, total_views=views if number % 4 else np.nan))
        people.append(Profile(network="youtube", readings=rows, posts=[a_post(i, views=900.0 + i) for i in range(9)]))
    return people


def test_profiles_at_the_edges_of_the_formulas_hold_too() -> None:
    same_instant = [
        a_post(2, likes=10.0),
        a_post(2, likes=40.0),
        a_post(2, likes=40.0, views=70.0),
        a_post(2, views=80.0),
    ]
    people = [
        Profile(posts=same_instant),
        Profile(network="tiktok", posts=[a_post(i, followers=np.nan) for i in range(6)]),
        Profile(network="x", posts=[a_post(1, views=np.nan)], readings=[Reading(observed_at=AS_OF, followers=7.0)]),
        Profile(posts=[a_post(89.99), a_post(84.0), a_post(0.0)]),
        Profile(posts=[a_post(3, views=np.nan, reach=0.0)]),
        Profile(),
    ]

    for receipt in receipts(*people, references=own_tables(*CROWD), today=AS_OF + 1):
        assert verify(receipt).holds
        assert "stale" in receipt["sections"]["result"]["reasons"]


def test_a_single_receipt_is_one_of_a_batch() -> None:
    single = receipt_of(
        profile_columns(CROWD[0]),
        profile={"network": CROWD[0].network, "id": "0", "handle": "creator0"},
        as_of=AS_OF,
        observations=ComponentObservations.none(1),
        references=own_tables(*CROWD),
        bases=BASES,
    )

    assert json.loads(json.dumps(single)) == receipts(CROWD[0], references=own_tables(*CROWD))[0]


def test_whole_numbers_that_lost_their_decimal_point_on_the_way_are_the_same_numbers() -> None:
    (receipt,) = receipts(a_creator())
    result = receipt["sections"]["result"]
    assert result["gate"] == 1.0
    result["gate"] = 1

    assert compare(result, recompute(receipt)) == []
    assert compare({**result, "gate": True}, recompute(receipt))
    assert compare({**result, "gate": None}, recompute(receipt))


def test_shuffled_inputs_give_the_same_receipt() -> None:
    rng = np.random.default_rng(1)
    person, other = CROWD[4], copy.deepcopy(CROWD[4])
    other.posts = [other.posts[i] for i in rng.permutation(len(other.posts))]
    other.readings = [other.readings[i] for i in rng.permutation(len(other.readings))]

    assert receipts(person) == receipts(other)


def test_a_receipt_holds_no_text_no_author_and_no_posts_id() -> None:
    (receipt,) = receipts(a_creator())

    inputs = receipt["sections"]["inputs"]
    assert inputs["posts"]["fields"] == ["at", "views", "reach", "likes", "comments", "shares", "saves", "followers"]
    assert all(isinstance(cell, (int, float, type(None))) for row in inputs["posts"]["rows"] for cell in row)


def test_only_the_tables_that_were_used_are_in_it() -> None:
    (receipt,) = receipts(a_creator(followers=10_000.0))

    tables = receipt["sections"]["reference"]["tables"]
    assert sorted(tables) == ["C", "E", "G", "R"]
    assert sorted(tables["E"]["tiers"]) == ["0", "1"]


@pytest.mark.parametrize("section", SECTIONS)
def test_with_the_key_a_changed_section_is_named_even_when_it_was_hashed_anew(
    signer: Ed25519Signer, section: str
) -> None:
    receipt = signer.signed(receipts(a_creator())[0])
    assert verify(receipt, signer.verifier).origin == "proven"

    change(receipt, section)
    receipt["sha256"][section] = sha256_of(receipt["sections"][section])
    verdict = verify(receipt, signer.verifier)

    assert not verdict.holds
    assert verdict.origin == "broken"
    assert verdict.changed == (section, "document")


def change(receipt: dict[str, Any], section: str) -> None:
    part = receipt["sections"][section]
    if section == "inputs":
        part["posts"]["rows"][0][3] += 1.0
    elif section == "reference":
        part["tables"]["E"]["tiers"]["0"]["seed"][100] += 1.0
    elif section == "versions":
        part["table"] = "0" * 64
    else:
        part["score"] += 0.000001


def test_a_changed_section_is_named_by_its_hash_without_a_key() -> None:
    (receipt,) = receipts(a_creator())
    change(receipt, "versions")

    verdict = verify(receipt)

    assert verdict.changed == ("versions",)
    assert not verdict.holds


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("score",), 99.0),
        (("confidence",), 0.500001),
        (("components", "E", "contribution"), 1.0),
        (("components", "C", "kappa"), 0.1234561),
        (("reasons",), []),
        (("cohort",), "instagram:all"),
        (("inputs_hash",), "00"),
    ],
)
def test_a_figure_that_the_inputs_do_not_give_is_found_without_a_key(path: tuple[str, ...], value: object) -> None:
    (receipt,) = receipts(a_creator())
    place: Any = receipt["sections"]["result"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    receipt["sha256"]["result"] = sha256_of(receipt["sections"]["result"])

    verdict = verify(receipt)

    assert verdict.changed == ()
    assert [difference.place for difference in verdict.differences] == [".".join(("result", *path))]
    assert repr(value) in str(verdict.differences[0])


def test_a_figure_that_is_no_part_of_a_result_is_found_even_when_it_says_nothing() -> None:
    (receipt,) = receipts(a_creator())
    result = receipt["sections"]["result"]
    result["audited and approved"] = None
    assert result["components"]["E"].pop("missing", 0) is None
    receipt["sha256"]["result"] = sha256_of(result)

    verdict = verify(receipt)

    assert not verdict.holds
    assert [difference.place for difference in verdict.differences] == [
        "result.audited and approved",
        "result.components.E.missing",
    ]


def test_inputs_that_were_changed_and_hashed_anew_do_not_give_the_stated_score() -> None:
    (receipt,) = receipts(a_creator())
    change(receipt, "inputs")
    receipt["sha256"]["inputs"] = sha256_of(receipt["sections"]["inputs"])

    verdict = verify(receipt)

    assert not verdict.holds
    assert "result.inputs_hash" in {difference.place for difference in verdict.differences}


def test_another_profile_or_day_on_the_same_sections_is_found(signer: Ed25519Signer) -> None:
    receipt = signer.signed(receipts(a_creator())[0])
    receipt["profile"]["handle"] = "somebody.else"

    assert verify(receipt, signer.verifier).changed == ("document",)
    assert verify({**receipt, "as_of": "2026-03-02"}).differences[0].place == "as_of"


def test_another_key_and_no_signature_are_told_apart(signer: Ed25519Signer, tmp_path: Path) -> None:
    (receipt,) = receipts(a_creator())
    other = Ed25519Signer.load_or_create(tmp_path / "other.key")

    assert verify(receipt, signer.verifier).origin == "not_signed"
    assert verify(other.signed(receipt), signer.verifier).origin == "other_key"
    assert not verify(other.signed(receipt), signer.verifier).holds
    assert verify(other.signed(receipt)).holds


def test_a_signature_that_is_no_base64_is_broken(signer: Ed25519Signer) -> None:
    receipt = signer.signed(receipts(a_creator())[0])
    receipt["signature"]["parts"]["inputs"] = "not base64!"
    receipt["signature"]["parts"]["result"] = 5

    assert verify(receipt, signer.verifier).changed == ("inputs", "result")


def test_a_signature_written_in_other_letters_of_the_same_bytes_is_broken(signer: Ed25519Signer) -> None:
    receipt = signer.signed(receipts(a_creator())[0])
    written = receipt["signature"]["parts"]["result"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = f"{written[:-3]}{letters[letters.index(written[-3]) + 1]}=="
    assert base64.b64decode(other) == base64.b64decode(written)

    receipt["signature"]["parts"]["result"] = other

    assert verify(receipt, signer.verifier).changed == ("result",)


def test_a_signature_that_calls_itself_of_another_algorithm_is_broken(signer: Ed25519Signer) -> None:
    receipt = signer.signed(receipts(a_creator())[0])
    receipt["signature"]["algorithm"] = "none"

    assert verify(receipt, signer.verifier).origin == "broken"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"

    first, again = Ed25519Signer.load_or_create(path), Ed25519Signer.load_or_create(path)

    assert first.verifier.key_id == again.verifier.key_id
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["signing.key"]


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\x00\xff"]
)
def test_a_file_that_is_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.key"
    path.write_bytes(content)

    with pytest.raises(UnusableKey, match=r"signing\.key is not an Ed25519 key"):
        Ed25519Signer.load_or_create(path)


@pytest.mark.parametrize("private", [True, False])
def test_a_key_of_another_kind_is_refused(tmp_path: Path, private: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path = tmp_path / "ec.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) if private else public)

    with pytest.raises(UnusableKey, match=r"it holds a (EllipticCurve|ECP)"):
        Ed25519Verifier.load(path)


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match="No such file"):
        Ed25519Verifier.load(tmp_path / "nowhere.pem")


def test_of_two_processes_that_make_the_key_at_once_one_wins(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from analisa.adapters.security.signing import Ed25519Signer;"
        "sys.stdin.readline(); print(Ed25519Signer.load_or_create(Path(sys.argv[1])).verifier.key_id)"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "signing.key")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    keys = {racer.communicate("go\n")[0] for racer in racers}

    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["signing.key"]


WHOLE = json.dumps(receipts(a_creator())[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("{", "cut off"),
        (WHOLE[: len(WHOLE) // 2], "cut off"),
        (f"{WHOLE}\n{WHOLE[:900]}", "line 2"),
        ("[1, 2]", "receipt 1: this is not a receipt"),
        ('{"format": "analisa-receipt", "version": 2}', "version 2 of the receipt is not known"),
        ('{"format": "analisa-receipt", "version": 1}', "sections: inputs, reference, versions, result missing"),
        (WHOLE.replace('"as_of": "2026-03-01"', '"as_of": 5'), "profile or as_of"),
        ('{"a": NaN}', "NaN"),
        ("[" * 100_000, "receipt|cut off"),
        (f"{WHOLE}\n{'[' * 100_000}", "line 2|cut off"),
    ],
)
def test_a_text_that_is_no_receipt_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UnusableReceipt, match=message):
        read_receipts(text)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("versions", "formula"), "social-score.v9", "formula 'social-score.v9' is not known here"),
        (("inputs", "base"), "clicks", "no engagement base 'clicks'"),
        (("inputs", "as_of"), "today", "instant"),
        (("inputs", "as_of"), 2**70, "instant"),
        (("inputs", "network"), None, "not a text"),
        (("inputs", "followers"), -3, "below 0"),
        (("inputs", "posts", "rows"), [[AS_OF, None]], "inputs: a value is missing"),
        (("inputs", "posts", "rows"), [[AS_OF + 1, *[None] * 7]], "outside the 90 days"),
        (("inputs", "posts", "rows"), [[AS_OF, *[None] * 7], [AS_OF - 1, *[None] * 7]], "ascend"),
        (("inputs", "readings", "rows"), [[AS_OF, 0.0, None, 0.0]], "followers above 0"),
        (("inputs", "readings", "rows"), [[AS_OF - 1, 5.0, None, 0.0], [AS_OF, 5.0, None, 0.0]], "two readings"),
        (("inputs", "observations", "q"), {"value": 1.5, "n": 1.0, "variance": None}, "between 0.0 and 1.0"),
        (("inputs", "observations", "s"), {"value": True, "n": 1.0, "variance": None}, "not a number"),
        (("inputs", "posts", "rows", 3, 3), 1e308, "larger than anything"),
        (("inputs", "posts", "rows", 3, 7), 5e-324, "nobody can compute with"),
        (("inputs", "readings", "rows", 3, 1), 1e300, "larger than anything"),
        (("inputs", "observations", "s"), {"value": 0.5, "n": 9.0, "variance": 1e308}, "larger than anything"),
        (("reference", "tables", "E", "network", "seed", 100), 1e308, "101 numbers in ascending order"),
        (("reference", "tables", "E", "network", "n"), 1e308, "is not the number of accounts"),
        (("inputs", "note"), "audited", "'note' is no part of it"),
        (("inputs", "stale"), 0, "0 is neither true nor false"),
        (("inputs", "posts", "fields", 1), "likes", "fields of a row are at, views, reach, likes"),
        (
            ("inputs", "readings", "fields"),
            ["at", "followers", "step", "total_views"],
            "fields of a row are at, followers",
        ),
        (("inputs", "readings", "note"), None, "'note' is no part of it"),
        (("inputs", "observations", "s", "note"), None, "'note' is no part of it"),
        (("inputs", "observations", "t"), None, "'t' is no part of it"),
        (("versions", "note"), "audited", "versions: .*'note' is no part of it"),
        (("versions", "seed"), {"note": "audited"}, "a version is a text"),
        (("reference", "note"), "audited", "reference: .*'note' is no part of it"),
        (("reference", "tables", "Q"), {}, "'Q' is no part of it"),
        (("reference", "tables", "G", "note"), "audited", "'note' is no part of it"),
        (("reference", "tables", "G", "tiers", "4"), {}, "'4' is no part of it"),
        (("reference", "tables", "G", "tiers", "0", "own"), ["zzz"], "0 is not the number of accounts behind 1"),
        (("reference", "tables", "G", "tiers", "0", "seed", 50), "zzz", "101 numbers in ascending order"),
        (("reference", "tables", "G", "tiers", "1", "seed", 0), 1e9, "101 numbers in ascending order"),
        (("reference", "tables", "G", "tiers", "1", "seed", 0), True, "101 numbers in ascending order"),
        (("reference", "tables", "E", "tiers"), {}, "reference: a table is missing"),
        (("reference", "tables", "E", "basis"), "views", "compared by 'views'"),
        (("reference", "tables", "E", "network"), {"n": 0, "own": [], "seed": []}, None),
    ],
)
def test_a_receipt_that_cannot_be_recomputed_says_where(
    path: tuple[str | int, ...], value: object, message: str | None
) -> None:
    receipt = json.loads(WHOLE)
    place: Any = receipt["sections"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value

    if message is None:
        assert recompute(receipt).parts["E"].missing == "no_reference"
    else:
        with pytest.raises(UnusableReceipt, match=message):
            recompute(receipt)


def test_a_figure_at_a_rounding_edge_may_be_rounded_either_way() -> None:
    exact = recompute(json.loads(WHOLE))
    exact.half_width = 7.0000005 + 4e-10
    stated = json.loads(WHOLE)["sections"]["result"]

    down, up = ({**stated, "half_width": width} for width in (7.0, 7.000001))

    assert compare(down, exact) == compare(up, exact) == []
    assert compare({**stated, "half_width": 7.000002}, exact)
    assert compare({**stated, "half_width": 7.0000005}, exact)  # more decimals than are published


@quick
@given(st.lists(st.floats(0, 30), min_size=6, max_size=6))
def test_both_implementations_round_alike(parts: list[float]) -> None:
    total, whole = published_parts(np.array([parts]))

    assert whole_parts(parts, float(np.sum(parts))) == whole[0].tolist()
    assert abs(whole[0].sum() - total[0]) < 1e-9
    assert [sixth(part) for part in parts] == published(np.array(parts)).tolist()


def test_verifying_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; from analisa.domain.analytics.verification import verify;"
        "from analisa.domain.analytics.recompute import read_receipts;"
        "assert verify(read_receipts(sys.stdin.read())[0]).holds;"
        "print([name for name in ('numpy', 'msgspec', 'cryptography', 'asyncpg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], input=WHOLE, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_scoring_needs_nothing_but_the_standard_library_and_numpy() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "import analisa.domain.analytics.receipt, analisa.domain.analytics.anomaly, analisa.domain.analytics.seeds,"
        "analisa.domain.analytics.person, analisa.domain.analytics.events;"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}"
        " - set(sys.stdlib_module_names) - {'numpy', 'analisa'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [name for name in json.loads(done.stdout.replace("'", '"')) if not name.startswith("_")] == []


def test_the_score_is_the_same_without_the_processors_vector_instructions() -> None:
    numpy_core = import_module("numpy._core._multiarray_umath")
    features = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__.get(name)]
    code = (
        "import json; from tests.unit.analytics.test_receipt import CROWD, bought_followers;"
        "from tests.unit.analytics.worlds import own_tables, receipts;"
        "people = [*CROWD[:30], *bought_followers()];"
        "print(json.dumps(receipts(*people, references=own_tables(*CROWD))))"
    )
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(features), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    there = json.loads(done.stdout)
    here = receipts(*CROWD[:30], *bought_followers(), references=own_tables(*CROWD))

    assert all(verify(receipt).holds for receipt in there)
    for mine, other in zip(here, there, strict=True):
        assert mine["sections"]["inputs"] == other["sections"]["inputs"]
        assert compare(other["sections"]["result"], recompute(mine)) == []


def test_canonical_bytes_are_the_same_for_equal_documents() -> None:
    assert canonical_bytes({"b": 1.5, "a": [None, "ç"]}) == '{"a":[null,"ç"],"b":1.5}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_bytes({"a": float("nan")})


def test_a_receipt_with_everything_observed_names_every_component() -> None:
    crowd = own_tables(*CROWD, seen=observed(len(CROWD), s_value=0.2, s_n=50.0))
    (receipt,) = receipts(
        a_creator(), seen=observed(s_value=0.2, s_n=50.0, s_variance=9.0, q_value=0.7, q_n=300.0), references=crowd
    )

    result = receipt["sections"]["result"]
    assert [result["components"][name]["missing"] for name in COMPONENTS] == [None] * 6
    assert result["components"]["S"]["v"] == 9.0
    assert verify(receipt).holds
