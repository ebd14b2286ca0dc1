"""What a node tells of itself after a sync: how old its lists are, so that whoever watches the keys knows how many
verifiers a change has reached. Nothing in it names a clinic, a person or a scan.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Final

from amate.errors import AmateError, Unavailable
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from amate.features.verification.pack import Synced
from amate.features.verification.remote import Deployment

DEVICE: Final = "device"
DEVICE_BYTES: Final = 16
PRIVATE: Final = 0o600
_NUMBER: Final = re.compile(rb"[A-Za-z0-9_-]{16,64}")


def report_ages(deployment: Deployment, pack: Path, synced: Synced) -> tuple[bool, AmateError | None]:
    """Whether the deployment was told how old the pack's lists are, and what went wrong if anything did.

    A failure is of no account: the next sync tells again.
    """
    try:
        ages = {"trust_signed_at": iso(synced.signed_at), "status_signed_at": _iso(synced.status_signed_at)}
        return deployment.report({"device": _device(pack), **ages}), None
    except AmateError as error:
        return False, error


def _device(pack: Path) -> str:
    """The number that tells this pack from others and no more: made by chance once, and kept.

    Raises: Unavailable("storage-unavailable"): without a place for it, each sync would be counted as another device
    """
    path = pack / DEVICE
    try:
        kept = trust.read_file(path)
    except OSError as error:
        raise Unavailable("storage-unavailable", f"{path}: {error.strerror or error}") from error
    if kept is None or not _NUMBER.fullmatch(kept):
        kept = secrets.token_urlsafe(DEVICE_BYTES).encode()
        trust.publish_file(path, kept, mode=PRIVATE)
    return kept.decode()


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)
