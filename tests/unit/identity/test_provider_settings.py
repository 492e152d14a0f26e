"""The file that names providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from analisa.entrypoints.providers import read_providers
from analisa.entrypoints.settings import SettingsInvalid


def test_a_file_of_providers_that_cannot_be_obeyed_names_the_place_and_the_cure(tmp_path: Path) -> None:
    file = tmp_path / "providers.toml"
    whole = {"name": '"X"', "issuer": '"https://x.example"', "client_id": '"a"', "client_secret": '"b"'}
    wrong = {
        "issuer": '"http://x.example"',
        "client_id": "7",
        "client_secret_file": '"nowhere"',
        "scopes": '["email"]',
        "colour": '"blue"',
        "token_endpoint": '"ftp://x"',
    }
    for name, value in wrong.items():
        file.write_text("[x]\n" + "\n".join(f"{key} = {text}" for key, text in {**whole, name: value}.items()))
        with pytest.raises(SettingsInvalid, match=r"providers\.toml") as refused:
            read_providers(file)
        assert name.removesuffix("_file") in str(refused.value)
    both = "\n".join(f"{key} = {text}" for key, text in whole.items())
    file.write_text(f"[x]\n{both}\n[y]\n{both}\n")
    with pytest.raises(SettingsInvalid, match="told apart by it"):
        read_providers(file)
    file.write_text("[x\n")
    with pytest.raises(SettingsInvalid, match=r"docs/sign-in\.md"):
        read_providers(file)
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        read_providers(tmp_path / "nowhere.toml")
    file.write_text("[x]\n" + "\n".join(f"{key} = {text}" for key, text in whole.items()))
    assert read_providers(file)["x"].client_secret == "b"
    assert read_providers(None) == {}
