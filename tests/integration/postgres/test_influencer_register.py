"""Who stands behind which profiles: registered by name, found again by handle, held once by each owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from analisa.adapters.postgres.influencers.profiles import PostgresProfileDirectory
from analisa.adapters.postgres.influencers.register import PostgresInfluencers
from analisa.adapters.postgres.organisations import PostgresOrganisations
from analisa.application.influencers.directory import (
    Person,
    ProfileAmbiguous,
    RegisterInfluencers,
    RegisterInfluencersHandler,
)
from analisa.application.shared.organisations import OrganisationNotFound
from analisa.domain.influencers.influencer import Influencer, InfluencerInvalid, Kind
from analisa.domain.shared.ids import InfluencerId
from analisa.domain.shared.social import ProfileRef
from tests.builders import a_batch, a_post, day
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl

ANA = Person(
    name="Ana Lima", profiles=(ProfileRef.parse("instagram:ana"), ProfileRef.parse("tiktok:ana.lima")), kind=Kind.PERSON
)
SOL = Person(name="Sol", profiles=(ProfileRef.parse("instagram:sol"),), kind=Kind.BRAND)


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def _register(home: Installation, *people: Person, public: bool = False) -> int:
    handle = RegisterInfluencersHandler(PostgresInfluencers(home.database), home.ids)
    return await handle(RegisterInfluencers(actor=home.local, people=people, public=public))


async def test_a_person_holds_several_profiles_and_is_registered_once(home: Installation) -> None:
    assert await _register(home, ANA, SOL) == 2
    assert await _register(home, ANA) == 0

    held = await home.rows(
        "select i.name, i.kind, count(*) as profiles from influencers i join influencer_profiles h on h.influencer_id = i.id "
        "group by 1, 2 order by 1"
    )
    assert held == [
        {"name": "Ana Lima", "kind": "person", "profiles": 2},
        {"name": "Sol", "kind": "brand", "profiles": 1},
    ]


async def test_an_import_finds_nobody_new_behind_profiles_that_are_held(home: Installation) -> None:
    await _register(home, ANA, public=True)

    await home.bring(a_batch("posts", a_post("P1", "ana"), a_post("P2", "new")))

    assert await home.rows("select name from influencers order by name") == [{"name": "Ana Lima"}, {"name": "new"}]


async def test_public_evidence_shows_somebody_to_everybody(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post("P1", "ana")))
    await home.bring(a_batch("posts", a_post("P1", "ana")), public=True)

    acme = await home.found("acme")
    assert await home.rows("select name from influencers", actor=acme) == [{"name": "ana"}]


async def test_nobody_and_nothing_can_be_registered(home: Installation) -> None:
    assert await _register(home) == 0
    assert await _register(home, Person(name="Nobody yet", profiles=())) == 1
    with pytest.raises(InfluencerInvalid, match="needs a name"):
        Influencer(id=InfluencerId(home.ids.new()), owner=None, name=" ")


async def test_a_handle_that_several_have_had_is_asked_about(home: Installation) -> None:
    await home.bring(a_batch("profiles", {"profile_id": "1", "handle": "@Ana"}, {"profile_id": "2", "handle": "ana"}))
    directory = PostgresProfileDirectory(home.database)

    with pytest.raises(ProfileAmbiguous, match=r"instagram:1, instagram:2; name the one you mean"):
        await directory.resolve(home.local, ProfileRef.parse("instagram:ana"))
    assert await directory.resolve(home.local, ProfileRef.parse("instagram:2")) == ProfileRef.parse("instagram:2")


async def test_the_demonstration_is_an_organisation_of_its_own_that_goes_whole(home: Installation) -> None:
    organisations = PostgresOrganisations(home.database)
    with pytest.raises(OrganisationNotFound, match="analisa demo"):
        await organisations.actor_for("demo")

    demo = await organisations.found_demonstration()
    assert (demo.demonstration, demo.operator) == (True, False)
    assert await organisations.found_demonstration() == demo
    assert await organisations.dissolve_demonstration()
    assert not await organisations.dissolve_demonstration()
    with pytest.raises(OrganisationNotFound, match=r"no organisation 'acme-x' here$"):
        await organisations.actor_for("acme-x")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_whoever_was_never_named_is_called_like_their_profile_in_whatever_order_files_come(
    home: Installation, order: tuple[int, ...]
) -> None:
    batches = (
        a_batch("posts", a_post()),
        a_batch("profiles", {"profile_id": "ana", "handle": "ana.lima", "observed_at": day(1)}),
        a_batch("profiles", {"profile_id": "ana", "display_name": "Ana Lima", "observed_at": day(2)}),
    )
    for place in order:
        await home.bring(batches[place])

    assert await home.rows("select name from influencers") == [{"name": "Ana Lima"}]


async def test_a_name_that_somebody_chose_stays(home: Installation) -> None:
    await _register(home, SOL)

    await home.bring(a_batch("profiles", {"profile_id": "sol", "display_name": "Sol e Mar"}))

    assert await home.rows("select name from influencers") == [{"name": "Sol"}]
