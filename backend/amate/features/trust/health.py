"""Whether the published repository holds, and what in it ends or loses its signers so soon that somebody should act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from amate.context import Context
from amate.core.trust import ACTIVE, NEXT, IssuerKey
from amate.features.trust import repository, signatures, store
from amate.features.trust.actions import load_trust
from amate.features.trust.files import key_policy, read_file
from amate.features.trust.folder import reader_of
from amate.features.trust.hands import Hands
from amate.features.trust.model import DAY_S, ROLES, USES, JsonObject, RoleKey
from amate.features.trust.reach import NOBODY, THERE, UNOPENED, Reach, look


class Ending(NamedTuple):
    """Something that ends too soon, when (seconds since 1970), and what to do; `until` is None where there is none."""

    what: str
    until: int | None
    remedy: str


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


def endings(home: Path, *, env: str, keys_dir: Path, now: int) -> list[Ending]:
    """What of the repository in `home` should have been renewed by now; an empty list is health.

    A signature is late with half of its life gone; a key, when verifiers that sync as seldom as is allowed could miss
    its successor.

    Raises: what load_trust() raises when the repository does not verify or is another environment's
    """
    loaded = load_trust(home, env=env)
    policy = key_policy(keys_dir)
    found = [*_late_roles(home, policy, now)]
    for use in USES:
        held = [k for keys in loaded.trust.keys.values() for k in keys if use in k.use and _will_sign(k, now)]
        found += _late_key(use, held, policy, now)
    return found


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
        if ends[role] - now < policy["roles"][role]["expires"] * DAY_S / 2:
            yield Ending(f"{role} metadata", ends[role], "amate trust publish, then what `amate trust drafts` says")


def _late_key(use: str, held: list[IssuerKey], policy: JsonObject, now: int) -> Iterator[Ending]:
    until = max((key.sign_until for key in held), default=None)
    margin = min(policy["staleness"]["refuse_s"], policy["uses"][use]["sign"] / 2 * DAY_S)
    if until is None or until - now < margin:
        yield Ending(f"key for {use}", until, f"amate keys propose stage --use {use}: see amate keys plan")


def _will_sign(key: IssuerKey, now: int) -> bool:
    return key.state in (NEXT, ACTIVE) and key.distrust is None and key.sign_until > now
