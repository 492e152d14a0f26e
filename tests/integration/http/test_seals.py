"""The key that seals fields is rotated while everything goes on."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest

from analisa.adapters.files.secrets import SecretFiles
from analisa.adapters.postgres.compliance.sealed import PostgresSealedFields
from analisa.adapters.postgres.database import IDENTITY, driver
from analisa.application.compliance.resealing import AT_ONCE, SETTLED, KeyInUse, Resealing, SealingKeyNotFound
from analisa.application.shared.failpoints import FailpointHit
from analisa.domain.notifications.mail import Mail
from analisa.entrypoints.cli import main
from analisa.entrypoints.container import Application
from tests.deliveries import recorded
from tests.failing import failing
from tests.fakes.collection import FakeClock
from tests.integration.http.passwords import LOGIN
from tests.integration.http.test_second_factors import TOKENS, added, code_of, someone

PASSWORD = "quatro palavras bem longas"
CANARY = "canary-5f1c0e5b"


async def written(application: Application, number: int) -> list[str]:
    """Write mails of which each says its own word."""
    words = [f"{CANARY} {uuid4().hex}" for _ in range(number)]
    mails = application.root.notifications.mails()
    for word in words:
        await mails.write(uuid4(), Mail(kind="verify", to=f"{uuid4().hex[:8]}@example.org", subject="s", text=word))
    return words


async def read(application: Application) -> list[str]:
    return [kept.mail.text for kept in await application.root.notifications.mails().newest(limit=200_000)]


def resealing(application: Application, *, later: timedelta = timedelta()) -> Resealing:
    """As the program does it, or as it does it *later*."""
    root = application.root
    clock = FakeClock(application.clock.now() + later)
    return Resealing(
        SecretFiles(application.settings.home / "secrets"),
        PostgresSealedFields(application.database, root.compliance.sealer()),
        root.identity.identity(),
        clock,
    )


async def under(application: Application, table: str) -> dict[int, int]:
    return next(dict(each.rows) for each in await resealing(application).count() if each.table == table)


@pytest.mark.promise("SEC17")
async def test_everything_is_sealed_with_a_new_key_and_opens_as_before(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    words = await written(application, 5)
    email, who = await someone(application)
    secret, _ = await added(stranger, application, who)
    pair = (
        await stranger.post(TOKENS, json={"email": email, "password": PASSWORD, "code": code_of(application, secret)})
    ).json()
    await recorded(application)

    number, rows = await resealing(application).rotate()

    assert rows >= 7
    for table in ("mails", "second_factors", "token_keys"):
        assert set(await under(application, table)) == {number}
    assert set(words) <= set(await read(application))
    me = await stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.status_code == 200
    async with application.database.writing(IDENTITY) as connection:
        await (await driver(connection)).execute("update second_factors set last_step = 0")
    again = await stranger.post(
        LOGIN, json={"email": email, "password": PASSWORD, "code": code_of(application, secret)}
    )
    assert again.status_code == 200, again.text
    stranger.cookies.clear()


async def test_an_old_key_goes_when_it_seals_nothing_and_the_record_keeps_its_own(application: Application) -> None:
    await written(application, 1)
    await recorded(application)
    first = max(resealing(application).numbers())
    await resealing(application).rotate()
    last, _ = await resealing(application).rotate()

    settled = resealing(application, later=SETTLED + timedelta(seconds=1))
    with pytest.raises(KeyInUse, match="may be sealed with it yet"):
        await resealing(application).retire(last - 1)
    with pytest.raises(KeyInUse, match="the one in use"):
        await settled.retire(last)
    with pytest.raises(SealingKeyNotFound):
        await settled.retire(last + 1)
    await settled.retire(last - 1)
    assert last - 1 not in resealing(application).numbers()
    kept = [number for number in (await under(application, "audit_entries")) if number <= first]
    with pytest.raises(KeyInUse, match="rows of audit_entries"):
        await settled.retire(kept[0])
    assert CANARY in " ".join(await read(application))


async def test_who_dies_halfway_goes_on_where_they_were(application: Application) -> None:
    words = await written(application, AT_ONCE + 20)
    with failing("compliance.after_resealed_batch"), pytest.raises(FailpointHit):
        await resealing(application).rotate()
    number = max(resealing(application).numbers())
    halfway = await under(application, "mails")
    assert halfway[number] == AT_ONCE
    assert set(words) <= set(await read(application))

    await resealing(application).reseal()

    assert set(await under(application, "mails")) == {number}
    assert set(words) <= set(await read(application))
    assert await resealing(application).reseal() == 0


async def rotated_under_load(application: Application, rows: int) -> tuple[int, float]:
    """Rotate over *rows* mails while others write and read; how many were written meanwhile, and the rows a second."""
    await filled(application, rows)
    done = asyncio.Event()

    async def writing() -> list[str]:
        words = list[str]()
        while not done.is_set():
            words += await written(application, 1)
        return words

    async def reading() -> int:
        mails, times = application.root.notifications.mails(), 0
        while not done.is_set():
            assert all(kept.mail.text.startswith(CANARY) for kept in await mails.newest(limit=20))
            times += 1
        return times

    others = [asyncio.create_task(writing()), asyncio.create_task(writing())]
    readers = [asyncio.create_task(reading()) for _ in range(2)]
    begun = time.perf_counter()
    number, resealed = await resealing(application).rotate()
    took = time.perf_counter() - begun
    done.set()
    words = [word for each in await asyncio.gather(*others) for word in each]
    assert min(await asyncio.gather(*readers)) > 0
    await resealing(application).reseal()
    assert set(await under(application, "mails")) == {number}
    assert set(words) <= set(await read(application))
    return len(words), resealed / took


async def filled(application: Application, rows: int) -> None:
    sealer = application.root.compliance.sealer()
    records = []
    for number in range(rows):
        mail_id = uuid4()
        mail = Mail(kind="verify", to=f"{number}@example.org", subject="s", text=f"{CANARY} {number}")
        sealed = sealer.seal(msgspec.json.encode(mail), f"mails.sealed.{mail_id}")
        records.append((mail_id, uuid4(), str(number), "verify", sealed, "sent"))
    async with application.database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        await raw.execute("delete from mails")
        await raw.executemany(
            "insert into mails (id, occurrence, recipient, kind, sealed, state) values ($1, $2, $3, $4, $5, $6)",
            records,
        )


@pytest.mark.promise("SEC17")
@pytest.mark.parametrize("rows", [2_000, pytest.param(100_000, marks=pytest.mark.prove)])
async def test_while_it_is_rotated_others_write_and_read_and_nothing_is_lost(
    application: Application, rows: int
) -> None:
    wrote, rate = await rotated_under_load(application, rows)

    assert wrote > 0
    assert rate > 500, rate


async def test_what_the_database_holds_says_nothing_by_itself(application: Application) -> None:
    await written(application, 3)
    async with application.database.reading(IDENTITY) as connection:
        for table in ("mails", "second_factors", "token_keys", "audit_entries"):
            told = await connection.fetchval(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
            assert CANARY not in told
            assert CANARY.encode().hex() not in told


def test_the_commands_list_rotate_and_retire(memory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(memory / "seals")]
    assert main(["tokens", "rotate", *home]) == 0
    assert main(["seals", "rotate", *home]) == 0
    assert "key 2 seals from now on; 1 values were sealed with it anew" in capsys.readouterr().out
    assert main(["seals", "list", *home]) == 0
    assert "key 2  1 of token_keys" in capsys.readouterr().out
    assert main(["seals", "retire", "2", *home]) == 2
    assert "rotate first" in capsys.readouterr().err
    assert main(["seals", "retire", "1", *home]) == 2
    assert "ask again after" in capsys.readouterr().err
    newest = memory / "seals" / "secrets" / "fields-2.key"
    os.utime(newest, (newest.stat().st_mtime - SETTLED.total_seconds() - 1,) * 2)
    assert main(["seals", "retire", "1", *home]) == 0
    assert main(["tokens", "keys", *home]) == 0
    assert not (memory / "seals" / "secrets" / "fields-1.key").exists()


def test_of_several_who_make_a_key_at_once_each_makes_their_own(tmp_path: Path) -> None:
    secrets = SecretFiles(tmp_path)
    assert secrets.numbers() == [1]
    made = [SecretFiles(tmp_path).make() for _ in range(3)]

    assert made == [2, 3, 4]
    assert len(set(secrets.sealing_keys().values())) == 4
    secrets.drop(1)
    assert secrets.numbers() == [2, 3, 4]
