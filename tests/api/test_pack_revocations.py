"""The file of revocations in a pack: one delta where that is enough, never an older one, nothing of a liar."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from sqlalchemy import update
from structlog.testing import capture_logs

from amate.config import Settings
from amate.context import Context
from amate.core import revocations
from amate.core.revocations import RevocationsToken
from amate.features.status import actions as status
from amate.features.status import model, store
from amate.features.trust import actions as trust
from amate.features.verification import commands, pack
from amate.signing.file import FileSigner
from tests.api.test_carried_pack import exported, far, stick, taken
from tests.api.test_node import Run, address, asked, clock, deployment, folder, run, sync, token
from tests.api.test_revocations import ENOUGH, opened, publish_more, read
from tests.soft_jwt import new_key

__all__ = ["address", "asked", "clock", "deployment", "far", "folder", "run", "stick", "token"]
PLACE = "/status/revocations/"
Asked = list[tuple[str, str, Any]]


@pytest.fixture
def place(settings: Settings) -> Path:
    return settings.published / "status" / "revocations"


@pytest.fixture
def spare(deployment: Context) -> list[int]:
    """Indices to revoke, of which so many were revoked and published that a delta is shorter than the whole."""
    given = [status.allocate(deployment, "pass") for _ in range(ENOUGH + 4)]
    for index in given[:ENOUGH]:
        status.revoke(deployment, index, "lost")
    deployment.now += 1
    status.publish(deployment)
    return given[ENOUGH:]


def fetched(asked: Asked) -> list[str]:
    """Which parts of the folder of revocations were asked for; then it is forgotten."""
    names = [path.removeprefix(PLACE) for _, path, _ in asked if path.startswith(PLACE)]
    asked.clear()
    return names


def held(folder: Path, settings: Settings) -> RevocationsToken:
    return read(folder / "current" / "published" / "status" / "revocations", settings)


def revoked(folder: Path, settings: Settings) -> set[int]:
    place = folder / "current" / "published" / "status" / "revocations"
    return set(revocations.revoked_in(opened(place, read(place, settings).sha256), 0).tolist())


def sign_anew(ctx: Context, place: Path, **changes: Any) -> None:
    """Another token of the deployment's own key, a second newer."""
    now = read(place, ctx.settings)
    key, sign = trust.sign(ctx, "status")
    said = now._replace(**{"iat": now.iat + 1, **changes})
    (place / "token").write_text(model.make_revocations_token(said, kid=key.kid, sign=sign))


def test_a_pack_takes_the_whole_file_and_then_only_what_was_added(
    address: str, folder: Path, asked: Asked, settings: Settings, place: Path, deployment: Context, spare: list[int]
) -> None:
    first = sync(address, folder)
    before = read(place, settings)
    assert (first.revoked, first.revocations_signed_at, first.revocations_refused) == (ENOUGH, before.iat, None)
    assert fetched(asked) == ["token", before.sha256]
    now = publish_more(deployment, spare[0])
    assert sync(address, folder).revoked == ENOUGH + 1
    assert fetched(asked) == ["token", f"{before.sha256}-{now}"]
    assert spare[0] in revoked(folder, settings)
    assert sync(address, folder).revoked == ENOUGH + 1
    assert fetched(asked) == ["token"]


