"""What the commands of a node print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amate.features.trust.model import iso
from amate.features.verification.model import Signed
from amate.features.verification.node import certificate
from amate.features.verification.node.certificate import Certified
from amate.features.verification.node.enrolling import Enrolled
from amate.features.verification.node.model import Counter, Enrolment, JsonObject, Standing, url_of
from amate.features.verification.node.syncing import Part

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say of a node."""

    enrolment: Enrolment
    signed: Signed
    standing: Standing
    counters: Sequence[Counter]
    heard_at: int | None
    certified: Certified


def enrolled_json(done: Enrolled, to: Path, port: int) -> JsonObject:
    """The node that was made, for programs."""
    return {
        "clinic": done.enrolment.clinic,
        "addresses": [url_of(name, port) for name in done.enrolment.names],
        "ca": {"file": str(_authority(to)), "sha256": done.certified.authority.sha256},
        "install_ca_again": done.is_new_authority,
        "certificate_until": iso(done.certified.server.until),
        "anchor_sha256": done.synced.anchor_sha256,
        "sealing_keys": done.synced.sealing_keys,
    }


def enrolled_text(done: Enrolled, to: Path, port: int) -> str:
    """The same for whoever stands before the small PC, with what to do next."""
    ca = _authority(to)
    install = (
        "Every counter must install it, again if it had one before:"
        if done.is_new_authority
        else "A counter installs it so:"
    )
    return "\n".join(
        [
            f"The node of {done.enrolment.clinic}, at:",
            *(f"  {url_of(name, port)}" for name in done.enrolment.names),
            f"Anchor SHA-256, to compare with the printed one: {done.synced.anchor_sha256}",
            f"Its own certificate authority, good for these names alone: {ca}",
            f"  SHA-256 {done.certified.authority.sha256}",
            f"{install} carry the file there, compare the SHA-256, then",
            f"  Windows  certutil -addstore Root {ca.name}",
            "  Android  Settings › Security › Encryption and credentials › Install a certificate › CA certificate",
            f'  Linux    certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n "Amate node" -i {ca.name}',
            f"Next: amate serve --role verifier --pack {to}",
            f"Then, for each counter: amate node counter add NAME --pack {to}",
        ]
    )


def counter_json(each: Counter, now: int) -> JsonObject:
    """A counter."""
    times = {"paired_at": each.paired_at, "withdrawn_at": each.withdrawn_at}
    return {"name": each.name, "state": each.state_at(now), **{name: _iso(at) for name, at in times.items()}}


def parts_json(parts: Sequence[Part]) -> JsonObject:
    """A synchronisation, part by part."""
    return {
        part.name: part.done
        | ({} if part.trouble is None else {"error": part.trouble.slug, "detail": part.trouble.detail})
        for part in parts
    }


def parts_text(parts: Sequence[Part]) -> str:
    """The same for people; what went wrong is for stderr."""
    return "\n".join(f"{part.name}: {_said(part.done)}" for part in parts if part.done)


def troubles(parts: Sequence[Part]) -> list[str]:
    """What went wrong, and what somebody has to do, a line each."""
    said = [f"{part.name}: {part.trouble.slug}: {part.trouble.detail}" for part in parts if part.trouble is not None]
    if any(part.done.get("renewed") for part in parts):
        said.append("certificate: renewed; a server that is running takes it when it is started again")
    if any(part.done.get("revocations_refused") for part in parts):
        said.append("pack: the file of revocations found there was not taken; the one from before, if any, stays")
    if any(part.done.get("refused") for part in parts):
        said.append("receipts: the centre refused some: `amate node status` says why, `amate node resend` tries again")
    return said


def status_json(told: Told, *, now: int, port: int) -> JsonObject:
    """How a node stands."""
    signed = {"trust": told.signed.trust_at, "status": told.signed.status_at, "revocations": told.signed.revocations_at}
    authority, server = told.certified.authority, told.certified.server
    return {
        "clinic": told.enrolment.clinic,
        "centre": {"address": told.enrolment.source, "answered_at": _iso(told.heard_at)},
        "addresses": [url_of(name, port) for name in told.enrolment.names],
        "signed_at": {name: _iso(at) for name, at in signed.items()},
        "age_s": {name: None if at is None else max(0, now - at) for name, at in signed.items()},
        "receipts": {
            "waiting": told.standing.waiting,
            "refused": dict(told.standing.refused),
            "conflicts": dict(told.standing.conflicts),
        },
        "counters": [counter_json(each, now) for each in told.counters],
        "certificate": {
            "days_left": (server.until - now) // DAY_S,
            "until": iso(server.until),
            "ca_days_left": (authority.until - now) // DAY_S,
            "ca_sha256": authority.sha256,
        },
    }


def status_text(said: Mapping[str, Any]) -> str:
    """The same for people."""
    receipts, certified, centre = said["receipts"], said["certificate"], said["centre"]
    in_force = [each for each in said["counters"] if each["state"] != "withdrawn"]
    return "\n".join(
        [
            f"The node of {said['clinic']}",
            *(f"  {address}" for address in said["addresses"]),
            f"Centre: {centre['address']}, last answered {centre['answered_at'] or 'never'}",
            *(f"Signed {at or 'never'}: {name}, {_age(said['age_s'][name])}" for name, at in said["signed_at"].items()),
            f"Receipts: {receipts['waiting']} waiting; refused: {_counted(receipts['refused'])}; "
            f"conflicts: {_counted(receipts['conflicts'])}",
            f"Certificate: {certified['days_left']} days left, its authority's {certified['ca_days_left']}",
            f"Counters: {len(in_force)}",
            *(f"  {each['name']}: {each['state']}" for each in in_force),
        ]
    )


def _authority(to: Path) -> Path:
    return to / certificate.LINK / certificate.AUTHORITY


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _said(done: JsonObject) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in done.items() if value is not None)


def _age(age_s: int | None) -> str:
    if age_s is None:
        return "there is none"
    return f"{age_s // 3600} hours ago" if age_s < 2 * DAY_S else f"{age_s // DAY_S} days ago"


def _counted(by_reason: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {why}" for why, n in sorted(by_reason.items())) or "none"
