"""The server's passphrase opens the server's key files, and is never tried on a token or on a person's key."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from amate.context import Context, system_clock
from amate.features.rotation import actions as rotation
from amate.features.trust import actions
from amate.features.trust.ceremonies import actions as ceremonies
from tests import soft_hsm
from tests.api.holders import People
from tests.api.test_holders_machine import own_token, piped
from tests.soft_hsm import MODULE, PIN, SoftHsm
from tests.typist import at_a_terminal

SERVERS_WORD = b"the word of the server"
WORD = "a word of Dora's own"
ASKED = "PIN of token amate tests"
# SoftHSM says so after one wrong PIN, and until a right one; other tokens lock themselves after some more.
SPENT = """
import sys, pkcs11
(token,) = pkcs11.lib(sys.argv[1]).get_tokens(token_label="amate tests")
print(pkcs11.TokenFlag.USER_PIN_COUNT_LOW in token.flags)
"""


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = soft_hsm.make(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.config))
    return made


@pytest.fixture
def server(tmp_path: Path) -> dict[str, str]:
    """What keys/README.md asks of a server's environment."""
    word = tmp_path / "word"
    word.write_bytes(SERVERS_WORD)
    (tmp_path / "home" / "secrets").mkdir(parents=True)
    return {
        "AMATE_HOME": str(tmp_path / "home"),
        "AMATE_ENV": "staging",
        "AMATE_BASE_URL": "http://localhost:8000",
        "AMATE_PASSPHRASE_FILE": str(word),
    }


def a_try_was_spent() -> bool:
    done = subprocess.run(
        [sys.executable, "-c", SPENT, str(MODULE)], env=os.environ, capture_output=True, text=True, check=True
    )
    return done.stdout == "True\n"


def test_a_tokens_pin_is_asked_for_and_the_servers_passphrase_never_tried(hsm: SoftHsm, server: dict[str, str]) -> None:
    for _ in range(4):  # the first makes the key, and the others print it again
        told = at_a_terminal(["keys", "make", own_token("root")], server, [(ASKED, PIN)])
        assert told.returncode == 0, told.shown
        assert "BEGIN PUBLIC KEY" in told.shown
        assert not a_try_was_spent()
    wrong = at_a_terminal(["keys", "make", own_token("root")], server, [(ASKED, "1234")])
    assert (wrong.returncode, a_try_was_spent()) == (1, True), "this would have shown it"


def test_off_a_terminal_a_token_is_refused_before_any_login(hsm: SoftHsm, server: dict[str, str]) -> None:
    done = piped(["keys", "make", own_token("root")], server)
    assert done.returncode == 1
    assert done.stderr.startswith("amate: no-passphrase: token amate tests needs its PIN: ")
    assert "pin-source=file:/" in done.stderr
    assert "AMATE_PASSPHRASE_FILE" not in done.stderr, "which would not help"
    assert not a_try_was_spent()


def test_a_new_key_file_of_a_person_is_made_under_their_own_word(tmp_path: Path, server: dict[str, str]) -> None:
    path = tmp_path / "dora.pem"
    told = at_a_terminal(["keys", "make", f"file:{path}"], server, [("New passphrase", WORD), ("again", WORD)])
    assert told.returncode == 0, told.shown
    assert load_pem_private_key(path.read_bytes(), WORD.encode())
    again = at_a_terminal(["keys", "make", f"file:{path}"], server, [("Passphrase of the key dora.pem", WORD)])
    assert again.returncode == 0, again.shown


def test_off_a_terminal_a_persons_word_is_in_the_file_that_the_uri_names(
    tmp_path: Path, server: dict[str, str]
) -> None:
    path, word = tmp_path / "dora.pem", tmp_path / "doras-word"
    refused = piped(["keys", "make", f"file:{path}"], server)
    assert refused.returncode == 1
    assert "no-passphrase: the new key dora.pem needs a passphrase: " in refused.stderr
    assert "passphrase-source=file:/" in refused.stderr
    assert not path.exists()
    word.write_text(f"{WORD}\n")
    made = piped(["keys", "make", f"file:{path}?passphrase-source=file:{word}"], server)
    assert made.returncode == 0, made.stderr
    assert load_pem_private_key(path.read_bytes(), WORD.encode())


def test_the_servers_own_key_files_open_without_a_question(server: dict[str, str]) -> None:
    path = Path(server["AMATE_HOME"], "secrets", "snapshot.pem")
    for _ in range(2):
        done = piped(["keys", "make", f"file:{path}"], server)
        assert done.returncode == 0, done.stderr
    assert load_pem_private_key(path.read_bytes(), SERVERS_WORD)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?passphrase=secret", "unknown"),
        ("?passphrase-source=doras-word", "file:"),
        ("?passphrase-source=file:doras-word", "absolute"),
        ("?passphrase-source=file:/a&passphrase-source=file:/b", "twice"),
    ],
)
def test_a_file_uri_that_is_not_understood_is_refused(tmp_path: Path, query: str, said: str) -> None:
    done = piped(["keys", "make", f"file:{tmp_path}/x.pem{query}"], {"AMATE_HOME": str(tmp_path)})
    assert (done.returncode, done.stderr.startswith("amate: bad-key-uri: file: ")) == (1, True), done.stderr
    assert said in done.stderr
    assert "secret" not in done.stderr


class TestDeployment:
    """The server's terminal, where people sit down with keys of their own."""

    @pytest.fixture
    def people(self, ctx: Context, tmp_path: Path, server: Mapping[str, str]) -> People:
        ctx.settings, ctx.now = ctx.settings.model_copy(update={"env": "staging"}), system_clock()
        people = People.of(ctx, tmp_path).joined("issuer", "Pass 0")
        first_key = f'[[issuer_keys]]\nuse = "pass"\nshard = 0\nuri = "{people["Pass 0"].uri}"'
        ceremonies.run(ctx, people.ceremony(more=first_key))
        for name in ("Targets 1", "Targets 2"):
            path = people[name].path
            key = load_pem_private_key(path.read_bytes(), b"only for tests")
            assert isinstance(key, EllipticCurvePrivateKey)
            form = PrivateFormat.PKCS8, BestAvailableEncryption(WORD.encode())
            path.write_bytes(key.private_bytes(Encoding.PEM, *form))
        ctx.commit()
        return people

    def test_who_approves_is_asked_for_their_own_word(
        self, ctx: Context, people: People, server: dict[str, str]
    ) -> None:
        server["AMATE_DATABASE_URL"] = ctx.settings.database_url
        kid = actions.list_keys(ctx)[0].kid
        ctx.commit()
        first, second = people["Targets 1"], people["Targets 2"]
        words = ["revoke", kid, "--emergency", "--key", first.uri]
        told = at_a_terminal(["keys", *words], server, [(f"Passphrase of the key {first.path.name}", WORD)])
        assert told.returncode == 0, told.shown
        (proposal,) = [each.proposal for each in rotation.standings(ctx)]
        ctx.commit()
        approve = ["keys", "approve", proposal.id, "--key", second.uri]
        refused = piped(approve, server)
        assert refused.returncode == 1
        assert f"no-passphrase: the key {second.path.name} needs a passphrase" in refused.stderr
        told = at_a_terminal(approve, server, [(f"Passphrase of the key {second.path.name}", WORD)])
        assert told.returncode == 0, told.shown
        assert rotation.standing(ctx, proposal.id).missing == 0