def swapped(place: Path, name: str, _base: str) -> None:
    shutil.copy(next(path for path in place.iterdir() if "-" in path.name and path.name != name), place / name)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda place, name, _: (place / name).unlink(),
        lambda place, name, _: (place / name).write_bytes(b"x" * (place / name).stat().st_size),
        lambda place, name, _: (place / name).write_bytes((place / name).read_bytes() + b"x"),
        lambda place, name, _: (place / name).write_bytes((place / name).read_bytes()[:-1]),
        swapped,
    ],
    ids=["gone", "damaged", "too-long", "cut-short", "of-another-base"],
)
def test_a_delta_that_does_not_lead_to_the_signed_file_is_passed_over_for_the_whole(
    spoil: Callable[[Path, str, str], None],
    address: str,
    folder: Path,
    asked: Asked,
    settings: Settings,
    place: Path,
    deployment: Context,
    spare: list[int],
) -> None:
    publish_more(deployment, spare[0])
    sync(address, folder)
    before = held(folder, settings)
    now = publish_more(deployment, spare[1])
    delta = f"{before.sha256}-{now}"
    spoil(place, delta, before.sha256)
    fetched(asked)
    synced = sync(address, folder)
    assert fetched(asked) == ["token", delta, now]
    assert (synced.revoked, synced.revocations_refused) == (ENOUGH + 2, None)
    assert spare[1] in revoked(folder, settings)


def test_a_signed_delta_that_leads_elsewhere_is_passed_over_for_the_whole(
    address: str, folder: Path, settings: Settings, place: Path, deployment: Context, spare: list[int]
) -> None:
    """Hash and size are as signed, but it is a delta of another file: only the hash of what it makes tells."""
    publish_more(deployment, spare[0])
    sync(address, folder)
    before = held(folder, settings)
    now = publish_more(deployment, spare[1])
    said = read(place, settings)
    other = next(each for each in said.deltas if each.base != before.sha256)
    shutil.copy(place / f"{other.base}-{now}", place / f"{before.sha256}-{now}")
    sign_anew(deployment, place, deltas=(other._replace(base=before.sha256),))
    assert sync(address, folder).revocations_refused is None
    assert spare[1] in revoked(folder, settings)


def test_c04_an_older_token_brings_nothing_back(
    address: str, folder: Path, settings: Settings, place: Path, deployment: Context, spare: list[int]
) -> None:
    old = (place / "token").read_bytes()
    publish_more(deployment, spare[0])
    sync(address, folder)
    before = held(folder, settings)
    (place / "token").write_bytes(old)
    synced = sync(address, folder)
    assert (synced.revocations_refused, synced.revoked) == ("older-revocations", ENOUGH + 1)
    assert held(folder, settings) == before
    assert spare[0] in revoked(folder, settings)


def refuse_fewer_lists(ctx: Context, place: Path) -> None:
    sign_anew(ctx, place, lists=0)


def refuse_disagreement(ctx: Context, place: Path) -> None:
    sign_anew(ctx, place, lists=2)


def refuse_another_size(ctx: Context, place: Path) -> None:
    now = read(place, ctx.settings)
    (place / ("ab" * 32)).write_bytes((place / now.sha256).read_bytes())
    sign_anew(ctx, place, sha256="ab" * 32, deltas=())


def refuse_another_place(ctx: Context, place: Path) -> None:
    sign_anew(ctx, place, uri="https://other.example/status/revocations")


def refuse_another_key(ctx: Context, place: Path) -> None:
    """Of another environment, say, which names the same address."""
    stranger = new_key()
    said = read(place, ctx.settings)
    said = said._replace(iat=said.iat + 1)
    (place / "token").write_text(model.make_revocations_token(said, kid="A" * 43, sign=FileSigner(stranger).sign))


def refuse_flipped(_ctx: Context, place: Path) -> None:
    head, body, tail = (place / "token").read_text().split(".")
    (place / "token").write_text(f"{head}.{body}.{'A' * len(tail)}")


def refuse_missing(_ctx: Context, place: Path) -> None:
    (place / "token").unlink()


def refuse_long(_ctx: Context, place: Path) -> None:
    (place / "token").write_bytes(b"A" * 2**15)


