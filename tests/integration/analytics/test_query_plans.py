"""The catalogue of queries: every statement of the views, with the plan that it has over large tables.

No statement that a page waits for goes through more than 10,000 rows of a table one by one, but those that count
everybody, which are named here; and statements about some days look at the partitions of those days alone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from analisa.adapters.postgres.analytics.discovery.facets import Sampling
from analisa.adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from analisa.adapters.postgres.analytics.influencers import PostgresInfluencerViews
from analisa.adapters.postgres.analytics.pages.views import PostgresPageViews
from analisa.adapters.postgres.analytics.profiles import PostgresProfileViews, PostgresScoreViews
from analisa.adapters.postgres.database import Database, Tenant
from analisa.adapters.postgres.exporting.register import PostgresExports
from analisa.adapters.postgres.influencers.niches import PostgresNiches
from analisa.adapters.postgres.organisations import PostgresOrganisations
from analisa.adapters.postgres.partitions import PARTITIONED, ensure_months
from analisa.adapters.postgres.urls import driver_url
from analisa.adapters.system.clock import TimeOrderedIds
from analisa.application.analytics.discovery.asking import asked
from analisa.application.analytics.discovery.checking import checked
from analisa.application.analytics.discovery.facets import FACETS
from analisa.application.analytics.discovery.search import Search, SearchKey, Sort
from analisa.application.analytics.pages import Asked, Tab
from analisa.application.analytics.timeline import Step
from analisa.application.shared.actor import Actor
from analisa.domain.influencers.criteria_text import read
from analisa.domain.shared.ids import ProfileId
from analisa.domain.shared.periods import Period
from analisa.domain.shared.social import ProfileRef, network_name
from tests.servers import DatabaseUrl

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGE = 10_000
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
SEED = """
insert into profiles (network, network_id) select (array['instagram', 'tiktok'])[1 + n % 2], 'p' || n from generate_series(1, 20000) n;
insert into influencers (name) select 'i' || id from profiles;
insert into influencer_profiles (influencer_id, profile_id) select id, substr(name, 2)::bigint from influencers;
insert into profile_descriptions (profile_id, handle, import_no) select id, 'h' || id, 1 from profiles;
insert into profile_names (profile_id, name, first_seen_at, last_seen_at, import_no) select id, 'n' || id, {now}, {now}, 1 from profiles;
insert into profile_metrics (profile_id, observed_at, followers, import_no)
    select id, {now} - k * interval '45 days' - id * interval '1 second', 1000 + id, 1 from profiles, generate_series(0, 7) k;
insert into posts (network, network_post_id, profile_id, published_at, import_no)
    select network, id || '-' || k, id, {now} - k * interval '20 days', 1 from profiles, generate_series(1, 2) k;
insert into post_metrics (post_id, observed_at, scope, likes, import_no) select id, published_at + interval '1 hour', 'lifetime', 5, 1 from posts;
insert into scores (profile_id, as_of, formula_version, table_version, score, confidence, half_width, gate, followers, raw, x, y,
    kappa, n, v, contributions, seed_share, cohort, reasons, inputs_sha256, computed_at, current)
    select id, current_date, 'f', 't', id % 100, 0.5, 1, 1, 1000, six, six, six, six, six, six, six, six, 'all', '{{}}', id::text, now(), true
    from profiles, (select array_fill(1.0::double precision, array[6]) as six) s;
insert into standings (influencer_id, score, confidence, half_width, as_of, followers, contributions, seed_share, computed_at)
    select l.influencer_id, s.score, 0.5, 1, s.as_of, 1000, s.contributions, s.seed_share, now() from influencer_profiles l join scores s using (profile_id);
insert into discovery (influencer_id, profile_id, shown, several, measured, own, kind, added, network, score, followers, er)
    select l.influencer_id, l.profile_id, true, false, true, false, 'person', now(), f.network, l.profile_id % 100, 1000 + l.profile_id, l.profile_id % 9
    from influencer_profiles l join profiles f on f.id = l.profile_id;
insert into discovery_texts (discovery_id, made_of, called, words, hashtags, mentions)
    select id, '', 'i' || profile_id, setweight(to_tsvector('simple', 'i' || profile_id || ' person' || profile_id % 5000), 'A'), array['t' || profile_id % 500], '{{}}'
    from discovery;
