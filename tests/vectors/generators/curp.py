"""Vectors of the CURP: one fault per case, the character rules, explanations and synthetic CURPs."""

from __future__ import annotations

from datetime import date
from typing import Any

from amate.core import curp
from amate.errors import Malformed

VALID = (
    ("woman-1956", "SABC560626MDFLRN01"),
    ("woman-veracruz", "HEGG560427MVZRRL04"),
    ("born-abroad", "BOXW310820HNERXN09"),
    ("man-1992", "BEML920313HMCLNS09"),
    ("born-2005-letter-homoclave", "SABC050626MDFLRNA4"),
    ("inconvenient-word-with-x", "PXTA900101HDFLRN05"),
    ("generic-foreigner", "XEXX010101HNEXXXA4"),
    ("non-binary", "SABC560626XDFLRN05"),
    ("leap-day-2000", curp.build("Ana", "Luna", "Paz", birth_date=date(2000, 2, 29), sex="M", state="HG")),
)
INVALID = (
    ("empty", "", "curp-length"),
    ("seventeen-characters", "SABC560626MDFLRN0", "curp-length"),
    ("nineteen-characters", "SABC560626MDFLRN011", "curp-length"),
    ("eighteen-astral-characters", "😀" * 18, "curp-characters"),
    ("small-letters", "sabc560626mdflrn01", "curp-characters"),
    ("letter-enye", "SABÑ560626MDFLRN01", "curp-characters"),
    ("digit-among-the-letters", "SA1C560626MDFLRN01", "curp-characters"),
    ("letter-among-the-digits", "SABC56O626MDFLRN01", "curp-characters"),
    ("digits-of-another-script", "SABC٥٦0626MDFLRN01", "curp-characters"),
    ("letter-for-a-check-digit", "SABC560626MDFLRN0A", "curp-characters"),
    ("unknown-patient", "XXXX999999XXXXXX99", "curp-unknown-patient"),
    ("consonant-for-the-vowel", "SBBC560626MDFLRN01", "curp-vowel"),
    ("inconvenient-word", "PUTA900101HDFLRN00", "curp-inconvenient-word"),
    ("thirty-first-of-february", "SABC560231MDFLRN00", "curp-date"),
    ("month-thirteen", "SABC561326MDFLRN00", "curp-date"),
    ("day-zero", "SABC560600MDFLRN00", "curp-date"),
    ("leap-day-1900", "LUPA000229MHGNZN00", "curp-date"),
    ("sex-f", "SABC560626FDFLRN00", "curp-sex"),
    ("state-zz", "SABC560626MZZLRN04", "curp-state"),
    ("vowel-among-the-consonants", "SABC560626MDFLAN00", "curp-consonants"),
    ("check-digit-off-by-one", "SABC560626MDFLRN02", "curp-check-digit"),
    ("in-the-wild-wrong-digit", "OEAF771012HMCRGR09", "curp-check-digit"),
    ("in-the-wild-generic-wrong-digit", "XEXX010101HDFXXX04", "curp-check-digit"),
)
NAMES = (
    ("enye-counts-as-x", "ALBERTO", "ÑANDO", "RODRIGUEZ"),
    ("slash-counts-as-x", "JUAN JOSE", "D/AMICO", "ALVAREZ"),
    ("apostrophe-counts-as-x", "Ana", "O'Higgins", "D'Ávila"),
    ("maria-gives-way", "MARIA LUISA", "PEREZ", "HERNANDEZ"),
    ("maria-with-accent-gives-way", "MARÍA FERNANDA", "ESCAMILLA", "ARROYO"),
    ("other-compound-name-does-not", "LUIS ENRIQUE", "ROMERO", "PALAZUELOS"),
    ("compound-surname-first-word", "ROCIO", "RIVA PALACIO", "CRUZ"),
    ("only-maria", "María", "Cruz", "Cruz"),
    ("only-jose", "José", "Cruz", "Cruz"),
    ("maria-jose", "María José", "Cruz", "Cruz"),
    ("maria-of-the-angels", "María de los Ángeles", "Cruz", "Cruz"),
    ("ma-with-a-point", "Ma. Guadalupe", "Cruz", "Cruz"),
    ("ma-with-a-superscript", "Mª Guadalupe", "Cruz", "Cruz"),
    ("jota", "J Jesús", "Cruz", "Cruz"),
    ("particles", "Inés", "de la O", "Mac Gregor"),
    ("particles-all-the-way", "Inés", "de la", "Von"),
    ("hyphen-in-surname", "Inés", "Ruiz-Funes", "A-Lee"),
    ("no-second-surname", "Inés", "Cruz", ""),
    ("no-internal-vowel", "Inés", "Ng", "Ek"),
    ("no-internal-consonant", "Eva", "Oa", "Ia"),
    ("diaeresis", "Übeda", "Agüero", "Güemes"),
    ("enye-inside-is-a-consonant", "Begoña", "Peña", "Ibáñez"),
    ("enye-as-two-code-points", "Begon\u0303a", "Pen\u0303a", "Iba\u0301n\u0303ez"),
    ("inconvenient-word-gets-x", "Ana", "Puga", "Trejo"),
    ("another-script", "Иван", "Łuk", "Ø"),
    ("nothing-at-all", " ", "", ""),
)
PERSON = {
    "given_names": "Gloria",
    "first_surname": "Hernández",
    "second_surname": "García",
    "sex": "M",
    "birth_date": "1956-04-27",
    "birth_state": "VZ",
}
MISMATCHES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("all-agrees", "HEGG560427MVZRRL04", {}),
    ("first-surname", "HEGG560427MVZRRL04", {"first_surname": "Fernández"}),
    ("first-surname-consonant-only", "HEGG560427MVZRRL04", {"first_surname": "Hesiquio"}),
    ("second-surname-missing", "HEGG560427MVZRRL04", {"second_surname": ""}),
    ("given-names", "HEGG560427MVZRRL04", {"given_names": "María Elena"}),
    ("sex", "HEGG560427MVZRRL04", {"sex": "X"}),
    ("birth-date", "HEGG560427MVZRRL04", {"birth_date": "1956-04-28"}),
    ("birth-century", "HEGG560427MVZRRL04", {"birth_date": "2056-04-27"}),
    ("birth-state", "HEGG560427MVZRRL04", {"birth_state": "HG"}),
    (
        "inconvenient-word-agrees-whatever-the-given-name",
        "PXTA900101HDFLRN05",
        {
            "given_names": "Elena",
            "first_surname": "Pulido",
            "second_surname": "Torres",
            "sex": "H",
            "birth_date": "1990-01-01",
            "birth_state": "DF",
        },
    ),
)
BUILD: tuple[tuple[str, dict[str, str], str, str | None], ...] = (
    ("default-homoclave-of-the-nineties", {}, "", None),
    ("default-homoclave-of-this-century", {"birth_date": "2004-02-29"}, "", None),
    ("chosen-homoclave", {}, "7", None),
    ("homoclave-of-another-century", {}, "A", "curp-century"),
    ("homoclave-of-two-characters", {}, "00", "curp-length"),
    ("homoclave-of-another-alphabet", {}, "ß", "curp-characters"),
    ("unknown-state", {"birth_state": "ZZ"}, "", "curp-state"),
)


