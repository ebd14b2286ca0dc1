"""An export of the log holds by itself, and tells when the log in the database was rewritten since (row G07)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text

from amate.context import Context
from amate.errors import Conflict, Malformed, Refused, Unavailable
from amate.features.audit import actions, export
from amate.features.audit.commands import audit
from amate.features.audit.model import digest_of, encode_detail
from amate.features.trust import actions as trust
from tests.soft_jwt import new_key, raw_signature
from tests.thief import take_refusals_away


@pytest.fixture
def exported(ctx: Context, tmp_path: Path) -> Path:
    trust.init(ctx)
    for number in range(60):
        actions.record(ctx, "test.done", f"subject-{number}", number=number)
    path = tmp_path / "log.jsonl"
    uri = trust.holders(ctx)[0].uri
    assert uri is not None
    export.write(ctx, path, ctx.own(uri))
    return path


def test_an_export_holds_by_itself_and_the_log_goes_on(ctx: Context, exported: Path) -> None:
    found = export.read(exported)
    total, _ = actions.verify(ctx)
    assert (found.entries, found.env) == (total, "test")
    actions.record(ctx, "test.done", "later")
    assert export.first_rewritten(ctx, found) is None


def test_whoever_rewrites_the_log_with_all_its_chains_is_found_out(ctx: Context, exported: Path) -> None:
    found = export.read(exported)
    lane = next(lane for lane, (seq, _) in found.heads.items() if seq > 1)
    rewrite_from_the_first(ctx, lane)
    assert actions.verify(ctx)[1] == [], "the chains hold again: nothing inside the database tells"
    assert export.first_rewritten(ctx, found) == (lane, found.heads[lane][0])


def rewrite_from_the_first(ctx: Context, lane: int) -> None:
    """What an administrator of the database could do."""
    take_refusals_away(ctx.tx, "audit_entry")
    rows = ctx.tx.execute(text("SELECT * FROM audit_entry WHERE lane = :l ORDER BY seq"), {"l": lane}).mappings().all()
    previous = "0" * 64
    for row in rows:
        detail = encode_detail(json.loads(row["detail"]) | {"number": 7})
        values = {**row, "detail": detail, "previous": previous}
        del values["digest"]
        previous = digest_of(**values)
        ctx.tx.execute(
            text("UPDATE audit_entry SET detail=:d, previous=:p, digest=:g WHERE lane=:l AND seq=:s"),
            {"d": detail, "p": values["previous"], "g": previous, "l": lane, "s": row["seq"]},
        )
    ctx.tx.execute(text("UPDATE audit_head SET digest=:g WHERE lane=:l"), {"g": previous, "l": lane})


def test_an_export_that_was_touched_does_not_hold(exported: Path) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    touched = [
        b"".join(lines[:-1]),
        b"".join([lines[0], *lines[2:]]),
        b"".join(lines).replace(b"test.done", b"test.gone", 1),
        b"".join([*lines[:-1], lines[-1].replace(b'"signature":"', b'"signature":"00')]),
        b"",
        b"{}\n",
    ]
    for raw in touched:
        exported.write_bytes(raw)
        with pytest.raises(Malformed, match="export-broken"):
            export.read(exported)


def test_an_export_that_is_not_there_is_no_fault_of_the_storage(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"file-unreadable: .*/none: No such file"):
        export.read(tmp_path / "none")


def checked(*words: str | Path) -> str:
    done = CliRunner().invoke(audit, ["check", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == (0 if "--root" in words else 3), "who trusts the exit code alone takes no forger's file"
    return done.stdout


def test_a_stranger_checks_an_export_against_the_published_root(ctx: Context, exported: Path, tmp_path: Path) -> None:
    trust.publish(ctx)
    root = ctx.settings.published / "trust" / "1.root.json"
    said = checked(exported, "--root", root)
    assert f"one of targets in 1.root.json, SHA-256 {hashlib.sha256(root.read_bytes()).hexdigest()}" in said
    assert "Nobody says whose key that is" in checked(exported)
    assert json.loads(checked(exported, "--root", root, "--json"))["named_in_root"]["roles"] == ["targets"]


def test_the_log_of_another_environment_is_not_taken_for_a_rewritten_one(
    ctx: Context, exported: Path, tmp_path: Path
) -> None:
    trust.publish(ctx)
    found = replace(export.read(exported), env="staging")
    with pytest.raises(Refused, match=r"wrong-environment.*log of staging, and this deployment is of test"):
        export.first_rewritten(ctx, found)
    with pytest.raises(Refused, match=r"wrong-environment.*1\.root\.json is of test"):
        export.signer_in(found, ctx.settings.published / "trust" / "1.root.json")


def test_a_forged_signature_is_refused_and_so_is_a_strangers(ctx: Context, exported: Path, tmp_path: Path) -> None:
    trust.publish(ctx)
    root = ctx.settings.published / "trust" / "1.root.json"
    *body, last = exported.read_bytes().splitlines(keepends=True)
    seal, thief = json.loads(last), new_key()
    forged = tmp_path / "forged.jsonl"
    seal["signature"] = raw_signature(thief, export._message(seal["sha256"])).hex()  # by another key than it names
    forged.write_bytes(b"".join([*body, export._line(seal)]))
    with pytest.raises(Malformed, match="the signature does not hold"):
        checked(forged, "--root", root)
    pem = thief.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    forged.write_bytes(b"".join([*body, export._line(seal | {"public_key": pem})]))
    assert "Nobody says whose key" in checked(forged), "by itself it holds: the thief named their own key"
    with pytest.raises(Refused, match="not-a-holder"):
        checked(forged, "--root", root)
    with pytest.raises(Malformed, match="not-a-root"):
        checked(exported, "--root", exported)


def test_a_root_that_somebody_changed_names_nobody(ctx: Context, exported: Path, tmp_path: Path) -> None:
    """Row D04: what counts in a root is what the threshold of its own keys signed."""
    trust.publish(ctx)
    good = json.loads((ctx.settings.published / "trust" / "1.root.json").read_text())
    bad = tmp_path / "bad.root.json"
    changes = [
        {"signed": good["signed"] | {"env": "production"}},
        {"signatures": good["signatures"][:2]},  # of the three that it asks for
        {"signatures": [{**each, "sig": good["signatures"][0]["sig"]} for each in good["signatures"]]},
        {"signatures": []},
    ]
    for change in changes:
        bad.write_text(json.dumps(good | change))
        with pytest.raises(Malformed, match=r"not-a-root.*own keys have not signed"):
            checked(exported, "--root", bad)
    bad.write_text(json.dumps(good))
    assert "one of targets in bad.root.json" in checked(exported, "--root", bad), "as it was, it holds"


def test_an_export_is_never_written_over(ctx: Context, exported: Path) -> None:
    uri = trust.holders(ctx)[0].uri
    assert uri is not None
    with pytest.raises(Conflict, match="file-exists"):
        export.write(ctx, exported, ctx.own(uri))
    with pytest.raises(Unavailable, match="storage-unavailable"):
        export.write(ctx, exported.parent / "nowhere" / "log", ctx.own(uri))
    assert [path.name for path in exported.parent.glob(".*part")] == []
