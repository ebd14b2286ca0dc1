"""What a ceremony leaves behind: who signed what, in the database with the root itself, and as files for witnesses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from amate.context import Context
from amate.features.audit import actions as audit
from amate.features.trust import signatures
from amate.features.trust import store as trust_store
from amate.features.trust.ceremonies import store
from amate.features.trust.ceremonies.store import Ceremony
from amate.features.trust.files import publish_file, read_file
from amate.features.trust.making import Part, Work
from amate.features.trust.model import ROLES, RoleKey, iso

RENEWAL = "renew-root"
JsonObject = dict[str, Any]


def keep(ctx: Context, work: Work) -> None:
    """Write down the root that this publication puts in force, or that a ceremony leaves to be signed elsewhere.

    Call it while the keys of the root before are still those of the database.
    """
    proposal, new_root = work.proposal, work.new_root
    if new_root is None:
        if proposal is not None:
            store.put(ctx.tx, Ceremony(proposal.root.version, proposal.kind, proposal.text, None, ctx.now))
        return
    begun = store.find(ctx.tx, new_root.draft.version)
    kind = proposal.kind if proposal else begun.kind if begun else RENEWAL
    text = proposal.text if proposal else begun.input if begun else ""
    transcript = encode(_transcript(ctx, work, new_root, kind=kind, text=text))
    begun_at = begun.begun_at if begun and not proposal else ctx.now
    store.put(ctx.tx, Ceremony(new_root.draft.version, kind, text, transcript, begun_at))
    said = {"kind": kind, "input": sha256(text.encode()), "transcript": sha256(transcript.encode())}
    audit.record(ctx, "trust.ceremony", f"root {new_root.draft.version}", **said)


def folder_of(home: Path, ceremony: Ceremony) -> Path:
    """Where its files lie."""
    return home / "ceremonies" / f"{ceremony.root}-{ceremony.kind}"


def write(ctx: Context) -> None:
    """Lay out the files of every ceremony that lacks them."""
    for ceremony in store.held(ctx.tx):
        transcript = ceremony.transcript or ""
        said = {"transcript.json": transcript, "transcript.txt": as_text(transcript)}
        said |= {"ceremony.toml": ceremony.input} if ceremony.input else {}
        for name, text in said.items():
            path = folder_of(ctx.settings.home, ceremony) / name
            if read_file(path) != text.encode():
                publish_file(path, text.encode())


def encode(transcript: JsonObject) -> str:
    """The one spelling of a transcript."""
    return json.dumps(transcript, ensure_ascii=False, indent=1) + "\n"


def as_text(transcript: str) -> str:
    """The same for people, with the SHA-256 of the other."""
    said = json.loads(transcript)
    lines = [
        f"Ceremony {said['kind']}: root {said['versions']['root']}, {said['environment']}, {said['base_url']}",
        f"at {said['at']} by {said['tool']}",
        f"ceremony.toml    {said['input_sha256'] or 'none: the same keys for another year'}",
        f"transcript.json  {sha256(transcript.encode())}",
        "versions         " + ", ".join(f"{role} {number}" for role, number in said["versions"].items()),
    ]
    for role, held in said["roles"].items():
        lines += ["", f"{role}: {held['threshold']} of {len(held['keys'])}", *map(_key_line, held["keys"])]
    if said["leaving"]:
        lines += ["", "leaving root", *map(_key_line, said["leaving"])]
    if said["issuer_keys"]:
        lines += ["", "keys of the issuer"]
        lines += [f"  {key['kid']}  {key['use']} {key['shard']}" for key in said["issuer_keys"]]
    lines += ["", "files"] + [f"  {each['sha256']}  {each['path']}" for each in said["files"]]
    return "\n".join(lines) + "\n"


def sha256(raw: bytes) -> str:
    """Hex."""
    return hashlib.sha256(raw).hexdigest()


def _key_line(key: Mapping[str, Any]) -> str:
    did = "signed" if key["signed"] else key["called"]
    return f"  {key['keyid'][:16]}  {key['holder']}: {did}"


def _transcript(ctx: Context, work: Work, part: Part, *, kind: str, text: str) -> JsonObject:
    release, root = work.release, work.root
    assert root is not None
    signed = {keyid for body in _metadata(work) for keyid in signatures.signers_of(body)}
    plan, roll = part.draft.plan, part.draft.roll
    stay = {key.keyid for key in plan}
    gone = [key for key in trust_store.role_keys(ctx.tx) if key.keyid not in stay and key.role == "root"]
    written = dict(sorted(work.files.items()))
    files = [{"path": f"published/trust/{path}", "sha256": sha256(body)} for path, body in written.items()]
    if release.root == 1:
        files.insert(0, {"path": "anchor.json", "sha256": sha256(work.files["1.root.json"])})
    return {
        "kind": kind,
        "input_sha256": sha256(text.encode()) if text else None,
        "environment": ctx.settings.env,
        "base_url": ctx.settings.base_url,
        "at": iso(ctx.now),
        "tool": f"amate {version('amate')}",
        "versions": {role: getattr(release, role) for role in ROLES},
        "root_expires": iso(int(root.expires.timestamp())),
        "roles": {
            role: {
                "threshold": root.roles[role].threshold,
                "keys": [_said(key, signed, roll) for key in plan if key.role == role],
            }
            for role in ROLES
        },
        "leaving": [_said(key, signed, roll) for key in gone],
        "issuer_keys": _first_keys(ctx) if release.root == 1 else [],
        "files": files,
    }


def _metadata(work: Work) -> list[bytes]:
    return [body for path, body in work.files.items() if not path.startswith("targets/")]


def _first_keys(ctx: Context) -> list[JsonObject]:
    return [{"use": key.use, "shard": key.shard, "kid": key.kid} for key in trust_store.issuer_keys(ctx.tx)]


def _said(key: RoleKey, signed: set[str], roll: Mapping[str, str]) -> JsonObject:
    called = roll.get(key.keyid, "not called")
    return {"holder": key.holder, "keyid": key.keyid, "called": called, "signed": key.keyid in signed}
