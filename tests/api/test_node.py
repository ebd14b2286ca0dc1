"""A clinic's node lives on a pack: synced from a real server, verified again on load, whole or not at all."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask, Response, redirect, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from amate import serve
from amate.config import Settings
from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.entitlement import Entitled
from amate.core.qr_pass import Claims, Identity
from amate.errors import Malformed, Refused, Unavailable
from amate.features.clinics import actions as clinics
from amate.features.status import actions as status
from amate.features.status.store import open_list
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from amate.features.verification import commands, pack, remote
from amate.features.verification.remote import Deployment
from amate.node import create_verifier_app
from tests.api.conftest import LoginAs
from tests.api.test_verification import UNITS
from tests.conftest import Clock

DAY_S = 86_400
PERSON = Identity("HEGM560427MVZRRL04", "MARÍA GUADALUPE HERNÁNDEZ GARCÍA")


@pytest.fixture
def clock() -> Clock:
    """TUF's client looks at the real clock, so a deployment that is synced from must too."""
    return Clock(int(time.time()))  # noqa: TID251


@pytest.fixture
def deployment(ctx: Context) -> Context:
    clinics.save(ctx, {each.clues: each for each in UNITS}, clinics.Imported())
    trust.init(ctx)
    status.allocate(ctx, "pass")
    status.publish(ctx)
    ctx.commit()
    return ctx


@pytest.fixture
def asked() -> list[tuple[str, str, Any]]:
    """What the deployment is asked: method, path, JSON."""
    return []


