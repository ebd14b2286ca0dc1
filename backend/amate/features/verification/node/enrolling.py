"""Make a pack's folder a clinic's node, or renew it: the pack, the certificate, the token, and `node.json` last."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from amate.core.encoding import strict_json
from amate.errors import Malformed, Refused
from amate.features.clinics.model import CLUES
from amate.features.trust import actions as trust
from amate.features.verification import pack
from amate.features.verification.node import certificate, folder, store
from amate.features.verification.node.certificate import Certified
from amate.features.verification.node.model import CENTRE, Enrolment, address_of, names_of
from amate.features.verification.pack import Synced
from amate.features.verification.remote import Deployment

PRIVATE: Final = 0o600
_SIOCGIFADDR: Final = 0x8915  # netdevice(7)


class Enrolled(NamedTuple):
    """A node, as it now is.

    is_new_authority: whether every counter must install its authority, again if it had one
    """

    enrolment: Enrolment
    synced: Synced
    certified: Certified
    is_new_authority: bool


def enrol(
    source: str, token: str, to: Path, *, names: Sequence[str], anchor: bytes | None, env: str, now: int
) -> Enrolled:
    """Make `to` a node of the clinic to which the token is bound; begun again, it goes on where it was.

    names:  of the certificate; none = those it has, or this machine's
    Raises: Refused("token-without-clinic", "other-clinic"), Malformed("bad-node-name"), and as pack.sync()
    """
    with trust.alone(to / folder.LOCK):
        before = _before(to)
        chosen = names_of(names) if names else before.names if before is not None else names_of(machine_names())
        deployment = Deployment(source, token)
        clinic = clinic_of(deployment)
        if before is not None and before.clinic != clinic:
            said = (
                f"{to} is the node of {before.clinic}, and this token is of {clinic}: give that one a folder of its own"
            )
            raise Refused("other-clinic", said, where="--token-file")
        synced = pack.sync(deployment, to, env=env, anchor=anchor)
        enrolment = Enrolment(
            deployment.base_url, clinic, chosen[0], chosen, now if before is None else before.enrolled_at
        )
        is_new = settle(to, enrolment, token, now=now)
    return Enrolled(enrolment, synced, certificate.read(to), is_new)


def settle(to: Path, enrolment: Enrolment, token: str, *, now: int) -> bool:
    """Write what makes the folder of a pack a node's; whether there is a new authority.

    Raises: Unavailable("storage-unavailable")
    """
    is_new = certificate.ensure(to, enrolment.names, now=now)
    trust.publish_file(to / folder.TOKEN, token.encode(), mode=PRIVATE)
    engine = store.open_store(to)
    with engine.begin() as tx:
        store.put_heard(tx, CENTRE, now)
    engine.dispose()
    folder.write_enrolment(to, enrolment)
    return is_new


def clinic_of(deployment: Deployment) -> str:
    """The clinic to which the centre says that this token is bound.

    Raises: Refused("token-without-clinic"), and as Deployment.sealing_keys()
    """
    try:
        said = strict_json(deployment.sealing_keys() or b"null")
    except Malformed:
        said = None
    clinic = said.get("clinic") if isinstance(said, dict) else None
    if not isinstance(clinic, str) or not CLUES.fullmatch(clinic):
        remedy = "ask there for one that `amate staff token --role clinic --clinic CLUES` made"
        raise Refused(
            "token-without-clinic",
            f"the token is bound to no clinic, and a node is one's: {remedy}",
            where="--token-file",
        )
    return clinic


def machine_names() -> list[str]:
    """What counters on the local network call this machine: its host name, the same by mDNS, its IPv4 addresses."""
    host = socket.gethostname().lower()
    hosts = [host] if "." in host else [host, f"{host}.local"]
    return [*(name for name in hosts if _is_name(name)), *_addresses()]


def _is_name(name: str) -> bool:
    try:
        return names_of([name])[0] not in ("localhost", "localhost.local") and address_of(name) is None
    except Malformed:
        return False


def _addresses() -> list[str]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:  # it has none
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return [address for address in found if not address.startswith("127.")]


def _before(to: Path) -> Enrolment | None:
    """What the folder was a node of; one whose file is damaged is begun again."""
    try:
        return folder.enrolment_in(to)
    except Malformed:
        return None
