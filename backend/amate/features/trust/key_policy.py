"""keys/policy.toml: how long keys and metadata live. Read whole or not at all, so that no command finds out halfway."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from amate.errors import Unavailable
from amate.features.trust.model import DAY_S, ROLES, USES

FILE: Final = "policy.toml"
# Tables and the whole numbers in them, with the least that each may be.
NUMBERS: Final[Mapping[str, Mapping[str, int]]] = {
    **{f"roles.{role}": {"expires": 1, "renew": 1, "keys": 1, "threshold": 1} for role in ROLES},
    **{f"uses.{use}": {"sign": 1, "rotate": 1, "accept": 0, "shards": 1} for use in USES},
    "rotation": {"lead": 1, "overlap": 0, "people": 2, "proposal": 1},
    "sealing": {"lead": 1, "seal": 1, "open": 0},
    "centre": {"renew": 1},
    "lifetimes_s": {"1": 1, "2": 1, "3": 1},
    "staleness": {"warn_s": 1, "stale_s": 1, "refuse_s": 1},
    "clock": {"presentation_s": 1, "skew_s": 0, "quality_cap_s": 0, "behind_floor_s": 0},
    "status": {"exp_s": 1, "ttl_s": 1},
}
# Within a table, what must not be more than what comes after it.
ORDERS: Final = (
    *((f"roles.{role}", ("threshold", "keys")) for role in ROLES),
    *((f"roles.{role}", ("renew", "expires")) for role in ROLES),
    *((f"uses.{use}", ("rotate", "sign")) for use in USES),
    ("sealing", ("lead", "seal")),
    ("staleness", ("warn_s", "stale_s", "refuse_s")),
    ("status", ("ttl_s", "exp_s")),
)
# What holds from one table to another, in seconds: the less, by how much it counts, the more, and why.
BOUNDS: Final = (
    ("staleness.stale_s", 2, "rotation.lead", "a key signs when every verifier that still says verified knows it"),
    ("lifetimes_s.3", 1, "uses.pass.accept", "a key is believed for as long as a printed pass of it may live"),
    ("lifetimes_s.1", 1, "uses.pass.accept", "a key is believed for as long as a pass of it may live"),
    ("roles.timestamp.expires", 1, "staleness.stale_s", "nothing is verified by what has expired"),
    ("staleness.refuse_s", 1, "roles.targets.renew", "who may still use its lists never meets expired ones"),
    ("rotation.overlap", 1, "uses.pass.rotate", "one successor follows the other"),
    ("rotation.overlap", 1, "uses.credential.rotate", "one successor follows the other"),
    ("rotation.overlap", 1, "uses.status.rotate", "one successor follows the other"),
    *((f"roles.{role}.expires", 0.5, f"roles.{role}.renew", "at half of its life the alarm rings") for role in ROLES),
)


def key_policy(folder: Path) -> dict[str, Any]:
    """policy.toml of the folder of key policy.

    Raises: Unavailable("no-key-policy") when it cannot be read, lacks a number, or contradicts itself
    """
    path = folder / FILE
    try:
        policy = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unavailable("no-key-policy", f"{path}: {error}; set AMATE_KEYS_DIR") from error
    wrong = next(chain(_faults(policy), _unknown(policy)), None)
    if wrong is not None:
        raise Unavailable("no-key-policy", f"{path}: {wrong}")
    return policy


def _faults(policy: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a policy, the first thing first."""
    if not isinstance(_at(policy, "issuer").get("name"), str):
        yield "issuer.name is to be a text"
    for table, least in NUMBERS.items():
        said = _at(policy, table)
        for name, minimum in least.items():
            if type(said.get(name)) is not int or said[name] < minimum:
                yield f"{table}.{name} is to be a whole number from {minimum} up"
    for table, names in ORDERS:
        numbers = [_at(policy, table)[name] for name in names]
        if numbers != sorted(numbers):
            yield f"{table}: {' ≤ '.join(names)} must hold"
    for less, times, more, why in BOUNDS:
        if _seconds(policy, less) * times > _seconds(policy, more):
            yield f"{more} is to be at least {times:g} × {less}: {why}"


def _unknown(policy: Mapping[str, Any]) -> Iterator[str]:
    """Names that mean nothing here: of what they were meant for, the number is missing or an old one."""
    known = {table.partition(".")[0] for table in NUMBERS} | {"issuer"}
    yield from (f"{name} means nothing here" for name in policy if name not in known)
    for table, least in NUMBERS.items():
        yield from (f"{table}.{name} means nothing here" for name in _at(policy, table) if name not in least)


def _seconds(policy: Mapping[str, Any], name: str) -> int:
    """A time of the policy in seconds: days are those without _s."""
    table, _, member = name.rpartition(".")
    number = int(_at(policy, table)[member])
    return number if "_s" in name else number * DAY_S


def _at(policy: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    """A table by its dotted name; an empty one where there is none."""
    found: Any = policy
    for name in table.split("."):
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}
