"""Whether the published repository holds, and what in it ends or loses its signers so soon that somebody should act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from amate.context import Context
from amate.core.revocations import parse_revocations_token
from amate.core.trust import ACTIVE, NEXT, Trust
from amate.core.trust import IssuerKey as Listed
from amate.errors import Malformed
from amate.features.trust import repository, sealing_keys, signatures, store
from amate.features.trust.actions import load_trust
from amate.features.trust.files import read_file
from amate.features.trust.folder import reader_of
from amate.features.trust.hands import Hands
from amate.features.trust.key_policy import key_policy
from amate.features.trust.model import DAY_S, ROLES, USES, IssuerKey, JsonObject, RoleKey
from amate.features.trust.reach import NOBODY, THERE, UNOPENED, Reach, look

ROLE, KEY, SEALING, LISTS = "role", "key", "sealing", "lists"
KINDS: Final = (ROLE, KEY, SEALING, LISTS)


class Ending(NamedTuple):
    """Something of which half of its life is over and that nothing is there to succeed.

    kind:   role (its metadata), key (of the issuer), sealing (the key that hides identities), lists (of status)
    name:   the role, or what the keys sign; else the kind again
    until:  when the first of it ends, seconds since 1970; None where there is none
    remedy: what to do, a command a line
    shards: of issuer keys, whose
    """

    kind: str
    name: str
    until: int | None
    remedy: str
    shards: tuple[int, ...] = ()

    @property
    def what(self) -> str:
        """What ends, in words."""
        told = {
            ROLE: f"{self.name} metadata",
            KEY: f"key for {self.name}",
            SEALING: "sealing key",
            LISTS: "status lists",
        }
        return told[self.kind]


class Gone(NamedTuple):
    """A key that does not answer: who holds it, since when (None: just now), and why when it was tried here."""

    holder: str
    since: int | None
    reason: str | None


class Weakness(NamedTuple):
    """A role some of whose keys are gone, and how many more it could lose before nobody can sign; below 0 it is so."""

    role: str
    gone: tuple[Gone, ...]
    spare: int

    @property
    def is_unreached(self) -> bool:
        """Whether none of these keys is known to be gone: they could not be asked."""
        return all(each.reason == "key-unavailable" for each in self.gone)


def endings(ctx: Context, *, now: int) -> list[Ending]:
    """What should have been renewed by now, since half of its life is over; an empty list is health.

    Of issuer keys a share is late when verifiers know of no key that signs for it longer than half of its time: who
    replaces keys as the policy plans it never is.

    Raises: what load_trust() raises when the repository does not verify or is another environment's
    """
    home, policy = ctx.settings.home, key_policy(ctx.settings.keys_dir)
    loaded = load_trust(home, env=ctx.settings.env)
    known = store.issuer_keys(ctx.tx)
    return [
        *_late_roles(home, policy, now),
        *_late_keys(_successors(loaded.trust, known, now), policy, now, is_demo=ctx.settings.is_demo),
        *_late_sealing(ctx, policy, now),
        *_late_lists(home, loaded.trust, known, policy, now),
    ]


def reach(ctx: Context) -> Reach:
    """Which keys of people are where their URIs say; those that publishing opens by itself are not looked at."""
    keys = store.role_keys(ctx.tx)
    tried = Hands.at_hand(ctx, keys).keys
    return look(key for key in keys if key.keyid not in tried)


def weaknesses(ctx: Context, *, tries: bool, looked: Reach = NOBODY) -> list[Weakness]:
    """Roles with keys that do not answer, as those keys were last called: publishing calls the on-line ones every hour.

    tries:  those at hand are called now instead, which a token that is cut off makes slow
    looked: what was found of the others
    """
    raw = store.root_in_force(ctx.tx)
    if raw is None:
        return []
    root, keys = signatures.root_of(raw), store.role_keys(ctx.tx)
    hands = Hands.at_hand(ctx, keys if tries else [])
    hands.able(hands.keys)
    found = []
    for role in ROLES:
        held = [key for key in keys if key.role == role]
        gone = tuple(each for key in held if (each := _gone(key, hands, looked)) is not None)
        if gone:
            found.append(Weakness(role, gone, len(held) - len(gone) - root.roles[role].threshold))
    return found


def _gone(key: RoleKey, hands: Hands, looked: Reach) -> Gone | None:
    reason = hands.dead.get(key.keyid) or looked.found.get(key.keyid)
    if key.keyid in hands.keys or reason == THERE:
        is_gone = bool(reason)
    elif reason == UNOPENED or reason is None:
        is_gone, reason = key.missing_since is not None, None
    else:
        is_gone = True
    return Gone(key.holder, key.missing_since, reason) if is_gone else None


def _late_roles(home: Path, policy: JsonObject, now: int) -> Iterator[Ending]:
    ends = repository.verify(read_file(home / "anchor.json") or b"", reader_of(home)).ends
    for role in ROLES:
        if ends[role] - now <= policy["roles"][role]["expires"] * DAY_S / 2:
            yield Ending(ROLE, role, ends[role], "amate trust publish\namate trust drafts")


def _late_keys(held: list[IssuerKey], policy: JsonObject, now: int, *, is_demo: bool) -> Iterator[Ending]:
    for use in USES:
        life = policy["uses"][use]
        of_shard = {s: [k for k in held if (k.use, k.shard) == (use, s)] for s in range(life["shards"])}
        late = tuple(s for s, keys in of_shard.items() if all(_is_half_over(key, life["sign"], now) for key in keys))
        if late:
            ends = [max((key.sign_until for key in of_shard[shard]), default=None) for shard in late]
            until = None if None in ends else min(end for end in ends if end is not None)
            made = "" if is_demo else " --uri NEW_KEY"
            stage = [f"amate keys propose stage --use {use} --shard {shard}{made} --key URI" for shard in late]
            yield Ending(KEY, use, until, "\n".join(stage), late)


def _is_half_over(key: IssuerKey, days: int, now: int) -> bool:
    """By its own dates; the past of a demo's first keys is made up."""
    return key.sign_until - now <= min(days * DAY_S, key.sign_until - key.sign_from) / 2


