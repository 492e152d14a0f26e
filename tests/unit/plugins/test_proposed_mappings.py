"""The mapping that is proposed for a table: by what its cells hold, and with every column somewhere."""

from __future__ import annotations

import pytest

from analisa.application.collection.archives import ImportRefused, ReadOptions
from analisa.domain.collection.mapping_toml import load_mapping

from .archives import a_source
from .mapped import NOW, READER, reads


def test_without_a_mapping_one_is_proposed_and_asked_for() -> None:
    files: dict[str, str | bytes] = {
        "posts.csv": "Post URL,Username,Published at,Likes,Mood\nhttps://www.tiktok.com/@a/video/75,@a,2025-01-02 10:00,1.4K,good\n",
        "more.csv": "Username,Post URL,Published at,Mood,Likes\n",
        "people.csv": 'Channel ID,"Name ""x""\n",Followers,Country\nUC1,A\\B,"12,345",BR\n',
        "comments.csv": "Comment ID,Video ID,Author,Text\nc1,v1,Maria,oi\n",
        "notes.md": "no table",
    }
    source = a_source(files)

    plan = READER.plan(source, ReadOptions())

    assert [need.what for need in plan.needs] == ["mapping"]
    assert load_mapping(plan.suggestion.encode()).tables
    assert '["more.csv", "posts.csv"]' in plan.suggestion
    assert 'post_id = { column = "Post URL", link = true }' in plan.suggestion
    assert 'likes = { column = "Likes", number = "compact" }' in plan.suggestion
    assert "Maria" not in plan.suggestion
    with pytest.raises(ImportRefused, match="no reader knows"):
        next(READER.read(source, plan))


def proposed(name: str, text: str) -> str:
    return READER.plan(a_source({name: text}), ReadOptions()).suggestion


@pytest.mark.parametrize(
    ("views", "likes"), [("12.345.010", "1.001"), ("1.001", "1.002"), ("12,345,010", "1,001"), ("5", "1.4K")]
)
def test_a_proposed_mapping_has_one_style_for_all_counts(views: str, likes: str) -> None:
    text = f"Post ID;Username;Views;Likes\np1;ana;{views};{likes}\n"
    mapping = proposed("a.csv", text).replace("# network", "network").encode()

    reading = reads({"a.csv": text}, mapping, observed_at=NOW)

    def exact(cell: str) -> int:
        return 1_400 if cell == "1.4K" else int(cell.replace(".", "").replace(",", ""))

    assert reading.column("post_metrics", "views") == [exact(views)]
    assert reading.column("post_metrics", "likes") == [exact(likes)]


def test_comments_are_counts_or_texts_as_their_cells_say() -> None:
    counts = proposed("a.csv", "Post ID,Username,Likes,Comments\np1,ana,5,10\np2,ana,6,11\n")
    texts = proposed("a.csv", "Comment ID,Video ID,Author,Comments\nc1,v1,Maria,so good\n")

    assert 'comments = "Comments"' in counts
    assert 'text = "Comments"' not in counts
    assert 'text = "Comments"' in texts


def test_an_open_order_of_dates_is_left_to_the_ids_or_the_person() -> None:
    text = "Post ID,Username,Posted\np1,ana,03/04/2025\n"

    mapping = proposed("a.csv", text)
    plan = READER.plan(a_source({"a.csv": text}), ReadOptions(mapping=mapping.encode()))

    assert (
        'published_at = "Posted"  # add dates = "day-first" or "month-first" if the import asks: 03/04/2025' in mapping
    )
    assert "date_order" in [need.what for need in plan.needs]


def test_the_first_table_of_the_guide_is_proposed_whole() -> None:
    mapping = proposed(
        "posts.csv", "Post link,Author,Posted\nhttps://www.instagram.com/p/DUMLDXPktaH/,@Ana.Paula,31/01/2026 18:30\n"
    )

    assert 'post_id = { column = "Post link", link = true }' in mapping
    assert 'profile_id = { column = "Author", fold = "handle" }' in mapping
    assert 'published_at = "Posted"' in mapping
    assert '"post_metrics"' not in mapping
    assert load_mapping(mapping.encode()).tables


def test_a_list_of_profiles_without_a_key_gets_their_tables_and_asks_whose_they_are() -> None:
    text = "Name,Followers,Country\nAna Silva,1200,BR\n"

    mapping = proposed("a.csv", text)
    plan = READER.plan(
        a_source({"a.csv": text}),
        ReadOptions(mapping=mapping.replace("# network", "network").encode(), observed_at=NOW),
    )

    assert [table.table for table in plan.tables] == ["profiles", "profile_metrics"]
    assert {need.what for need in plan.needs} == {"profile"}


@pytest.mark.parametrize(
    "header", ["Name,Followers,Country,Mood", "Foo,Bar", "Posted,Likes,Followers,Name", "Author,Comment,Likes"]
)
def test_every_column_of_a_file_stands_somewhere_in_the_proposal(header: str) -> None:
    cells = ",".join("Ana Silva" if name in {"Name", "Author"} else "5" for name in header.split(","))

    mapping = proposed("a.csv", f"{header}\n{cells}\n")

    assert all(f'"{name}"' in mapping for name in header.split(","))


def test_a_dump_of_posts_in_objects_is_proposed_with_its_keys_and_counts() -> None:
    text = (
        '{"id": "7345", "author": {"username": "ana", "id": "77"}, "stats": {"likes": 5}, '
        '"url": "https://www.tiktok.com/@ana/video/7345678901234567890"}\n'
    )

    mapping = proposed("a.jsonl", text)
    reading = reads({"a.jsonl": text}, mapping.encode(), observed_at=NOW)

    [post], [figures] = reading.rows("posts"), reading.rows("post_metrics")
    assert (post["network"], post["post_id"], post["profile_id"]) == ("tiktok", "7345678901234567890", "77")
    assert figures["likes"] == 5


@pytest.mark.parametrize(("text", "field"), [("id,likes\n7,5\n", "post_id"), ("id,followers\n7,5\n", "profile_id")])
def test_a_bare_id_is_the_key_of_what_the_file_counts(text: str, field: str) -> None:
    assert f'{field} = "id"' in proposed("a.csv", text)


def test_authors_of_comments_are_not_shown_even_where_the_comments_have_no_id() -> None:
    for header in ("Author,Comment", "Autor,Comentário"):
        assert "Maria" not in proposed("a.csv", f"{header}\nMaria Silva,so good\n")
