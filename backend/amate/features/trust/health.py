"""Whether the published repository holds, and what in it ends so soon that somebody should have renewed it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from amate.core.trust import ACTIVE, NEXT, IssuerKey
from amate.features.trust import repository
from amate.features.trust.actions import load_trust
from amate.features.trust.files import key_policy, read_file
from amate.features.trust.model import DAY_S, ROLES, USES, JsonObject


class Ending(NamedTuple):
    """Something that ends too soon, when (seconds since 1970), and what to do; `until` is None where there is none."""

    what: str
    until: int | None
    remedy: str


def endings(home: Path, *, env: str, keys_dir: Path, now: int) -> list[Ending]:
    """What of the repository in `home` should have been renewed by now; an empty list is health.

    A signature is late with half of its life gone, or when `amate trust publish` would renew it, if that comes later;
    a key, when verifiers that sync as seldom as is allowed could miss its successor.

    Raises: what load_trust() raises when the repository does not verify or is another environment's
    """
    loaded = load_trust(home, env=env)
    policy = key_policy(keys_dir)
    found = [*_late_roles(home, policy, now)]
    for use in USES:
        held = [k for keys in loaded.trust.keys.values() for k in keys if use in k.use and _will_sign(k, now)]
        found += _late_key(use, held, policy, now)
    return found


def _late_roles(home: Path, policy: JsonObject, now: int) -> Iterator[Ending]:
    folder = home / "published" / "trust"
    ends = repository.verify(read_file(home / "anchor.json") or b"", lambda path: read_file(folder / path)).ends
    for role in ROLES:
        rule = policy["roles"][role]
        if ends[role] - now < min(rule["renew"], rule["expires"] / 2) * DAY_S:
            remedy = "a root ceremony: keys/README.md" if role == "root" else "amate trust publish"
            yield Ending(f"{role} metadata", ends[role], remedy)


def _late_key(use: str, held: list[IssuerKey], policy: JsonObject, now: int) -> Iterator[Ending]:
    until = max((key.sign_until for key in held), default=None)
    margin = min(policy["staleness"]["refuse_s"], policy["uses"][use]["sign"] / 2 * DAY_S)
    if until is None or until - now < margin:
        yield Ending(f"key for {use}", until, f"amate keys propose stage --use {use}: see amate keys plan")


def _will_sign(key: IssuerKey, now: int) -> bool:
    return key.state in (NEXT, ACTIVE) and key.distrust is None and key.sign_until > now
