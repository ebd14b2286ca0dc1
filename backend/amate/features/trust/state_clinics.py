"""The clinics of each state in a file of its own, so that a counter on a slow line knows those around it first.

2026-11-29: beside the targets lie `states.json`, which names by SHA-256 and length a file for each state, in the
columns of `clinics.json`, and those files. None of them is a target: the targets name `states.json` in what they say of
`clinics.json`. So a rotation brings one hash more and not thirty-three; nodes of before, which take every target that
is listed, need nothing new; and who signs elsewhere tells from `clinics.json` itself what these files have to be.
Source: The Update Framework specification 1.0.31, §4.5 (`custom` of a target).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from tuf.api.metadata import Targets

from amate.errors import Malformed
from amate.features.clinics import actions as clinics
from amate.features.trust import model, repository
from amate.features.trust.model import JsonObject
from amate.features.trust.repository import Signed

CLINICS: Final = "clinics.json"
MEMBER: Final = "states"
FEWEST: Final = 2  # of one state alone, its clinics are all there are

Files = dict[str, bytes]


def said_of(documents: Mapping[str, bytes]) -> dict[str, JsonObject]:
    """What targets of these documents say beside their hashes, by the name of the document."""
    index, _ = _cut(documents[CLINICS])
    return {} if index is None else {CLINICS: {MEMBER: _facts(index)}}


def files_beside(signed: Signed, documents: Mapping[str, bytes]) -> Files:
    """By path under /trust/, what lies beside these targets; nothing where they name no such files, or other ones.

    Other ones are named by a draft that an earlier release cut up otherwise: clients then bring the country's alone.
    """
    index, pieces = _cut(documents[CLINICS])
    if index is None or _named_by(signed) != _facts(index):
        return {}
    return {repository.target_path(name, body): body for name, body in {f"{MEMBER}.json": index, **pieces}.items()}


def is_as_signed(signed: Signed, documents: Mapping[str, bytes]) -> bool:
    """Whether targets name no files by state, or those that their own `clinics.json` makes."""
    named = _named_by(signed)
    return named is None or named == said_of(documents).get(CLINICS, {}).get(MEMBER)


def _named_by(signed: Signed) -> object:
    listed = signed.targets.get(CLINICS) if isinstance(signed, Targets) else None
    said = None if listed is None else listed.custom
    return said.get(MEMBER) if isinstance(said, dict) else None


@lru_cache(maxsize=1)  # of the whole country it takes a second, and a publication asks three times
def _cut(raw: bytes) -> tuple[bytes | None, Files]:
    """`states.json`, None where it would say nothing, and the files by name."""
    try:
        pieces = {state: model.encode(piece) for state, piece in clinics.by_state(json.loads(raw)).items()}
    except (Malformed, ValueError):  # of another release
        return None, {}
    if len(pieces) < FEWEST:
        return None, {}
    return model.encode({state: _facts(body) for state, body in pieces.items()}), {
        f"clinics-{state}.json": body for state, body in pieces.items()
    }


def _facts(body: bytes) -> JsonObject:
    return {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
