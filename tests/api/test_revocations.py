"""All revocations are in one file that a signed token names; from the last seven files, deltas lead to it."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from amate.config import Settings
from amate.context import Context, open_context
from amate.core import revocations
from amate.core.revocations import Revocations, RevocationsToken
from amate.features.status import actions, store
from amate.features.trust import actions as trust
from tests.conftest import NOW

FILES = 7
ENOUGH = 40  # revoked, so that a delta is shorter than the whole


@pytest.fixture
def place(settings: Settings) -> Path:
    return settings.published / "status" / "revocations"


@pytest.fixture
def indices(ctx: Context) -> list[int]:
    """Some that are given out; the first ENOUGH of them are revoked, and trust is there to sign with."""
    trust.init(ctx)
    given = [actions.allocate(ctx, "pass") for _ in range(ENOUGH + 12)]
    for index in given[:ENOUGH]:
        actions.revoke(ctx, index, "lost")
    return given


def publish_more(ctx: Context, index: int) -> str:
    """Revoke one more, and publish: the hash of the file that has it."""
    actions.revoke(ctx, index, "lost")
    ctx.now += 1
    return actions.publish(ctx).revocations.sha256


def token_of(settings: Settings, text: str) -> RevocationsToken:
    loaded = trust.load_trust(settings.home, env="test").trust
    keys = [key for keys in loaded.keys.values() for key in keys]
    uri = f"{loaded.policy.status_base}/revocations"
    return revocations.parse_revocations_token(text, keys=keys, expected_uri=uri)


def read(place: Path, settings: Settings) -> RevocationsToken:
    return token_of(settings, (place / "token").read_text())


def opened(place: Path, sha256: str) -> Revocations:
    return revocations.open_revocations((place / sha256).read_bytes(), expected_sha256=sha256)


def names(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


def check_whole(place: Path, token: RevocationsToken) -> None:
    """Everything that a token names is there and leads to its file."""
    file = opened(place, token.sha256)
    revocations.check_agrees(token, file)
    for each in token.deltas:
        delta = (place / f"{each.base}-{token.sha256}").read_bytes()
        assert (hashlib.sha256(delta).hexdigest(), len(delta)) == (each.sha256, each.size)
        made = revocations.apply_delta(opened(place, each.base), delta, expected_sha256=token.sha256)
        assert made.encoded == file.encoded


def test_whoever_fetches_the_file_finds_what_is_revoked_and_nothing_else(
    ctx: Context, client: FlaskClient, settings: Settings, indices: list[int]
) -> None:
    actions.publish(ctx)
    answer = client.get("/status/revocations/token", buffered=True)
    assert answer.content_type == "application/revocations+jwt"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    token = token_of(settings, answer.get_data(as_text=True))
    assert (token.iat, token.lists) == (NOW, 1)
    fetched = client.get(f"/status/revocations/{token.sha256}", buffered=True)
    assert fetched.content_type == "application/octet-stream"
    assert "immutable" in fetched.headers["Cache-Control"]
    file = revocations.open_revocations(fetched.data, expected_sha256=token.sha256)
    assert revocations.revoked_in(file, 0).tolist() == sorted(indices[:ENOUGH])


def test_deltas_lead_here_from_the_last_seven_files_and_older_ones_are_gone(
    ctx: Context, client: FlaskClient, settings: Settings, place: Path, indices: list[int]
) -> None:
    actions.publish(ctx)
    made = [publish_more(ctx, index) for index in indices[ENOUGH : ENOUGH + 10]]
    token = read(place, settings)
    assert token.sha256 == made[-1]
    assert [each.base for each in token.deltas] == made[-2 : -2 - FILES : -1]
    check_whole(place, token)
    deltas = {f"{each.base}-{token.sha256}" for each in token.deltas}
    assert names(place) == {"token", token.sha256, *(each.base for each in token.deltas), *deltas}
    answer = client.get(f"/status/revocations/{sorted(deltas)[0]}", buffered=True)
    assert "immutable" in answer.headers["Cache-Control"]


def test_without_changes_a_publication_writes_its_token_and_nothing_else(
    ctx: Context, settings: Settings, place: Path, indices: list[int]
) -> None:
    actions.publish(ctx)
    publish_more(ctx, indices[ENOUGH])
    before = read(place, settings)
    inodes = {path.name: path.stat().st_ino for path in place.iterdir()}
    ctx.now += 3600
    actions.publish(ctx)
    assert read(place, settings) == before._replace(iat=before.iat + 3600, exp=before.exp + 3600)
    changed = {path.name for path in place.iterdir() if path.stat().st_ino != inodes.pop(path.name)}
    assert (changed, inodes) == ({"token"}, {})


@pytest.mark.parametrize("damage", [b"", b"x.y.z", b"e30.e30.e30", b"e30.W10.e30", b"\xff.\xff.\xff"])
def test_behind_a_damaged_token_the_next_one_has_no_deltas(
    damage: bytes, ctx: Context, settings: Settings, place: Path, indices: list[int]
) -> None:
    actions.publish(ctx)
    (place / "token").write_bytes(damage)
    publish_more(ctx, indices[ENOUGH])
    token = read(place, settings)
    assert token.deltas == ()
    assert names(place) == {"token", token.sha256}


def test_what_was_damaged_is_written_again_and_a_lost_file_has_no_delta(
    ctx: Context, settings: Settings, place: Path, indices: list[int]
) -> None:
    actions.publish(ctx)
    first, second, third = (publish_more(ctx, index) for index in indices[ENOUGH : ENOUGH + 3])
    (place / third).write_bytes(b"x")
    (place / f"{second}-{third}").write_bytes(b"x")
    (place / first).unlink()
    actions.publish(ctx)
    token = read(place, settings)
    assert second in {each.base for each in token.deltas}
    assert first not in {each.base for each in token.deltas}
    check_whole(place, token)


def test_a_database_that_was_put_back_is_published_without_deltas(
    ctx: Context, settings: Settings, place: Path, indices: list[int]
) -> None:
    actions.publish(ctx)
    ctx.tx.execute(update(store.status_entry).where(store.status_entry.c.index == indices[0]).values(revoked_at=None))
    ctx.now += 1
    actions.publish(ctx)
    token = read(place, settings)
    assert token.deltas == ()
    check_whole(place, token)


def test_a_delta_that_is_no_shorter_than_the_file_is_left_out(ctx: Context, settings: Settings, place: Path) -> None:
    trust.init(ctx)
    index = actions.allocate(ctx, "pass")
    actions.publish(ctx)
    publish_more(ctx, index)
    assert read(place, settings).deltas == ()


def test_before_anything_was_issued_the_file_has_no_lists(ctx: Context, settings: Settings, place: Path) -> None:
    trust.init(ctx)
    actions.publish(ctx)
    token = read(place, settings)
    assert token.lists == 0
    check_whole(place, token)


def test_of_many_publishers_at_once_none_takes_away_what_another_names(
    ctx: Context, engine: Engine, settings: Settings, place: Path, indices: list[int]
) -> None:
    ctx.commit()

    def one(index: int) -> None:
        with open_context(engine, settings, actor="test", clock=lambda: NOW + 1) as each:
            each.signer = ctx.signer
            actions.revoke(each, index, "lost")
            each.commit()
            actions.publish(each)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, indices[ENOUGH:]))
    token = read(place, settings)
    check_whole(place, token)
    assert set(indices) == set(revocations.revoked_in(opened(place, token.sha256), 0).tolist())


def test_a_publisher_waits_for_another_on_this_machine(ctx: Context, place: Path) -> None:
    trust.init(ctx)
    with ThreadPoolExecutor(1) as pool:
        with trust.alone(ctx.settings.home / actions.LOCK):
            publishing = pool.submit(actions.publish, ctx)
            with pytest.raises(TimeoutError):
                publishing.result(timeout=0.5)
            assert not place.exists()
        publishing.result(timeout=20)
    assert (place / "token").exists()
