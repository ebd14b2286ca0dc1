"""A holder's machine has a token and a terminal: no database, no address, no passphrase in a file."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from amate.context import Context, system_clock
from amate.features.trust import actions
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.drafts import file as draft_file
from amate.signing.repository import metadata_key
from tests import soft_hsm
from tests.api.holders import People
from tests.api.rotating import stage_unpublished
from tests.live import AMATE, ROOT
from tests.soft_hsm import MODULE, PIN, SoftHsm
from tests.typist import at_a_terminal

WORD = "a word of Ana's own"
PASSPHRASE = "Passphrase of the key"
# Nothing but the environment that it is for: neither address nor database, as production asks of a server.
PLACES = pytest.mark.parametrize("place", [{}, {"AMATE_ENV": "production"}], ids=["unsaid", "production"])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "holder").mkdir()
    return tmp_path / "holder"


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = soft_hsm.make(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.config))
    return made


def piped(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command with nobody at a terminal."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("AMATE_")} | env
    return subprocess.run(
        [AMATE, *arguments], env=variables, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def own_token(name: str) -> str:
    """As a holder names a key of the token in their hand: without pin-source."""
    return f"pkcs11:token=amate%20tests;object={name}?module-path={MODULE}"


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


@PLACES
def test_a_new_key_file_is_made_under_a_passphrase_that_is_typed_twice(home: Path, place: dict[str, str]) -> None:
    uri = f"file:{home}/ana.pem"
    told = at_a_terminal(
        ["keys", "make", uri], {"AMATE_HOME": str(home), **place}, [("ana.pem", WORD), ("again", WORD)]
    )
    assert told.returncode == 0, told.shown
    assert "BEGIN PUBLIC KEY" in told.shown
    pem = told.shown[told.shown.index("-----BEGIN") :]
    public_key = load_pem_public_key(pem.encode())  # with the line after it, as somebody may paste it
    assert isinstance(public_key, EllipticCurvePublicKey)
    assert f"key id {metadata_key(public_key).keyid[:16]}, " in pem, "by which she knows it in a draft"
    assert WORD not in told.shown
    assert files_in(home) == ["ana.pem"], "nothing but what was asked for"
    assert (home / "ana.pem").stat().st_mode & 0o777 == 0o600


def test_a_new_passphrase_that_was_mistyped_makes_no_key(home: Path) -> None:
    uri = f"file:{home}/ana.pem"
    told = at_a_terminal(["keys", "make", uri], {"AMATE_HOME": str(home)}, [("ana.pem", WORD), ("again", "a wrod")])
    assert told.returncode == 1
    assert "not the same" in told.shown
    assert files_in(home) == []


@PLACES
def test_a_key_in_a_token_is_made_with_the_pin_that_is_typed(home: Path, hsm: SoftHsm, place: dict[str, str]) -> None:
    arguments, env = ["keys", "make", own_token("root")], {"AMATE_HOME": str(home), **place}
    told = at_a_terminal(arguments, env, [("PIN of token amate tests", PIN)])
    assert told.returncode == 0, told.shown
    assert "BEGIN PUBLIC KEY" in told.shown
    assert PIN not in told.shown
    assert files_in(home) == []


def test_a_wrong_pin_is_asked_for_once_because_tokens_lock_themselves(home: Path, hsm: SoftHsm) -> None:
    arguments = ["keys", "make", own_token("root")]
    told = at_a_terminal(arguments, {"AMATE_HOME": str(home)}, [("PIN of token amate tests", "1234")])
    assert told.returncode == 1
    assert told.shown.count("PIN of token") == 1
    assert "key-unavailable: token amate tests: its PIN is wrong" in told.shown


def test_a_token_that_is_not_there_is_told_before_anybody_types_its_pin(home: Path, hsm: SoftHsm) -> None:
    uri = own_token("root").replace("amate%20tests", "Nobody")
    told = at_a_terminal(["keys", "make", uri], {"AMATE_HOME": str(home)})
    assert told.returncode == 1
    assert "PIN of token" not in told.shown
    assert "key-unavailable: no token Nobody is there" in told.shown
    assert "amate tests" in told.shown, "which ones are there instead"


@pytest.mark.parametrize("kind", ["file", "pkcs11"])
def test_where_nobody_can_be_asked_the_message_says_what_to_do(home: Path, hsm: SoftHsm, kind: str) -> None:
    uri = f"file:{home}/ana.pem" if kind == "file" else own_token("root")
    done = piped(["keys", "make", uri], {"AMATE_HOME": str(home)})
    assert done.returncode == 1
    assert done.stderr.startswith("amate: no-passphrase: ")
    files = {"AMATE_PASSPHRASE_FILE", "amate-passphrase", "terminal", "passphrase-source"}
    ways = {"terminal", "pin-source"} if kind == "pkcs11" else files
    assert {way for way in files | {"pin-source"} if way in done.stderr} == ways
    assert files_in(home) == []


def test_a_key_that_is_there_and_does_not_open_may_be_a_good_one(home: Path) -> None:
    uri, env = f"file:{home}/ana.pem", {"AMATE_HOME": str(home)}
    assert at_a_terminal(["keys", "make", uri], env, [("ana.pem", WORD), ("again", WORD)]).returncode == 0
    told = at_a_terminal(
        ["keys", "make", uri], env, [("Passphrase of the key ana.pem", f"wrong {n}") for n in range(3)]
    )
    assert told.returncode == 1
    said = told.shown.rpartition("amate: ")[2]
    assert said.startswith(f"wrong-passphrase: {uri} is there already, and this passphrase does not open it: "), said
    assert "if it is yours" in said
    assert "take this one away" not in said


def test_a_passphrase_that_is_soon_guessed_makes_no_key(home: Path, tmp_path: Path) -> None:
    uri, env = f"file:{home}/ana.pem", {"AMATE_HOME": str(home)}
    told = at_a_terminal(["keys", "make", uri], env, [("ana.pem", "eleven char")])
    assert told.returncode == 1
    assert "amate: weak-passphrase: a passphrase for ana.pem has 12 characters at least" in told.shown
    word = tmp_path / "word"
    word.write_text("x\n")
    done = piped(["keys", "make", f"{uri}?passphrase-source=file:{word}"], env)
    assert (done.returncode, done.stderr.startswith("amate: weak-passphrase: ")) == (1, True)
    assert str(word) in done.stderr
    word.write_text("doce letras·")  # counted as characters, not as bytes
    assert piped(["keys", "make", f"{uri}?passphrase-source=file:{word}"], env).returncode == 0


def test_a_folder_that_is_not_there_is_not_made_for_a_key(home: Path) -> None:
    done = piped(["keys", "make", f"file:{home}/usb/ana.pem"], {"AMATE_HOME": str(home)})
    assert done.returncode == 1
    assert done.stderr == (
        f"amate: key-unavailable: file:{home}/usb/ana.pem: there is no folder {home}/usb: mend the path, or make it "
        f"with `mkdir -p -m 700 {home}/usb`\n"
    )
    assert files_in(home) == []


@pytest.mark.parametrize("uri", ["file:", "pkcs11:", "", "ana.pem", "vault:ana"])
def test_a_uri_that_is_none_is_told_what_one_is(home: Path, uri: str) -> None:
    done = piped(["keys", "make", uri], {"AMATE_HOME": str(home)})
    assert (done.returncode, done.stderr.startswith("amate: ")) == (1, True)
    assert "file:PATH" in done.stderr
    assert "pkcs11:token=" in done.stderr
    assert "no signer for" not in done.stderr


def test_in_a_ceremony_each_token_is_asked_for_its_own_pin_and_key_files_once(
    ctx: Context, hsm: SoftHsm, tmp_path: Path
) -> None:
    """The server's terminal, at which one after the other sits down; nobody's PIN is tried on another's token."""
    ctx.settings, ctx.now = ctx.settings.model_copy(update={"env": "staging"}), system_clock()
    people = People.of(ctx, tmp_path)
    server = {"AMATE_HOME": str(tmp_path / "server"), "AMATE_ENV": "staging", "AMATE_BASE_URL": ctx.settings.base_url}
    public = people.public("Root 3", "Root 4", "Root 5")
    text = people.ceremony(present=["Root 1", "Root 2", *people.names("targets")], public=public, elsewhere=public)
    for name in ("Root 1", "Root 2"):
        hsm.add_token(name)
        uri = own_token("root").replace("amate%20tests", name.replace(" ", "%20"))
        told = at_a_terminal(["keys", "make", uri], server, [(f"PIN of token {name}", PIN)])
        assert told.returncode == 0, told.shown
        text = text.replace(people[name].uri, uri)
    file = tmp_path / "ceremony.toml"
    file.write_text(text)
    answers = [
        ("PIN of token Root 1", PIN),
        ("PIN of token Root 2", PIN),
        (people["Targets 1"].path.name, "only for tests"),
    ]
    told = at_a_terminal(["trust", "ceremony", "run", str(file), "--dry-run", "--draft"], server, answers)
    assert told.returncode == 0, told.shown
    assert "2 can sign here, 3 must; 1 awaited from Root 3, Root 4, Root 5" in told.shown
    assert (told.shown.count("PIN of"), told.shown.count(PASSPHRASE)) == (2, 1)