# The server of this test leaves a file open when whoever asked hangs up, as for one that is too long.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("make", "slug"),
    [
        (refuse_fewer_lists, "fewer-lists"),
        (refuse_disagreement, "malformed"),
        (refuse_another_size, "malformed"),
        (refuse_another_place, "wrong-status-list"),
        (refuse_another_key, "unknown-issuer"),
        (refuse_flipped, "bad-signature"),
        (refuse_missing, "revocations-missing"),
        (refuse_long, "source-unavailable"),
    ],
)
def test_what_a_hostile_server_says_leaves_the_file_that_is_held(
    make: Callable[[Context, Path], None],
    slug: str,
    address: str,
    folder: Path,
    settings: Settings,
    place: Path,
    deployment: Context,
    spare: list[int],
) -> None:
    sync(address, folder)
    before = held(folder, settings)
    status.revoke(deployment, spare[0], "lost")
    make(deployment, place)
    synced = sync(address, folder)
    assert (synced.revocations_refused, synced.revoked) == (slug, ENOUGH)
    assert held(folder, settings) == before
    assert len(revoked(folder, settings)) == ENOUGH


def test_c06_a_file_without_end_is_cut_off_and_the_rest_is_synced(
    address: str, app: Flask, folder: Path, settings: Settings, place: Path, spare: list[int]
) -> None:
    sha256, sent = read(place, settings).sha256, []

    def forever() -> Any:
        while len(sent) < 4096:
            sent.append(1)
            yield bytes(2**16)

    app.before_request(lambda: Response(forever()) if request.path == PLACE + sha256 else None)
    synced = sync(address, folder)
    assert (synced.revocations_refused, synced.revoked, synced.status_lists) == ("source-unavailable", None, 1)
    assert len(sent) < 4096
    assert not (folder / "current" / "published" / "status" / "revocations").exists()


def test_what_was_changed_in_a_pack_is_fetched_anew(
    address: str, folder: Path, settings: Settings, asked: Asked, spare: list[int]
) -> None:
    sync(address, folder)
    before = held(folder, settings)
    (folder / "current" / "published" / "status" / "revocations" / before.sha256).write_bytes(b"x")
    fetched(asked)
    assert sync(address, folder).revoked == ENOUGH
    assert fetched(asked) == ["token", before.sha256]


def test_a_database_that_was_put_back_is_taken_when_it_is_signed_anew(
    address: str, folder: Path, settings: Settings, deployment: Context, spare: list[int]
) -> None:
    """Only who holds the key of status lists can say so; no delta leads there."""
    sync(address, folder)
    first = min(revoked(folder, settings))
    entry = store.status_entry.c
    deployment.tx.execute(update(store.status_entry).where(entry.index == first).values(revoked_at=None))
    publish_more(deployment, spare[0])
    assert sync(address, folder).revoked == ENOUGH
    assert first not in revoked(folder, settings)


def test_a_file_carries_them_and_an_older_file_brings_nothing_back(
    address: str, folder: Path, stick: Path, far: Path, settings: Settings, deployment: Context, spare: list[int]
) -> None:
    sync(address, folder)
    old = exported(folder, stick.with_name("old.tar"))
    assert taken(old, far).revoked == ENOUGH
    publish_more(deployment, spare[0])
    sync(address, folder)
    with capture_logs() as said:
        assert taken(exported(folder, stick), far).revoked == ENOUGH + 1
    assert not said, "that a stick carries the whole file and no deltas is no trouble"
    assert held(far, settings) == held(folder, settings)
    again = taken(old, far)
    assert (again.revoked, again.revocations_refused) == (ENOUGH + 1, "older-revocations")


def test_the_command_tells_how_many_and_how_old(
    run: Run, address: str, folder: Path, place: Path, settings: Settings, spare: list[int]
) -> None:
    options = ["sync", "--from", address, "--to", str(folder)]
    said = run(commands.pack_group, options)
    assert f"{ENOUGH} revoked in the file of revocations, signed at " in said.stdout
    assert "0 hours ago" in said.stdout
    (place / "token").write_bytes(b"x")
    refused = run(commands.pack_group, [*options, "--json"])
    told = json.loads(refused.stdout)
    assert (told["revoked"], told["revocations_refused"]) == (ENOUGH, "malformed")
    assert told["revocations_signed_at"].endswith("Z")
    assert "was not taken (malformed)" in refused.stderr


