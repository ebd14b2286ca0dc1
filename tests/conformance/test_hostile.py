"""A repository, or somebody on the way, that means harm: what was there before stays, and nothing takes for ever."""

from __future__ import annotations

import gzip
import json
import time
from functools import cache
from http.server import BaseHTTPRequestHandler

import brotli
import pytest

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import (
    ALL,
    REST,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Json,
    Repository,
)
from tests.conformance.server import Server, Trick

Either = Ours | PythonTuf
PATHS = {
    ROOT: "metadata/2.root.json",
    TIMESTAMP: "metadata/timestamp.json",
    SNAPSHOT: "metadata/2.snapshot.json",
    TARGETS: "metadata/2.targets.json",
}
BEFORE = {ROOT: 1, SNAPSHOT: 1, TARGETS: 1, TIMESTAMP: 1}
CHUNK = b" " * 65_536
MAX_HOPS = 256
PATIENCE_S = 1.0


@pytest.fixture(autouse=True)
def refreshed(request: pytest.FixtureRequest, repository: Repository) -> None:
    """Whichever client a test is about has version 1 of everything."""
    name = "client" if "client" in request.fixturenames else "ours"
    client = request.getfixturevalue(name)
    assert client.init(repository.published[ROOT][0]) == 0
    assert client.refresh() == 0
    repository.asked.clear()


def endless(declares: str | None = None) -> Trick:
    """A file without end; `declares`: the length that it claims."""

    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if declares is not None:
            handler.send_header("Content-Length", declares)
        handler.end_headers()
        server = handler.server
        assert isinstance(server, Server)
        while not server.is_over.is_set():
            handler.wfile.write(CHUNK)

    return serve


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no gap is long."""
    handler.send_response(200)
    handler.end_headers()
    server = handler.server
    assert isinstance(server, Server)
    while not server.is_over.wait(0.1):
        handler.wfile.write(b" ")


def silent(handler: BaseHTTPRequestHandler) -> None:
    """No answer at all."""
    server = handler.server
    assert isinstance(server, Server)
    server.is_over.wait(30)


def saying(body: bytes, status: int = 200, **headers: str) -> Trick:
    """These bytes."""

    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return serve


@pytest.mark.parametrize("declares", [None, "10000000000", "10"], ids=["no-length", "ten-gigabytes", "ten-bytes"])
@pytest.mark.parametrize("role", PATHS)
def test_endless_data(client: Either, repository: Repository, server: Server, role: str, declares: str | None) -> None:
    """Cut at the limit, at once; what was there stays (row D06)."""
    repository.publish(*ALL)
    server.tricks[PATHS[role]] = endless(declares)
    started = time.monotonic()
    assert client.refresh() == 1
    assert time.monotonic() - started < 10
    assert client.version(role) == 1


@pytest.mark.parametrize("trick", [dripping, silent], ids=["dripping", "silent"])
@pytest.mark.parametrize("role", PATHS)
def test_slow_servers(ours: Ours, repository: Repository, server: Server, role: str, trick: Trick) -> None:
    """python-tuf's own fetcher waits as long as bytes come; ours ends (row D06)."""
    repository.publish(*ALL)
    server.tricks[PATHS[role]] = trick
    ours.patience_s = PATIENCE_S
    started = time.monotonic()
    assert ours.refresh() == 1
    assert time.monotonic() - started < 10
    assert ours.version(role) == 1


def test_a_target_that_never_ends(client: Either, repository: Repository, server: Server) -> None:
    listed = repository.add_file("file.txt", b"content")
    repository.publish(*REST)
    server.tricks[f"targets/{listed.hashes['sha256']}.file.txt"] = endless()
    assert client.download("file.txt") == 1
    assert client.downloads() == []


@cache
def bomb(coding: str) -> bytes:
    """A hundred kilobytes or less that say that they are a hundred megabytes."""
    whole = b" " * 100_000_000
    return brotli.compress(whole, quality=5) if coding == "br" else gzip.compress(whole)


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_bomb(client: Either, server: Server, coding: str) -> None:
    """A limit of bytes is one of bytes unpacked."""
    server.tricks[PATHS[TIMESTAMP]] = saying(bomb(coding), **{"Content-Encoding": coding})
    assert client.refresh() == 1
    assert client.trusted() == BEFORE


