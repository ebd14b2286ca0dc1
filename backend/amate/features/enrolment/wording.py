"""What is wrong with a field, in one English sentence for each slug; a face has its own for the person at the desk."""

from __future__ import annotations

from typing import Final

from amate.core.curp import Mismatch

SAID_OF_ALL: Final = "Some fields are missing or wrong: `errors` names each, and what it should be."
WORDS: Final = {
    "missing": "This is required.",
    "invalid-value": "This has not the right form.",
    "unknown-field": "Nothing of this name is taken here.",
    "curp-length": "A CURP has 18 characters.",
    "curp-characters": "Letters and digits have fixed places in a CURP: check each character.",
    "curp-unknown-patient": "This key stands for whoever has no CURP; it identifies nobody.",
    "curp-vowel": "The second letter of a CURP must be a vowel or X.",
    "curp-inconvenient-word": "The first four letters are not taken as they are: the second must be X.",
    "curp-date": "The date in the CURP does not exist.",
    "curp-sex": "Letter 11 of a CURP must be H, M or X.",
    "curp-state": "Letters 12 and 13 of the CURP are no state's.",
    "curp-consonants": "Letters 14 to 16 of a CURP must be consonants.",
    "curp-check-digit": "The last digit of the CURP does not fit: it was miscopied.",
    "mismatch-consonant": 'The CURP has the consonant {found}, but "{value}" gives {expected}.',
    "mismatch-first-surname": 'The CURP begins with {found}, but "{value}" gives {expected}.',
    "mismatch-second-surname": 'The third letter of the CURP is {found}, but "{value}" gives {expected}.',
    "mismatch-given-names": 'The fourth letter of the CURP is {found}, but "{value}" gives {expected}.',
    "mismatch-birth-date": "The CURP tells the birth date {found}, and here it is {value}.",
    "mismatch-sex": "The CURP tells the sex {found}, and here it is {value}.",
    "mismatch-birth-state": "The CURP tells the birth state {found}, and here it is {value}.",
    "name-malformed": "Write letters, spaces, dots, hyphens or apostrophes only; up to 100 characters.",
    "sex-unknown": "This must be H, M or X.",
    "birth-date-future": "The birth date is later than today.",
    "birth-date-too-old": "The birth date is more than 125 years ago.",
    "birth-state-unknown": "This must be the state of birth by its two letters, or NE outside Mexico.",
    "nationality-unknown": "This must be a country by its code of three letters, such as MEX.",
    "organ-donation-unknown": "This must be not_stated, yes, yes_limited or no.",
    "organ-donation-minor": "A minor's decision on this is not recorded: send not_stated.",
    "location-outside-mexico": "This place is not in Mexico: say where the person lives.",
    "phone-malformed": "A telephone number has 10 digits.",
    "guardian-required": "This is a minor: the CURP of the adult who answers for them is required.",
    "guardian-same-person": "The guardian cannot be the same person.",
    "guardian-unknown": "The guardian is not registered: enrol them first.",
    "guardian-minor": "The guardian is a minor, too.",
    "affiliation-unknown": "The catalogue has no such institution, or no such role.",
    "affiliation-dates": "It ends before it begins.",
    "clues-malformed": "A CLUES is five letters and six digits.",
    "too-many": "These are too many: eight at most.",
    "person-differs": "This CURP is registered with another value: check the document.",
    "guardian-differs": "This person is registered with another guardian.",
}


def words(slug: str) -> str:
    """The sentence for a slug."""
    return WORDS.get(slug, WORDS["invalid-value"])


def explain(mismatch: Mismatch) -> str:
    """The sentence for a disagreement between the CURP and what was typed."""
    value = mismatch.value or "no surname"
    return words(mismatch.slug).format(value=value, expected=mismatch.expected, found=mismatch.found)
