"""The exact bytes that a role signs, the signatures over them, and whether these are enough.

Source: The Update Framework specification 1.0.31, §4.2 (signatures over canonical JSON), §5.3.4 (thresholds of a root).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Signature
from tuf.api.metadata import Metadata, Root, Targets

from amate.errors import Malformed
from amate.features.trust.repository import Signed

DRAFTED: Final[Mapping[str, type[Root] | type[Targets]]] = {"root": Root, "targets": Targets}

Signatures = Mapping[str, str]


class Quorum(NamedTuple):
    """How far the signatures of a role's keys go.

    role:     `root`, `targets`, …; for the keys of the root before, `root` as well
    version:  of the root that gives the role these keys
    signed, unsigned: keyids
    """

    role: str
    version: int
    threshold: int
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many more signatures it takes."""
        return max(0, self.threshold - len(self.signed))


def payload_of(signed: Signed) -> bytes:
    """The canonical JSON of `signed`: what its signatures are over."""
    payload: bytes = Metadata[Any](signed).signed_bytes
    return payload


def signed_of(payload: bytes) -> Root | Targets:
    """The root or targets that this payload says.

    Raises: Malformed("malformed-draft") for anything else, or for a spelling that is not the canonical one
    """
    try:
        said = json.loads(payload, strict=False)  # canonical JSON leaves the line ends of PEM as they are
        canonical = (encode_canonical(said) or "").encode()
        signed: Root | Targets = DRAFTED[said["_type"]].from_dict(said)
    except (ValueError, KeyError, TypeError, AttributeError, FormatError, RecursionError) as error:
        raise Malformed("malformed-draft", "what is to be signed is neither a root nor targets") from error
    if canonical != payload:
        raise Malformed("malformed-draft", "what is to be signed is not in its canonical spelling")
    return signed


def root_of(raw: bytes) -> Root:
    """A root that we published."""
    root: Root = Metadata[Root].from_bytes(raw).signed
    return root


def assembled(signed: Signed, signatures: Signatures) -> bytes:
    """The metadata file; signatures in the order of their keyids, so that the same ones give the same bytes."""
    ordered = {keyid: Signature(keyid, signatures[keyid]) for keyid in sorted(signatures)}
    raw: bytes = Metadata[Any](signed, ordered).to_bytes()
    return raw


def quorums(signed: Signed, signatures: Signatures, *, root: Root, before: Root | None = None) -> list[Quorum]:
    """What `signed` needs: one threshold, and for a root those of its own keys and of the keys before.

    root:   gives the role its keys; for a root, itself
    before: the root before it
    """
    roots = [each for each in (before, root) if each is not None]
    return [_quorum(each, signed, signatures) for each in roots]


def signers_of(raw: bytes) -> set[str]:
    """The keyids whose signatures a metadata file that we published carries."""
    return set(Metadata[Any].from_bytes(raw).signatures)


def is_signed_for(root: Root, role: str, raw: bytes) -> bool:
    """Whether a metadata file that we published holds under the keys that `root` gives its role."""
    metadata = Metadata[Any].from_bytes(raw)
    return root.get_verification_result(role, metadata.signed_bytes, metadata.signatures).verified


def _quorum(root: Root, signed: Signed, signatures: Signatures) -> Quorum:
    held = {keyid: Signature(keyid, signature) for keyid, signature in signatures.items()}
    result = root.get_verification_result(signed.type, payload_of(signed), held)
    return Quorum(signed.type, root.version, result.threshold, tuple(result.signed), tuple(result.unsigned))
