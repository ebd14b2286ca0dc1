"""`amate signer` as it runs notices what changes beside it, and never signs more for it than is listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_public_key,
)

from amate.errors import Unavailable
from amate.signing import allowed
from amate.signing.allowed import Allowed
from amate.signing.remote import Line, RemoteSigner
from amate.signing.signer import sign_verified
from tests import soft_hsm
from tests.live import LiveServer
from tests.soft_hsm import SoftHsm
from tests.unit.signing.messages import Kept


@dataclass
class Keeper:
    """A machine whose signing process runs, with no server and no database."""

    machine: LiveServer
    hsm: SoftHsm
    socket: Path
    listed: dict[str, Allowed] = field(default_factory=dict)

    @property
    def secrets(self) -> Path:
        return self.machine.home / "secrets"

    def write_key(self, name: str, key: EllipticCurvePrivateKey, word: bytes = b"only for tests") -> str:
        """Puts a key's file there as one step, and gives its URI."""
        path, form = self.secrets / f"{name}.pem", (PrivateFormat.PKCS8, BestAvailableEncryption(word))
        path.with_suffix(".new").write_bytes(key.private_bytes(Encoding.PEM, *form))
        path.with_suffix(".new").replace(path)
        return f"file:{path}"

    def allow(self, *keys: Allowed) -> None:
        """Lists these keys and no others, as `amate` does."""
        path = self.secrets / "signers.json"
        path.with_suffix(".new").write_bytes(allowed.encode({key.uri: key for key in keys}))
        path.with_suffix(".new").replace(path)

    def make_in_token(self, uri: str) -> EllipticCurvePublicKey:
        """`amate keys make`."""
        made = json.loads(self.machine.amate("keys", "make", uri, "--json").stdout)["public_key"]
        found = load_pem_public_key(made.encode())
        assert isinstance(found, EllipticCurvePublicKey)
        return found

    def expect(self, slug: str, uri: str, message: bytes) -> None:
        with pytest.raises(Unavailable) as refused:
            RemoteSigner(Line(self.socket), uri).sign(message)
        assert refused.value.slug == slug

    def expect_signed(self, uri: str, message: bytes, public_key: EllipticCurvePublicKey) -> None:
        sign_verified(RemoteSigner(Line(self.socket), uri), message, public_key)


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    folder = tmp_path_factory.mktemp("notices")
    hsm = soft_hsm.make(folder / "hsm")
    machine = LiveServer(folder / "home", extra={"SOFTHSM2_CONF": str(hsm.config)})
    keeper = Keeper(machine, hsm, folder / "socket")
    keeper.secrets.mkdir(parents=True)
    (keeper.secrets / "passphrase").write_bytes(b"only for tests")
    keeper.allow()
    process = machine.start_signer(keeper.socket)
    yield keeper
    process.terminate()
    assert process.wait(timeout=20) == 0, "one process saw all of it"


@pytest.fixture
def kept() -> Kept:
    return Kept("pass")


def listed_as(kept: Kept, uri: str) -> Allowed:
    return kept.allowed._replace(uri=uri)


def test_a_key_signs_as_soon_as_it_is_listed_and_no_longer(keeper: Keeper, kept: Kept) -> None:
    uri = keeper.write_key("new", kept.key)
    keeper.expect("signing-refused", uri, kept.message)
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    keeper.allow()
    keeper.expect("signing-refused", uri, kept.message)


def test_another_key_in_the_file_of_an_open_one_signs_only_once_it_is_listed(keeper: Keeper, kept: Kept) -> None:
    uri, other = keeper.write_key("replaced", kept.key), Kept("pass")
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    keeper.write_key("replaced", other.key)
    keeper.expect("key-unavailable", uri, kept.message)  # not by the old key, which it still had in memory
    keeper.expect("signing-refused", uri, other.message)  # nor by one that nobody listed
    keeper.allow(listed_as(other, uri))
    keeper.expect_signed(uri, other.message, other.key.public_key())


def test_the_list_in_force_is_never_that_from_before_a_broken_one(keeper: Keeper, kept: Kept) -> None:
    uri = keeper.write_key("broken-list", kept.key)
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    (keeper.secrets / "signers.json").write_text('{"keys": [')
    for _ in range(2):
        keeper.expect("key-unavailable", uri, kept.message)
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())


def test_the_use_of_an_open_key_is_that_of_the_list_now(keeper: Keeper, kept: Kept) -> None:
    """Row A15."""
    uri = keeper.write_key("use", kept.key)
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    keeper.allow(listed_as(kept, uri)._replace(use="status"))
    keeper.expect("signing-refused", uri, kept.message)


def test_a_file_under_another_passphrase_opens_with_the_new_one(keeper: Keeper, kept: Kept) -> None:
    passphrase = keeper.secrets / "passphrase"
    uri = keeper.write_key("passphrase", kept.key)
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    before = passphrase.read_bytes()
    keeper.write_key("passphrase", kept.key, b"another one")
    keeper.expect("key-unavailable", uri, kept.message)
    passphrase.write_bytes(b"another one")
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    passphrase.write_bytes(before)


def test_what_is_put_away_after_it_was_opened_goes_on_signing(keeper: Keeper, kept: Kept) -> None:
    uri = keeper.write_key("away", kept.key)
    keeper.allow(listed_as(kept, uri))
    keeper.expect_signed(uri, kept.message, kept.key.public_key())
    keeper.secrets.rename(keeper.machine.home / "away")
    try:
        keeper.expect_signed(uri, kept.message, kept.key.public_key())
    finally:
        (keeper.machine.home / "away").rename(keeper.secrets)


def test_keys_and_tokens_that_are_made_while_it_runs(keeper: Keeper) -> None:
    for token in (soft_hsm.TOKEN, "made later"):
        uri = keeper.hsm.uri("status-0", token=token)
        if token != soft_hsm.TOKEN:
            keeper.hsm.add_token(token)
        public_key = keeper.make_in_token(uri)
        keeper.allow(Allowed(uri, "status", allowed.kid_of(public_key, "status")))
        assert RemoteSigner(Line(keeper.socket), uri).public_key == public_key