insert into discovery_words (word, slips) select word, slips(word) from (select distinct 'person' || n as word from generate_series(1, 20000) n) w;
insert into discovery_audiences (discovery_id, dimension, key, share) select id, 'country', (array['BR', 'PT'])[1 + id % 2], id % 90 from discovery;
insert into niche_labels (profile_id, niche, confidence, words, version) select id, 'food', 0.5, '{{bolo}}', 'n' from profiles;
"""


@dataclass
class Catalogue:
    database: Database
    connection: asyncpg.Connection
    actor: Actor
    influencer: UUID
    profile: int


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def large(database: Database, database_url: DatabaseUrl) -> AsyncIterator[Catalogue]:
    months = {(NOW - timedelta(days=15 * back)).date() for back in range(28)}
    for table in PARTITIONED:
        await ensure_months(database, table, months)
    connection = await asyncpg.connect(driver_url(database_url))
    await connection.execute("select set_config('analisa.operator', 'on', false)")
    await connection.execute(SEED.format(now=f"timestamptz '{NOW.isoformat()}'"), timeout=120)
    owner = await asyncpg.connect(database_url.owner)
    await owner.execute("vacuum analyze", timeout=120)
    await owner.close()
    row = await connection.fetchrow("select influencer_id, profile_id from discovery where profile_id = 77")
    actor = await PostgresOrganisations(database).actor_for("local")
    yield Catalogue(database, connection, actor, row["influencer_id"], row["profile_id"])
    await connection.close()


Ask = Callable[[Catalogue], Awaitable[Any]]
MONTH = Asked(period=Period(date(2026, 3, 1), date(2026, 3, 31)))


def searching(
    filters: str = "",
    words: tuple[str, ...] = (),
    sort: str | None = None,
    sampling: Sampling = Sampling(),  # noqa: B008  it is frozen
    **more: Any,
) -> Ask:
    def ask(large: Catalogue) -> Awaitable[Any]:
        order = Sort.read(sort, words=bool(words))
        search = Search(criteria=checked(read(filters)), words=words, sort=order, now=NOW)
        return PostgresDiscovery(large.database, sampling=sampling).search(large.actor, search, **more)

    return ask


AFTER = SearchKey(value=50.0, influencer_id=UUID(int=1))
QUERIES: dict[str, Ask] = {
    "the list by score": searching(limit=50),
    "a later page of it": searching(after=AFTER, limit=50),
    "the list by followers": searching(sort="-followers", limit=50),
    "words": searching(words=("person4711",), limit=50),
    "a misspelt word": searching(words=("persom4711",), limit=50),
    "a hashtag": searching("hashtag = t7", limit=50),
    "a rare audience": searching("audience.country[BR] >= 88.5", limit=50),
    "a look-up": lambda large: PostgresDiscovery(large.database).lookup(large.actor, (large.influencer,)),
    "one influencer": lambda large: PostgresInfluencerViews(large.database).detail(large.actor, large.influencer),
    "the ranked list": lambda large: PostgresInfluencerViews(large.database).top(large.actor, network=None, limit=20),
    "its niches": lambda large: PostgresNiches(large.database, TimeOrderedIds()).of(large.actor, large.influencer),
    "its page": lambda large: PostgresPageViews(large.database).influencer(
        large.actor, large.influencer, MONTH, tuple(Tab)
    ),
    "its followers": lambda large: PostgresPageViews(large.database).series(
        large.actor, large.influencer, "followers", MONTH, Step.AUTO
    ),
    "its posts over time": lambda large: PostgresPageViews(large.database).series(
        large.actor, large.influencer, "posts", MONTH, Step.AUTO
    ),
    "a profile's readings": lambda large: PostgresPageViews(large.database).readings(
        large.actor, ProfileId(large.profile), "total_views", MONTH, Step.AUTO
    ),
    "a profile's posts": lambda large: PostgresProfileViews(large.database).posts(
        large.actor, ProfileId(large.profile)
    ),
    "a profile by its handle": lambda large: PostgresProfileViews(large.database).find(
        large.actor, ProfileRef(network_name("tiktok"), "h77")
    ),
    "a profile's score": lambda large: PostgresScoreViews(large.database).current(
        large.actor, ProfileId(large.profile)
    ),
    "what was exported": lambda large: PostgresExports(large.database, TimeOrderedIds()).page(large.actor),
    "its history": lambda large: PostgresScoreViews(large.database).history(large.actor, ProfileId(large.profile)),
}


async def walked(large: Catalogue) -> None:
    search = asked(large.actor, "er >= 5%", None, "-followers", now=NOW)
    async for _ in PostgresDiscovery(large.database).walk(large.actor, search):
        pass


COUNTS_EVERYBODY: dict[str, Ask] = {
    "a search from its beginning to its end": walked,
    "facets of many": searching(
        "followers >= 5k", facets=tuple(FACETS), limit=50, sampling=Sampling(few=10, exact_up_to=10)
    ),
    "words and facets": searching(words=("person4711",), facets=("network",), limit=50),
    "facets": searching("followers >= 5k", facets=("network", "followers"), limit=50),
    "a filter that no index knows": searching("er = 8", sort="er", limit=50),
    "a list beside its peers": lambda large: PostgresPageViews(large.database).benchmark(
        large.actor, asked(large.actor, "er >= 5%", None, None, now=NOW), ("followers", "er")
    ),
    "the overview": lambda large: PostgresPageViews(large.database).overview(large.actor, MONTH),
}
"""One pass over the rows of searches each, and over nothing else."""
OF_SOME_DAYS = ("its followers", "a profile's readings")


class Noting:
    """A connection that notes every statement that is read with, and its values."""

    def __init__(self, connection: Any, ran: list[tuple[str, tuple[Any, ...]]]) -> None:
        self._connection = connection
        self._ran = ran

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._connection, name)
        if name not in {"fetch", "fetchrow", "fetchval", "copy_from_query", "cursor"}:
            return call

        def noting(statement: str, *values: Any, **more: Any) -> Any:
            if statement.lstrip().startswith(("select", "with")):
                self._ran.append((statement, values))
            return call(statement, *values, **more)

        return noting


class Listening(Database):
    """Notes every statement that is read with: COPY and cursors too, which the driver's own log leaves out."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._engine, database._pool)
        self.ran: list[tuple[str, tuple[Any, ...]]] = []

    @asynccontextmanager
    async def reading(self, tenant: Tenant, **more: Any) -> AsyncIterator[Any]:
        async with super().reading(tenant, **more) as connection:
            yield Noting(connection, self.ran)


