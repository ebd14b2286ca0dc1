"""What is asked at the desk, and everything that is wrong with it at once.

Source: the contract's fields (POST /api/v1/enrolments); core.curp; Ley General de Salud art. 326 (minors).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NoReturn

from amate.core import curp as curps
from amate.core.curp import Curp
from amate.errors import Fault, Malformed
from amate.features.clinics.model import CLUES, in_mexico
from amate.features.enrolment.countries import COUNTRIES, STATELESS
from amate.features.enrolment.wording import SAID_OF_ALL, explain, words
from amate.features.register.model import ORGAN_DONATION, is_minor

MAX_AFFILIATIONS: Final = 8
OLDEST: Final = 125  # years
# A letter of any alphabet, then letters and what stands inside names; nothing that steers how text is drawn.
NAME: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’/-]){0,99}")
PHONE: Final = re.compile(r"(?:\+?52)?([0-9]{10})")
# DGIS, catalogue AFILIACION of 2024-11-01: what a person can belong to; not "none", "unknown" or what has ended.
INSTITUTIONS: Final = frozenset({2, 3, 4, 5, 6, 8, 10, 11, 14})
NAMES: Final = ("given_names", "first_surname", "second_surname")
# What the CURP must agree with; with the nationality, what a repeated enrolment must agree with.
IN_CURP: Final = (*NAMES, "sex", "birth_date", "birth_state")
IDENTITY: Final = (*IN_CURP, "nationality")

Application = Mapping[str, Any]
Found = Iterator[tuple[str, str, str | None]]


def refuse(faults: Iterable[Fault]) -> NoReturn:
    """Refuse an application for all its faults.

    Raises: Malformed("invalid-input")
    """
    found = list(faults)
    raise Malformed("invalid-input", SAID_OF_ALL, faults=found)


def tidy(application: Application) -> dict[str, Any]:
    """The same facts as they are kept: CURPs in capitals, names with single spaces, ten digits of telephone."""
    tidied = {name: value for name, value in application.items() if value is not None}
    for name in ("curp", "guardian_curp"):
        if name in tidied:
            tidied[name] = curps.normalise(tidied[name])
    for name in NAMES:
        if name in tidied:
            tidied[name] = " ".join(unicodedata.normalize("NFC", tidied[name]).split())
    if found := PHONE.fullmatch(re.sub(r"[\s().-]", "", tidied.get("phone", ""))):
        tidied["phone"] = found.group(1)
    return {"second_surname": "", **tidied}


def faults_in(application: Application, today: date) -> list[Fault]:
    """Everything that is wrong with the facts that are there, one fault a field; missing facts are not judged.

    application: as `tidy` returns it
    """
    found: dict[str, Fault] = {}
    parts = (_of_facts, _of_curp, _of_guardian, _of_affiliations)
    for field, slug, said in (*(one for part in parts for one in part(application)), *_of_age(application, today)):
        found.setdefault(field, Fault(field, slug, said or words(slug)))
    return list(found.values())


def _of_facts(a: Application) -> Found:
    for name in NAMES:
        if name in a and not NAME.fullmatch(a[name]) and (a[name] or name != "second_surname"):
            yield name, "name-malformed" if a[name] else "missing", None
    choices: tuple[tuple[str, Iterable[str], str], ...] = (
        ("sex", "HMX", "sex-unknown"),
        ("birth_state", curps.STATES, "birth-state-unknown"),
        ("nationality", COUNTRIES | {STATELESS}, "nationality-unknown"),
        ("organ_donation", ORGAN_DONATION, "organ-donation-unknown"),
    )
    for name, values, slug in choices:
        if name in a and a[name] not in list(values):
            yield name, slug, None
    if a.get("phone") and not PHONE.fullmatch(a["phone"]):
        yield "phone", "phone-malformed", None
    if "location" in a and not in_mexico(a["location"]["lat"], a["location"]["lon"]):
        yield "location", "location-outside-mexico", None


def _of_curp(a: Application) -> Found:
    if "curp" not in a:
        return
    own = _read_curp(a["curp"])
    if isinstance(own, str):
        yield "curp", own, None
    elif all(name in a for name in IN_CURP):
        for mismatch in curps.mismatches(own, **{name: a[name] for name in IN_CURP}):
            yield mismatch.field, mismatch.slug, explain(mismatch)


def _of_guardian(a: Application) -> Found:
    text = a.get("guardian_curp")
    if not text:
        return
    if isinstance(read := _read_curp(text), str):
        yield "guardian_curp", read, None
    elif text == a.get("curp"):
        yield "guardian_curp", "guardian-same-person", None


def _of_age(a: Application, today: date) -> Found:
    born: date | None = a.get("birth_date")
    if born is None:
        return
    if born > today:
        yield "birth_date", "birth-date-future", None
    elif today.year - born.year > OLDEST:
        yield "birth_date", "birth-date-too-old", None
    elif is_minor(born, today):
        if not a.get("guardian_curp"):
            yield "guardian_curp", "guardian-required", None
        if a.get("organ_donation", "not_stated") != "not_stated":
            yield "organ_donation", "organ-donation-minor", None


def _of_affiliations(a: Application) -> Found:
    declared = a.get("affiliations", [])
    if len(declared) > MAX_AFFILIATIONS:
        yield "affiliations", "too-many", None
    for number, one in enumerate(declared[:MAX_AFFILIATIONS]):
        field = f"affiliations.{number}"
        if one["institution"] not in INSTITUTIONS or one["role"] not in (1, 2, 3):
            yield field, "affiliation-unknown", None
        elif one.get("since") and one.get("until") and one["until"] < one["since"]:
            yield field, "affiliation-dates", None
        elif one.get("clinic") and not CLUES.fullmatch(one["clinic"]):
            yield field, "clues-malformed", None


def _read_curp(text: str) -> Curp | str:
    """The CURP, or the slug of its fault."""
    try:
        return curps.validate(text)
    except Malformed as error:
        return error.slug