def _successors(trust: Trust, known: list[IssuerKey], now: int) -> list[IssuerKey]:
    """The keys that, as verifiers are told, sign or will."""
    listed = {key.kid: key for keys in trust.keys.values() for key in keys}
    return [key for key in known if (said := listed.get(key.kid)) is not None and _will_sign(said, now)]


def _late_sealing(ctx: Context, policy: JsonObject, now: int) -> Iterator[Ending]:
    until = sealing_keys.last_day(ctx)
    if until is None or until - now <= policy["sealing"]["seal"] * DAY_S / 2:
        how = "amate trust publish" if until else "amate trust init"
        yield Ending(SEALING, SEALING, until, how)


def _late_lists(home: Path, trust: Trust, known: list[IssuerKey], policy: JsonObject, now: int) -> Iterator[Ending]:
    """By the token that is published last; where there is none, from when verifiers were first told of keys."""
    raw = read_file(home / "published" / "status" / "revocations" / "token")
    keys = [key for keys in trust.keys.values() for key in keys]
    try:
        uri = f"{trust.policy.status_base}/revocations"
        said = None if raw is None else parse_revocations_token(raw.decode(), keys=keys, expected_uri=uri)
    except (Malformed, UnicodeDecodeError):
        said = None
    told = min((key.published_at for key in known if key.published_at is not None), default=now)
    begun, until = (told, told + policy["status"]["exp_s"]) if said is None else (said.iat, said.exp)
    if (raw is not None and said is None) or until - now <= (until - begun) / 2:
        yield Ending(LISTS, LISTS, None if said is None else said.exp, "amate status publish")


def _will_sign(key: Listed, now: int) -> bool:
    return key.state in (NEXT, ACTIVE) and key.distrust is None and key.sign_until > now
