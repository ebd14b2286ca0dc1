"""Every credential has its own place in a list, and a revoked one is found there by whoever fetches it."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from amate.config import Settings
from amate.context import Context, open_context
from amate.core.status_list import LIST_SIZE, StatusList, parse_status_token, status_at
from amate.errors import Unavailable, Unknown
from amate.features.audit import actions as audit
from amate.features.status import actions, commands, model, store
from amate.features.trust import actions as trust
from tests.conftest import NOW


def fetch(client: FlaskClient, ctx: Context, number: int) -> StatusList:
    answer = client.get(f"/status/{number}", buffered=True)
    assert answer.content_type == "application/statuslist+jwt"
    loaded = trust.load_trust(ctx.settings.home, env="test").trust
    keys = [key for keys in loaded.keys.values() for key in keys]
    uri = f"{loaded.policy.status_base}/{number}"
    return parse_status_token(answer.get_data(as_text=True), keys=keys, expected_uri=uri)


def test_a_revoked_index_is_set_in_the_published_list_and_no_other(ctx: Context, client: FlaskClient) -> None:
    trust.init(ctx)
    indices = [actions.allocate(ctx, "pass") for _ in range(20)]
    assert actions.revoke(ctx, indices[3], "lost")
    actions.publish(ctx)
    published = fetch(client, ctx, 0)
    assert (published.iat, published.size) == (NOW, LIST_SIZE)
    assert [i for i in indices if status_at(published, i)] == [indices[3]]
    assert sum(byte.bit_count() for byte in published.raw) == 1
    assert client.get("/status/index.json", buffered=True).json["lists"] == [0]


def test_revoking_again_changes_nothing(ctx: Context) -> None:
    index = actions.allocate(ctx, "pass")
    assert actions.revoke(ctx, index, "lost")
    assert not actions.revoke(ctx, index, "stolen")
    total, breaks = audit.verify(ctx)
    assert (total, breaks) == (1, [])


def test_what_was_never_given_out_cannot_be_revoked(ctx: Context) -> None:
    with pytest.raises(Unknown, match="unknown-status-index"):
        actions.revoke(ctx, 5, "lost")


def test_a_full_list_is_followed_by_a_new_one(ctx: Context) -> None:
    ctx.random = bytes  # chance that finds only index 0
    given = [actions.allocate(ctx, "pass") for _ in range(4)]
    assert [model.split(index) for index in given] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    ctx.random = secrets.token_bytes
    assert model.split(actions.allocate(ctx, "pass"))[0] == 3
    assert store.list_numbers(ctx.tx) == [0, 1, 2, 3]


def test_a_crowded_list_still_gives_out_its_free_places(ctx: Context) -> None:
    taken, wanted = b"\x00\x00\x00\x01", b"\x00\x00\x00\x02"
    ctx.random = lambda n: taken * (n // 4)
    actions.allocate(ctx, "pass")
    ctx.random = lambda n: taken * (n // 4 - 1) + (wanted if n > 4 else taken)
    assert actions.allocate(ctx, "pass") == 2


def test_no_index_is_given_twice_to_many_at_once(engine: Engine, settings: Settings) -> None:
    """Row C08: 16 at once on few places, so that they collide all the time; half of them fail before they commit."""

    class Interrupted(Exception):
        pass

    def narrow(n: int) -> bytes:
        return b"".join(b"\x00\x00\x00" + bytes([secrets.randbelow(256)]) for _ in range(n // 4))

    def one(turn: int) -> int | None:
        try:
            with open_context(engine, settings) as ctx:
                ctx.random = narrow
                index = actions.allocate(ctx, "pass")
                if turn % 2:
                    raise Interrupted
                return index
        except Interrupted:
            return None

    with ThreadPoolExecutor(16) as pool:
        given = [index for index in pool.map(one, range(200)) if index is not None]
    assert len(given) == len(set(given)) == 100
    with open_context(engine, settings, writes=False) as ctx:
        assert ctx.tx.execute(select(func.count()).select_from(store.status_entry)).scalar_one() == 100


def test_without_a_key_nothing_is_published(ctx: Context) -> None:
    actions.allocate(ctx, "pass")
    with pytest.raises(Unavailable, match="no-signing-key"):
        actions.publish(ctx)
    assert not (ctx.settings.published / "status").exists()


def test_the_command(ctx: Context, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    trust.init(ctx)
    actions.allocate(ctx, "credential")
    ctx.commit()
    for name in ("home", "env", "base_url", "passphrase_file", "database_url"):
        monkeypatch.setenv(f"AMATE_{name.upper()}", str(getattr(settings, name)))
    answer = CliRunner().invoke(commands.status, ["publish", "--json"], catch_exceptions=False)
    said = json.loads(answer.output)
    assert [(listed["number"], listed["revoked"]) for listed in said["lists"]] == [(0, 0)]
    assert (said["revocations"]["revoked"], said["revocations"]["deltas"]) == (0, 0)
    assert (settings.published / "status" / "revocations" / said["revocations"]["sha256"]).exists()
