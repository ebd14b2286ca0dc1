"""Who is at a ceremony, whose keys answer, and whether these are enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.signer import Key as AnyKey
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Root

from amate.context import Context
from amate.errors import AmateError, Malformed, Refused
from amate.features.trust import repository, signatures, store
from amate.features.trust.ceremonies.file import CeremonyFile, Key
from amate.features.trust.hands import Hands, signer_at
from amate.features.trust.model import ONLINE_ROLES, ROLES, RoleKey
from amate.signing.repository import metadata_key
from amate.signing.signer import check_made_for

PRESENT, ABSENT, ELSEWHERE = "present", "absent", "signs elsewhere"


@dataclass(frozen=True, slots=True)
class Count:
    """Who can sign for a role, as root number `root` gives it its keys.

    here, elsewhere: names of those whose keys answer here, and of those whose keys are away from this machine
    others:          keyids of all who cannot sign here
    """

    role: str
    root: int
    threshold: int
    here: tuple[str, ...]
    elsewhere: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many signatures have to come from elsewhere."""
        return max(0, self.threshold - len(self.here))


class RollCall:
    """Opens the keys of all who are present, and of the services; who is absent is not tried, even when in reach.

    before:  the root in force, if any
    plan:    the keys of the roles as the file wants them
    leaving: keys of the root before that the file lets go, and that may sign a last time
    answers: present, absent, signs elsewhere, or why a key does not answer; by keyid

    Raises: Malformed("malformed-ceremony", "wrong-key-type"); Refused("key-unknown") for a key that neither answers
            nor stands in the file, so that nobody knows which one it is; Unavailable("key-unavailable") for a key of
            the issuer; Refused("key-of-another-environment"), whether the key's holder is there or not
    """

    def __init__(self, ctx: Context, ceremony: CeremonyFile, before: Root | None) -> None:
        self.ctx, self.ceremony, self.before = ctx, ceremony, before
        self._known = store.role_keys(ctx.tx)
        self.hands = Hands.at_hand(ctx, [key for key in self._known if key.is_online])
        uris = [*(key.uri for key in ceremony.keys), *(key.uri for key in ceremony.issuer_keys)]
        for uri in filter(None, uris):
            check_made_for(uri, ctx.settings.env)
        self.answers: dict[str, str] = {}
        self._public: dict[str, AnyKey] = {}
        self.plan = tuple(self._call(key) for key in ceremony.keys)
        self.leaving = tuple(self._call(key) for key in ceremony.leaving)
        self.issuer_keys = [(key, ctx.own(key.uri).public_key) for key in ceremony.issuer_keys]
        keyids = [key.keyid for key in self.plan] + [metadata_key(public).keyid for _, public in self.issuer_keys]
        if len(set(keyids)) < len(keyids):
            raise Malformed("malformed-ceremony", "one key stands twice", where="roles")

    def root(self) -> Root:
        """The root that the file describes."""
        keys = {role: [self._public[key.keyid] for key in self.plan if key.role == role] for role in ROLES}
        said = self.ceremony
        return repository.make_root(
            keys, said.thresholds, version=said.root, expires=said.expires, env=self.ctx.settings.env
        )

    def counts(self, root: Root) -> tuple[Count, ...]:
        """Who can sign so that `root` is published; nothing is signed."""
        return tuple(self._count(role, gives) for role, gives in self._who_signs(root))

    def shortfalls(self, counts: Iterable[Count], *, may_wait: bool) -> list[str]:
        """What is missing, in words that name who is missing; may_wait: those who sign elsewhere count, too."""
        found = []
        for count in counts:
            short = count.missing - (len(count.elsewhere) if may_wait else 0)
            if short > 0:
                said = f"{count.role} lacks {short} of root {count.root}'s keys: {self.reasons(count.others)}"
                found.append(said)
        return found

    def _count(self, role: str, gives: Root) -> Count:
        keyids, threshold = gives.roles[role].keyids, gives.roles[role].threshold
        able = self.hands.able(keyids)
        away = [keyid for keyid in keyids if keyid not in able and self.answers.get(keyid) == ELSEWHERE]
        others = tuple(keyid for keyid in keyids if keyid not in able)
        return Count(role, gives.version, threshold, self._named(able), self._named(away), others)

    def _named(self, keyids: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(self._names().get(keyid, keyid[:8]) for keyid in keyids))

    def _names(self) -> dict[str, str]:
        return {key.keyid: key.holder for key in (*self._known, *self.plan, *self.leaving)}

    def reasons(self, keyids: Iterable[str]) -> str:
        """Who did not sign, and why; a key of the root before that the file does not name was not called."""
        names = self._names()
        said = {keyid: self.hands.dead.get(keyid) or self.answers.get(keyid, "not called") for keyid in keyids}
        return ", ".join(f"{names.get(keyid, keyid[:8])} ({reason})" for keyid, reason in said.items())

    def _who_signs(self, root: Root) -> list[tuple[str, Root]]:
        """Each role that signs, with the root that gives it its keys; targets that still hold are not signed again."""
        found = [("root", self.before)] if self.before is not None else []
        found += [(role, root) for role in ("root", *ONLINE_ROLES)]
        release = store.last_release(self.ctx.tx)
        listed = store.read_file(self.ctx.tx, f"{release.targets}.targets.json") if release is not None else None
        if listed is None or not signatures.is_signed_for(root, "targets", listed):
            found.append(("targets", root))
        return found

    def _call(self, key: Key) -> RoleKey:
        row = next((known for known in self._known if (known.role, known.holder) == (key.role, key.holder)), None)
        uri = key.uri or (row.uri if row is not None and not key.public_key else "")
        is_online = key.role in ONLINE_ROLES
        is_present = is_online or key.holder in self.ceremony.present
        found, problem = self._open(uri) if uri and is_present else (None, "")
        public = _parsed(key) or found or self._of_root_before(row, uri)
        if public is None:
            detail = f"{key.holder} ({key.role}): {problem or 'absent'}, and the file has no public_key"
            raise Refused("key-unknown", detail)
        if found is not None and found.keyid != public.keyid:
            problem = "another-key"
        made = RoleKey(public.keyid, key.role, uri, key.holder, is_online)
        if row is not None and row.keyid == made.keyid:
            made = replace(made, signed_at=row.signed_at, missing_since=row.missing_since)
        self._public[made.keyid] = public
        self._note(made, is_present=is_present, problem=problem)
        return made

    def _note(self, key: RoleKey, *, is_present: bool, problem: str) -> None:
        if problem:
            self.hands.dead[key.keyid] = problem
        elif is_present and key.uri:
            self.hands.keys[key.keyid] = key
        answer = ELSEWHERE if not key.uri else PRESENT if is_present else ABSENT
        self.answers[key.keyid] = f"does not answer: {problem}" if problem else answer

    def _open(self, uri: str) -> tuple[SSlibKey | None, str]:
        try:
            return metadata_key(signer_at(self.ctx, uri).public_key), ""
        except AmateError as error:
            return None, error.slug

    def _of_root_before(self, row: RoleKey | None, uri: str) -> AnyKey | None:
        """The key of a holder as the root in force has it, when the file means that one."""
        if row is None or self.before is None or uri != row.uri:
            return None
        return self.before.keys.get(row.keyid)


def _parsed(key: Key) -> SSlibKey | None:
    if not key.public_key:
        return None
    try:
        public = load_pem_public_key(key.public_key.encode())
    except ValueError as error:
        raise Malformed("malformed-ceremony", f"the public_key of {key.holder} is not one", where=key.role) from error
    if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
        raise Malformed("wrong-key-type", f"the key of {key.holder} is not on P-256", where=key.role)
    return metadata_key(public)
