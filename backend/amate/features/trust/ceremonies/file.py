"""The file that is a ceremony's whole input, read strictly: what is not understood is not passed over.

Source: keys/README.md shows one with every member; TOML 1.0.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NamedTuple, NoReturn

from amate.errors import Malformed
from amate.features.trust.model import DAY_S, ONLINE_ROLES, ROLES, USES
from amate.features.trust.names import are_alike, person_named, strange_letter

KINDS: Final = ("first-root", "rotate-root")
MEMBERS: Final = {
    "kind": str,
    "why": str,
    "environment": str,
    "base_url": str,
    "root": int,
    "expires": dt.date,
    "present": list,
    "roles": dict,
    "leaving": list,
    "issuer_keys": list,
}
OPTIONAL: Final = ("why", "leaving", "issuer_keys")
NAME_LENGTH: Final = 120
JsonObject = dict[str, Any]


class Key(NamedTuple):
    """A key as the file names it.

    uri:        where it can be reached during the ceremony; empty when its holder signs elsewhere
    public_key: PEM; empty when it is to be read from where the key is
    another_person: the file states that its holder is not the one of a like name
    """

    role: str
    holder: str
    uri: str
    public_key: str
    another_person: bool = False


class FirstKey(NamedTuple):
    """A key of the issuer that signs from the first day; shard: its share among those that sign for the same use."""

    use: str
    shard: int
    uri: str


@dataclass(frozen=True, slots=True)
class CeremonyFile:
    """What is to be done.

    root:    the version of the root that it makes
    expires: when that root ends, seconds since 1970
    present: holders who are in the room
    issuer_keys: of the issuer's first day
    leaving: keys of the root before that go, and may sign a last time; without a uri, where they were reached before
    """

    text: str
    kind: str
    environment: str
    base_url: str
    root: int
    expires: int
    present: frozenset[str]
    thresholds: Mapping[str, int]
    keys: tuple[Key, ...]
    leaving: tuple[Key, ...]
    issuer_keys: tuple[FirstKey, ...]


def parse(text: str) -> CeremonyFile:
    """The ceremony that a file describes.

    Raises: Malformed("malformed-ceremony") that names the member at fault
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("malformed-ceremony", str(error)) from error
    _check_members(said, MEMBERS, where="the file", optional=OPTIONAL)
    if said["kind"] not in KINDS:
        _wrong("kind", f"known are {', '.join(KINDS)}")
    if isinstance(said["expires"], dt.datetime):
        _wrong("expires", "a day, as 2027-11-30")
    if sorted(said["roles"]) != sorted(ROLES):
        _wrong("roles", f"exactly {', '.join(ROLES)}")
    thresholds, keys = _roles(said["roles"])
    ceremony = CeremonyFile(
        text=text,
        kind=said["kind"],
        environment=said["environment"],
        base_url=said["base_url"].rstrip("/"),
        root=said["root"],
        expires=int(dt.datetime.combine(said["expires"], dt.time(), dt.UTC).timestamp()),
        present=frozenset(_text(name, "present") for name in said["present"]),
        thresholds=thresholds,
        keys=keys,
        leaving=tuple(_leaving(entry) for entry in said.get("leaving", [])),
        issuer_keys=tuple(_issuer_key(entry) for entry in said.get("issuer_keys", [])),
    )
    _check_whole(ceremony)
    return ceremony


def check_policy(ceremony: CeremonyFile, policy: JsonObject, *, now: int) -> None:
    """Refuse what keys/policy.toml does not allow: keys and thresholds are the least, `expires` the most days.

    Raises: Malformed("malformed-ceremony")
    """
    roles = policy["roles"]
    for key in ceremony.issuer_keys:
        if key.shard >= policy["uses"][key.use]["shards"]:
            _wrong("issuer_keys", f"keys/policy.toml has {policy['uses'][key.use]['shards']} shares for {key.use}")
    held = Counter(key.role for key in ceremony.keys)
    for role, rule in roles.items():
        if held[role] < rule["keys"] or ceremony.thresholds[role] < rule["threshold"]:
            _wrong(f"roles.{role}", f"keys/policy.toml asks for {rule['threshold']} of {rule['keys']} at least")
    rule = roles["root"]
    if not now + rule["renew"] * DAY_S < ceremony.expires <= now + (rule["expires"] + 1) * DAY_S:
        _wrong("expires", f"between {rule['renew']} and {rule['expires']} days from now, as keys/policy.toml says")


def _roles(said: JsonObject) -> tuple[dict[str, int], tuple[Key, ...]]:
    thresholds, keys = {}, []
    for role in ROLES:
        where = f"roles.{role}"
        _check_members(said[role], {"threshold": int, "keys": list}, where=where)
        thresholds[role] = said[role]["threshold"]
        keys += [_key(role, entry, where=where) for entry in said[role]["keys"]]
    return thresholds, tuple(keys)