@pytest.mark.parametrize("role", PATHS)
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails(client: Either, repository: Repository, server: Server, role: str, status: int) -> None:
    """Not the same as a file that is not there: an outage must not pass for the end of the roots."""
    repository.publish(*ALL)
    server.tricks[PATHS[role]] = saying(b"", status)
    assert client.refresh() == 1
    assert client.version(role) == 1


def test_no_redirect_is_followed(ours: Ours, repository: Repository, server: Server) -> None:
    """Whoever answers for the repository does not send us elsewhere; python-tuf's own fetcher would go."""
    repository.publish(TIMESTAMP)
    server.tricks[PATHS[TIMESTAMP]] = saying(b"", 302, Location=f"{server.url}/metadata/1.timestamp.json")
    assert ours.refresh() == 1
    assert ours.version(TIMESTAMP) == 1


def test_256_root_hops(client: Either, repository: Repository) -> None:
    """So many in one refresh and no more; the next refresh goes on from there (TUF §5.3.3)."""
    for _ in range(MAX_HOPS + 1):
        repository.publish(ROOT)
    assert client.refresh() == 0
    assert client.version(ROOT) == MAX_HOPS + 1
    assert client.refresh() == 0
    assert client.version(ROOT) == MAX_HOPS + 2


def test_roots_without_end(ours: Ours, repository: Repository, server: Server) -> None:
    """The same root again and again under ever new addresses is refused at the first hop."""
    for version in range(2, 400):
        server.tricks[f"metadata/{version}.root.json"] = saying(repository.published[ROOT][0])
    assert ours.refresh() == 1
    assert ours.trusted() == BEFORE


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 10_000,
        b'{"signed":' * 5_000,
        b'{"signatures":[],"signed":{}}',
        b'{"signatures":[],"signed":{"_type":"timestamp","version":1e400}}',
    ],
    ids=["empty", "null", "list", "cut", "not-utf8", "deep-lists", "deep-objects", "hollow", "infinite"],
)
@pytest.mark.parametrize("role", PATHS)
def test_garbage(ours: Ours, repository: Repository, server: Server, role: str, garbage: bytes) -> None:
    """Refused as what it is, never a crash: python-tuf has no answer to some of these but a RecursionError."""
    repository.publish(*ALL)
    server.tricks[PATHS[role]] = saying(garbage)
    assert ours.refresh() == 1
    assert ours.version(role) == 1


def test_members_named_twice(ours: Ours, repository: Repository, server: Server) -> None:
    """Two readers of one text must not see two versions (row A09); python-tuf takes the last one."""
    repository.publish(TIMESTAMP)
    raw = repository.published[TIMESTAMP][-1].replace(b'"version": 2,', b'"version": 9, "version": 2,')
    server.tricks[PATHS[TIMESTAMP]] = saying(raw)
    assert ours.refresh() == 1
    assert ours.version(TIMESTAMP) == 1


@pytest.mark.parametrize("version", [0, -1, 2**53, 1.5, "2", True, None], ids=str)
@pytest.mark.parametrize("role", [ROOT, TIMESTAMP])
def test_versions_that_are_none(ours: Ours, repository: Repository, role: str, version: object) -> None:
    """Signed as they are: a version is a whole number from 1 that every reader reads alike (row A12)."""
    if isinstance(version, float):
        repository.publish(role)
        repository.republish(role, lambda file: file["signed"].update(version=version))
    else:
        repository.publish(role, change=lambda signed: signed.update(version=version))
    assert ours.refresh() == 1
    assert ours.version(role) == 1


def test_mix_and_match_snapshot_of_another_time(client: Either, repository: Repository, server: Server) -> None:
    """An old snapshot under the new one's address (row D03)."""
    repository.publish(*REST)
    server.tricks[PATHS[SNAPSHOT]] = saying(repository.published[SNAPSHOT][0])
    assert client.refresh() == 1
    assert (client.version(SNAPSHOT), client.version(TARGETS)) == (1, 1)


def test_mix_and_match_targets_of_another_time(client: Either, repository: Repository, server: Server) -> None:
    repository.publish(*REST)
    server.tricks[PATHS[TARGETS]] = saying(repository.published[TARGETS][0])
    assert client.refresh() == 1
    assert client.version(TARGETS) == 1


