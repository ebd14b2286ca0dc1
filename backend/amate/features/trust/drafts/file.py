"""The file in which a draft travels to those who sign it, and what it says, in words, before they do.

It carries all that its SHA-256 stands for: the exact bytes to be signed, every document that these list by hash, and
the names beside the keys, which are not signed but compared. So whoever signs needs no network, no database, and no
faith in the machine that wrote it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import Root, Targets

from amate.core.encoding import strict_json
from amate.core.trust import parse_issuers, parse_policy
from amate.errors import Malformed
from amate.features.clinics import actions as clinics
from amate.features.trust import repository, signatures, state_clinics
from amate.features.trust.model import ROLES, draft_digest, iso

FORMAT: Final = "amate draft 2"
MEMBERS: Final = {
    "format": str,
    "number": int,
    "role": str,
    "payload": str,
    "sha256": str,
    "signers": list,
    "names": dict,
    "documents": dict,
    "signatures": dict,
}
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A draft on its way.

    payload:    the exact bytes to be signed
    signers:    keyids of those whose signature is wanted
    names:      of holders, by keyid: whose each key is said to be
    documents:  those that targets list, by name
    signatures: in hex, by keyid
    """

    number: int
    role: str
    payload: bytes
    signers: tuple[str, ...]
    names: Mapping[str, str]
    documents: Mapping[str, bytes]
    signatures: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Hex, over the bytes to be signed and the names."""
        return draft_digest(self.payload, self.names)

    def with_signature(self, keyid: str, signature: str) -> DraftFile:
        """The same with one more signature."""
        return replace(self, signatures={**self.signatures, keyid: signature})


class Place(NamedTuple):
    """An environment and its address; None where it is not said."""

    env: str | None
    base_url: str | None


def encode(draft: DraftFile) -> bytes:
    """The file."""
    said = {
        "format": FORMAT,
        "number": draft.number,
        "role": draft.role,
        "sha256": draft.sha256,
        "signers": list(draft.signers),
        "names": dict(draft.names),
        "signatures": dict(draft.signatures),
        "payload": draft.payload.decode(),
        "documents": {name: body.decode() for name, body in draft.documents.items()},
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def decode(raw: bytes) -> DraftFile:
    """What a file holds, once it is whole: its payload canonical, its documents those that the payload lists.

    Raises: Malformed("malformed-draft")
    """
    said = _object(raw)
    draft = DraftFile(
        number=said["number"],
        role=said["role"],
        payload=said["payload"].encode(),
        signers=tuple(_texts(dict(enumerate(said["signers"]))).values()),
        names=_texts(said["names"]),
        documents={name: text.encode() for name, text in _texts(said["documents"]).items()},
        signatures=_texts(said["signatures"]),
    )
    signed = signatures.signed_of(draft.payload)
    if signed.type != draft.role or draft.sha256 != said["sha256"]:
        raise Malformed("malformed-draft", "the file does not agree with what is to be signed")
    if isinstance(signed, Targets):
        _check_documents(signed, draft.documents)
    elif draft.documents:
        raise Malformed("malformed-draft", "a root lists no documents")
    return draft


def place_of(draft: DraftFile) -> Place:
    """For which deployment a draft is, as far as what is to be signed says so."""
    signed = signatures.signed_of(draft.payload)
    if isinstance(signed, Root):
        return Place(repository.env_of(signed), None)
    policy = parse_policy(draft.documents["policy.json"])
    env = parse_issuers(draft.documents["issuers.json"]).env
    return Place(env, policy.status_base.removesuffix("/status"))


def summary(draft: DraftFile, *, you: str | None = None) -> str:
    """What a signature under this draft says, for whoever is about to give it.

    you: the keyid of theirs
    """
    signed = signatures.signed_of(draft.payload)
    lines = [f"{signed.type} {signed.version}, holds until {iso(int(signed.expires.timestamp()))}", *_said(draft)]
    done = [draft.names.get(keyid, keyid[:16]) for keyid in draft.signatures]
    lines.append(f"signed so far by {', '.join(done) or 'nobody'}")
    lines += [f"you: {draft.names.get(you, 'a key without a name')}, {you[:16]}"] if you is not None else []
    lines.append(f"SHA-256 of what is signed and of the names: {draft.sha256}")
    return "\n".join(_visible(line) for line in lines)


def difference(draft: DraftFile, before: DraftFile) -> str:
    """What a draft says otherwise than one of before, a line each: - as it was, + as it would be.

    before: as its signer kept it, for a copy that came with the draft would be whoever's who sent both
    Raises: Malformed("malformed-draft") when the two are not of one role and one deployment
    """
    if (draft.role, place_of(draft)) != (before.role, place_of(before)):
        raise Malformed("malformed-draft", "it is of another role or deployment than this draft", where="--since")
    was, is_ = (signatures.signed_of(each.payload).version for each in (before, draft))
    _, _, *lines = [*difflib.unified_diff(_said(before), _said(draft), n=0, lineterm="")] or ("", "")
    changed = [f"{line[0]} {line[1:]}" for line in lines if not line.startswith("@@")]
    return "\n".join([f"changed since {draft.role} {was}, to {is_}:", *map(_visible, changed or ["nothing"])])


def _said(draft: DraftFile) -> list[str]:
    signed = signatures.signed_of(draft.payload)
    return _of_root(signed, draft) if isinstance(signed, Root) else _of_targets(draft.documents)


def _visible(line: str) -> str:
    """Nothing in a file that somebody sends moves the cursor, hides what stands beside it or turns it round."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


