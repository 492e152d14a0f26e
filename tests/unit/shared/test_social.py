"""The few words of social networks that every context shares, and how people write them."""

from __future__ import annotations

import pytest

from analisa.domain.shared.social import ProfileRef, handle, network_name


@pytest.mark.parametrize("text", ["instagram", " Instagram ", "INSTAGRAM"])
def test_a_network_is_named_in_lower_case(text: str) -> None:
    assert network_name(text) == "instagram"


@pytest.mark.parametrize("text", ["", "meu site", "9gag", "ação", "a" * 33, "x y"])
def test_what_names_no_network_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="as in 'instagram'"):
        network_name(text)


def test_a_handle_is_compared_as_networks_do() -> None:
    assert handle(" @Maria.Silva ") == "maria.silva"


def test_a_profile_is_written_as_network_and_id_or_handle() -> None:
    assert str(ProfileRef.parse("Instagram: @maria.silva")) == "instagram:@maria.silva"
    assert ProfileRef.parse("youtube:UC:x").name == "UC:x"


@pytest.mark.parametrize("text", ["maria.silva", "instagram:", "instagram:  ", ":maria", ""])
def test_what_names_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"NETWORK:ID-OR-HANDLE|network's name"):
        ProfileRef.parse(text)
