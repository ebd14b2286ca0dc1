"""Send drafts to those who sign them, sign one, and take the signatures back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key, Signature
from tuf.api.metadata import Root

from amate.context import Context
from amate.errors import Conflict, Malformed, Refused, Unknown
from amate.features.audit import actions as audit
from amate.features.trust import publication, signatures
from amate.features.trust import store as trust_store
from amate.features.trust.drafts import store
from amate.features.trust.drafts.file import DraftFile, place_of
from amate.features.trust.making import TARGETS_FIRST, Part
from amate.features.trust.model import Draft
from amate.features.trust.publication import Waiting
from amate.signing.repository import RoleSigner
from amate.signing.signer import Signer


def waiting(ctx: Context) -> list[Waiting]:
    """Every open draft and whose signatures it lacks."""
    found = [store.open_for(ctx.tx, role) for role in ("root", "targets")]
    return [_waiting(ctx, draft) for draft in found if draft is not None]


def export(ctx: Context, number: int) -> DraftFile:
    """The draft as it travels to those who sign it.

    Raises: Unknown("unknown-draft"), Conflict("draft-closed")
    """
    draft = _open(ctx, number)
    wanted = {keyid for quorum in _part(ctx, draft).quorums for keyid in (*quorum.signed, *quorum.unsigned)}
    return DraftFile(
        number=number,
        role=draft.role,
        payload=draft.payload,
        signers=tuple(sorted(wanted)),
        names=publication.holders_of(ctx, draft),
        documents=store.files_of(ctx.tx, number),
        signatures=store.signatures_of(ctx.tx, number),
    )


def keyid_among(draft: DraftFile, signer: Signer) -> str:
    """The keyid of this key, whose signature the draft wants.

    Raises: Refused("not-a-signer")
    """
    keyid = RoleSigner(signer).public_key.keyid
    if keyid not in draft.signers:
        raise Refused("not-a-signer", f"key {keyid[:16]} has nothing to sign here; {_wanted(draft)}")
    return keyid


def sign(draft: DraftFile, signer: Signer) -> DraftFile:
    """The draft with this key's signature, which was verified; needs no database.

    Raises: Refused("not-a-signer") for a key whose signature is not wanted, and what signing raises
    """
    keyid = keyid_among(draft, signer)
    return draft.with_signature(keyid, RoleSigner(signer).sign(draft.payload).signature)


def take(ctx: Context, draft: DraftFile) -> tuple[int, Waiting]:
    """How many new signatures the file brings, and what the draft still lacks.

    Raises: Refused("wrong-environment", "another-address", "another-deployment") for a file that was exported
            elsewhere; Unknown("unknown-draft"); Conflict("draft-closed", "other-draft"); Refused("not-a-signer");
            Malformed("wrong-signature") that names whose it is
    """
    _check_place(ctx, draft)
    kept, sent = _open(ctx, draft.number), export(ctx, draft.number)
    if sent.sha256 != draft.sha256:
        what = "names" if sent.payload == draft.payload else "bytes to be signed"
        both = f"its SHA-256 is {draft.sha256[:16]}, here {sent.sha256[:16]}"
        said = f"the file has other {what} than draft {kept.number} here: it is changed, old, or of elsewhere ({both})"
        raise Conflict("other-draft", f"{said}; export the draft again, and let it be signed anew")
    known = {keyid: key for root in _roots(ctx) for keyid, key in root.keys.items()}
    for keyid, signature in draft.signatures.items():
        if keyid not in known:
            raise Refused("not-a-signer", f"key {keyid[:16]} holds no role here; {_wanted(sent)}")
        _check(known[keyid], keyid, signature, draft.payload, sent.names.get(keyid, keyid[:16]))
    added = store.add_signatures(ctx.tx, kept.number, draft.signatures, ctx.now)
    trust_store.note_role_keys(ctx.tx, signed=draft.signatures, missing=(), now=ctx.now)
    audit.record(ctx, "trust.draft-signed", str(kept.number), keyids=sorted(draft.signatures), sha256=sent.sha256)
    return added, _waiting(ctx, kept)


def _check_place(ctx: Context, draft: DraftFile) -> None:
    """That the file was exported here, before its number is looked at, which every deployment counts for itself.

    Raises: Refused("wrong-environment", "another-address", "another-deployment")
    """
    settings, place = ctx.settings, place_of(draft)
    remedy = "import it where it was exported, or export here: `amate trust drafts`"
    if place.env is not None and place.env != settings.env:
        said = f"the file is a draft of {place.env}, and this is {settings.env}"
        raise Refused("wrong-environment", f"{said}: {remedy}", where="FILE")
    if place.base_url is not None and place.base_url != settings.base_url:
        said = f"the file is a draft of {place.base_url}, and this is {settings.base_url}"
        raise Refused("another-address", f"{said}: {remedy}", where="FILE")
    kept = store.find(ctx.tx, draft.number)
    known = {keyid for root in _roots(ctx) for keyid in root.keys}
    if known and known.isdisjoint(draft.signers) and (kept is None or kept.payload != draft.payload):
        theirs, ours = _named(draft.names, draft.signers), _named(publication.holders(ctx), known)
        said = f"the file is a draft of another deployment of {settings.env}: its keys are of {theirs}; here, of {ours}"
        raise Refused("another-deployment", f"{said}: {remedy}", where="FILE")


def _named(names: Mapping[str, str], keyids: Iterable[str]) -> str:
    """Holders, each with the beginning of their key's id: names alone may be the same in two deployments."""
    return ", ".join(sorted(f"{names.get(keyid, 'a key')} ({keyid[:16]})" for keyid in keyids))


