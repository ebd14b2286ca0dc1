"""The ceremony as it is held: five people, each with a token of their own, one away and one whose token is dead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amate.context import Context
from amate.errors import Refused
from amate.features.trust import actions
from amate.features.trust.ceremonies import actions as ceremonies
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
