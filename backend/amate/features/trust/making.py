"""One publication in the making: each role in turn, new only where it must be, and in force only when it is signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from tuf.api.metadata import Root

from amate.context import Context
from amate.errors import Unavailable
from amate.features.trust import repository, signatures, state_clinics, store
from amate.features.trust.documents import Documents
from amate.features.trust.drafts import store as drafts
from amate.features.trust.hands import Hands, signer_down
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import DAY_S, ONLINE_ROLES, Draft, Release, RoleKey
from amate.features.trust.repository import Signed
from amate.features.trust.signatures import Quorum

TARGETS_FIRST: Final = "the targets that its keys sign"


class Proposal(NamedTuple):
    """A root that a ceremony brings.

    plan: who holds which key once it is published
    kind, text: of the ceremony, and the file that was its whole input
    roll: by keyid, who was present, absent or did not answer
    """

    root: Root
    plan: tuple[RoleKey, ...]
    kind: str
    text: str
    roll: Mapping[str, str]


@dataclass(slots=True)
class Part:
    """A root or targets on its way, with the signatures that it has.

    draft:    number 0 while it is not in the database
    files:    the documents that targets list, by name
    made:     signatures in hex, by keyid
    held_by:  what it waits for when its own signatures are all there
    """

    draft: Draft
    signed: Signed
    files: Mapping[str, bytes]
    made: dict[str, str]
    quorums: tuple[Quorum, ...] = ()
    held_by: str = ""

    def count(self, *, root: Root, before: Root | None = None) -> bool:
        """Whether the signatures are enough under the keys of `root`, and of the root before it."""
        self.quorums = tuple(signatures.quorums(self.signed, self.made, root=root, before=before))
        return not any(quorum.missing for quorum in self.quorums)


class Work:
    """What is new in one publication; nothing is written before it is whole.

    root:       the one in force from this publication on; None while there is none
    files:      new published files, by path
    waiting:    what cannot be published yet
    taken:      what was waiting, or was made now, and is published with this
    superseded: numbers of drafts that say what is no longer to be said
    """

    def __init__(self, ctx: Context, hands: Hands, proposal: Proposal | None = None) -> None:
        self.ctx, self.hands, self.proposal = ctx, hands, proposal
        policy = key_policy(ctx.settings.keys_dir)
        self.roles, self.documents = policy["roles"], Documents(ctx, policy)
        self.release = store.last_release(ctx.tx) or Release(0, 0, 0, 0, 0)
        raw_root = self._last("root", self.release.root)
        self.root: Root | None = None if raw_root is None else signatures.root_of(raw_root)
        self.files: dict[str, bytes] = {}
        self.waiting: list[Part] = []
        self.taken: list[Part] = []
        self.superseded: list[int] = []

    @property
    def new_root(self) -> Part | None:
        """The root that this publication puts in force."""
        return next((part for part in self.taken if part.draft.role == "root"), None)

    def build(self) -> bool:
        """Make all parts; False when there is no root in force yet and none that could be."""
        following = self._following_root()
        if following is not None and self._can_follow(following):
            self.files[f"{following.draft.version}.root.json"] = self._take(following)
            self.release = replace(self.release, root=following.draft.version)
        elif self.root is not None and not any(part.draft.role == "targets" for part in self.waiting):
            self._targets(self.root)
        if self.root is None:
            return False
        self._snapshot(self.root)
        self._timestamp(self.root)
        return True

    def _following_root(self) -> Part | None:
        """One that a ceremony brings, one that waits for signatures, or the same keys for another year."""
        waiting = drafts.open_for(self.ctx.tx, "root")
        version = self.release.root + 1
        if self.proposal is not None:
            return self._proposed_root(self.proposal, waiting)
        if waiting is not None and (waiting.version != version or self._ends_soon(waiting)):
            self.superseded.append(waiting.number)
            waiting = None
        if waiting is not None:
            return self._part_of(waiting, {})
        raw = self._last("root", self.release.root)
        if self.root is None or raw is None or not self._is_ending("root", repository.expiry_of(raw)):
            return None
        renewed = repository.renewed_root(self.root, expires=self._expires("root"), env=self.ctx.settings.env)
        return self._part(renewed, plan=tuple(store.role_keys(self.ctx.tx)))

    def _proposed_root(self, proposal: Proposal, waiting: Draft | None) -> Part:
        """The draft that says the same already, whatever became of it; else another one."""
        payload = signatures.payload_of(proposal.root)
        same = drafts.same(self.ctx.tx, "root", payload)
        if waiting is not None and (same is None or waiting.number != same.number):
            self.superseded.append(waiting.number)
        if same is None:
            return self._part(proposal.root, plan=proposal.plan, roll=proposal.roll)
        return self._part_of(replace(same, plan=proposal.plan, roll=proposal.roll), {})

    def _can_follow(self, part: Part) -> bool:
        """Whether this root has the signatures of the keys before and of its own, and all roles can stand on it."""
        root, before = part.signed, self.root
        assert isinstance(root, Root)
        holders = [each.roles["root"].keyids for each in (before, root) if each is not None]
        part.made |= self._signed_by(part, (keyid for keyids in holders for keyid in keyids))
        enough = part.count(root=root, before=before)
        lacking = [role for role in ONLINE_ROLES if self._able(root, role) < root.roles[role].threshold]
        if enough and not lacking and self._targets(root):
            self.root = root
            return True
        if enough:
            part.held_by = " and ".join(f"the keys of {role}" for role in lacking) or TARGETS_FIRST
        self.waiting.insert(0, part)
        return False

    def _targets(self, root: Root) -> bool:
        """Whether there are targets that hold under `root`: those in force, or new ones with all their signatures."""
        last = self._last("targets", self.release.targets)
        documents = self.documents.after(self.documents.listed_in(last))
        paths = {name: repository.target_path(name, body) for name, body in documents.items()}
        holds = last is not None and signatures.is_signed_for(root, "targets", last)
        is_said = last is not None and repository.target_paths(last) == paths
        waiting = drafts.open_for(self.ctx.tx, "targets")
        if holds and is_said and last is not None and not self._is_ending("targets", repository.expiry_of(last)):
            self.superseded += [waiting.number] if waiting is not None else []
            return True
        part = self._targets_part(waiting, documents)
        part.made |= self._signed_by(part, root.roles["targets"].keyids)
        if not part.count(root=root):
            self.waiting.append(part)
            return holds
        self.files |= {repository.target_path(name, body): body for name, body in part.files.items()}
        self.files |= state_clinics.files_beside(part.signed, part.files)
        self.files[f"{part.draft.version}.targets.json"] = self._take(part)
        self.release = replace(self.release, targets=part.draft.version)
        return True

    def _targets_part(self, waiting: Draft | None, documents: Mapping[str, bytes]) -> Part:
        """The draft that waits, while it still says what is to be said; else another one."""
        version = self.release.targets + 1
        if waiting is not None:
            files = drafts.files_of(self.ctx.tx, waiting.number)
            if waiting.version == version and not self._ends_soon(waiting) and self.documents.after(files) == files:
                return self._part_of(waiting, files)
            self.superseded.append(waiting.number)
        expires, custom = self._expires("targets"), state_clinics.said_of(documents)
        made = repository.make_targets(documents, version=version, expires=expires, custom=custom)
        return self._part(made, files=documents)

    def _snapshot(self, root: Root) -> None:
        """New when the targets are, when the last one is about to end, or when its keys are others."""
        new_targets = self.files.get(f"{self.release.targets}.targets.json")
        last = self._last("snapshot", self.release.snapshot)
        holds = last is not None and signatures.is_signed_for(root, "snapshot", last)
        if new_targets is None and holds and not self._is_ending("snapshot", repository.expiry_of(last or b"")):
            return
        targets = new_targets or self._last("targets", self.release.targets) or b""
        version = self.release.snapshot + 1
        made = repository.make_snapshot(targets, version=version, expires=self._expires("snapshot"))
        self.files[f"{version}.snapshot.json"] = self._sign_online(root, made)
        self.release = replace(self.release, snapshot=version)

    def _timestamp(self, root: Root) -> None:
        """Always new: its age is the age of trust."""
        path = f"{self.release.snapshot}.snapshot.json"
        version, now = self.release.timestamp + 1, self.ctx.now
        made = repository.make_timestamp(
            self.files.get(path) or store.read_file(self.ctx.tx, path) or b"",
            version=version,
            expires=self._expires("timestamp"),
            signed_at=now,
            root=root,
        )
        self.files[repository.TIMESTAMP_PATH] = self._sign_online(root, made)
        self.release = replace(self.release, timestamp=version, signed_at=now)

    def _sign_online(self, root: Root, made: Signed) -> bytes:
        held = self.hands.sign(signatures.payload_of(made), root.roles[made.type].keyids)
        (quorum,) = signatures.quorums(made, held, root=root)
        if quorum.missing:
            reasons = ", ".join(self.hands.dead.get(keyid, "not at hand") for keyid in quorum.unsigned)
            said = f"{made.type} lacks {quorum.missing} signature(s): {reasons}"
            silent = signer_down(self.ctx.settings)
            raise Unavailable("too-few-signers", f"{said}; {silent}" if silent else said)
        return signatures.assembled(made, held)

    def _part(
        self,
        signed: Signed,
        *,
        files: Mapping[str, bytes] | None = None,
        plan: tuple[RoleKey, ...] = (),
        roll: Mapping[str, str] | None = None,
    ) -> Part:
        payload = signatures.payload_of(signed)
        draft = Draft(0, signed.type, signed.version, payload, plan, "open", self.ctx.now, roll or {})
        return Part(draft, signed, files or {}, {})

    def _part_of(self, draft: Draft, files: Mapping[str, bytes]) -> Part:
        held = drafts.signatures_of(self.ctx.tx, draft.number)
        return Part(draft, signatures.signed_of(draft.payload), files, held)

    def _take(self, part: Part) -> bytes:
        """What was published under this version, from now on."""
        self.taken.append(part)
        counted = {keyid for quorum in part.quorums for keyid in quorum.signed}
        return signatures.assembled(part.signed, {k: s for k, s in part.made.items() if k in counted})

    def _signed_by(self, part: Part, keyids: Iterable[str]) -> dict[str, str]:
        return self.hands.sign(part.draft.payload, [keyid for keyid in keyids if keyid not in part.made])

    def _able(self, root: Root, role: str) -> int:
        return len(self.hands.able(root.roles[role].keyids))

    def _last(self, role: str, version: int) -> bytes | None:
        return store.read_file(self.ctx.tx, f"{version}.{role}.json") if version else None

    def _expires(self, role: str) -> int:
        return self.ctx.now + int(self.roles[role]["expires"]) * DAY_S

    def _is_ending(self, role: str, expires: int) -> bool:
        return expires - self.ctx.now < int(self.roles[role]["renew"]) * DAY_S

    def _ends_soon(self, draft: Draft) -> bool:
        return self._is_ending(draft.role, int(signatures.signed_of(draft.payload).expires.timestamp()))
