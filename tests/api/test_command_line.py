"""What an operator reads when something around the program is wrong: one line, what and where, and what to do."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from amate.cli import VERBS, cli
from amate.demo.clinics import catalogue
from amate.demo.people import everybody
from amate.errors import AmateError, Malformed
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions as entitlement
from amate.features.entitlement.model import COLUMNS, RELATIONS, REQUIRED, ROLES
from amate.terminal import import_context, outage_of
from tests.live import ROOT, LiveServer


def complaint(server: LiveServer, *arguments: str) -> str:
    """What a command that must fail says; never a traceback."""
    done = server.amate(*arguments, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_program_that_asks_for_json_is_refused_in_json(tmp_path: Path) -> None:
    """On stderr, in one line; stdout holds answers only."""
    server = LiveServer(tmp_path / "home")
    none = str(tmp_path / "none.json")
    for command in (
        ["trust", "sign", none, "--key", "file:x"],
        ["trust", "publish"],
        ["verify", "--pack", none, "HC1:X"],
    ):
        plain, said = complaint(server, *command), json.loads(complaint(server, *command, "--json"))
        assert said.keys() == {"error", "detail", "where"}
        where = f" ({said['where']})" if said["where"] else ""
        assert plain == f"amate: {said['error']}{where}: {said['detail']}", "the same, for people"
    assert said["where"] == "--pack"
    away = LiveServer(tmp_path / "away", extra={"AMATE_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"})
    assert json.loads(complaint(away, "trust", "drafts", "--json"))["error"] == "database-unavailable"


def test_a_port_that_somebody_has_is_not_shared(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    with socket.create_server(("127.0.0.1", server.port), reuse_port=True):
        assert "port-taken" in complaint(server, "demo")
        said = complaint(server, "serve")
    assert f"127.0.0.1:{server.port}" in said
    assert "PORT=" in said


def test_a_demo_whose_passphrase_is_gone_says_how_to_go_on(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    server.seed()
    passphrase = server.home / "secrets" / "passphrase"
    kept = passphrase.read_bytes()
    passphrase.unlink()
    for command in (["demo", "--no-serve", "--json"], ["signer", "--socket", str(tmp_path / "socket")]):
        said = complaint(server, *command)
        assert "no-passphrase" in said
        assert f"{passphrase} is gone, and nothing else opens the keys of this demo" in said
        assert f"remove {server.home}" in said
        assert "AMATE_HOME" in said
    assert not passphrase.exists(), "another one would open nothing"
    passphrase.write_bytes(kept)
    server.seed()


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


def test_an_address_that_is_not_this_machines_is_not_called_taken(tmp_path: Path) -> None:
    said = complaint(LiveServer(tmp_path / "home"), "serve", "--host", "no-such-host.invalid")
    assert said.startswith("amate: address-unusable (--host): no-such-host.invalid:")
    assert "127.0.0.1" in said


@pytest.mark.parametrize("url", ["foo", "mysql://a@b/c", "postgresql"])
def test_a_database_address_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    said = complaint(LiveServer(tmp_path / "home", extra={"AMATE_DATABASE_URL": url}), "staff", "list")
    assert said.startswith("amate: bad-settings: AMATE_DATABASE_URL")
    assert "postgresql://" in said


def test_settings_that_do_not_go_together_are_told_without_the_librarys_words(tmp_path: Path) -> None:
    said = complaint(LiveServer(tmp_path / "home", extra={"AMATE_ENV": "production"}), "staff", "list")
    assert said == "amate: bad-settings: AMATE_BASE_URL must be an https address in production"


@pytest.mark.parametrize(
    "kid", ["-HhTpDIzG67XG-JSHkbIvYFI7EKT1pKD7JndqPmgxH4", "--TpDIzG67XG-JSHkbIvYFI7EKT1pKD7JndqPmgxH4_", "-XFThpDI"]
)
@pytest.mark.parametrize(
    "verb",
    [
        ["unhalt", "KID"],
        ["reissue", "KID", "--rate", "5"],
        ["revoke", "KID", "--emergency", "--reason", "lost"],
        ["propose", "revoke", "--reason", "lost", "KID", "--key", "file:/nowhere"],
        ["propose", "activate", "KID", "--key", "file:/nowhere"],
    ],
)
def test_a_key_whose_kid_begins_with_a_dash_can_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kid: str, verb: list[str]
) -> None:
    """One key in 64; in an emergency, too."""
    monkeypatch.setenv("AMATE_HOME", str(tmp_path))
    done = CliRunner().invoke(cli, ["keys", *(kid if each == "KID" else each for each in verb)])
    assert isinstance(done.exception, AmateError), done.output
    assert done.exception.slug in ("unknown-key", "not-halted", "key-unavailable")


def a_pass() -> str:
    """The digits of a pass that was well made, by an issuer of the vectors."""
    cases = json.loads((ROOT / "tests" / "vectors" / "verdict.json").read_text())["cases"]
    digits: str = next(case["input"]["text"] for case in cases if case["id"] == "no-trust-device")
    return digits


class TestVerify:
    """`amate verify` on an empty home."""

    @pytest.fixture
    def empty(self, tmp_path: Path) -> LiveServer:
        return LiveServer(tmp_path / "home")

    def test_without_trust_it_says_what_is_missing_and_where(self, empty: LiveServer) -> None:
        done = empty.amate("verify", "123", check=False)
        assert (done.returncode, json.loads(done.stdout)["verdict"]) == (6, "not_a_pass")
        assert done.stderr == (
            f"amate: no-trust: no anchor.json in {empty.home}: run `amate trust init` or `amate pack sync`\n"
        )

    @pytest.mark.parametrize("in_pack", [False, True])
    def test_of_a_pass_there_is_no_answer_without_trust(self, empty: LiveServer, tmp_path: Path, in_pack: bool) -> None:
        options = ["--pack", str(tmp_path)] if in_pack else []
        done = empty.amate("verify", a_pass(), *options, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        missing, said = done.stderr.splitlines()
        assert missing.startswith("amate: no-trust: no anchor.json in ")
        assert said.startswith("amate: no-answer: nothing can be said of a pass")
        assert "amate demo" in said

    @pytest.mark.parametrize("wrong", ["bad", "2026-01-01", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00+01:00"])
    def test_a_time_that_is_none_is_quoted_beside_what_one_is(self, empty: LiveServer, wrong: str) -> None:
        said = complaint(empty, "verify", "123", "--at", wrong)
        assert said.startswith(f'amate: bad-time (--at): "{wrong}" is not a time: write it YYYY-MM-DDTHH:MM:SSZ')

    def test_a_clues_that_is_none_is_quoted_beside_what_one_is(self, empty: LiveServer) -> None:
        said = complaint(empty, "verify", "123", "--clinic", "bad")
        assert said == 'amate: bad-clues (--clinic): "bad" is not a CLUES: five letters and six digits'

    def test_a_clues_may_be_written_small(self, empty: LiveServer) -> None:
        assert empty.amate("verify", "123", "--clinic", "hgimb000011", check=False).returncode == 6

    @pytest.mark.parametrize(("text", "stdin"), [("-", ""), ("-", " \n"), ("", None)])
    def test_nothing_to_judge_is_said(self, empty: LiveServer, text: str, stdin: str | None) -> None:
        done = empty.amate("verify", text, check=False, stdin=stdin)
        assert (done.returncode, json.loads(done.stdout)["verdict"]) == (6, "not_a_pass")
        assert "amate: nothing to judge: give the code's digits, or pipe them into `amate verify -`" in done.stderr

    def test_a_pack_that_is_not_there_is_not_a_verdict(self, empty: LiveServer, tmp_path: Path) -> None:
        said = complaint(empty, "verify", "123", "--pack", str(tmp_path / "none"))
        assert said.startswith("amate: no-pack (--pack): ")
        assert "amate pack sync" in said


@pytest.mark.parametrize("content", [b"\xff", b"", b"\n", b"amate_x\nid tok-1, until\n", b"two words\n"])
def test_a_token_file_that_holds_no_token_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    arguments = ("pack", "sync", "--from", "http://127.0.0.1:9", "--to", str(tmp_path / "pack"), "--token-file")
    said = complaint(LiveServer(tmp_path / "home"), *arguments, str(file))
    assert said.startswith(f"amate: bad-token-file (--token-file): {file}")


def test_a_report_that_cannot_be_written_is_told_before_anything_is_imported(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    file = tmp_path / "clues.csv"
    file.write_text("CLUES\n")
    done = server.amate("clinics", "import", str(file), "--report", str(tmp_path / "no" / "r.csv"), check=False)
    assert done.returncode == 2
    assert "No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_import_into_a_pipe_draws_no_bar(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "home")
    file = tmp_path / "padron.csv"
    file.write_text("curp,role\n")
    said = complaint(server, "padron", "import", str(file), "--institution", "99")
    assert said.startswith("amate: institution-unknown (institution): 99 is no institution's code: known are 2 IMSS")
    file.write_text("nombre,papel\nAna,1\n")
    said = complaint(server, "padron", "import", str(file), "--institution", "2")
    assert said.startswith("amate: columns-missing (file): the first line names no column curp, role")
    assert "Ana" not in said


def stop(*_: object, **__: object) -> None:
    """What a Ctrl-C at the terminal sends."""
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def _hears_ctrl_c() -> Iterator[None]:
    """As at a terminal: who is started in the background, as tests may be, ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def extract(tmp_path: Path) -> list[str]:
    file = tmp_path / "extract.csv"
    file.write_text(f"curp,role\n{everybody()[0].curp},1\n")
    return ["padron", "import", str(file), "--institution", "2"]


