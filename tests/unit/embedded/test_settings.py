"""Settings are read once, and an error names the variable and the cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analisa.entrypoints.settings import LOOPBACK, VARIABLES, Limits, Settings, SettingsInvalid, read_settings

URL = "postgresql://ana:hunter2@db.example/analisa"


def test_nothing_set_gives_a_private_installation_on_this_machine() -> None:
    settings = read_settings({"XDG_DATA_HOME": "/data"})

    assert settings.home == Path("/var/lib/analisa" if os.geteuid() == 0 else "/data/analisa")
    assert settings.signing_key_file == settings.home / "secrets" / "signing.key"
    assert (settings.host, settings.port, settings.organisation) == (LOOPBACK, None, "local")
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.limits == Limits()


def test_every_variable_reaches_its_field(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "ANALISA_HOME": "/srv/a b",
            "ANALISA_DATABASE_URL": URL,
            "ANALISA_REDIS_URL": "redis://:pw@cache:6379/1",
            "ANALISA_ADMIN_DATABASE_URL": URL,
            "ANALISA_HOST": LOOPBACK,
            "ANALISA_PORT": "8123",
            "ANALISA_LOG_LEVEL": "DEBUG",
            "ANALISA_ORGANISATION": "demo",
            "ANALISA_SIGNING_KEY_FILE": str(tmp_path / "keys" / "k"),
            "ANALISA_PROFILE": "test",
            "ANALISA_FAILPOINTS": "a.b=kill",
            "ANALISA_POOL_READERS": "3",
            "ANALISA_POOL_WRITERS": "4",
            "ANALISA_REQUESTS_PER_MINUTE": "900",
            "ANALISA_MAX_FILE_BYTES": "512MiB",
            "ANALISA_MAX_UNPACKED_BYTES": "1024",
            "ANALISA_MAX_ROWS": "9",
            "ANALISA_MAX_FILES": "8",
            "ANALISA_MAX_EXPORT_BYTES": "7KiB",
            "ANALISA_MAX_KEPT_EXPORT_BYTES": "6 KiB",
            "ANALISA_MAX_PER_CALLER": "60",
            "ANALISA_MAX_PER_ORGANISATION": "61",
        }
    )

    assert settings == Settings(
        home=Path("/srv/a b"),
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        admin_database_url=settings.admin_database_url,
        port=8123,
        log_level="debug",
        organisation="demo",
        signing_key_file=tmp_path / "keys" / "k",
        profile="test",
        pool_readers=3,
        pool_writers=4,
        requests_per_minute=900,
        limits=Limits(
            file_bytes=512 * 2**20,
            unpacked_bytes=1024,
            rows=9,
            files=8,
            export_bytes=7 * 2**10,
            kept_export_bytes=6 * 2**10,
            per_caller=60,
            per_organisation=61,
        ),
    )
    assert (settings.database_url, settings.redis_url) == (URL, "redis://:pw@cache:6379/1")


def test_the_command_line_wins_over_the_environment() -> None:
    settings = read_settings({"ANALISA_HOME": "/a", "ANALISA_PORT": "1"}, home="/b", port=2)

    assert (settings.home, settings.port) == (Path("/b"), 2)


@pytest.mark.parametrize("port", [0, 99999])
def test_what_the_command_line_says_wrong_is_named_as_it_was_written(port: int) -> None:
    with pytest.raises(SettingsInvalid, match=f"^--port is '{port}'; write a whole number from 1 to 65535$"):
        read_settings({"ANALISA_PORT": "8000"}, port=port)
    with pytest.raises(SettingsInvalid, match=r"^--home names a home directory that is not known"):
        read_settings({}, home="~nobody-has-this-name/x")


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert read_settings({"ANALISA_HOME": "/a", "ANALISA_DATABASE_URL": " ", "ANALISA_PORT": ""}).port is None


def test_a_relative_home_is_meant_from_here() -> None:
    assert read_settings({"ANALISA_HOME": "here"}).home == Path.cwd() / "here"


def test_a_tilde_is_the_users_home() -> None:
    assert read_settings({"ANALISA_HOME": "~/x"}).home == Path.home() / "x"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ANALISA_HOME", "~nobody-has-this-name/x", "write the whole path"),
        ("ANALISA_HOST", "0.0.0.0", "put TLS in front"),
        ("ANALISA_PUBLIC_URL", "http://analisa.example.org", "write https://analisa.example.org"),
        ("ANALISA_PUBLIC_URL", "https://a.org/app", "write https://analisa.example.org"),
        ("ANALISA_PASSWORD_COST", "11", "at least 12"),
        ("ANALISA_PORT", "http", "from 1 to 65535"),
        ("ANALISA_PORT", "65536", "from 1 to 65535"),
        ("ANALISA_PORT", "tcp://10.0.0.7:80", "enableServiceLinks"),
        ("ANALISA_DATABASE_URL", "mysql://ana:hunter2@db/analisa", "postgresql://user:password@host/name"),
        ("ANALISA_DATABASE_URL", "postgresql://ana:hunter2@db", "does not name the database"),
        ("ANALISA_DATABASE_URL", "postgresql://ana:hunter2@db:port/x", "not an address"),
        ("ANALISA_DATABASE_URL", f"{URL}?sslmode=foo", "'foo'; write one of allow, disable, prefer, require"),
        ("ANALISA_REDIS_URL", "localhost:6379", "redis://:password@host:6379/0"),
        ("ANALISA_REDIS_URL", "redis://:hunter2@cache/0?foo=bar", "unexpected keyword argument 'foo'"),
        ("ANALISA_REDIS_URL", "redis://:hunter2@cache/0?socket_timeout=soon", "'socket_timeout'"),
        ("ANALISA_REDIS_URL", "rediss://:hunter2@cache/0?ssl_cert_reqs=some", "cannot be followed"),
        ("ANALISA_REDIS_URL", "redis://:hunter2@cache/abc", "names the database 'abc', but Redis numbers them"),
        ("ANALISA_LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("ANALISA_ORGANISATION", "Our Agency", "small letters, digits and hyphens"),
        ("ANALISA_SIGNING_KEY_FILE", "/", "which is no file that we may read"),
        ("ANALISA_SIGNING_KEY_FILE", "/dev/null/k", "/dev/null is no directory that we may write to; name another"),
        ("ANALISA_PROFILE", "dev", "production, test"),
        ("ANALISA_POOL_READERS", "0", "from 1 to 200"),
        ("ANALISA_POOL_WRITERS", "-1", "from 2 to 200"),
        ("ANALISA_MAX_FILE_BYTES", "1GB", "512MiB"),
        ("ANALISA_MAX_ROWS", "many", "whole number"),
        ("ANALISA_FAILPOINTS", "a=kill", "set ANALISA_PROFILE=test"),
        ("ANALISA_DATABSE_URL", URL, "ANALISA_DATABASE_URL is: rename it"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_the_cure(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        read_settings({name: value})

    assert name in str(refusal.value)
    assert words in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid, match=r"ANALISA_HOST .*; ANALISA_PORT "):
        read_settings({"ANALISA_HOST": "::", "ANALISA_PORT": "x"})


def test_a_strange_variable_is_noted_and_ignored() -> None:
    settings = read_settings({"ANALISA_SERVICE_HOST": "10.0.0.7"})

    assert settings.notes == ("ANALISA_SERVICE_HOST is not a setting and is ignored",)


def test_passwords_never_show() -> None:
    settings = read_settings({"ANALISA_DATABASE_URL": URL, "ANALISA_REDIS_URL": "redis://:hunter2@cache/0"})

    assert "hunter2" not in repr(settings)
    assert "***@db.example/analisa" in repr(settings)


def test_every_variable_and_its_meaning_stand_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")

    for variable in VARIABLES:
        assert f"| `{variable.name}` | {variable.meaning} |" in guide
