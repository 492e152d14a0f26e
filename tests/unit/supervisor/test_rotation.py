"""Logs are put aside while their writers go on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from analisa.entrypoints.supervisor.rotation import LOG_BYTES, rotate, rotating


def test_grown_logs_are_put_aside_and_three_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    small = tmp_path / "worker.log"
    small.write_text("few words")
    for number in range(5):
        log.write_bytes(bytes([48 + number]) * (LOG_BYTES + 1))
        rotate(tmp_path)

    assert small.read_text() == "few words"
    assert log.read_bytes() == b""
    kept = {path.name: path.read_bytes()[:1] for path in tmp_path.glob("api.log.*")}
    assert kept == {"api.log.1": b"4", "api.log.2": b"3", "api.log.3": b"2"}
    assert len(list(tmp_path.iterdir())) == 5


async def test_a_program_that_holds_its_log_open_goes_on_in_the_emptied_one(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * (LOG_BYTES + 1))
        with suppress(TimeoutError):
            await asyncio.wait_for(rotating(tmp_path, every_s=0.01), 0.5)
        writer.write(b"later")

    assert log.read_bytes() == b"later"
    assert (tmp_path / "api.log.1").stat().st_size == LOG_BYTES + 1


def test_a_log_that_cannot_be_put_aside_stays_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_bytes(b"x" * (LOG_BYTES + 1))
    (tmp_path / "api.part").symlink_to("/dev/full")

    rotate(tmp_path)

    assert log.stat().st_size == LOG_BYTES + 1
    assert not (tmp_path / "api.log.1").exists()


def test_of_a_log_that_grew_for_months_the_end_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    line = "x" * 99 + "\n"
    log.write_text(line * (3 * LOG_BYTES // 100) + "the last\n")

    rotate(tmp_path)

    aside = log.with_name("worker.log.1").read_text()
    assert log.stat().st_size == 0
    assert LOG_BYTES - 200 < len(aside) <= LOG_BYTES
    assert aside.startswith(line)
    assert aside.endswith("the last\n")
