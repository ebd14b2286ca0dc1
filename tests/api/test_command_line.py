"""What an operator reads when something around the program is wrong: one line, what and where, and what to do."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

from sqlalchemy.exc import OperationalError

from amate.terminal import outage_of
from tests.live import LiveServer


def complaint(server: LiveServer, *arguments: str) -> str:
    """What a command that must fail says; never a traceback."""
    done = server.amate(*arguments, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_port_that_somebody_has_is_not_shared(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    with socket.create_server(("127.0.0.1", server.port), reuse_port=True):
        assert "port-taken" in complaint(server, "demo")
        said = complaint(server, "serve")
    assert f"127.0.0.1:{server.port}" in said
    assert "PORT=" in said


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = {"AMATE_DATABASE_URL": "postgresql://amate@127.0.0.1:9/none?connect_timeout=1"}
    server = LiveServer(tmp_path / "home", extra=gone)
    for command in (["staff", "list"], ["serve"]):
        said = complaint(server, *command)
        assert said.startswith("amate: database-unavailable: ")
        assert "AMATE_DATABASE_URL" in said


def test_a_setting_that_is_wrong_is_named_as_it_is_set(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home", extra={"AMATE_PORT": "abc"})
    assert "AMATE_PORT" in complaint(server, "staff", "list")


def test_a_verifier_without_its_pack_does_not_start(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    said = complaint(server, "serve", "--role", "verifier", "--pack", str(tmp_path / "no-such-folder"))
    assert "no-pack" in said
    assert "amate pack sync" in said


def test_a_defect_of_ours_is_not_called_an_outage() -> None:
    no_table = OperationalError("SELECT 1", None, sqlite3.OperationalError("no such table: people"))
    locked = OperationalError("SELECT 1", None, sqlite3.OperationalError("database is locked"))
    assert outage_of(no_table) is None
    assert outage_of(ValueError("anything else")) is None
    said = outage_of(locked)
    assert said is not None
    assert said.slug == "database-unavailable"