@pytest.fixture
def workbook(tmp_path: Path) -> list[str]:
    file = tmp_path / "clues.csv"
    file.write_text(catalogue())
    return ["clinics", "import", str(file)]


@pytest.mark.usefixtures("_hears_ctrl_c")
@pytest.mark.parametrize("named", ["extract", "workbook"])
def test_an_import_that_is_stopped_says_that_nothing_of_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, named: str
) -> None:
    command, home = request.getfixturevalue(named), {"AMATE_HOME": str(tmp_path / "home"), "AMATE_ENV": "demo"}
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", stop)  # all is written by then, and not committed
        stopped = CliRunner().invoke(cli, command, env=home)
    assert (stopped.exit_code, stopped.stdout) == (1, "")
    said = "amate: import-stopped: nothing of this import was saved; run the same command again"
    assert stopped.stderr.strip() == said
    again = CliRunner().invoke(cli, [*command, "--json"], env=home)
    assert again.exit_code == 0, again.output
    answer = json.loads(again.stdout)
    assert answer["added"] == answer["imported_count"] > 0, "nothing was there"


@pytest.mark.usefixtures("_hears_ctrl_c")
def test_a_stop_that_comes_as_an_import_is_saved_does_not_deny_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workbook: list[str]
) -> None:
    for name, value in {"AMATE_HOME": str(tmp_path / "home"), "AMATE_ENV": "demo"}.items():
        monkeypatch.setenv(name, value)
    with import_context() as ctx:
        event.listen(ctx.tx, "commit", stop)
        clinics.import_catalogue(ctx, Path(workbook[-1]))
    again = json.loads(CliRunner().invoke(cli, [*workbook, "--json"]).stdout)
    assert (again["added"], again["unchanged"]) == (0, again["rows"])
    with pytest.raises(KeyboardInterrupt):
        stop()


