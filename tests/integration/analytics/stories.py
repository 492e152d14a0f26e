"""Random evidence of some profiles, as facts that can be told in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from analisa.domain.shared.ids import Owner
from tests.integration.analytics.world import NOW, World

NETWORKS = ("instagram", "tiktok", "youtube", "x")


@dataclass(frozen=True)
class Fact:
    """One row: a snapshot of a post, or a reading of a profile."""

    profile: str
    network: str
    at: datetime
    values: dict[str, Any]
    post: str = ""
    published: datetime | None = None


@dataclass
class Story:
    """Tells facts to a world, and remembers which rows they became."""

    world: World
    prefix: str
    owner: Owner = None
    profiles: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)

    async def tell(self, *facts: Fact) -> None:
        """Store *facts* and let their profiles wait for a score, as an import does."""
        touched = set()
        for fact in facts:
            profile = await self._profile(fact)
            if fact.post:
                post = await self._post(fact, profile)
                await self.world.snapshot(post, fact.at, owner=self.owner, **fact.values)
            else:
                await self.world.reading(profile, fact.at, owner=self.owner, **fact.values)
            touched.add(profile)
        await self.world.queue(*sorted(touched), owner=self.owner)

    async def _profile(self, fact: Fact) -> int:
        if fact.profile not in self.profiles:
            name = f"{self.prefix}{fact.profile}"
            self.profiles[fact.profile] = await self.world.known_profile(name, fact.network)
            await self.world.influencer(name, self.profiles[fact.profile], owner=self.owner)
        return self.profiles[fact.profile]

    async def _post(self, fact: Fact, profile: int) -> int:
        if fact.post not in self.posts:
            key = f"{self.prefix}{fact.post}"
            self.posts[fact.post] = await self.world.post(profile, key, fact.published, owner=self.owner)
        return self.posts[fact.post]


def random_facts(random: Random, profiles: int, *, now: datetime = NOW) -> list[Fact]:
    """Facts of *profiles* profiles: some busy, some dormant, some last seen years ago, some only read and never posting."""
    facts = []
    for number in range(profiles):
        name, network = f"p{number}", NETWORKS[number % len(NETWORKS)]
        last_seen = now - timedelta(days=random.choice((0, 0, 1, 5, 80, 100, 400, 900)))
        size = 10 ** random.uniform(3, 6.5)
        facts += _readings(random, name, network, last_seen, size)
        facts += _posts(random, name, network, last_seen, size)
    return facts


def _readings(random: Random, name: str, network: str, last_seen: datetime, size: float) -> list[Fact]:
    growth = random.uniform(-0.002, 0.006)
    days = sorted(random.sample(range(200), random.choice((0, 1, 5, 12))))
    return [
        Fact(name, network, last_seen - timedelta(days=day), {"followers": int(size * (1 - growth * day))})
        for day in days
    ]


def _posts(random: Random, name: str, network: str, last_seen: datetime, size: float) -> list[Fact]:
    facts = []
    for number in range(random.choice((0, 2, 8, 12))):
        published = last_seen - timedelta(days=random.uniform(0, 130))
        views = int(size * random.uniform(0.05, 2))
        for _ in range(random.choice((1, 1, 2, 3))):
            at = published + (last_seen - published) * random.random()
            values = {"views": views, "likes": int(views * random.uniform(0.001, 0.2)), "comments": int(views * 0.002)}
            known = {field: value for field, value in values.items() if random.random() > 0.1}
            facts.append(Fact(name, network, at, known, post=f"{name}-{number}", published=published))
    return facts
