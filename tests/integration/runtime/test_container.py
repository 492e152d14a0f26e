"""The containers: a part is exchanged by overriding its provider, and everything that uses it gets the other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dependency_injector import providers

from analisa.application.analytics.scoring import ScoreProfiles
from analisa.entrypoints.container import open_application
from analisa.entrypoints.setting_values import SecretUrl
from analisa.entrypoints.settings import Settings
from tests.fakes.collection import FakeClock

NEW_YEAR = datetime(2020, 1, 1, 12, tzinfo=UTC)


async def test_a_use_case_gets_what_overrides_a_provider_of_the_root(tmp_path: Path, database_url: str) -> None:
    settings = Settings(home=tmp_path, database_url=SecretUrl(database_url), signing_key_file=tmp_path / "key")
    async with open_application(settings) as application:
        root = application.root
        with root.clock.override(providers.Object(FakeClock(NEW_YEAR))):
            then = await root.analytics.score_profiles()(ScoreProfiles(owner=None))
        today = await root.analytics.score_profiles()(ScoreProfiles(owner=None))

    assert then.day == NEW_YEAR.date()
    assert today.day > NEW_YEAR.date(), "the override ended with its block"
