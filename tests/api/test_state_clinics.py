"""The clinics of each state beside the country's: they sum up to it, stay with it, and nobody signs other ones."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.demo import clinics as demo_clinics
from amate.errors import Malformed
from amate.features.clinics import actions as clinics
from amate.features.clinics.pack import keys_in
from amate.features.trust import actions, state_clinics
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.drafts import file as draft_file
from amate.signing.signer import open_signer
from tests.api.holders import People
from tests.api.rotating import stage
from tests.api.test_clinics import as_csv
from tests.unit.features.clinics.units import row

DEMO_STATES = {"CS", "HG", "JC"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The demo's clinics, of three states."""
    path = tmp_path / "clues.csv"
    path.write_text(demo_clinics.catalogue(), encoding="utf-8")
    return path


def listed(client: FlaskClient) -> dict[str, Any]:
    """What the targets in force say of each target."""
    timestamp = client.get("/trust/timestamp.json", buffered=True).json["signed"]
    snapshot = f"/trust/{timestamp['meta']['snapshot.json']['version']}.snapshot.json"
    version = client.get(snapshot, buffered=True).json["signed"]["meta"]["targets.json"]["version"]
    targets: dict[str, Any] = client.get(f"/trust/{version}.targets.json", buffered=True).json["signed"]["targets"]
    return targets


def fetched(client: FlaskClient, name: str, facts: dict[str, Any]) -> bytes:
    """A file under its hash, in gzip where that is smaller, checked as a counter does."""
    answer = client.get(f"/trust/targets/{facts['sha256']}.{name}", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    raw = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == (facts["length"], facts["sha256"])
    return raw


def states(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """By its code, the facts of each state's file."""
    index: dict[str, dict[str, Any]] = json.loads(
        fetched(client, "states.json", listed(client)["clinics.json"]["custom"]["states"])
    )
    return index


def test_the_states_sum_up_to_the_country(ctx: Context, client: FlaskClient, file: Path) -> None:
    clinics.import_catalogue(ctx, file)
    actions.init(ctx)
    index = states(client)
    assert index.keys() == DEMO_STATES
    facts = listed(client)["clinics.json"]
    country = json.loads(
        fetched(client, "clinics.json", {"length": facts["length"], "sha256": facts["hashes"]["sha256"]})
    )
    pieces = {state: json.loads(fetched(client, f"clinics-{state}.json", each)) for state, each in index.items()}
    for state, piece in pieces.items():
        assert piece.keys() <= country.keys()
        assert (piece["version"], piece["env"], set(piece["state"])) == (country["version"], "test", {state})
        of_country, of_state = clinics.directory_in(country), clinics.directory_in(piece)
        assert [of_state.find(clues) for clues in keys_in(piece)] == [
            of_country.find(clues) for clues in keys_in(piece)
        ]
    assert sorted(clues for piece in pieces.values() for clues in keys_in(piece)) == sorted(keys_in(country))


def test_a_rotation_leaves_their_bytes_and_a_changed_clinic_those_of_the_other_states(
    ctx: Context, client: FlaskClient, file: Path, tmp_path: Path
) -> None:
    clinics.import_catalogue(ctx, file)
    actions.init(ctx)
    before, said = states(client), listed(client)["clinics.json"]
    stage(ctx, "pass", shard=1)
    actions.publish(ctx)
    assert listed(client)["clinics.json"] == said
    clinics.import_catalogue(ctx, as_csv(tmp_path / "more.csv", [row(CLUES="HGIMB000017")]))
    assert actions.publish(ctx).changed
    now = states(client)
    # Every file says of which version of the catalogue it is, so all are new; what they say of clinics is not.
    assert {state for state in now if now[state]["length"] != before[state]["length"]} == {"HG"}


def test_nothing_is_said_of_states_where_there_is_one_or_none(
    ctx: Context, client: FlaskClient, tmp_path: Path
) -> None:
    actions.init(ctx)
    assert "custom" not in listed(client)["clinics.json"]
    clinics.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [row()]))
    actions.publish(ctx)
    assert "custom" not in listed(client)["clinics.json"]


def test_what_was_published_before_there_were_states_stays_as_it_is(
    ctx: Context, client: FlaskClient, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade calls nobody to a ceremony: the states come with the next targets."""
    clinics.import_catalogue(ctx, file)
    with monkeypatch.context() as before:
        before.setattr(state_clinics, "FEWEST", 99)
        state_clinics._cut.cache_clear()
        actions.init(ctx)
    state_clinics._cut.cache_clear()
    assert not actions.publish(ctx).changed
    assert "custom" not in listed(client)["clinics.json"]
    stage(ctx, "pass", shard=1)
    actions.publish(ctx)
    assert states(client).keys() == DEMO_STATES


@pytest.fixture
def draft(ctx: Context, file: Path, tmp_path: Path) -> draft_file.DraftFile:
    """Targets that wait for two holders, with the clinics of three states."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    ceremonies.run(ctx, People.of(ctx, tmp_path).ceremony())
    clinics.import_catalogue(ctx, file)
    return drafts.export(ctx, actions.publish(ctx).waiting[0].number)


def test_a_draft_signed_elsewhere_brings_the_states_that_it_names(
    ctx: Context, client: FlaskClient, draft: draft_file.DraftFile, tmp_path: Path
) -> None:
    assert set(draft.documents) == {"issuers.json", "policy.json", "clinics.json"}
    signed = draft_file.decode(draft_file.encode(draft))
    for path in sorted(tmp_path.glob("*targets*.pem"))[:2]:
        signed = drafts.sign(signed, open_signer(f"file:{path}", ctx.settings.passphrase_file))
    drafts.take(ctx, signed)
    assert actions.publish(ctx).release.targets == 2
    assert states(client).keys() == DEMO_STATES
    for state, facts in states(client).items():
        fetched(client, f"clinics-{state}.json", facts)


@pytest.mark.parametrize(
    "forge",
    [
        lambda said: said["states"].update(sha256="0" * 64),
        lambda said: said["states"].update(length=1),
        lambda said: said.update(states=[]),
    ],
)
def test_nobody_signs_states_that_are_not_those_of_the_clinics_before_them(
    draft: draft_file.DraftFile, forge: Any
) -> None:
    payload = json.loads(draft.payload)
    forge(payload["targets"]["clinics.json"]["custom"])
    forged = replace(draft, payload=json.dumps(payload, sort_keys=True, separators=(",", ":")).encode())
    assert draft_file.decode(draft_file.encode(draft)) == draft
    with pytest.raises(Malformed, match="clinics of each state"):
        draft_file.decode(draft_file.encode(forged))


def test_a_draft_that_another_release_cut_up_brings_none(
    ctx: Context, client: FlaskClient, draft: draft_file.DraftFile
) -> None:
    signed = draft_file.signatures.signed_of(draft.payload)
    assert len(state_clinics.files_beside(signed, draft.documents)) == len(DEMO_STATES) + 1
    other = json.loads(draft.documents["clinics.json"]) | {"version": 99}
    documents = {**draft.documents, "clinics.json": json.dumps(other).encode()}
    assert state_clinics.files_beside(signed, documents) == {}
