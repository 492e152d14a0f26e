"""What can be known of a network without asking it: times in ids, posts and handles in links."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analisa.plugins.manager import Plugins

NETWORKS = Plugins.load([]).networks()


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MOMENT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)
MS = int(MOMENT.timestamp() * 1000)
MEDIA = ((MS - 1_314_220_021_721) << 23) | 4_321


def short_code(number: int) -> str:
    """Spell *number* in Instagram's base 64."""
    return short_code(number >> 6) + ALPHABET[number & 63] if number else ""


@pytest.mark.parametrize(
    ("network", "post_id"),
    [
        ("instagram", short_code(MEDIA)),
        ("instagram", short_code(MEDIA) + "PrivateKeyBehindTheCode12345"),
        ("instagram", str(MEDIA)),
        ("tiktok", str(((MS // 1000) << 32) | 99)),
        ("x", str(((MS - 1_288_834_974_657) << 22) | 7)),
    ],
)
def test_an_id_tells_when_the_post_was_made(network: str, post_id: str) -> None:
    assert NETWORKS[network].post_instant(post_id) == MOMENT


@pytest.mark.parametrize(
    ("network", "post_id"),
    [
        ("instagram", "17900000000000000"),
        ("instagram", "not a code"),
        ("instagram", ""),
        ("tiktok", "7.5E+18"),
        ("tiktok", "12"),
        ("tiktok", "९९९९९९९९९९९९९९९९९९९"),
        ("x", "20"),
        ("x", "99999999999999999999"),
        ("youtube", "dQw4w9WgXcQ"),
        ("facebook", "1000"),
    ],
)
def test_an_id_without_a_time_tells_none(network: str, post_id: str) -> None:
    assert NETWORKS[network].post_instant(post_id) is None


@pytest.mark.parametrize(
    ("network", "url", "post", "handle"),
    [
        ("instagram", "https://www.instagram.com/p/DUMLDXPktaH/", "DUMLDXPktaH", None),
        ("instagram", "instagram.com/ana.paula/reel/DUQT_av9Mux?igsh=1", "DUQT_av9Mux", "ana.paula"),
        ("instagram", "https://instagram.com/Ana.Paula/", None, "ana.paula"),
        ("instagram", "https://instagram.com/p/bad%20code/", None, None),
        ("instagram", "https://www.instagram.com/explore/tags/sol/", None, None),
        ("tiktok", "https://www.tiktok.com/@Ana_Paula/video/7512345678901234567", "7512345678901234567", "ana_paula"),
        ("tiktok", "https://m.tiktok.com/@a/live", None, "a"),
        ("tiktok", "https://tiktok.com/", None, None),
        ("youtube", "https://www.youtube.com/watch?v=abcdefghijk&t=3", "abcdefghijk", None),
        ("youtube", "https://youtu.be/abcdefghijk", "abcdefghijk", None),
        ("youtube", "https://youtube.com/shorts/abcdefghijk", "abcdefghijk", None),
        ("youtube", "https://www.youtube.com/@AnaTech", None, "anatech"),
        ("youtube", "https://www.youtube.com/watch?v=short", None, None),
        ("youtube", "https://youtu.be/", None, None),
        ("facebook", "https://www.facebook.com/ana/posts/123456", "123456", "ana"),
        ("facebook", "https://www.facebook.com/permalink.php?story_fbid=77&id=1", "77", None),
        ("facebook", "https://www.facebook.com/watch/?v=oops", None, None),
        ("facebook", "https://www.facebook.com/ana", None, "ana"),
        ("x", "https://twitter.com/Ana/status/1500000000000000000", "1500000000000000000", "ana"),
        ("x", "https://x.com/i/status/1500000000000000000", "1500000000000000000", None),
        ("x", "https://x.com/", None, None),
    ],
)
def test_a_link_shows_post_and_author(network: str, url: str, post: str | None, handle: str | None) -> None:
    assert NETWORKS[network].post_from_link(url) == (post, handle)


@pytest.mark.parametrize("name", ["instagram", "tiktok", "youtube", "facebook", "x"])
@pytest.mark.parametrize(
    "url", ["https://example.org/p/DUMLDXPktaH/", "ftp://[::1", "", "javascript:alert(1)", "http://[/"]
)
def test_a_foreign_or_broken_link_shows_nothing(name: str, url: str) -> None:
    assert NETWORKS[name].post_from_link(url) == (None, None)


def test_each_network_says_what_engagement_is_divided_by() -> None:
    bases = {name: network.engagement_base for name, network in NETWORKS.items()}

    assert bases["instagram"] == "followers"
    assert bases["facebook"] == "followers"
    assert bases["tiktok"] == bases["youtube"] == "views"
    assert bases["x"] == "views_else_followers"
    assert NETWORKS["youtube"].follower_digits == 3
