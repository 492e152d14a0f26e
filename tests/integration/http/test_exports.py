"""Lists exported over HTTP: asked for once, written by a worker, fetched while they are kept, by nobody else."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import sys
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from analisa.adapters.files.exports import ExportDirectory
from analisa.adapters.postgres.database import Tenant, driver
from analisa.application.exporting.errors import ExportsTakeAll
from analisa.application.exporting.exports import Exporter, Exports, RequestExport, Room
from analisa.application.exporting.ports import KEPT, MOST_WAITING, Format
from analisa.application.exporting.reactions import reactions
from analisa.application.shared.actor import Actor
from analisa.application.shared.failpoints import registry
from analisa.application.shared.organisations import DEMONSTRATION
from analisa.domain.shared.events import EventGivenUp
from analisa.entrypoints.container import Application
from tests.integration.http.conftest import UNKNOWN, Scored
from tests.integration.http.paging import pages

URL = "/api/v1/exports"
DEMO = {"organisation": DEMONSTRATION}


def a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def asked(api: httpx.AsyncClient, what: str = "influencers", **facts: Any) -> httpx.Response:
    return await api.post(URL, json={"list": what, **facts}, headers=a_key())


async def write(application: Application, record: dict[str, Any]) -> None:
    actor = await application.actor()
    await application.root.exporting.exporter().write(actor.organisation, UUID(record["export_id"]))


async def exported(api: httpx.AsyncClient, application: Application, what: str, **facts: Any) -> httpx.Response:
    accepted = await asked(api, what, **facts)
    assert accepted.status_code == 202, accepted.text
    await write(application, accepted.json())
    shown = (await api.get(accepted.headers["location"])).json()
    assert shown["state"] == "done", shown
    return await api.get(shown["file"])


def table(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("sort", ["-score", "followers", "-last_post"])
async def test_a_search_is_exported_whole_and_in_its_order(scored: Scored, application: Application, sort: str) -> None:
    asks = {"filter": "followers >= 1k and not network = x", "sort": sort}
    listed = await pages(scored.api, "/api/v1/influencers", limit=7, **asks)

    answer = await exported(scored.api, application, "influencers", format="jsonl", parameters=asks)

    rows = lines(answer)
    assert len(rows) > 20
    assert [row["influencer_id"] for row in rows] == [item["influencer_id"] for item in listed]
    for row, item in zip(rows, listed, strict=True):
        (profile,) = (profile for profile in item["profiles"] if profile["matched"])
        standing = item["standing"] or dict.fromkeys(("score", "confidence"))
        assert (row["name"], row["score"], row["confidence"]) == (
            item["name"],
            standing["score"],
            standing["confidence"],
        )
        assert {name: row[f"profile.{name}"] for name in profile if name != "matched"} == {
            name: value for name, value in profile.items() if name != "matched"
        }


async def test_a_search_for_words_is_exported_best_match_first(scored: Scored, application: Application) -> None:
    word = scored.lines[0]["name"].split()[0]
    listed = await pages(scored.api, "/api/v1/influencers", q=word)

    rows = table(await exported(scored.api, application, "influencers", parameters={"q": word}))

    assert listed
    assert [row["influencer_id"] for row in rows] == [item["influencer_id"] for item in listed]


async def test_a_file_has_the_columns_asked_for_and_says_what_it_is(scored: Scored, application: Application) -> None:
    columns = ["profile.handle", "name", "profile.followers"]
    accepted = (await asked(scored.api, format="csv", columns=columns, parameters={"sort": "followers"})).json()
    await write(application, accepted)
    shown = (await scored.api.get(accepted["href"])).json()
    answer = await scored.api.get(shown["file"])

    rows = table(answer)
    assert list(rows[0]) == columns
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="influencers-20')
    assert answer.headers["cache-control"] == "private, no-store"
    assert (shown["rows"], shown["bytes"]) == (len(rows), len(answer.content))
    assert shown["sha256"] == sha256(answer.content).hexdigest()
    assert shown["parameters"] == {"sort": "followers"}
    assert shown["requested_by"] == "Maria Exemplo"


async def test_names_that_would_run_in_a_spreadsheet_are_disarmed(
    api: httpx.AsyncClient, application: Application
) -> None:
    name = f"=cmd|' /C calc'!A0 {uuid4()}"
    made = await api.post("/api/v1/influencers", json={"name": name}, headers=a_key())
    actor = await application.actor()
    await application.root.analytics.findable().refresh(
        actor.organisation, influencers=[UUID(made.json()["influencer_id"])]
    )

    in_csv = table(await exported(api, application, "influencers", columns=["name"]))
    in_json = lines(await exported(api, application, "influencers", columns=["name"], format="jsonl"))

    assert {"name": f"'{name}"} in in_csv
    assert {"name": name} in in_json
    assert not any(row["name"].startswith("=") for row in in_csv)


async def test_posts_and_scores_of_a_profile_are_exported(scored: Scored, application: Application) -> None:
    profile = scored.profile("instagram")["profile_id"]
    url, asks = f"/api/v1/profiles/{profile}", {"profile": str(profile)}
    posts = await pages(scored.api, f"{url}/posts", limit=9)
    history = (await scored.api.get(f"{url}/score/history")).json()["items"]

    assert lines(await exported(scored.api, application, "posts", format="jsonl", parameters=asks)) == posts
    assert lines(await exported(scored.api, application, "scores", format="jsonl", parameters=asks)) == history
    assert len(posts) > 9
    assert history


async def test_imports_and_what_was_found_in_one_are_exported(scored: Scored, application: Application) -> None:
    listed = await pages(scored.api, "/api/v1/imports")
    one = listed[0]["import_id"]
    found = await pages(scored.api, f"/api/v1/imports/{one}/findings")

    imports = lines(await exported(scored.api, application, "imports", format="jsonl"))
    findings = lines(await exported(scored.api, application, "findings", format="jsonl", parameters={"import_id": one}))

    assert [(row["import_id"], row["rows"]) for row in imports] == [
        (item["import_id"], item["progress"]["rows"]) for item in listed
    ]
    assert [(row["finding_id"], row["message"], json.loads(row["cells"])) for row in findings] == [
        (item["finding_id"], item["finding"]["message"], item["finding"]["cells"]) for item in found
    ]


async def test_every_exportable_list_tells_what_it_takes_and_has(api: httpx.AsyncClient) -> None:
    items = {each["name"]: each for each in (await api.get("/api/v1/exportable-lists")).json()["items"]}

    assert set(items) == {"influencers", "posts", "scores", "imports", "findings", "activity"}
    assert [parameter["name"] for parameter in items["influencers"]["parameters"]] == ["filter", "q", "sort"]
    assert {"name", "score", "profile.followers"} <= set(items["influencers"]["columns"])
    assert all(len(set(each["columns"])) == len(each["columns"]) for each in items.values())


@pytest.mark.parametrize(
    ("facts", "status", "code", "pointer"),
    [
        ({"what": "secrets"}, 422, "exports.list_unknown", "/list"),
        ({"parameters": {"filter": "folowers > 3"}}, 422, "search.field_unknown", "/parameters/filter"),
        ({"parameters": {"filter": "followers >"}}, 422, "search.filter_refused", "/parameters/filter"),
        ({"parameters": {"sort": "luck"}}, 422, "search.sort_unknown", "/parameters/sort"),
        ({"parameters": {"limit": "3"}}, 422, "exports.parameter_refused", "/parameters/limit"),
        ({"columns": ["name", "scor"]}, 422, "exports.column_unknown", "/columns/1"),
        ({"what": "posts"}, 422, "exports.parameter_refused", "/parameters/profile"),
        (
            {"what": "posts", "parameters": {"profile": "-1"}},
            422,
            "analytics.profile_unreadable",
            "/parameters/profile",
        ),
        ({"what": "posts", "parameters": {"profile": "999999999"}}, 404, "analytics.profile_not_found", None),
        ({"what": "findings", "parameters": {"import_id": UNKNOWN}}, 404, "imports.not_found", None),
        (
            {"what": "findings", "parameters": {"import_id": UNKNOWN, "severity": "bad"}},
            422,
            "exports.parameter_refused",
            "/parameters/severity",
        ),
        (
            {"what": "findings", "parameters": {"import_id": "1"}},
            422,
            "exports.parameter_refused",
            "/parameters/import_id",
        ),
        ({"format": "xls"}, 400, "http.bad_request", "/format"),
        ({"colour": 1}, 400, "http.bad_request", "/colour"),
    ],
)
async def test_what_cannot_be_exported_is_refused_at_once_and_not_noted(
    api: httpx.AsyncClient, facts: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    before = (await api.get(URL)).json()["items"]

    answer = await asked(api, **facts)

    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert [error["pointer"] for error in told.get("errors", [])] == ([] if pointer is None else [pointer])
    assert (await api.get(URL)).json()["items"] == before


async def test_where_the_files_of_a_day_take_all_the_room_no_more_are_written(
    api: httpx.AsyncClient, application: Application
) -> None:
    root, actor = application.root.exporting, await application.actor()
    waiting, first = (await asked(api, "imports")).json(), (await asked(api, "imports")).json()
    await write(application, first)
    size = (await api.get(first["href"])).json()["bytes"]
    full = Room(root.register(), application.clock, size)
    exports = Exports(root.register(), root.shelf(), root.exportable(), application.clock, full, root.entitlements())
    exporter = Exporter(root.register(), root.shelf(), root.exportable(), application.clock, full)
    wanted = RequestExport(
        actor=actor, export_id=uuid4(), list="imports", format=Format.CSV, parameters={}, columns=None
    )

    with pytest.raises(ExportsTakeAll, match="ANALISA_MAX_KEPT_EXPORT_BYTES") as refused:
        await exports.request(wanted)
    await exporter.write(actor.organisation, UUID(waiting["export_id"]))

    assert 0 < (refused.value.retry_after_s or 0) <= KEPT.total_seconds()
    assert (await api.get(waiting["href"])).json()["error_code"] == "exports.no_room"


@pytest.mark.promise("P5")
async def test_asked_twice_under_one_key_it_is_one_export(api: httpx.AsyncClient, application: Application) -> None:
    key, body = a_key(), {"list": "imports"}

    answers = await asyncio.gather(*(api.post(URL, json=body, headers=key) for _ in range(6)))
    again = await api.post(URL, json=body, headers=key)

    made = {answer.json()["export_id"] for answer in (*answers, again) if answer.status_code == 202}
    assert len(made) == 1
    assert again.headers["idempotency-replayed"] == "true"
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert (await api.post(URL, json=body)).status_code == 400
    await write(application, again.json())


async def test_a_file_is_fetched_when_it_is_whole_and_until_its_time_is_over(
    api: httpx.AsyncClient, application: Application
) -> None:
    record = (await asked(api, "imports")).json()
    early = await api.get(f"{record['href']}/file")
    await write(application, record)
    fetched = await api.get(f"{record['href']}/file")
    await _aged(application, record, by=KEPT)
    late, shown = await api.get(f"{record['href']}/file"), (await api.get(record["href"])).json()

    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (409, "exports.unfinished", "1")
    assert fetched.status_code == 200
    assert (late.status_code, late.json()["code"]) == (404, "exports.expired")
    assert (shown["state"], shown["file"]) == ("expired", None)


async def test_a_file_that_is_gone_is_said_to_be(api: httpx.AsyncClient, application: Application) -> None:
    record = (await asked(api, "imports")).json()
    await write(application, record)
    for path in (application.settings.home / "exports").iterdir():
        path.unlink()

    assert (await api.get(f"{record['href']}/file")).json()["code"] == "exports.expired"


async def test_following_tells_the_end(api: httpx.AsyncClient, application: Application) -> None:
    record = (await asked(api, "imports")).json()
    following = asyncio.create_task(api.get(record["events"], headers={"Last-Event-ID": "queued.0"}))
    await asyncio.sleep(0.1)
    await write(application, record)

    stream = (await asyncio.wait_for(following, 20)).text

    assert "event: done" in stream
    assert '"file":"/api/v1/exports/' in stream


@pytest.mark.usefixtures("demonstration")
async def test_another_organisations_export_is_not_there(api: httpx.AsyncClient, application: Application) -> None:
    record = (await asked(api, "imports")).json()
    await write(application, record)

    answers = [await api.get(record["href"] + tail, params=DEMO) for tail in ("", "/file", "/events")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (await api.get(URL, params=DEMO)).json()["items"] == []
    assert (await api.get(f"{URL}/{UNKNOWN}")).json()["code"] == "exports.not_found"


async def test_whoever_looks_at_the_demonstration_exports_the_demonstration_alone(
    scored: Scored, application: Application, demonstration: Actor
) -> None:
    accepted = await scored.api.post(URL, params=DEMO, json={"list": "influencers"}, headers=a_key())
    await application.root.exporting.exporter().write(demonstration.organisation, UUID(accepted.json()["export_id"]))

    answer = await scored.api.get(f"{accepted.headers['location']}/file", params=DEMO)

    assert table(answer) == []


async def test_of_two_workers_at_one_export_the_first_whole_file_counts(
    api: httpx.AsyncClient, application: Application
) -> None:
    record = (await asked(api, "imports")).json()
    await asyncio.gather(write(application, record), write(application, record))
    shown, answer = (await api.get(record["href"])).json(), await api.get(f"{record['href']}/file")

    await write(application, record)  # and one that comes late changes nothing
    files = [path.name for path in (application.settings.home / "exports").glob(f"{record['export_id']}*")]
    assert len(files) == 1

    assert shown["sha256"] == sha256(answer.content).hexdigest()
    assert (await api.get(record["href"])).json() == shown


WRITE = """
import asyncio, sys
from uuid import UUID
from analisa.entrypoints.container import open_application
from analisa.entrypoints.settings import read_settings