@pytest.mark.parametrize("role", [SNAPSHOT, TARGETS])
def test_mix_and_match_of_equal_versions(client: Either, repository: Repository, server: Server, role: str) -> None:
    """Two genuine files of one version: only the one whose hash is signed counts (row D03)."""
    repository.states = True
    repository.publish(*REST)
    twin = repository.copy()
    twin.role(role).unrecognized_fields["twin"] = True
    twin.publish_as_it_is(role)
    server.tricks[PATHS[role]] = saying(twin.published[role][-1])
    assert client.refresh() == 1
    assert client.version(role) == 1


def test_the_length_that_is_stated_is_the_limit(client: Either, repository: Repository) -> None:
    repository.states = True
    repository.publish(*REST)
    repository.published[TARGETS][-1] += b" "
    assert client.refresh() == 1
    assert client.version(TARGETS) == 1


@pytest.mark.parametrize("hashes", [{"sha256": "00" * 32}, {"sha512": "00" * 64}, {"unknown": "00"}], ids=str)
def test_wrong_or_unknown_hashes_of_metadata(client: Either, repository: Repository, hashes: dict[str, str]) -> None:
    repository.publish(TARGETS, SNAPSHOT)
    repository.timestamp.snapshot_meta.hashes = hashes
    repository.publish(TIMESTAMP)
    assert client.refresh() == 1
    assert client.version(SNAPSHOT) == 1


def test_a_hash_of_metadata_may_be_a_sha512_alone(client: Either, repository: Repository) -> None:
    repository.states = True
    repository.publish(*REST)
    for meta in (repository.snapshot.meta["targets.json"], repository.timestamp.snapshot_meta):
        assert meta.hashes is not None
    raw = repository.published[SNAPSHOT][-1]
    repository.timestamp.snapshot_meta = type(repository.timestamp.snapshot_meta).from_data(2, raw, ["sha512"])
    repository.publish(TIMESTAMP)
    assert client.refresh() == 0
    assert client.version(SNAPSHOT) == 2


@pytest.mark.parametrize("role", [ROOT, TIMESTAMP])
def test_a_repository_that_turns_into_another_environments(ours: Ours, repository: Repository, role: str) -> None:
    """Row D09: signed by all who should, and yet no demo becomes the repository of real people."""
    repository.publish(ROOT, TIMESTAMP, change=lambda signed: signed.update(env="demo"))
    assert ours.refresh() == 0
    before = ours.version(role)
    repository.publish(role, change=lambda signed: signed.update(env="production"))
    assert ours.refresh() == 1
    assert ours.version(role) == before


def test_another_specification(client: Either, repository: Repository) -> None:
    def from_afar(signed: Json) -> None:
        signed["spec_version"] = "2.0.0"

    repository.publish(TIMESTAMP, change=from_afar)
    assert client.refresh() == 1
    assert client.trusted() == BEFORE


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS])
@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "swapped"])
def test_a_damaged_folder_is_mended_by_the_next_refresh(
    client: Either, repository: Repository, role: str, damage: str
) -> None:
    """What no longer verifies holds nothing back, and is brought again (row D07)."""
    path = client.metadata / f"{role}.json"
    raw = path.read_bytes()
    middle = len(raw) // 2
    other = client.kept(ROOT) or b""
    path.write_bytes(
        {
            "flipped": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :],
            "cut": raw[:middle],
            "emptied": b"",
            "swapped": other,
        }[damage]
    )
    assert client.refresh() == 0
    assert client.kept(role) == repository.published[role][-1]


def test_a_damaged_root_is_the_end(client: Either, repository: Repository) -> None:
    """Nothing can be verified without it, and nothing is asked for: trust fails closed (row D07)."""
    root = json.loads(client.kept(ROOT) or b"")
    root["signed"]["expires"] = "2099-01-01T00:00:00Z"
    (client.metadata / "root.json").unlink()
    (client.metadata / "root.json").write_bytes(json.dumps(root).encode())
    assert client.refresh() == 1
    assert repository.asked == []


def test_a_folder_that_trusts_a_root_is_given_no_other(ours: Ours, repository: Repository) -> None:
    """What was brought under the first would be taken for the other repository's."""
    trusted, before = repository.published[ROOT][0], ours.kept(ROOT)
    assert ours.init(trusted) == 0, "the same again"
    assert ours.init(Repository().published[ROOT][0]) == 1
    assert "root.json is another root" in ours.said
    assert "--metadata-dir" in ours.said
    assert ours.kept(ROOT) == before
    assert ours.refresh() == 0
