"""The ceremony as it is held: five people, each with a token of their own, one away and one whose token is dead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.context import Context
from amate.errors import Refused
from amate.features.trust import actions
from amate.features.trust import store as trust_store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.hands import Hands
from amate.features.trust.health import Gone, reach, weaknesses
from amate.features.trust.reach import THERE, UNOPENED, look
from amate.signing import pkcs11 as tokens
from amate.signing.signer import make_key
from tests import soft_hsm
from tests.api.holders import People
from tests.soft_hsm import MODULE, SoftHsm


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """Five tokens, one for each holder of the root."""
    made = soft_hsm.make(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.config))
    for number in range(1, 6):
        made.add_token(f"Root {number}")
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).reinitialize()
    yield made
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).finalize()


def ceremony(ctx: Context, hsm: SoftHsm, folder: Path, *, present: str) -> str:
    """Its file: the root's keys made in the tokens, each public key beside the URI; present: numbers of people."""
    people = People.of(ctx, folder)
    uris = {f"Root {n}": hsm.uri(f"root-{n}", token=f"Root {n}") for n in range(1, 6)}
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public = {name: make_key(uri).public_bytes(*form).decode() for name, uri in uris.items()}
    here = [f"Root {n}" for n in present] + people.names("targets")
    text = people.ceremony(present=here, public=public)
    for name, uri in uris.items():
        text = text.replace(people[name].uri, uri)
    return text


def test_one_away_and_one_token_dead(ctx: Context, hsm: SoftHsm, tmp_path: Path) -> None:
    """Row R15 of the figures."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    text = ceremony(ctx, hsm, tmp_path, present="1245")
    hsm.kill_token("Root 4")
    held = ceremonies.run(ctx, text)
    answers = {holder: answer for role, holder, answer in held.roll if role == "root"}
    assert answers == {
        "Root 1": "present",
        "Root 2": "present",
        "Root 3": "absent",
        "Root 4": "does not answer: key-unavailable",
        "Root 5": "present",
    }
    transcript = json.loads((held.folder / "transcript.json").read_text())
    assert [key["signed"] for key in transcript["roles"]["root"]["keys"]] == [True, True, False, False, True]
    actions.load_trust(ctx.settings.home, env="staging")


def test_two_away_and_one_token_dead_are_too_many(ctx: Context, hsm: SoftHsm, tmp_path: Path) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    text = ceremony(ctx, hsm, tmp_path, present="124")
    hsm.kill_token("Root 4")
    with pytest.raises(Refused, match=r"Root 3 \(absent\), Root 4 \(key-unavailable\), Root 5 \(absent\)"):
        ceremonies.run(ctx, text)
    assert not (ctx.settings.home / "published").exists()


def test_a_check_looks_at_every_key_that_is_kept_here_and_asks_for_no_pin(
    ctx: Context, hsm: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is gone is named, and so is a file of a person that is gone or broken; a whole one stays shut."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    ceremonies.run(ctx, ceremony(ctx, hsm, tmp_path, present="12345"))
    people = {key.holder: key for key in trust_store.role_keys(ctx.tx)}

    def nobody(*_: object) -> str:
        raise AssertionError("a PIN or a passphrase was asked for")

    tokens._library.cache_clear()  # nobody is logged in any more
    pkcs11.lib(str(MODULE)).reinitialize()
    monkeypatch.setattr(tokens, "read_pin", nobody)
    monkeypatch.setattr(Hands, "able", lambda *_: [])  # on-line keys are opened, and are not what is asked here
    looked = reach(ctx)
    assert looked.found == {people[f"Root {n}"].keyid: THERE for n in range(1, 6)} | {
        people[f"Targets {n}"].keyid: UNOPENED for n in range(1, 4)
    }
    assert (looked.away, looked.unopened) == ({}, {"targets": ("Targets 1", "Targets 2", "Targets 3")})
    assert weaknesses(ctx, tries=True, looked=looked) == []
    other = replace(people["Root 1"], keyid="ab" * 32)
    assert look([other, people["Root 3"]]).found[other.keyid] == "another-key"
    hsm.kill_token("Root 2")
    Path(people["Targets 3"].uri.removeprefix("file:")).write_text("half a key")
    Path(people["Targets 2"].uri.removeprefix("file:")).unlink()
    pkcs11.lib(str(MODULE)).reinitialize()
    weak = {each.role: each for each in weaknesses(ctx, tries=True, looked=reach(ctx))}
    assert (weak["root"].gone, weak["root"].spare) == ((Gone("Root 2", None, "key-unavailable"),), 1)
    assert [gone.holder for gone in weak["targets"].gone] == ["Targets 2", "Targets 3"]
    assert weak["targets"].spare == -1
    for number in (1, 3, 4, 5):
        hsm.kill_token(f"Root {number}")
    pkcs11.lib(str(MODULE)).reinitialize()
    looked = reach(ctx)
    assert looked.away == {"root": tuple(f"Root {n}" for n in range(1, 6))}, "all are at home, with their tokens"
    assert {each.role for each in weaknesses(ctx, tries=True, looked=looked)} == {"targets"}