def _key(role: str, said: Any, *, where: str) -> Key:
    members = {"holder": str, "uri": str, "public_key": str, "another_person": bool}
    _check_members(said, members, where=where, optional=("uri", "public_key", "another_person"))
    stated = said.get("another_person", False)
    key = Key(role, _text(said["holder"], where), said.get("uri", ""), said.get("public_key", ""), stated)
    if not (key.uri or key.public_key):
        _wrong(where, f"{key.holder} has neither a uri nor a public_key")
    if role in ONLINE_ROLES and not key.uri:
        _wrong(where, f"{key.holder} needs a uri: publishing signs with it")
    _check_uri(key.holder, key.uri, where)
    return key


def _leaving(said: Any) -> Key:
    _check_members(said, {"holder": str, "uri": str}, where="leaving", optional=("uri",))
    key = Key("root", _text(said["holder"], "leaving"), said.get("uri", ""), "")
    _check_uri(key.holder, key.uri, "leaving")
    return key


def _issuer_key(said: Any) -> FirstKey:
    _check_members(said, {"use": str, "shard": int, "uri": str}, where="issuer_keys")
    key = FirstKey(said["use"], said["shard"], said["uri"])
    if key.use not in USES or key.shard < 0:
        _wrong("issuer_keys", f"uses are {', '.join(USES)}, shards 0 and up")
    _check_uri(f"{key.use} {key.shard}", key.uri, "issuer_keys")
    return key


def _check_uri(name: str, uri: str, where: str) -> None:
    """A file that is reviewed by many holds no PIN (RFC 7512 §2.4 pin-value)."""
    if "pin-value" in uri:
        _wrong(where, f"the uri of {name} carries a PIN: name a file with pin-source")


def _check_whole(ceremony: CeremonyFile) -> None:
    for key in ceremony.keys:
        if (letter := strange_letter(key.holder)) is not None:
            _wrong(f"roles.{key.role}", f"{key.holder}: {letter} is no letter of a Latin name, and may look like one")
    for role in ROLES:
        held = [key for key in ceremony.keys if key.role == role]
        if not 1 <= ceremony.thresholds[role] <= len(held):
            _wrong(f"roles.{role}", f"{ceremony.thresholds[role]} of {len(held)} keys is no threshold")
    for twice in _twice(ceremony):
        _wrong("roles", twice)
    for role, alike in _alike(ceremony):
        _wrong(f"roles.{role}", alike)
    known = {key.holder for key in (*ceremony.keys, *ceremony.leaving)}
    if unknown := ceremony.present - known:
        _wrong("present", f"nobody of that name holds a key: {', '.join(sorted(unknown))}")
    if (ceremony.root == 1) != (ceremony.kind == "first-root") or ceremony.root < 1:
        _wrong("root", "the first root is number 1, and no other")
    if ceremony.issuer_keys and ceremony.kind != "first-root":
        _wrong("issuer_keys", "only of the first day; later ones two people propose with `amate keys`")


def _twice(ceremony: CeremonyFile) -> Iterator[str]:
    """One person does not sign for two in a role, and one key holds one role."""
    names = Counter((key.role, key.holder) for key in ceremony.keys)
    yield from (f"{holder} holds two keys of {role}" for (role, holder), count in names.items() if count > 1)
    shares = Counter((key.use, key.shard) for key in ceremony.issuer_keys)
    yield from (f"two keys for share {shard} of {use}" for (use, shard), count in shares.items() if count > 1)
    for member in ("uri", "public_key"):
        entries = (*ceremony.keys, *(ceremony.issuer_keys if member == "uri" else ()))
        said = Counter(value.strip() for key in entries if (value := getattr(key, member)))
        yield from (f"a {member} stands twice" for count in said.values() if count > 1)


def _alike(ceremony: CeremonyFile) -> Iterator[tuple[str, str]]:
    """Role, and what is wrong with the names of two people in it: one person under two spellings signs for two."""
    for one, other in combinations(ceremony.keys, 2):
        if one.role != other.role or one.role in ONLINE_ROLES:
            continue
        if person_named(one.holder) == person_named(other.holder):
            yield one.role, f"{one.holder} and {other.holder} are one person, who holds two keys of {one.role}"
        elif are_alike(one.holder, other.holder) and not (one.another_person or other.another_person):
            said = f"{one.holder} and {other.holder} may be one person: spell both in full"
            yield one.role, f"{said}, and if they are two, add another_person = true to one of them"


def _check_members(said: Any, known: Mapping[str, type], *, where: str, optional: tuple[str, ...] = ()) -> None:
    if not isinstance(said, dict):
        _wrong(where, "a table")
    if unknown := sorted(said.keys() - known.keys()):
        _wrong(where, f"unknown member {', '.join(unknown)}")
    if missing := sorted(known.keys() - said.keys() - set(optional)):
        _wrong(where, f"missing member {', '.join(missing)}")
    for name, value in said.items():
        if not isinstance(value, known[name]) or (isinstance(value, bool) and known[name] is not bool):
            _wrong(where, f"{name} is not a {known[name].__name__}")


def _text(said: Any, where: str) -> str:
    if not isinstance(said, str) or not said.strip() or len(said) > NAME_LENGTH:
        _wrong(where, f"a name of at most {NAME_LENGTH} letters")
    return str(said).strip()


def _wrong(where: str, detail: str) -> NoReturn:
    raise Malformed("malformed-ceremony", detail, where=where)
