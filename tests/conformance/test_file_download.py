"""Trust files come in only as the targets describe them."""

from __future__ import annotations

import hashlib

import pytest

from tests.conformance.clients import Ours, PythonTuf
from tests.conformance.repository import REST, ROOT, Repository

Either = Ours | PythonTuf
BAD = b"bad, and not to be kept"


@pytest.fixture(autouse=True)
def initialised(client: Either, repository: Repository) -> None:
    assert client.init(repository.published[ROOT][0]) == 0


def test_client_downloads_expected_file(client: Either, repository: Repository) -> None:
    repository.add_file("file.txt", b"content")
    repository.publish(*REST)
    assert client.refresh() == 0
    assert client.downloads() == []
    assert client.download("file.txt") == 0
    assert client.downloads() == [b"content"]


def test_client_downloads_expected_file_in_sub_dir(client: Either, repository: Repository) -> None:
    """The hash goes before the last part of the path (TUF §5.7.3)."""
    repository.add_file("path/to/a/file.txt", b"content")
    repository.publish(*REST)
    assert client.download("path/to/a/file.txt") == 0
    assert client.downloads() == [b"content"]
    assert repository.asked_targets == [("path/to/a/file.txt", hashlib.sha256(b"content").hexdigest())]


def test_several_files_at_once(client: Either, repository: Repository) -> None:
    for name in ("one", "two"):
        repository.add_file(name, name.encode())
    repository.publish(*REST)
    assert client.download("one", "two") == 0
    assert client.downloads() == [b"one", b"two"]


def test_artifact_cache(client: Either, repository: Repository) -> None:
    repository.add_file("file.txt", b"content")
    repository.publish(*REST)
    assert client.download("file.txt") == client.download("file.txt") == 0
    assert len(repository.asked_targets) == 1


def test_a_file_altered_on_disk_is_brought_again(client: Either, repository: Repository) -> None:
    """What was verified once is verified again before it counts (row D07)."""
    repository.add_file("file.txt", b"content")
    repository.publish(*REST)
    assert client.download("file.txt") == 0
    (kept,) = client.targets.iterdir()
    kept.write_bytes(b"CONTENT")
    assert client.download("file.txt") == 0
    assert client.downloads() == [b"content"]


def test_repository_substitutes_target_file(client: Either, repository: Repository) -> None:
    for name in ("one", "two"):
        repository.add_file(name, name.encode())
    repository.publish(*REST)
    assert client.download("one") == 0
    repository.files = dict.fromkeys(repository.files, BAD)
    client.download("one")
    assert client.downloads() == [b"one"]
    assert client.download("two") == 1
    assert client.downloads() == [b"one"]


def test_multiple_changes_to_target(client: Either, repository: Repository) -> None:
    repository.add_file("file.txt", b"0")
    repository.publish(*REST)
    assert client.download("file.txt") == 0
    for number in (1, 2, 3):
        repository.add_file("file.txt", b"%d" % number)
        repository.publish(*REST)
        if number == 2:  # a version that this client never sees
            continue
        assert client.download("file.txt") == 0
        assert client.downloads() == [b"%d" % number]
        repository.files["file.txt"] = BAD
        repository.publish(*REST)
        client.download("file.txt")
        assert client.downloads() == [b"%d" % number]


@pytest.mark.parametrize("hashes", [["sha256"], ["sha512"], ["sha256", "sha512"]], ids=",".join)
def test_download_with_hash_algorithms(client: Either, repository: Repository, hashes: list[str]) -> None:
    listed = repository.add_file("file.txt", b"content", hashes)
    repository.publish(*REST)
    assert client.download("file.txt") == 0
    assert client.downloads() == [b"content"]
    assert repository.asked_targets[0][1] in listed.hashes.values()


@pytest.mark.parametrize("wrong", ["sha256", "sha512"])
def test_every_hash_that_is_known_must_hold(client: Either, repository: Repository, wrong: str) -> None:
    listed = repository.add_file("file.txt", b"content", ["sha256", "sha512"])
    listed.hashes[wrong] = hashlib.new(wrong, b"other").hexdigest()
    repository.publish(*REST)
    assert client.download("file.txt") == 1
    assert client.downloads() == []


def test_download_with_unknown_hash_algorithm(client: Either, repository: Repository) -> None:
    listed = repository.add_file("file.txt", b"content", ["sha512"])
    listed.hashes = {"unknown-hash": listed.hashes["sha512"]}
    repository.publish(*REST)
    assert client.download("file.txt") == 1
    assert client.downloads() == []


def test_a_file_of_another_length(client: Either, repository: Repository) -> None:
    repository.add_file("file.txt", b"content").length = 6
    repository.publish(*REST)
    assert client.download("file.txt") == 1
    assert client.downloads() == []


@pytest.mark.parametrize("name", ["../outside", "..", "a/../../outside", "/outside"])
def test_a_name_leads_nowhere_else(client: Either, repository: Repository, name: str) -> None:
    repository.add_file(name, b"content")
    repository.publish(*REST)
    client.download(name)
    inside = {client.targets, client.metadata}
    assert [path for path in client.folder.iterdir() if path not in inside and path.suffix != ".json"] == []