def _of_root(root: Root, draft: DraftFile) -> list[str]:
    lines = [f"environment {repository.env_of(root)}"]
    for role in ROLES:
        held = root.roles[role]
        names = [f"{keyid[:16]}  {draft.names.get(keyid, '')}" for keyid in held.keyids]
        lines += [f"{role}: {held.threshold} of {len(held.keyids)}", *(f"  {name}" for name in names)]
    return lines


def _of_targets(documents: Mapping[str, bytes]) -> list[str]:
    issuers = parse_issuers(documents["issuers.json"])
    policy = parse_policy(documents["policy.json"])
    lines = [f"environment {issuers.env}", f"issuers.json, version {issuers.version}:"]
    for key in issuers.keys:
        uses = "+".join(sorted(key.use))
        times = (
            f"signs {iso(key.sign_from)[:10]} to {iso(key.sign_until)[:10]}, believed to {iso(key.accept_until)[:10]}"
        )
        distrust = f", DISTRUSTED ({key.distrust.mode})" if key.distrust else ""
        lines.append(f"  {key.kid}  {uses:<10}  {key.state}: {times}{distrust}  {key.iss}")
    lines.append(f"policy.json, version {policy.version}: status lists at {policy.status_base}")
    carried = json.loads(documents["clinics.json"])
    lines.append(f"clinics.json: {clinics.count_in(carried)} clinics")
    lines += [f"  {name}  SHA-256 {hashlib.sha256(body).hexdigest()}" for name, body in documents.items()]
    return lines


def _check_documents(targets: Targets, documents: Mapping[str, bytes]) -> None:
    if documents.keys() != targets.targets.keys():
        raise Malformed("malformed-draft", "its documents are not those that it lists")
    for name, info in targets.targets.items():
        try:
            info.verify_length_and_hashes(documents[name])
        except LengthOrHashMismatchError as error:
            raise Malformed("malformed-draft", f"{name} is not the one that it lists") from error
    if not state_clinics.is_as_signed(targets, documents):
        # Verifiers would read other files by this signature, which nobody who signs has before them.
        raise Malformed("malformed-draft", "the clinics of each state that it names are not those of its clinics.json")


def _object(raw: bytes) -> JsonObject:
    try:
        said = strict_json(raw)
    except Malformed as error:
        raise Malformed("malformed-draft", "not a draft's file") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT or said.keys() != MEMBERS.keys():
        raise Malformed("malformed-draft", "not a draft's file")
    if wrong := [name for name, kind in MEMBERS.items() if not isinstance(said[name], kind)]:
        raise Malformed("malformed-draft", f"not a draft's file: {', '.join(wrong)}")
    return said


def _texts(said: dict[Any, Any]) -> dict[Any, str]:
    if not all(isinstance(value, str) for value in said.values()):
        raise Malformed("malformed-draft", "not a draft's file")
    return dict(said)
