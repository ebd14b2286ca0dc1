"""The process that holds the keys, on a real socket: whom it answers, what it signs, and how it is found again."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from amate.core import cose
from amate.errors import Conflict, Malformed, Unavailable
from amate.signing import allowed, remote, sealing
from amate.signing.allowed import Allowed
from amate.signing.file import FileSigner
from amate.signing.keyring import keyring
from amate.signing.process import KeyHolder, SigningProcess
from amate.signing.remote import Line, RemoteSigner
from amate.signing.repository import RoleSigner
from amate.signing.signer import sign_verified
from tests.soft_jwt import new_key
from tests.unit.signing.messages import USES, Kept

WORD = b"only for tests"


@dataclass
class House:
    """A folder of keys, one for each use, and the process that holds them while it runs."""

    folder: Path
    keys: dict[str, Kept]
    server: SigningProcess | None = None

    @property
    def path(self) -> Path:
        return self.folder / "socket"

    @property
    def listed_in(self) -> Path:
        return self.folder / "signers.json"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    def uri(self, use: str) -> str:
        return f"file:{self.folder / use}.pem"

    def write(self, use: str) -> None:
        form = PrivateFormat.PKCS8, BestAvailableEncryption(WORD)
        (self.folder / f"{use}.pem").write_bytes(self.keys[use].key.private_bytes(Encoding.PEM, *form))

    def list_keys(self, *uses: str) -> None:
        listed = [Allowed(self.uri(use), use, self.keys[use].allowed.kid) for use in uses]
        self.listed_in.write_bytes(allowed.encode({key.uri: key for key in listed}))

    def start(self, uses: frozenset[str] = allowed.ONLINE) -> None:
        holder = KeyHolder(self.listed_in, uses=uses, passphrase_file=self.passphrase, env="test")
        holder.open_all()
        self.server = SigningProcess(self.path, holder)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def signer(self, use: str) -> RemoteSigner:
        return RemoteSigner(Line(self.path), self.uri(use))


class Faulty(FileSigner):
    """A key whose signatures do not hold."""

    def sign(self, message: bytes) -> bytes:
        return super().sign(message + b"!")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, {use: Kept(use) for use in USES})
    house.passphrase.write_bytes(WORD)
    for use in USES:
        house.write(use)
    house.list_keys(*USES)
    house.start()
    yield house
    house.stop()


def expect(slug: str, house: House, use: str, message: bytes) -> None:
    with pytest.raises(Unavailable) as refused:
        house.signer(use).sign(message)
    assert refused.value.slug == slug


@pytest.mark.parametrize("use", sorted(allowed.ONLINE))
def test_what_it_signs_holds(house: House, use: str) -> None:
    kept, signer = house.keys[use], house.signer(use)
    assert signer.public_key == kept.key.public_key()
    sign_verified(signer, kept.message, kept.key.public_key())


@pytest.mark.parametrize("use", sorted(allowed.ONLINE))
def test_a15_it_refuses_what_the_key_is_not_for(house: House, use: str) -> None:
    for other in {*USES} - {use}:
        expect("signing-refused", house, use, house.keys[other].message)
    expect("signing-refused", house, use, b"raw bytes")


@pytest.mark.parametrize("role", allowed.OFFLINE_ROLES)
def test_root_and_targets_sign_only_where_they_may_be_on_line(house: House, role: str) -> None:
    expect("signing-refused", house, role, house.keys[role].message)
    house.stop()
    house.start(allowed.EVERYTHING)
    sign_verified(house.signer(role), house.keys[role].message, house.keys[role].key.public_key())


def test_a_key_that_is_not_listed_signs_nothing_until_it_is(house: House) -> None:
    house.list_keys("status")
    expect("signing-refused", house, "pass", house.keys["pass"].message)
    house.list_keys("status", "pass")
    sign_verified(house.signer("pass"), house.keys["pass"].message, house.keys["pass"].key.public_key())


def test_a_file_that_holds_another_key_than_was_listed_does_not_sign(house: House) -> None:
    house.stop()
    house.keys["pass"].key, before = new_key(), house.keys["pass"].message
    house.write("pass")
    house.start()
    expect("key-unavailable", house, "pass", before)
    sign_verified(house.signer("status"), house.keys["status"].message, house.keys["status"].key.public_key())


def test_a16_a_key_that_fails_its_first_test_is_told_as_one_that_errs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.stop()
    monkeypatch.setattr("amate.signing.listed.open_signer", lambda _uri, _file: Faulty(house.keys["pass"].key))
    house.start()
    expect("signature-corrupted", house, "pass", house.keys["pass"].message)


def test_a_sealing_key_is_opened_here_for_a_process_without_the_passphrase(house: House) -> None:
    wrapped = sealing.wrap(b"k" * 32, salt_and_nonce=bytes(28), passphrase_file=house.passphrase)
    keys = keyring(None, house.path, listed_in=house.listed_in, uses=allowed.ONLINE, env="test")
    assert keys.unwrap(wrapped) == b"k" * 32
    with pytest.raises(Unavailable):
        keys.unwrap(wrapped[:-1] + b"\x00")


def test_the_keys_stay_open_when_passphrase_and_files_are_gone(house: House) -> None:
    for path in (house.passphrase, *house.folder.glob("*.pem")):
        path.unlink()
    sign_verified(house.signer("pass"), house.keys["pass"].message, house.keys["pass"].key.public_key())


def test_without_its_passphrase_it_does_not_start(house: House, tmp_path: Path) -> None:
    holder = KeyHolder(house.listed_in, uses=allowed.ONLINE, passphrase_file=tmp_path / "none", env="test")
    with pytest.raises(Unavailable) as refused:
        holder.open_all()
    assert refused.value.slug == "no-passphrase"


def test_only_this_user_reaches_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.path.stat().st_mode & 0o777 == 0o600
    ours = remote.uid_of_peer
    monkeypatch.setattr("amate.signing.process.uid_of_peer", lambda connection: ours(connection) + 1)
    expect("key-unavailable", house, "pass", house.keys["pass"].message)
    monkeypatch.undo()
    monkeypatch.setattr("amate.signing.remote.uid_of_peer", lambda connection: ours(connection) + 1)
    expect("key-unavailable", house, "pass", house.keys["pass"].message)


def test_many_threads_each_get_their_own_answers(house: House) -> None:
    line = Line(house.path)

    def work(number: int) -> bool:
        kept = house.keys[("pass", "credential", "timestamp")[number % 3]]
        signer = RemoteSigner(line, house.uri(kept.allowed.use))
        return all(cose.verify_raw(signer.sign(kept.message), kept.message, kept.key.public_key()) for _ in range(20))

    with ThreadPoolExecutor(9) as pool:
        assert all(pool.map(work, range(18)))


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack("!I", 2**31) + b"x",
        struct.pack("!I", 3) + b"\xff\xff\xff",
        struct.pack("!I", 0),
        struct.pack("!I", 1) + b"\x80" * 3,
        struct.pack("!I", 2) + b"\x81\xf6",
        struct.pack("!I", 7) + b"\x81\x65shell",
        b"\x00",
    ],
)
def test_what_is_no_question_is_not_answered_and_harms_nobody(house: House, frame: bytes) -> None:
    answer = b""
    with remote.connect(house.path) as connection:
        connection.sendall(frame)
        with suppress(ConnectionError):  # hung up on while there was more to read
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(100)
    assert answer in (b"", struct.pack("!I", 9) + b"\x81\x67refused")
    sign_verified(house.signer("pass"), house.keys["pass"].message, house.keys["pass"].key.public_key())


def test_two_do_not_listen_at_one_place_but_a_dead_ones_socket_is_taken(house: House) -> None:
    assert house.server is not None
    with pytest.raises(Conflict) as refused:
        SigningProcess(house.path, house.server.holder)
    assert refused.value.slug == "signer-running"
    house.stop()
    assert not house.path.exists()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(house.path))
    house.start()
    sign_verified(house.signer("pass"), house.keys["pass"].message, house.keys["pass"].key.public_key())


def test_a_file_in_the_place_of_the_socket_is_left_alone(house: House) -> None:
    assert house.server is not None
    with pytest.raises(Conflict) as refused:
        SigningProcess(house.passphrase, house.server.holder)
    assert refused.value.slug == "socket-taken"
    assert house.passphrase.read_bytes() == WORD


def test_metadata_is_signed_through_it_as_the_repository_expects(house: House) -> None:
    signer = RoleSigner(house.signer("timestamp"))
    signature = signer.sign(house.keys["timestamp"].message)
    assert signature.keyid == house.keys["timestamp"].allowed.kid
    signer.public_key.verify_signature(signature, house.keys["timestamp"].message)


def test_a_key_and_its_place_keep_their_use_for_ever() -> None:
    first, second = Allowed("file:a", "pass", "kid-1"), Allowed("file:b", "status", "kid-2")
    known = {"file:a": first, "file:b": second}
    assert allowed.merge(known, [first, second]) == known
    for other in (
        first._replace(use="status"),
        first._replace(use="status", uri="file:c"),
        first._replace(use="status", kid="kid-3"),
        first._replace(uri="file:b"),
        first._replace(kid="kid-2"),
    ):
        with pytest.raises(Conflict) as refused:
            allowed.merge(known, [other])
        assert refused.value.slug == "key-use-taken"
    moved, renewed = first._replace(uri="file:c"), first._replace(kid="kid-3")
    assert allowed.merge(known, [moved]) == {"file:c": moved, "file:b": second}
    assert allowed.merge(known, [renewed]) == {"file:a": renewed, "file:b": second}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": {}}',
        '{"keys": [1]}',
        '{"keys": [{"uri": "a", "use": "pass"}]}',
        '{"keys": [{"uri": "a", "use": "pass", "kid": "k", "more": 1}]}',
        '{"keys": [{"uri": "a", "use": "everything", "kid": "k"}]}',
        '{"keys": [{"uri": "a", "use": ["pass"], "kid": "k"}]}',
        '{"keys": [{"uri": 1, "use": "pass", "kid": "k"}]}',
        '{"keys": [{"uri": "a", "use": "pass", "kid": "k"}, {"uri": "a", "use": "status", "kid": "l"}]}',
        '{"keys": [{"uri": "a", "use": "pass", "kid": "k"}, {"uri": "b", "use": "status", "kid": "k"}]}',
    ],
)
def test_a_list_of_keys_that_is_not_exactly_one_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        allowed.read(text.encode())
