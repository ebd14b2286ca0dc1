"""Keys are made once, publications replace nothing but the timestamp, and what is published loads back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from amate.config import Settings
from amate.context import Context
from amate.core.encoding import base64url_decode
from amate.core.trust import refusal
from amate.errors import Conflict, Malformed, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.status import actions as status
from amate.features.trust import actions, commands, store
from amate.features.trust.model import USES
from tests.api.conftest import LoginAs
from tests.api.rotating import stage
from tests.conftest import NOW, Clock

DAY_S = 86_400


def published(ctx: Context) -> dict[str, bytes]:
    folder = ctx.settings.published / "trust"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def load(ctx: Context, env: str = "test") -> actions.LoadedTrust:
    return actions.load_trust(ctx.settings.home, env=env, sealing_keys=actions.sealing_keys(ctx))


def test_init_gives_all_that_signing_needs(ctx: Context) -> None:
    actions.init(ctx)
    for use in USES:
        key, sign = actions.sign(ctx, use)
        assert (key.use, ctx.signer(key.uri).public_key) == (use, key.public_key)
        with pytest.raises(Refused, match=f"not what a key for {use} signs"):  # row A15
            sign(b"message")
    number, sealing = actions.sealing_key(ctx)
    assert actions.sealing_keys(ctx) == {number: sealing}
    assert len(sealing) == 32


def test_init_twice_makes_nothing_twice(ctx: Context) -> None:
    actions.init(ctx)
    keys, files, sealing = actions.list_keys(ctx), published(ctx), actions.sealing_keys(ctx)
    actions.init(ctx)
    assert (actions.list_keys(ctx), published(ctx), actions.sealing_keys(ctx)) == (keys, files, sealing)


def test_private_keys_lie_encrypted_and_readable_by_their_owner_only(ctx: Context) -> None:
    actions.init(ctx)
    files = list((ctx.settings.secrets / "keys").iterdir())
    assert len(files) == 5 + 3 + 1 + 1 + 4 + 4 + 1, "root, targets, snapshot, timestamp; pass, credential, status"
    for path in files:
        assert "ENCRYPTED" in path.read_text().splitlines()[1]
        assert path.stat().st_mode & 0o077 == 0
    stored = store.sealing_keys(ctx.tx, NOW)[0].wrapped
    assert actions.sealing_key(ctx)[1] not in stored


def test_the_publication_loads_as_trust(ctx: Context) -> None:
    actions.init(ctx)
    loaded = load(ctx)
    assert loaded.trust.env == "test"
    assert loaded.trust.refreshed_at == loaded.trust.floor == NOW
    assert loaded.trust.policy.status_base == "http://localhost:8000/status"
    assert loaded.trust.sealing == actions.sealing_keys(ctx)
    for use in USES:
        key = actions.active_key(ctx, use)
        (found,) = loaded.trust.keys[key.kid8]
        assert found.kid == key.kid
        assert refusal(found, use, iat=NOW, now=NOW) is None


def test_a_pass_key_is_believed_as_long_as_any_pass_lives(ctx: Context) -> None:
    actions.init(ctx)
    key = actions.active_key(ctx, "pass")
    longest = max(load(ctx).trust.policy.lifetimes.values())
    assert key.accept_until >= key.sign_until + longest


def test_publishing_without_a_change_renews_only_the_timestamp(ctx: Context, clock: Clock) -> None:
    actions.init(ctx)
    before = published(ctx)
    ctx.now += 3600
    again = actions.publish(ctx)
    after = published(ctx)
    assert not again.changed
    assert {path for path in after if after[path] != before.get(path)} == {"timestamp.json"}
    assert load(ctx).trust.refreshed_at == NOW + 3600


def test_a_new_key_is_published_in_new_versions_beside_the_old_ones(ctx: Context) -> None:
    actions.init(ctx)
    before = published(ctx)
    ctx.now += 60
    key = stage(ctx, "pass")
    assert {"2.targets.json", "2.snapshot.json"} < published(ctx).keys()
    assert before.keys() <= published(ctx).keys()
    assert key.kid8 in load(ctx).trust.keys


def test_metadata_that_is_about_to_end_is_renewed(ctx: Context) -> None:
    actions.init(ctx)
    ctx.now += 8 * DAY_S
    release = actions.publish(ctx).release
    assert (release.targets, release.snapshot) == (1, 2)
    ctx.now += 60 * DAY_S
    assert actions.publish(ctx).release.targets == 2


def test_a_lost_folder_is_written_again_and_versions_go_on(ctx: Context) -> None:
    actions.init(ctx)
    before = published(ctx)
    for path in before:
        (ctx.settings.published / "trust" / path).unlink()
    assert actions.publish(ctx).release.timestamp == 2
    assert published(ctx).keys() == before.keys()
    assert load(ctx).trust.refreshed_at == NOW


def test_the_newest_root_is_the_one_of_the_release(ctx: Context) -> None:
    """A root that lies ready, but is of no release yet, is not the one in force."""
    actions.init(ctx)
    store.put_file(ctx.tx, "2.root.json", b"of the next release")
    actions.publish(ctx)
    files = published(ctx)
    assert files["root.json"] == files["1.root.json"]


def test_two_publications_at_once_do_not_share_a_number(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.init(ctx)
    last = store.last_release(ctx.tx)
    actions.publish(ctx)
    monkeypatch.setattr(store, "last_release", lambda _tx: last)  # as read before the other one committed
    with pytest.raises(Conflict, match="publication-in-progress"):
        actions.publish(ctx)


def test_production_makes_no_keys_of_its_own(ctx: Context) -> None:
    strict = ctx.settings.model_copy(update={"env": "production"})
    ctx.settings = strict
    with pytest.raises(Refused, match="demo-keys-refused"):
        actions.init(ctx)
    with pytest.raises(Refused, match="demo-keys-refused"):
        actions.make_file_key(ctx, "pass")


@pytest.mark.parametrize("env", ["production", "staging"])
def test_a_test_repository_is_refused_where_people_are_real(ctx: Context, env: str) -> None:
    """Row D09."""
    actions.init(ctx)
    with pytest.raises(Refused, match="wrong-environment"):
        load(ctx, env)


def test_a_changed_target_is_not_loaded(ctx: Context) -> None:
    actions.init(ctx)
    (path,) = (ctx.settings.published / "trust" / "targets").glob("*.issuers.json")
    path.write_bytes(path.read_bytes().replace(b"active", b"gctive"))
    with pytest.raises(Malformed, match="trust-broken"):
        load(ctx)


def test_another_address_is_not_published_over_the_first(ctx: Context) -> None:
    actions.init(ctx)
    actions.publish(ctx)
    ctx.settings = ctx.settings.model_copy(update={"base_url": "http://localhost:8137"})
    with pytest.raises(Refused, match="another-address") as caught:
        actions.publish(ctx)
    assert "http://localhost:8000" in caught.value.detail
    with pytest.raises(Refused, match="another-address"):
        status.publish(ctx)


def test_publishing_before_init_says_what_to_do(ctx: Context) -> None:
    with pytest.raises(Unavailable, match="amate trust init"):
        actions.publish(ctx)
    with pytest.raises(Unavailable, match="no-signing-key"):
        actions.active_key(ctx, "pass")


def test_everything_done_to_keys_is_in_the_log(ctx: Context) -> None:
    actions.init(ctx)
    total, breaks = audit.verify(ctx)
    assert (total, breaks) == (14, [])


def test_clinics_fetch_the_sealing_keys(ctx: Context, client: FlaskClient, login_as: LoginAs) -> None:
    actions.init(ctx)
    number, key = actions.sealing_key(ctx)
    ctx.commit()
    assert client.get("/api/v1/sealing-keys").status_code == 401
    assert client.get("/api/v1/sealing-keys", headers=login_as("enrolment")).status_code == 403
    assert client.get("/api/v1/sealing-keys", headers=login_as("clinic", "HGIMB000011")).json["clinic"] == "HGIMB000011"
    answer = client.get("/api/v1/sealing-keys", headers=login_as("clinic"))
    assert answer.json["clinic"] is None
    (given,) = answer.json["keys"]
    assert (given["number"], base64url_decode(given["key"])) == (number, key)
    assert given["until"] == "2027-01-02T11:06:40Z"
    assert answer.headers["Cache-Control"] == "no-store"


def test_anybody_fetches_the_repository(ctx: Context, client: FlaskClient) -> None:
    actions.init(ctx)
    assert client.get("/anchor.json", buffered=True).data == client.get("/trust/1.root.json", buffered=True).data
    newest = client.get("/trust/root.json", buffered=True)
    assert newest.data == client.get("/trust/1.root.json", buffered=True).data
    assert newest.headers["Cache-Control"] == "public, max-age=60", "a rotation may not wait for a cache"
    timestamp = client.get("/trust/timestamp.json", buffered=True)
    assert timestamp.json["signed"]["signed_at"] == "2026-11-18T11:06:40Z"
    assert timestamp.json["signed"]["root_version"] == 1
    assert "max-age=60" in timestamp.headers["Cache-Control"]
    assert "immutable" in client.get("/trust/1.targets.json", buffered=True).headers["Cache-Control"]


def test_an_idle_synchronisation_weighs_at_most_1_kb(ctx: Context, client: FlaskClient) -> None:
    """One timestamp, headers included; the server itself adds a line or two (measured: 986 bytes)."""
    actions.init(ctx)
    answer = client.get("/trust/timestamp.json", buffered=True)
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    assert len("HTTP/1.1 200 OK\r\n" + head + "\r\n") + len(answer.data) <= 1000
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AMATE_ENV", "demo")
    run = CliRunner()
    first = run.invoke(commands.trust, ["init", "--json"], catch_exceptions=False)
    said = json.loads(first.output)
    assert (said["env"], said["targets"], len(said["anchor_sha256"])) == ("demo", 1, 64)
    assert Settings().secrets.joinpath("passphrase").stat().st_mode & 0o777 == 0o600
    assert not json.loads(run.invoke(commands.trust, ["publish", "--json"]).output)["changed"]