async def plans(large: Catalogue, ask: Ask) -> list[tuple[str, Any]]:
    """Every statement that *ask* runs, with its plan for the values it runs with."""
    listening = Listening(large.database)
    await ask(replace(large, database=listening))
    found = list[tuple[str, Any]]()
    async with large.database.reading(Tenant.of(large.actor), plan_anew=True) as connection:
        for statement, values in dict.fromkeys((query, tuple(map(_hashable, args))) for query, args in listening.ran):
            (row,) = await connection.fetch(f"explain (format json) {statement}", *map(_listed, values))
            found.append((statement, json.loads(row[0])[0]["Plan"]))
    return found


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


GATHERS = {"Sort", "Aggregate", "Hash", "Unique", "WindowAgg", "Materialize", "Memoize"}
"""Nodes that take in all that is below them before they give anything."""


def nodes(plan: Any, *, stops: bool = False) -> Iterator[tuple[Any, bool]]:
    """Every node, and whether it stops early because somebody above wants only some rows."""
    yield plan, stops
    below = plan["Node Type"] == "Limit" or (stops and plan["Node Type"] not in GATHERS)
    for inner in plan.get("Plans", ()):
        yield from nodes(inner, stops=below and inner.get("Parent Relationship") != "SubPlan")


async def scanned(large: Catalogue, found: list[tuple[str, Any]]) -> set[str]:
    """Large tables that are gone through row by row, to their end."""
    sizes = {row[0]: row[1] for row in await large.connection.fetch("select relname, reltuples from pg_class")}
    return {
        node["Relation Name"]
        for _, plan in found
        for node, stops in nodes(plan)
        if node["Node Type"] == "Seq Scan" and not stops and sizes[node["Relation Name"]] > LARGE
    }


@pytest.mark.parametrize("name", QUERIES)
async def test_no_page_waits_for_a_walk_over_a_large_table(large: Catalogue, name: str) -> None:
    found = await plans(large, QUERIES[name])

    assert found
    assert await scanned(large, found) == set()


@pytest.mark.parametrize("name", COUNTS_EVERYBODY)
async def test_what_counts_everybody_walks_over_the_rows_of_searches_alone(large: Catalogue, name: str) -> None:
    found = await plans(large, COUNTS_EVERYBODY[name])

    assert await scanned(large, found) <= {"discovery"}


@pytest.mark.parametrize("name", OF_SOME_DAYS)
async def test_statements_about_some_days_look_at_the_partitions_of_those_days(large: Catalogue, name: str) -> None:
    found = await plans(large, QUERIES[name])

    looked_at = {
        node["Relation Name"]
        for statement, plan in found
        for node, _ in nodes(plan)
        if "profile_metrics" in statement
        and node.get("Relation Name", "").startswith("profile_metrics_")
        and "exists (select from profiles" not in statement
    }
    assert looked_at
    assert looked_at <= {f"profile_metrics_2026_{month:02}" for month in (1, 2, 3)} | {"profile_metrics_default"}


async def test_a_statement_that_takes_too_long_is_ended(large: Catalogue) -> None:
    with pytest.raises(asyncpg.QueryCanceledError):
        async with large.database.reading(Tenant.of(large.actor), timeout_s=0.05) as connection:
            await connection.fetchval("select pg_sleep(5)")
