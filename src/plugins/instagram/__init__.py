"""Instagram: what its ids and links tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..hookspecs import hookimpl
from ..network import Network, PostLink, digits, link_of, plausible

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_EPOCH_MS = 1_314_220_021_721
"""Instagram's own epoch, 2011-08-24T21:07:01.721Z: the upper 41 bits of a media id count milliseconds since then."""
_FIRST_LONG_ID = 10**17
_SHORTEST_CODE = 9
"""Eight letters end nine hours after the epoch: what is shorter is somebody else's id and holds no time."""
_CODE_LENGTH = 11
"""Longer short codes (private posts) carry a key behind the id."""


def media_id(short_code: str) -> int | None:
    """Return the number that *short_code* (`CJggXA2AtD3`) spells in base 64, or None."""
    if not short_code or any(letter not in _VALUE for letter in short_code):
        return None
    number = 0
    for letter in short_code[:_CODE_LENGTH]:
        number = number * 64 + _VALUE[letter]
    return number


class Instagram(Network):
    def post_instant(self, post_id: str) -> datetime | None:
        """Read the time in a short code or in the media id it spells; the 17 digits of a Graph id hold none."""
        number = digits(post_id)
        if number is None or len(post_id) <= _CODE_LENGTH:
            number = media_id(post_id) if len(post_id) >= _SHORTEST_CODE else None
        elif number < _FIRST_LONG_ID:
            return None
        return None if number is None else plausible((number >> 23) + _EPOCH_MS)

    def read_link(self, url: str) -> PostLink:
        parts = link_of(url, "instagram.com", "instagr.am")
        if parts is None:
            return PostLink()
        steps = [step for step in parts.path.split("/") if step]
        for place, step in enumerate(steps[:-1]):
            if step in {"p", "reel", "reels", "tv"} and place <= 1:
                author = steps[0].lower() if place == 1 else None
                return PostLink(steps[place + 1] if media_id(steps[place + 1]) is not None else None, author)
        return PostLink(None, steps[0].lower() if len(steps) == 1 else None)


@hookimpl
def analisa_networks() -> Iterable[Network]:
    return [Instagram(name="instagram", title="Instagram")]