@pytest.fixture
def address(app: Flask, deployment: Context, asked: list[tuple[str, str, Any]]) -> Iterator[str]:
    """The deployment behind a real socket."""
    app.before_request(lambda: asked.append((request.method, request.path, request.get_json(silent=True))))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = False  # closing it waits for who is still answering
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def token(login_as: LoginAs) -> str:
    return login_as("clinic")["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pack"


def sync(address: str, folder: Path, token: str | None = None, anchor: bytes | None = None) -> pack.Synced:
    return pack.sync(Deployment(address, token), folder, env="test", anchor=anchor)


def node_on(folder: Path, settings: Settings, clock: Clock) -> FlaskClient:
    return create_verifier_app(folder, settings=settings, clock=clock).test_client()


def printed_card(ctx: Context, *, days: int = 1) -> tuple[str, int]:
    """The text of a printed card that lives so many days, and its status index."""
    key, sign = trust.sign(ctx, "pass")
    index = status.allocate(ctx, "pass")
    claims = Claims(
        profile=qr_pass.PRINTED,
        iat=ctx.now - 60,
        exp=ctx.now + days * DAY_S,
        cti=ctx.random(12),
        holder=None,
        hint="MHG0427",
        entitlements=(Entitled(14, 1, None),),
        assigned_clinic="HGIMB000011",
        status_index=index,
        sealed=None,
        identity=PERSON,
    )
    return encoding.text_from_bytes(qr_pass.sign_pass(claims, kid8=key.kid8, sign=sign)), index


def verdict_of(node: FlaskClient, text: str) -> tuple[str, list[str]]:
    answer = node.post("/api/v1/verifications", json={"text": text, "clinic": "VZIMB002210"})
    return answer.json["verdict"], answer.json["reasons"]


def test_a_synced_node_answers_with_the_server_gone(
    address: str, folder: Path, token: str, settings: Settings, clock: Clock, deployment: Context
) -> None:
    text, _ = printed_card(deployment)
    synced = sync(address, folder, token)
    shutil.rmtree(settings.home / "published")
    assert (synced.env, synced.clinics, synced.status_lists, synced.sealing_keys) == ("test", 3, 1, 1)
    node = node_on(folder, settings, clock)
    assert node.get("/readyz").json == {"status": "ready"}
    assert verdict_of(node, text) == ("check_identity", ["printed"])
    near = node.get("/api/v1/clinics/nearest?lat=20.2&lon=-98.7&limit=1").json["clinics"]
    assert [(each["clues"], each["distance_m"]) for each in near] == [("HGIMB000011", 0)]


def test_the_next_sync_brings_a_revocation_and_the_running_node_sees_it(
    address: str, folder: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    text, index = printed_card(deployment)
    sync(address, folder)
    node = node_on(folder, settings, clock)
    assert verdict_of(node, text)[0] == "check_identity"
    status.revoke(deployment, index, "lost")
    deployment.now += 1
    status.publish(deployment)
    sync(address, folder)
    assert verdict_of(node, text) == ("not_valid", ["revoked"])
    assert len(list((folder / "sets").iterdir())) == 2


def test_an_older_status_list_does_not_bring_a_revoked_pass_back(
    address: str, folder: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    """Row C04."""
    text, index = printed_card(deployment)
    old = (settings.published / "status" / "0").read_bytes()
    status.revoke(deployment, index, "lost")
    deployment.now += 1
    status.publish(deployment)
    sync(address, folder)
    (settings.published / "status" / "0").write_bytes(old)
    sync(address, folder)
    assert verdict_of(node_on(folder, settings, clock), text) == ("not_valid", ["revoked"])


def test_a_rolled_back_repository_is_refused_and_the_pack_stays(
    address: str, folder: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    """Row D01."""
    old = (settings.published / "trust" / "timestamp.json").read_bytes()
    deployment.now += 60
    trust.publish(deployment)
    sync(address, folder)
    before = (folder / "current").resolve()
    (settings.published / "trust" / "timestamp.json").write_bytes(old)
    with pytest.raises(Malformed, match="trust-broken"):
        sync(address, folder)
    assert (folder / "current").resolve() == before


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_damaged_memory_believes_no_older_repository(
    address: str, folder: Path, settings: Settings, deployment: Context, is_gone: bool
) -> None:
    """Rows D01 and D07: what TUF's client remembers lies in the cache, and the set in force remembers the same."""
    old = (settings.published / "trust" / "timestamp.json").read_bytes()
    deployment.now += 60
    trust.publish(deployment)
    sync(address, folder)
    before = (folder / "current").resolve()
    if is_gone:
        shutil.rmtree(folder / "cache")
    else:
        (folder / "cache" / "metadata" / "timestamp.json").write_bytes(b"{}")
    (settings.published / "trust" / "timestamp.json").write_bytes(old)
    with pytest.raises(Malformed, match="older trust than this pack holds"):
        sync(address, folder)
    assert (folder / "current").resolve() == before


def test_without_a_network_the_old_set_stays(address: str, folder: Path) -> None:
    sync(address, folder)
    before = (folder / "current").resolve()
    with pytest.raises(Unavailable, match="source-unavailable"):
        sync("http://127.0.0.1:9", folder)
    assert (folder / "current").resolve() == before


def test_a_pinned_root_is_never_replaced(address: str, folder: Path) -> None:
    sync(address, folder)
    with pytest.raises(Refused, match="anchor-changed"):
        sync(address, folder, anchor=b"another root")


def test_a_foreign_anchor_believes_nothing(address: str, folder: Path, tmp_path: Path) -> None:
    from tests.published import repository_files

    foreign = repository_files({}, signed_at=int(1.8e9))["1.root.json"]
    with pytest.raises(Malformed, match="trust-broken"):
        sync(address, folder, anchor=foreign)
    assert not (folder / "current").exists()


def test_a_test_pack_is_refused_in_production(address: str, folder: Path, settings: Settings) -> None:
    """Row D09."""
    root = (settings.home / "anchor.json").read_bytes()
    with pytest.raises(Refused, match="wrong-environment"):
        pack.sync(Deployment(address), folder, env="production", anchor=root)
    assert not (folder / "current").exists()


@pytest.mark.parametrize("env", ["staging", "production"])
def test_for_real_people_the_first_root_met_is_not_pinned(address: str, folder: Path, env: str) -> None:
    """Whoever stands between a new node and its centre would be believed for ever."""
    with pytest.raises(Refused, match=r"anchor-missing: .*keys/anchors.*AMATE_ANCHOR") as refused:
        pack.sync(Deployment(address), folder, env=env, anchor=None)
    assert refused.value.where == "--anchor"
    assert not (folder / "current").exists()


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("auditor", "knows the token, but as one of another role than clinic"),
        ("", "does not know the token, or it has ended or is revoked"),
    ],
)
def test_sealing_keys_need_a_clinics_token(address: str, folder: Path, login_as: LoginAs, role: str, said: str) -> None:
    assert sync(address, folder).sealing_keys == 0
    given = login_as(role)["Authorization"].removeprefix("Bearer ") if role else "nonsense"
    remedy = "ask there for one that `amate staff token --role clinic` made"
    with pytest.raises(Refused, match=f"^token-refused: {address} {said}: {remedy}$"):  # and not the token itself
        sync(address, folder, given)


def test_sealing_keys_stay_when_a_sync_has_no_token(address: str, folder: Path, token: str) -> None:
    sync(address, folder, token)
    assert sync(address, folder).sealing_keys == 1
    assert (folder / "current" / "sealing-keys.json").stat().st_mode & 0o077 == 0


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(Refused, match="insecure-address"):
        Deployment("http://salud.example", "token")


@pytest.mark.parametrize("what", ["timestamp.json", "1.targets.json", "1.snapshot.json", "targets"])
def test_a_tampered_pack_verifies_nothing(
    what: str, address: str, folder: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    """Row D07: whatever lies in the folder is verified again when it is loaded."""
    text, _ = printed_card(deployment)
    sync(address, folder)
    path = folder / "current" / "published" / "trust" / what
    path = next(path.glob("*.issuers.json")) if path.is_dir() else path
    path.write_bytes(path.read_bytes().replace(b"2026", b"2036", 1).replace(b"2027", b"2037", 1))
    node = node_on(folder, settings, clock)
    assert verdict_of(node, text) == ("stale", ["no-trust"])
    assert node.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("days", "verdict", "reason"),
    [(0, "check_identity", "printed"), (8, "stale", "trust-stale"), (31, "stale", "trust-expired")],
)
def test_frozen_trust_grows_old_in_view(
    days: int,
    verdict: str,
    reason: str,
    address: str,
    folder: Path,
    settings: Settings,
    clock: Clock,
    deployment: Context,
) -> None:
    """Row D02."""
    text, _ = printed_card(deployment, days=60)
    sync(address, folder)
    clock.now += days * DAY_S
    found, reasons = verdict_of(node_on(folder, settings, clock), text)
    assert (found, reasons[0]) == (verdict, reason)


def test_a_node_with_a_token_file_asks_for_it(address: str, folder: Path, settings: Settings, clock: Clock) -> None:
    sync(address, folder)
    node = node_on(folder, settings, clock)
    body = {"text": "hello"}
    assert node.post("/api/v1/verifications", json=body).status_code == 200
    (folder / "access-token").write_text("only this clinic\n")
    assert node.post("/api/v1/verifications", json=body).status_code == 401
    right = {"Authorization": "Bearer only this clinic"}
    assert node.post("/api/v1/verifications", json=body, headers=right).json["verdict"] == "not_a_pass"
    assert node.get("/healthz").status_code == 200


def test_a_node_serves_its_trust_on(address: str, folder: Path, settings: Settings, clock: Clock) -> None:
    sync(address, folder)
    node = node_on(folder, settings, clock)
    for path in ("/anchor.json", "/trust/timestamp.json", "/trust/1.targets.json", "/status/0"):
        assert node.get(path, buffered=True).status_code == 200, path
    assert node.get("/sealing-keys.json").status_code == 404
    assert node.get("/metrics").status_code == 200


def test_a_node_says_what_it_is_and_shows_no_face_that_it_cannot_serve(
    address: str, folder: Path, settings: Settings, clock: Clock
) -> None:
    sync(address, folder)
    node = node_on(folder, settings, clock)
    browser = {"Accept": "text/html,*/*"}
    assert "Este es el nodo de una clínica" in node.get("/", headers=browser).text
    for path in ("/clinic/", "/wallet/", "/enrolment/", "/console/", "/sw.js", "/nothing"):
        answer = node.get(path, headers=browser)
        assert (answer.status_code, "Este es el nodo de una clínica" in answer.text) == (404, True), path
        assert node.get(path).json["type"].endswith("/not-found"), path


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The commands, on a machine without a deployment."""
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("AMATE_ENV", "test")
    return CliRunner().invoke


@pytest.fixture
def options(address: str, folder: Path, token: str, tmp_path: Path) -> list[str]:
    """Of `amate pack sync`, with a clinic's token."""
    (tmp_path / "token").write_text(token)
    return ["sync", "--from", address, "--to", str(folder), "--token-file", str(tmp_path / "token"), "--json"]


def test_a_node_knows_who_is_open_as_the_centre_does(
    address: str,
    folder: Path,
    settings: Settings,
    clock: Clock,
    deployment: Context,
    client: FlaskClient,
    tmp_path: Path,
) -> None:
    near = "/api/v1/clinics/nearest?lat=20.14&lon=-98.74&limit=3"
    first = client.get(near).json["clinics"][0]["clues"]
    (tmp_path / "hours.csv").write_text(f"CLUES,DIA,ABRE,CIERRA\n{first},LUNES,08:00,08:01\n")
    clinics.import_hours(deployment, tmp_path / "hours.csv")
    deployment.now += 1
    trust.publish(deployment)
    deployment.commit()
    sync(address, folder)
    node = node_on(folder, settings, clock)
    for asked_ in (near, f"{near}&open_now=true"):
        assert node.get(asked_).json == client.get(asked_).json
    assert first not in [each["clues"] for each in node.get(f"{near}&open_now=true").json["clinics"]]


def test_the_command(run: Run, options: list[str], folder: Path, tmp_path: Path) -> None:
    said = json.loads(run(commands.pack_group, options).stdout)
    assert (said["clinics"], said["sealing_keys"], len(said["anchor_sha256"])) == (3, 1, 64)
    result = run(commands.verify, ["--pack", str(folder), "hello"])
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (6, "not_a_pass")
    assert not (tmp_path / "nothing").exists()


def test_whoever_forgot_to_say_for_whom_pins_no_real_peoples_root(
    address: str, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AMATE_ENV says demo unless told; what the repository says of itself counts, too."""
    monkeypatch.setattr(pack, "DEMOS", ("demo",))
    with pytest.raises(Refused, match="anchor-missing: in test "):
        pack.sync(Deployment(address), folder, env="demo", anchor=None)
    assert not (folder / "current").exists()
    assert not (folder / "cache").exists(), "nothing of that root is remembered"
    root = (settings.home / "anchor.json").read_bytes()
    assert pack.sync(Deployment(address), folder, env="demo", anchor=root).env == "test"


def test_the_command_pins_what_the_environment_names(
    run: Run, options: list[str], tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.published import repository_files

    foreign = tmp_path / "foreign.root.json"
    foreign.write_bytes(repository_files({}, signed_at=int(1.8e9))["1.root.json"])
    monkeypatch.setenv("AMATE_ANCHOR", str(foreign))
    with pytest.raises(Malformed, match="trust-broken"):
        run(commands.pack_group, options, catch_exceptions=False)
    monkeypatch.setenv("AMATE_ANCHOR", str(settings.home / "anchor.json"))
    assert run(commands.pack_group, options).exit_code == 0


def reports(asked: list[tuple[str, str, Any]]) -> list[Any]:
    return [said for method, path, said in asked if (method, path) == ("POST", "/api/v1/verifiers/reports")]


def test_a_sync_tells_how_old_the_lists_are_and_counts_once(
    run: Run, options: list[str], asked: list[tuple[str, str, Any]], client: FlaskClient, login_as: LoginAs
) -> None:
    said = [json.loads(run(commands.pack_group, options).stdout) for _ in range(2)]
    told = reports(asked)
    assert told[0] == told[1] | {"clock_skew_s": told[0]["clock_skew_s"]}
    assert {each["reported"] for each in said} == {True}
    assert told[1]["trust_signed_at"] == said[1]["signed_at"]
    assert told[1]["status_signed_at"] == said[1]["status_signed_at"]
    assert set(told[0]) == {"device", "trust_signed_at", "status_signed_at", "clock_skew_s"}
    ages = client.get("/api/v1/verifiers/ages", headers=login_as("security")).json
    assert (ages["devices"], ages["reported_last_day"], ages["clock_off"]["devices"]) == (1, 1, 0)
    assert [ages[what]["buckets"][0]["devices"] for what in ("trust", "status")] == [1, 1]


def test_what_is_told_is_of_the_oldest_list_that_the_pack_holds(
    run: Run, options: list[str], asked: list[tuple[str, str, Any]], settings: Settings, deployment: Context
) -> None:
    """A list that comes older than ours is not taken (row C04), so its age is not told either."""
    before = deployment.now
    old = (settings.published / "status" / "0").read_bytes()
    open_list(deployment.tx, 1, deployment.now)
    deployment.now += 60
    status.publish(deployment)
    new = (settings.published / "status" / "0").read_bytes()
    deployment.commit()  # the server writes down what it is told
    for content in (old, new, old):
        (settings.published / "status" / "0").write_bytes(content)
        run(commands.pack_group, options)
    told = [each["status_signed_at"] for each in reports(asked)]
    assert told == [iso(before), iso(deployment.now), iso(deployment.now)]


def test_a_verification_tells_nobody(
    run: Run,
    options: list[str],
    folder: Path,
    asked: list[tuple[str, str, Any]],
    settings: Settings,
    clock: Clock,
    deployment: Context,
) -> None:
    text, _ = printed_card(deployment)
    deployment.commit()
    run(commands.pack_group, options)
    asked.clear()
    assert verdict_of(node_on(folder, settings, clock), text)[0] == "check_identity"
    assert run(commands.verify, ["--pack", str(folder), text]).exit_code == 3
    assert asked == []


def test_without_a_token_nothing_is_told(run: Run, options: list[str], asked: list[tuple[str, str, Any]]) -> None:
    said = json.loads(run(commands.pack_group, [*options[:5], "--json"]).stdout)
    assert said["reported"] is False
    assert reports(asked) == []


def drop() -> Response:
    request.environ["werkzeug.socket"].close()
    return Response()


def wait() -> Response:
    time.sleep(1.5)
    return Response(status=204)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response("no", status=500),
        lambda: Response("slow down", status=429),
        lambda: Response("who?", status=401),
        lambda: redirect("/elsewhere", 307),
        drop,
        wait,
    ],
    ids=["broken", "too-often", "token-ended", "sent-away", "cut-off", "silent"],
)
def test_a_report_that_does_not_arrive_breaks_no_sync(
    answer: Callable[[], Response],
    run: Run,
    options: list[str],
    folder: Path,
    app: Flask,
    asked: list[tuple[str, str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if answer is wait:
        monkeypatch.setattr(remote, "GAP_S", 1)
    app.before_request(lambda: answer() if request.path == "/api/v1/verifiers/reports" else None)
    result = run(commands.pack_group, options)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["reported"] is False
    assert (folder / "current" / "sealing-keys.json").exists()
    assert not [path for _, path, _ in asked if path == "/elsewhere"]
    assert "told" in run(commands.pack_group, options[:-1]).stderr


def test_without_a_place_for_its_number_a_pack_tells_nothing(
    run: Run, options: list[str], folder: Path, asked: list[tuple[str, str, Any]]
) -> None:
    """A new number at each sync would be counted as another device."""
    (folder / "device").mkdir(parents=True)
    result = run(commands.pack_group, options)
    assert (result.exit_code, json.loads(result.stdout)["reported"]) == (0, False)
    assert reports(asked) == []


def test_a_number_that_is_none_is_made_anew(
    run: Run, options: list[str], folder: Path, asked: list[tuple[str, str, Any]]
) -> None:
    folder.mkdir()
    (folder / "device").write_text("HGIMS900110 reception")
    assert json.loads(run(commands.pack_group, options).stdout)["reported"] is True
    assert reports(asked)[0]["device"] == (folder / "device").read_text()


def test_a_node_on_the_network_says_that_it_asks_nobody_for_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve.warn_of_open_node(tmp_path, "127.0.0.1")
    assert capsys.readouterr().err == ""
    serve.warn_of_open_node(tmp_path, "0.0.0.0")
    assert "access-token" in capsys.readouterr().err
    (tmp_path / "access-token").write_text("secret")
    serve.warn_of_open_node(tmp_path, "0.0.0.0")
    assert capsys.readouterr().err == ""