class TestSign:
    """`amate trust sign`, with what a server sent."""

    @pytest.fixture
    def people(self, ctx: Context, tmp_path: Path) -> People:
        ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
        return People.of(ctx, tmp_path)

    @pytest.fixture
    def draft(self, ctx: Context, people: People, tmp_path: Path) -> Path:
        """Targets that wait for two of three."""
        ceremonies.run(ctx, people.ceremony())
        stage_unpublished(ctx, "pass", people.joined("issuer", "New")["New"].uri)
        path = tmp_path / "draft.json"
        path.write_bytes(draft_file.encode(drafts.export(ctx, actions.publish(ctx).waiting[0].number)))
        return path

    @PLACES
    def test_a_wrong_passphrase_is_told_and_asked_for_again(
        self, home: Path, draft: Path, people: People, place: dict[str, str]
    ) -> None:
        key = people["Targets 1"]
        answers = [(key.path.name, "wrong"), (key.path.name, "only for tests"), ("Sign this?", "y")]
        told = at_a_terminal(
            ["trust", "sign", str(draft), "--key", key.uri], {"AMATE_HOME": str(home), **place}, answers
        )
        assert told.returncode == 0, told.shown
        assert "does not open" in told.shown
        assert "only for tests" not in told.shown
        assert len(draft_file.decode(draft.read_bytes()).signatures) == 1
        assert files_in(home) == []

    def test_three_wrong_passphrases_are_enough(self, home: Path, draft: Path, people: People) -> None:
        key, before = people["Targets 1"], draft.read_bytes()
        answers = [(key.path.name, f"wrong {n}") for n in range(3)]
        told = at_a_terminal(["trust", "sign", str(draft), "--key", key.uri], {"AMATE_HOME": str(home)}, answers)
        assert told.returncode == 1
        assert "amate: wrong-passphrase: " in told.shown
        assert told.shown.count(PASSPHRASE) == 3
        assert draft.read_bytes() == before

    def test_where_nobody_can_answer_the_digest_that_was_compared_is_the_answer(
        self, home: Path, draft: Path, people: People
    ) -> None:
        """A script signs nothing that nobody compared: the whole SHA-256, which nobody types by chance."""
        key, before, digest = people["Targets 1"], draft.read_bytes(), draft_file.decode(draft.read_bytes()).sha256
        sign = ["trust", "sign", str(draft), "--key", people.unattended(key.uri)]
        for more, slug in (
            ([], "not-confirmed"),
            (["--json"], "not-confirmed"),
            (["--sha256", digest[:16]], "other-digest"),
            (["--sha256", ""], "other-digest"),
            (["--sha256", "0" * 64], "other-digest"),
        ):
            done = piped([*sign, *more], {"AMATE_HOME": str(home)})
            assert (done.returncode, slug in done.stderr) == (1, True), (more, done.stderr)
            assert draft.read_bytes() == before, more
        assert digest not in done.stderr, "nobody copies from a refusal what they were to compare"
        done = piped([*sign, "--sha256", digest, "--json"], {"AMATE_HOME": str(home)})
        assert (done.returncode, json.loads(done.stdout)["signatures"]) == (0, 1)

    def test_at_a_terminal_too_the_digest_is_the_answer(self, home: Path, draft: Path, people: People) -> None:
        key, digest = people["Targets 1"], draft_file.decode(draft.read_bytes()).sha256
        sign = ["trust", "sign", str(draft), "--key", people.unattended(key.uri), "--sha256", digest]
        told = at_a_terminal(sign, {"AMATE_HOME": str(home)})
        assert told.returncode == 0, told.shown
        assert "Sign this?" not in told.shown
        told = at_a_terminal([*sign[:-1], "0" * 64], {"AMATE_HOME": str(home)})
        assert (told.returncode, "other-digest" in told.shown) == (1, True)

    def test_before_the_question_it_says_whose_key_will_sign(self, home: Path, draft: Path, people: People) -> None:
        """A holder of several keys, or of a file that somebody gave them, sees that it is theirs."""
        key, env = people["Targets 2"], {"AMATE_HOME": str(home)}
        keyid = json.loads(piped(["keys", "make", people.unattended(key.uri), "--json"], env).stdout)["keyid"]
        sign = ["trust", "sign", str(draft), "--key", people.unattended(key.uri)]
        told = at_a_terminal([*sign, "--since", str(draft)], env, [("Sign this?", "y")])
        before = told.shown.partition("Sign this?")[0]
        assert f"you: Targets 2, {keyid[:16]}" in before
        assert "changed since targets" in before

    def test_who_says_no_signs_nothing(self, home: Path, draft: Path, people: People) -> None:
        key, before = people["Targets 1"], draft.read_bytes()
        sign = ["trust", "sign", str(draft), "--key", people.unattended(key.uri)]
        told = at_a_terminal(sign, {"AMATE_HOME": str(home)}, [("Sign this?", "n")])
        assert (told.returncode, draft.read_bytes()) == (1, before)

    def test_a_key_that_has_nothing_to_sign_is_told_whose_do(self, home: Path, draft: Path, people: People) -> None:
        uri, digest = people.unattended(people["Root 1"].uri), draft_file.decode(draft.read_bytes()).sha256
        done = piped(["trust", "sign", str(draft), "--key", uri, "--sha256", digest], {"AMATE_HOME": str(home)})
        assert done.returncode == 1
        assert "not-a-signer: " in done.stderr
        assert "Targets 1, Targets 2, Targets 3" in done.stderr

    def test_a_file_that_is_not_there_is_no_fault_of_the_storage(self, home: Path, tmp_path: Path) -> None:
        done = piped(["trust", "sign", str(tmp_path / "none.json"), "--key", "file:x"], {"AMATE_HOME": str(home)})
        assert done.stderr.startswith(f"amate: file-unreadable (FILE): {tmp_path}/none.json: No such file or directory")
        assert "name a file that is there" in done.stderr
        assert (done.returncode, files_in(home)) == (1, [])