def test_nothing_issued_to_one_person_is_not_nothing_issued(tmp_path: Path) -> None:
    done = LiveServer(tmp_path / "home").amate("credentials", "list", "--person", "nobody")
    assert done.stdout == "Nothing was issued to nobody: no person with this id holds anything.\n"


def commands(path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, as its words."""
    yield path
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from commands((*path, name))


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_help_explains_every_option_and_cuts_no_sentence_off(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"], prog_name="amate", terminal_width=80)
    assert result.exit_code == 0
    assert "..." not in result.output.replace("[ARGS]...", "")
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name) or command
    assert [o.name for o in command.params if isinstance(o, click.Option) and not o.help] == []


@pytest.mark.parametrize("kid", ["-sSP1f2zX0Csm9Ii7lV9pcDqFLEF-1RAuHCYsUbi7Ih", "-sSP1f2zX0Ch", "-" * 43])
def test_a_kid_that_begins_with_a_dash_is_a_kid(tmp_path: Path, kid: str) -> None:
    server = LiveServer(tmp_path / "home")
    for verb in (["unhalt"], ["reissue", "--rate", "9"]):
        assert repr(kid) in complaint(server, "keys", *verb, kid), "looked for, and not found"
    done = server.amate("keys", "propose", "retire", kid, "--key", f"file:{tmp_path}/none.pem", check=False)
    assert done.returncode == 1
    assert "No such option" not in done.stderr


def test_the_help_of_an_extract_names_every_institution() -> None:
    said = " ".join(CliRunner().invoke(cli, ["padron", "import", "--help"]).output.split())
    institutions = entitlement.shipped()["institutions"]
    assert [
        code for code, one in institutions.items() if not {code, one["label"]} <= set(re.split(r"[ ,]+", said))
    ] == []


def test_the_help_of_an_extract_names_each_column_and_what_may_stand_in_it() -> None:
    said = CliRunner().invoke(cli, ["padron", "import", "--help"], terminal_width=80).output
    table = {line.split()[0]: set(re.split(r"[^a-z0-9_]+", line)) for line in said.splitlines() if line.strip()}
    assert [column for column in COLUMNS if column not in table] == []
    assert set(ROLES) <= table["role"]
    assert table["relation"] >= RELATIONS
    assert {column for column in COLUMNS if "needed" in table[column]} == set(REQUIRED)


def test_the_help_tells_a_newcomer_where_to_begin() -> None:
    said = CliRunner().invoke(cli, ["--help"]).output
    assert "amate demo" in said
    assert "AMATE_HOME" in said
    assert all(verb in said for verb in VERBS)


def test_a_defect_of_ours_is_not_called_an_outage() -> None:
    no_table = OperationalError("SELECT 1", None, sqlite3.OperationalError("no such table: people"))
    locked = OperationalError("SELECT 1", None, sqlite3.OperationalError("database is locked"))
    assert outage_of(no_table) is None
    assert outage_of(ValueError("anything else")) is None
    said = outage_of(locked)
    assert said is not None
    assert said.slug == "database-unavailable"
    assert "AMATE_DATABASE_URL" not in said.detail, "a node has no such address, and neither lacks a start"


@pytest.mark.parametrize("verb", [("audit", "verify"), ("audit", "export", "--to", "x", "--key", "file:x")])
def test_what_says_that_all_is_well_says_so_of_no_mistyped_home(tmp_path: Path, verb: tuple[str, ...]) -> None:
    home = tmp_path / "hmoe"
    done = CliRunner().invoke(cli, verb, env={"AMATE_HOME": str(home), "AMATE_ENV": "demo"})
    assert isinstance(done.exception, Malformed)
    assert done.exception.slug == "no-deployment"
    assert not home.exists()