def build() -> dict[str, Any]:
    """The file's content, without a clock or chance."""
    return {
        "about": "CURP: validation, the letters of a name, explanations of mismatches, synthetic CURPs.",
        "source": "Instructivo Normativo CURP (DOF 1996-10-23, replaced DOF 2021-10-18); examples of RENAPO and GIIS",
        "cases": [*_normalise(), *_valid(), *_invalid(), *_birth_days(), *_letters(), *_mismatches(), *_builds()],
    }


def _normalise() -> list[dict[str, Any]]:
    typed = (("spaces-and-hyphens", " sabc-560626 mdflrn01\n"), ("dotless-i-stays", "sabcı"), ("sharp-s-stays", "ß"))
    return [
        {
            "id": f"normalise-{name}",
            "call": "normalise",
            "input": text,
            "expect": "valid",
            "output": curp.normalise(text),
        }
        for name, text in typed
    ]


def _valid() -> list[dict[str, Any]]:
    return [
        {"id": f"valid-{name}", "call": "validate", "input": text, "expect": "valid", "output": _parts(text)}
        for name, text in VALID
    ]


def _parts(text: str) -> dict[str, str]:
    value = curp.validate(text)
    return {
        "text": value.text,
        "birth_date": value.birth_date.isoformat(),
        "sex": value.sex,
        "state": value.state,
    }


def _invalid() -> list[dict[str, Any]]:
    return [
        {"id": f"invalid-{name}", "call": "validate", "input": text, "expect": slug} for name, text, slug in INVALID
    ]


def _birth_days() -> list[dict[str, Any]]:
    asked = (("before-1970", "HEGG560427MVZRRL04"), ("after-2000", "SABC050626MDFLRNA4"), ("no-curp", "HEGG"))
    return [
        {
            "id": f"birth-day-{name}",
            "call": "birth_day",
            "input": text,
            "expect": "valid",
            "output": curp.birth_day(text),
        }
        for name, text in asked
    ]


def _letters() -> list[dict[str, Any]]:
    return [
        {
            "id": f"letters-{name}",
            "call": "expected_letters",
            "input": {"given_names": given, "first_surname": first, "second_surname": second},
            "expect": "valid",
            "output": curp.expected_letters(given, first, second)._asdict(),
        }
        for name, given, first, second in NAMES
    ]


def _mismatches() -> list[dict[str, Any]]:
    return [_mismatch(name, text, {**PERSON, **changes}) for name, text, changes in MISMATCHES]


def _mismatch(name: str, text: str, person: dict[str, str]) -> dict[str, Any]:
    typed: dict[str, Any] = {**person, "birth_date": date.fromisoformat(person["birth_date"])}
    found = curp.mismatches(curp.validate(text), **typed)
    return {
        "id": f"mismatch-{name}",
        "call": "mismatches",
        "input": {"curp": text, "person": person},
        "expect": "valid",
        "output": [row._asdict() for row in found],
    }


def _builds() -> list[dict[str, Any]]:
    return [_build(name, {**PERSON, **changes}, mark, slug) for name, changes, mark, slug in BUILD]


def _build(name: str, person: dict[str, str], homoclave: str, slug: str | None) -> dict[str, Any]:
    case = {"id": f"build-{name}", "call": "build", "input": {"person": person, "homoclave": homoclave}}
    try:
        text = curp.build(
            person["given_names"],
            person["first_surname"],
            person["second_surname"],
            birth_date=date.fromisoformat(person["birth_date"]),
            sex=person["sex"],
            state=person["birth_state"],
            homoclave=homoclave,
        )
    except Malformed as error:
        if error.slug != slug:
            raise
        return {**case, "expect": slug}
    return {**case, "expect": "valid", "output": text}