def _wanted(draft: DraftFile) -> str:
    names = sorted(draft.names.get(keyid, keyid[:16]) for keyid in draft.signers if keyid not in draft.signatures)
    return f"what is missing can be signed with the keys of {', '.join(names) or 'nobody: it has all signatures'}"


def _check(key: Key, keyid: str, signature: str, payload: bytes, name: str) -> None:
    try:
        key.verify_signature(Signature(keyid, signature), payload)
    except UnverifiedSignatureError as error:
        raise Malformed("wrong-signature", f"the signature of {name} does not hold") from error


def _open(ctx: Context, number: int) -> Draft:
    draft = store.find(ctx.tx, number)
    if draft is None:
        raise Unknown("unknown-draft", f"there is no draft {number}: see `amate trust drafts`")
    if draft.state != "open":
        raise Conflict("draft-closed", f"draft {number} is {draft.state}: see `amate trust drafts`")
    return draft


def _waiting(ctx: Context, draft: Draft) -> Waiting:
    return publication.waiting_of(ctx, _part(ctx, draft), draft.number)


def _part(ctx: Context, draft: Draft) -> Part:
    """The draft with its signatures, counted under the keys that they have to be of."""
    part = Part(draft, signatures.signed_of(draft.payload), {}, store.signatures_of(ctx.tx, draft.number))
    *before, root = _roots(ctx)
    if draft.role == "root":
        is_signed = part.count(root=root, before=before[0] if before else None)
        part.held_by = TARGETS_FIRST if is_signed and _lacks_targets(ctx, root) else ""
    else:
        part.count(root=_root_for_targets(ctx, before, root))
    return part


def _lacks_targets(ctx: Context, root: Root) -> bool:
    """Whether targets wait for keys of this root, and none are in force that hold under it."""
    release, waiting = trust_store.last_release(ctx.tx), store.open_for(ctx.tx, "targets")
    raw = trust_store.read_file(ctx.tx, f"{release.targets}.targets.json") if release is not None else None
    if waiting is None or (raw is not None and signatures.is_signed_for(root, "targets", raw)):
        return False
    held = store.signatures_of(ctx.tx, waiting.number)
    return not Part(waiting, signatures.signed_of(waiting.payload), {}, held).count(root=root)


def _root_for_targets(ctx: Context, before: list[Root], newest: Root) -> Root:
    """The root in force, unless another one has all its signatures and waits for nothing but these targets."""
    waiting = store.open_for(ctx.tx, "root")
    if not before or waiting is None:
        return newest
    part = Part(waiting, newest, {}, store.signatures_of(ctx.tx, waiting.number))
    return newest if part.count(root=newest, before=before[0]) else before[0]


def _roots(ctx: Context) -> list[Root]:
    """The root in force and the one that waits, so far as there are any."""
    raw, waiting = trust_store.root_in_force(ctx.tx), store.open_for(ctx.tx, "root")
    roots: Iterable[Root | None] = (
        None if raw is None else signatures.root_of(raw),
        None if waiting is None else Root.from_dict(signatures.signed_of(waiting.payload).to_dict()),
    )
    return [root for root in roots if root is not None]
