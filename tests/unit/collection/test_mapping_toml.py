"""A mapping is checked whole before a row is read; every mistake is named with its line and its cure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.collection.dates import Order
from analisa.domain.collection.mapping import MappingInvalid
from analisa.domain.collection.mapping_toml import MOST_BYTES, RULE_KEYS, TABLE_KEYS, load_mapping

GOOD = """mapping = 1
[defaults]
network = "x"
[[table]]
table = "posts"
[table.columns]
post_id = "ID"
profile_id = "Author"
"""


def lines(*text: str) -> bytes:
    return "\n".join(text).encode()


def test_defaults_hold_for_every_table_and_own_keys_go_before_them() -> None:
    rules = load_mapping(
        lines(
            "mapping = 1",
            "[defaults]",
            'network = "x"',
            'numbers = "compact"',
            'zone = "America/Sao_Paulo"',
            'missing = ["n/a"]',
            "[defaults.constants]",
            'source = "list"',
            'precision = "rounded"',
            "[[table]]",
            'table = "profile_metrics"',
            'files = ["a.csv", "b*.csv"]',
            "observed_at = 2026-01-31",
            "[table.columns]",
            'profile_id = { column = ["Id", "Key"], pattern = "{digits}_" }',
            'followers = { column = "Fans", number = "1.234,5", unit = 1000, optional = true }',
            'observed_at = { column = "When", zone = "UTC", dates = "day-first", optional = true }',
            "[[table]]",
            'table = "profiles"',
            'network = "tiktok"',
            "[table.columns]",
            'profile_id = "Id"',
            'account_type = { column = "Kind", values = { "IG Page" = "business" } }',
            'extra.rank = { column = "Rank", kind = "number" }',
        )
    )

    metrics, profiles = rules.tables
    assert metrics.files == ("a.csv", "b*.csv")
    assert metrics.constants == {"network": "x", "precision": "rounded"}
    assert metrics.observed_at is not None
    assert metrics.observed_at.isoformat() == "2026-01-31T00:00:00+00:00"
    assert metrics.columns["followers"].unit == Decimal(1000)
    assert metrics.columns["followers"].number is not None
    assert metrics.columns["followers"].number.point == ","
    assert metrics.columns["profile_id"].columns == ("Id", "Key")
    assert metrics.columns["profile_id"].missing == {"n/a"}
    assert metrics.columns["observed_at"].dates is Order.DAY_FIRST
    assert metrics.columns["observed_at"].zone == "UTC"
    assert profiles.constants == {"network": "tiktok"}
    assert profiles.files == ()
    assert profiles.columns["profile_id"].zone == "America/Sao_Paulo"
    assert profiles.columns["account_type"].values == {"ig page": "business"}
    assert profiles.extra["rank"].kind == "number"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mapping = 1", "mapping = 2", r"line 1: mapping: the first line must be `mapping = 1`"),
        ("mapping = 1", "maping = 1", r"line 1: maping: 'maping' is not a key of the mapping; did you mean 'mapping'"),
        ("mapping = 1", 'mapping = 1\nkind = "mine"', r"line 2: kind: 'mine' is neither"),
        ("mapping = 1", "mapping = = 1", r"line 1: it is not TOML"),
        ("[[table]]", "[table]", r"there is no \[\[table\]\]|not TOML|stands where"),
        ('table = "posts"', 'table = "post"', r"line 5: table 1, table: 'post' is not a table; profiles"),
        ('table = "posts"', 'table = "posts"\nfile = "a"', r"line 6: table 1, file: 'file' is not a key .* 'files'"),
        ('table = "posts"', 'table = "posts"\nfiles = 7', r"line 6: table 1, files: files = 7 is neither"),
        ('table = "posts"', 'table = "posts"\nheader = 0', r"line 6: .*header = 0 is not between 1"),
        ('table = "posts"', 'table = "posts"\nheader = true', r"line 6: .*header = True is not a number"),
        ('table = "posts"', 'table = "posts"\nsequence = -1', r"sequence = -1 is not between 1"),
        ('table = "posts"', 'table = "posts"\ndelimiter = ",,"', r"not one character"),
        ('table = "posts"', 'table = "posts"\nobserved_at = "soon"', r"line 6: .*'soon' is not a time"),
        ('table = "posts"', 'table = "posts"\nobserved_at = 2026-01-31T12:00:00', r"has no zone"),
        ('table = "posts"', 'table = "posts"\ndrop = { column = "A" }', r"names a column and what it equals"),
        ('table = "posts"', 'table = "posts"\ndrop = { column = "A", is = "b" }', r"'is' is not a key of drop"),
        ('network = "x"', 'network = "X Y"', r"line 3|network"),
        ('network = "x"', 'network = "x"\nfiles = "a"\ncolumns = 3', r"'columns' is not a key of \[defaults\]"),
        ("[table.columns]", '[table.constants]\ntype = "film"\n[table.columns]', r"'film' is none of"),
        ("[table.columns]", '[table.constants]\nkind = "film"\n[table.columns]', r"'kind' is not a field of posts"),
        ("[table.columns]", '[table.constants]\npost_id = "1"\n[table.columns]', r"a column and a constant"),
        ("[table.columns]", "[table.constants]\nextra = 1\n[table.columns]", r"must be a table"),
        ("[table.columns]", "[table.constants]\npublished_at = 2026-01-01T00:00:00\n[table.columns]", r"no zone"),
        ('post_id = "ID"', 'posted = "ID"', r"line 7: table 1, columns.posted: 'posted' is not a field of posts"),
        ('post_id = "ID"', "", r"posts needs post_id: name its column"),
        ('post_id = "ID"', "post_id = 5", r"line 7: .*5 stands where a table of keys belongs"),
        ('post_id = "ID"', "post_id = {}", r"the rule names no column"),
        ('post_id = "ID"', 'post_id = { colum = "ID" }', r"'colum' is not a key .* did you mean 'column'"),
        ('post_id = "ID"', 'post_id = { column = "ID", pattern = "x" }', r"line 7: .*exactly one"),
        ('post_id = "ID"', 'post_id = { column = "ID", link = "yes" }', r"link = 'yes' is not true or false"),
        ('post_id = "ID"', 'post_id = { column = "ID", fold = "up" }', r"fold = 'up' is none of handle, lower"),
        ('post_id = "ID"', 'post_id = { column = "ID", number = "1;2" }', r"no way to write numbers"),
        ('post_id = "ID"', 'post_id = { column = "ID", unit = 0 }', r"unit = 0 is not a positive number"),
        ('post_id = "ID"', 'post_id = { column = "ID", unit = true }', r"unit = True is not a positive number"),
        ('post_id = "ID"', 'post_id = { column = "ID", dates = "us" }', r"dates = 'us' is none of infer"),
        ('post_id = "ID"', 'post_id = { column = "ID", dates = "%Q" }', r"date format '%Q' cannot be used"),
        ('post_id = "ID"', 'post_id = { column = "ID", dates = [1] }', r"is none of infer"),
        ('post_id = "ID"', 'post_id = { column = "ID", zone = "Mars" }', r"'Mars' is no zone"),
        ('post_id = "ID"', 'post_id = { column = "ID", kind = "date" }', r"kind = 'date' is none of"),
        ('post_id = "ID"', 'post_id = { column = "ID", values = 3 }', r"stands where a table"),
        ('post_id = "ID"', 'post_id = { column = "ID", repair = "utf-16" }', r"repair = 'utf-16' is none of latin-1"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, message: str) -> None:
    assert old in GOOD

    with pytest.raises(MappingInvalid, match=message):
        load_mapping(GOOD.replace(old, new).encode())


def test_a_constant_of_the_defaults_may_be_for_other_tables_only() -> None:
    text = GOOD.replace("[[table]]", '[defaults.constants]\nsource = "list"\n[[table]]')

    assert "source" not in load_mapping(text.encode()).tables[0].constants


def test_typed_constants_are_read() -> None:
    text = GOOD.replace(
        "[table.columns]", "[table.constants]\npaid_partnership = true\nextra = { list = 3 }\n[table.columns]"
    )

    assert load_mapping(text.encode()).tables[0].constants == {
        "network": "x",
        "paid_partnership": True,
        "extra": {"list": 3},
    }


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"[[table]]\n" * 5, b"mapping = 1\ntable = 3", b"a = " + b"[" * 5000]
)
def test_what_is_no_mapping_is_refused(text: bytes) -> None:
    with pytest.raises(MappingInvalid):
        load_mapping(text)


def test_a_mapping_has_a_bounded_size() -> None:
    with pytest.raises(MappingInvalid, match="more than"):
        load_mapping(b"#" * (MOST_BYTES + 1))


def loads_or_is_refused(text: bytes) -> bool:
    try:
        load_mapping(text)
    except MappingInvalid as error:
        return str(error).startswith("mapping")
    return True


VALUES = ["1", "[1]", "{}", "true", '""', '"x"', "2026-01-01", "1.5", "-1", "[[]]", "{a = 1}", "[{}]"]
KEYS = ["mapping", "kind", "title", "defaults", "table"]


@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(text: bytes) -> None:
    assert loads_or_is_refused(text)


@given(st.data())
def test_any_edit_of_a_mapping_loads_or_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD)))
    length = data.draw(st.integers(0, 12))
    text = GOOD[:place] + data.draw(st.text(max_size=8)) + GOOD[place + length :]

    assert loads_or_is_refused(text.encode("utf-8", "replace"))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("key", sorted(TABLE_KEYS | RULE_KEYS | set(KEYS)))
def test_any_key_with_any_kind_of_value_loads_or_is_refused(key: str, value: str) -> None:
    in_table = GOOD.replace('table = "posts"', f'table = "posts"\n{key} = {value}')
    in_rule = GOOD.replace('post_id = "ID"', f'post_id = {{ column = "ID", {key} = {value} }}')
    in_defaults = GOOD.replace('network = "x"', f"{key} = {value}")
    at_top = f"{key} = {value}\n{GOOD}"

    assert all(loads_or_is_refused(text.encode()) for text in (in_table, in_rule, in_defaults, at_top))
