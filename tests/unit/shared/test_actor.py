"""Who asks, and to whom belongs what they bring in."""

from __future__ import annotations

from uuid import UUID

import pytest

from analisa.application.shared.actor import Actor, NotPermitted
from analisa.domain.shared.ids import OrganisationId

OURS = OrganisationId(UUID(int=7))


def test_what_somebody_brings_in_belongs_to_their_organisation() -> None:
    assert Actor(organisation=OURS).owner_of(public=False) == OURS
    assert Actor(organisation=OURS, operator=True).owner_of(public=False) == OURS


def test_only_an_operator_brings_in_for_everybody() -> None:
    assert Actor(organisation=OURS, operator=True).owner_of(public=True) is None
    with pytest.raises(NotPermitted, match="only an operator"):
        Actor(organisation=OURS).owner_of(public=True)
