"""Where an application differs from what the register holds for its CURP, and when the desk is shown what that is.

A CURP is on many papers, and names that fit one are easily made up: with those alone nobody reads a name, a nationality
or a decision on organ donation out of the register. The desk is shown them where it wrote nearly the same name, as one
does who has the person and their document before them; who writes another name learns where it differs, as ever.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from difflib import SequenceMatcher
from typing import Final

from amate.features.enrolment.model import IDENTITY, NAMES, Application
from amate.features.register.model import CORRECTABLE, Person

DONATION: Final = "organ_donation"
# What the desk can be asked about, and decide.
DECIDABLE: Final = (*CORRECTABLE, DONATION)
NEAR: Final = 0.75  # of the letters, in order: two that changed places in a name of seven, one that is wrong in four


def differences(person: Person, application: Application) -> list[str]:
    """The facts in which an application disagrees with the register; a first decision on donation does not."""
    found = [name for name in IDENTITY if _differs(str(getattr(person, name)), str(application[name]))]
    was_stated = person.organ_donation not in ("not_stated", application[DONATION])
    return [*found, DONATION] if was_stated else found


def to_show(person: Person, application: Application, differing: Collection[str]) -> dict[str, str] | None:
    """What the register holds of the facts that differ; None where the desk is not shown it, for it cannot decide."""
    is_known = all(_is_near(getattr(person, name), application[name]) for name in NAMES)
    if not is_known or not set(differing) <= set(DECIDABLE):
        return None
    return {name: getattr(person, name) for name in differing}


def _differs(kept: str, typed: str) -> bool:
    """Whether two spellings are two; capitals are the same, and so is a name without accents for one that has them."""
    if _plain(kept) != _plain(typed):
        return True
    return _folded(typed) not in (_plain(typed), _folded(kept))


def _is_near(kept: str, typed: str) -> bool:
    """Whether one name is the other but for a few letters, or for words that it has more."""
    one, other = _plain(kept), _plain(typed)
    words, others = set(one.split()), set(other.split())
    if words and others and (words <= others or others <= words):
        return True
    return one == other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= NEAR


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())
