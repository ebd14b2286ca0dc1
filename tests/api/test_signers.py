"""Which key may sign what is written down where keys are made, and the database alone cannot change it: row A15."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import update

from amate.context import Context
from amate.errors import Conflict
from amate.features.trust import actions, store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.signing import allowed
from amate.signing.signer import open_signer
from tests.api.conftest import Amate
from tests.api.holders import People
from tests.api.rotating import stage

IN_A_DEMO = {"pass": 4, "credential": 4, "status": 1, "root": 5, "targets": 3, "snapshot": 1, "timestamp": 1}


def listed(ctx: Context) -> dict[str, allowed.Allowed]:
    return allowed.read(ctx.settings.signers.read_bytes())


def test_every_key_that_is_made_is_listed_for_its_use(ctx: Context) -> None:
    actions.init(ctx)
    found = listed(ctx)
    assert Counter(key.use for key in found.values()) == IN_A_DEMO
    assert ctx.settings.signers.stat().st_mode & 0o777 == 0o600
    assert ctx.settings.secrets.stat().st_mode & 0o777 == 0o700
    for key in found.values():
        public_key = open_signer(key.uri, ctx.settings.passphrase_file).public_key
        assert allowed.kid_of(public_key, key.use) == key.kid
    new = stage(ctx, "pass")
    assert listed(ctx)[new.uri] == (new.uri, "pass", new.kid)


def test_a_home_from_before_the_list_gets_one(ctx: Context) -> None:
    actions.init(ctx)
    before = listed(ctx)
    ctx.settings.signers.unlink()
    actions.list_signers(ctx)
    assert listed(ctx) == before


def test_a15_who_writes_to_the_database_alone_turns_no_key_to_another_use(ctx: Context) -> None:
    actions.init(ctx)
    before = listed(ctx)
    key = store.role_keys(ctx.tx)[0]
    other = next(role for role in ("snapshot", "timestamp") if role != key.role)
    ctx.tx.execute(update(store.role_key).where(store.role_key.c.keyid == key.keyid).values(role=other))
    with pytest.raises(Conflict) as refused:
        actions.list_signers(ctx)
    assert refused.value.slug == "key-use-taken"
    assert listed(ctx) == before


def test_keys_that_stay_off_line_are_not_listed(ctx: Context, tmp_path: Path) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    ceremonies.run(ctx, People.of(ctx, tmp_path).ceremony())
    assert {key.use for key in listed(ctx).values()} == {*allowed.ONLINE_ROLES}


def test_a_key_is_made_where_its_uri_says_and_signs_once_it_is_staged(ctx: Context, amate: Amate) -> None:
    actions.init(ctx)
    ctx.commit()
    path = ctx.settings.secrets / "made.pem"
    uri = f"file:{path}"
    made = amate.json("keys", "make", uri)
    public_key = open_signer(uri, ctx.settings.passphrase_file).public_key
    assert load_pem_public_key(made["public_key"].encode()) == public_key
    assert b"ENCRYPTED" in path.read_bytes()
    assert uri not in listed(ctx)
    again = amate("keys", "make", uri, "--json")
    told = json.loads(again.stdout)
    assert (told["public_key"], made["made"], told["made"]) == (made["public_key"], True, False)
    assert "was there already" in again.stderr
    people = amate.json("keys", "people")["people"]
    propose = ("keys", "propose", "stage", "--use", "pass", "--uri", uri, "--key", people[0]["uri"])
    proposal = amate.json(*propose)["proposal"]
    assert amate("keys", "approve", proposal, "--key", people[1]["uri"]).exit_code == 0
    assert uri not in listed(ctx)
    assert amate("keys", "stage", proposal, "--json").exit_code == 0
    assert listed(ctx)[uri].use == "pass"
