"""Where the passphrase may come from, and where it never does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from amate.cli import cli
from amate.config import Settings
from amate.errors import Unavailable
from amate.signing import passphrase
from amate.signing.passphrase import read_passphrase

ASK = "from amate.signing.passphrase import read_passphrase as r; print('got', r(None) == r(None) == b'typed by hand')"


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    passphrase._kept.clear()


def settings(tmp_path: Path, **given: str) -> Settings:
    return Settings(home=tmp_path / "home", env="staging", base_url="https://amate.example", **given)  # type: ignore[arg-type]


def test_it_comes_from_the_file_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "word").write_text(" from a file \n")
    monkeypatch.setenv("AMATE_PASSPHRASE_FILE", str(tmp_path / "word"))
    assert read_passphrase(settings(tmp_path).passphrase_file) == b"from a file"


def test_it_comes_from_the_credential_store_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert settings(tmp_path).passphrase_file is None
    (tmp_path / "amate-passphrase").write_text("from systemd")
    assert read_passphrase(settings(tmp_path).passphrase_file) == b"from systemd"
    (tmp_path / "word").write_text("named")
    monkeypatch.setenv("AMATE_PASSPHRASE_FILE", str(tmp_path / "word"))
    assert read_passphrase(settings(tmp_path).passphrase_file) == b"named"


def test_without_a_file_it_is_typed_at_the_terminal_once_and_not_echoed() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = os.read(ours, 1000)
    os.write(ours, b"typed by hand\n")
    said, _ = process.communicate(timeout=30)
    shown += os.read(ours, 1000)
    os.close(ours)
    assert (process.returncode, said) == (0, b"got True\n")
    assert b"Passphrase of the keys" in shown
    assert b"typed by hand" not in shown


def test_without_a_file_and_a_terminal_nothing_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").write_text("\n")
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        expect_nothing(None, tmp_path / "empty")


def expect_nothing(*paths: Path | None) -> None:
    for path in paths:
        with pytest.raises(Unavailable) as refused:
            read_passphrase(path)
        assert refused.value.slug == "no-passphrase"


def test_it_is_never_a_value_of_the_environment_nor_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PASSPHRASE", "PIN", "PASSPHRASE_VALUE"):
        monkeypatch.setenv(f"AMATE_{name}", "from the environment")
    assert "from the environment" not in repr(settings(tmp_path).model_dump())
    context = cli.make_context("amate", [], resilient_parsing=True)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        for each in (command, *getattr(command, "commands", {}).values()):
            options = {option for parameter in each.params for option in parameter.opts}
            assert not {option for option in options if "pass" in option or "pin" in option.split("-")}