async def main():
    async with open_application(read_settings()) as application:
        await application.root.exporting.exporter().write(UUID(sys.argv[1]), UUID(sys.argv[2]))

asyncio.run(main())
"""


@pytest.mark.promise("P1")
@pytest.mark.parametrize("point", sorted(name for name in registry if name.startswith("export.")))
async def test_an_export_whose_worker_is_killed_is_whole_after_the_next_try(
    scored: Scored, application: Application, point: str
) -> None:
    record = (await asked(scored.api, columns=["name", "profile.followers"])).json()
    settings, organisation = application.settings, (await application.actor()).organisation
    environ = {
        **os.environ,
        "ANALISA_HOME": str(settings.home),
        "ANALISA_DATABASE_URL": str.__str__(settings.database_url or ""),
        "ANALISA_PROFILE": "test",
        "ANALISA_FAILPOINTS": f"{point}=kill",
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE, str(organisation), record["export_id"], env=environ
    )
    assert await asyncio.wait_for(worker.wait(), 60) == -signal.SIGKILL
    between = await scored.api.get(f"{record['href']}/file")
    assert between.status_code == (200 if point == "export.after_finish" else 409)

    await write(application, record)

    shown, answer = (await scored.api.get(record["href"])).json(), await scored.api.get(f"{record['href']}/file")
    assert shown["state"] == "done"
    assert shown["rows"] == len(table(answer)) > 20
    assert shown["sha256"] == sha256(answer.content).hexdigest()


async def test_an_export_that_is_too_large_says_so_and_leaves_nothing(scored: Scored, application: Application) -> None:
    root = application.root.exporting
    small = ExportDirectory(application.settings.home / "small", most_bytes=500)
    exporter = Exporter(root.register(), small, root.exportable(), application.clock, root.room())
    record = (await asked(scored.api)).json()

    await exporter.write((await application.actor()).organisation, UUID(record["export_id"]))

    shown, fetched = (await scored.api.get(record["href"])).json(), await scored.api.get(f"{record['href']}/file")
    assert (shown["state"], shown["error_code"]) == ("failed", "exports.too_large")
    assert (fetched.status_code, fetched.json()["code"]) == (409, "exports.failed")
    assert list((application.settings.home / "small").iterdir()) == []


async def test_an_export_that_nobody_could_write_is_told_to_have_failed(
    api: httpx.AsyncClient, application: Application
) -> None:
    record = (await asked(api, "imports")).json()
    said = {"export_id": record["export_id"], "organisation": str((await application.actor()).organisation)}
    event = EventGivenUp(
        event_id=UUID(UNKNOWN), event_name="exporting.export_requested", said=json.dumps(said), cause="it died"
    )

    for reaction in reactions(application.root.exporting.exporter()):
        if reaction.event is EventGivenUp:
            await reaction.handle(event)

    shown = (await api.get(record["href"])).json()
    assert (shown["state"], shown["error_code"]) == ("failed", "exports.given_up")
    assert "it died" in shown["error"]
    assert f"analisa events --redrive {UNKNOWN}" in shown["error"]

    await write(application, record)  # its event was sent again

    after = (await api.get(record["href"])).json()
    assert (after["state"], after["error"]) == ("done", None)
    assert (await api.get(after["file"])).status_code == 200


async def test_only_so_many_wait_at_a_time(api: httpx.AsyncClient, application: Application) -> None:
    records = []
    for _ in range(MOST_WAITING):
        answer = await asked(api, "imports")
        if answer.status_code == 202:
            records.append(answer.json())

    refused = await asked(api, "imports")
    for record in records:
        await write(application, record)

    assert (refused.status_code, refused.json()["code"]) == (409, "exports.too_many")
    assert refused.json()["retry_after"] == 30
    await write(application, (await asked(api, "imports")).json())


async def test_exports_are_listed_newest_first_and_forgotten_after_a_month(
    api: httpx.AsyncClient, application: Application
) -> None:
    made = []
    for _ in range(3):
        made.append((await asked(api, "imports")).json())
        await write(application, made[-1])
    listed = await pages(api, URL, limit=2)
    assert [each["export_id"] for each in listed[:3]] == [each["export_id"] for each in reversed(made)]

    await _aged(application, made[0], by=timedelta(days=31))
    forgotten = await application.root.exporting.register().forget(application.clock.now() - timedelta(days=30))

    assert forgotten == 1
    assert (await api.get(made[0]["href"])).status_code == 404
    assert (await api.get(made[1]["href"])).status_code == 200


async def _aged(application: Application, record: dict[str, Any], *, by: timedelta) -> None:
    async with application.database.writing(Tenant.of(await application.actor())) as connection:
        raw = await driver(connection)
        await raw.execute(
            "update exports set requested_at = requested_at - $2::interval, expires_at = expires_at - $2::interval "
            "where id = $1",
            UUID(record["export_id"]),
            by,
        )