def test_a_deployment_that_publishes_none_is_synced_without(address: str, folder: Path, place: Path, run: Run) -> None:
    shutil.rmtree(place)
    synced: pack.Synced = sync(address, folder)
    assert (synced.revoked, synced.revocations_signed_at, synced.revocations_refused) == (None, None, None)
    said = run(commands.pack_group, ["sync", "--from", address, "--to", str(folder)])
    assert "no file of revocations" in said.stdout


@dataclass
class Line:
    """What becomes of files named by their hash on their way, one after another; then they come as they should.

    ranges: what was asked of them
    """

    published: Path
    deeds: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)

    def act(self) -> Response | None:
        """Before a request."""
        name = request.path.removeprefix(PLACE)
        if len(name) != 64:
            return None
        self.ranges.append(request.headers.get("Range"))
        deed = self.deeds.pop(0) if self.deeds else "pass"
        if deed == "pass":
            return None
        if deed == "refuse":
            return Response(status=416)
        body = (self.published / "status" / "revocations" / name).read_bytes()
        if deed == "ignore":
            return Response(body)
        return Response(_half(body), headers={"Content-Length": str(len(body))})


@pytest.fixture
def line(app: Flask, settings: Settings) -> Line:
    made = Line(settings.published)
    app.before_request(made.act)
    return made


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


def unfinished(folder: Path) -> list[int]:
    """Bytes of what has not come whole."""
    return [path.stat().st_size for path in (folder / "cache" / "unfinished").glob("*")]


@pytest.mark.usefixtures("spare")
@pytest.mark.parametrize("then", ["pass", "ignore", "refuse"])
def test_a_line_that_breaks_costs_what_was_on_its_way(
    line: Line, address: str, folder: Path, place: Path, settings: Settings, then: str
) -> None:
    """Also where the deployment knows no parts, or has none such any more."""
    size = read(place, settings).size
    line.deeds.append("cut")
    cut = sync(address, folder)
    assert (cut.revoked, cut.revocations_refused) == (None, "source-unavailable")
    assert unfinished(folder) == [size // 2]
    line.deeds.append(then)
    assert sync(address, folder).revoked == ENOUGH
    assert unfinished(folder) == []
    begun = f"bytes={size // 2}-"
    assert line.ranges == [None, begun, *([None] if then == "refuse" else [])]


def test_what_came_of_another_file_is_not_taken_for_the_newest(
    line: Line, address: str, folder: Path, deployment: Context, spare: list[int]
) -> None:
    line.deeds.append("cut")
    assert sync(address, folder).revoked is None
    publish_more(deployment, spare[0])
    assert sync(address, folder).revoked == ENOUGH + 1
    assert line.ranges == [None, None]
    assert unfinished(folder) == []


@pytest.mark.usefixtures("spare")
def test_parts_that_do_not_make_the_signed_file_are_not_taken_and_not_kept(
    line: Line, address: str, folder: Path
) -> None:
    line.deeds.append("cut")
    sync(address, folder)
    (path,) = (folder / "cache" / "unfinished").glob("*")
    path.write_bytes(b"x" * path.stat().st_size)
    assert sync(address, folder).revocations_refused == "malformed"
    assert unfinished(folder) == []
    assert sync(address, folder).revoked == ENOUGH


@pytest.mark.usefixtures("spare")
def test_the_deployment_gives_parts_to_whoever_asks(client: FlaskClient, place: Path, settings: Settings) -> None:
    name = read(place, settings).sha256
    whole = (place / name).read_bytes()
    part = client.get(f"{PLACE}{name}", headers={"Range": "bytes=10-19"}, buffered=True)
    assert (part.status_code, part.data) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    beyond = client.get(f"{PLACE}{name}", headers={"Range": f"bytes={len(whole)}-"}, buffered=True)
    assert beyond.status_code == 416
