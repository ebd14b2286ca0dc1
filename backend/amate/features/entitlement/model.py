"""A line of an institution's extract, read strictly: what it says, or why it cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from amate.core import curp
from amate.core.days import day_from_date
from amate.core.entitlement import Affiliation
from amate.errors import Malformed
from amate.features.entitlement.quotable import seen

CLUES = re.compile(r"[A-Z]{5}[0-9]{6}")
COLUMNS = ("curp", "role", "relation", "clinic", "since", "until", "student_until", "disabled")
REQUIRED = ("curp", "role")
ROLES = {"titular": 1, "beneficiary": 2, "pensioner": 3, "1": 1, "2": 2, "3": 3}
RELATIONS = frozenset({"titular", "spouse", "child", "parent", "pensioner", "other"})
RELATION_OF_ROLE = {1: "titular", 2: "other", 3: "pensioner"}
YES, NO = frozenset({"1", "true", "yes", "si", "sí"}), frozenset({"", "0", "false", "no"})


class Membership(NamedTuple):
    """What an institution says of one person; `clinic` is the unit that it assigned, if it names one."""

    curp: str
    affiliation: Affiliation
    clinic: str | None


class Version(NamedTuple):
    """A decision table that is kept: the first one of a deployment, or one that two people adopted.

    number:       1 for the first, then one after the other
    kid:          digest of the table (versions.table_kid)
    follows:      kid of the one that it changed; None for the first
    changed_by:   the proposal that two people signed; None for the first
    published_at: since when verifiers are told of it, and so since when it is in force; None while that waits
    """

    number: int
    kid: str
    version: str
    follows: str | None
    changed_by: str | None
    adopted_at: int
    published_at: int | None


class Finding(NamedTuple):
    """A line that was not imported, and why; it names the column, never the person."""

    line: int
    column: str
    reason: str
    detail: str

    @property
    def said(self) -> str:
        """The finding in one line, for people."""
        return f"line {self.line}: {self.column}: {self.detail} [{self.reason}]"


def read_line(row: Mapping[str, str], institution: int) -> Membership:
    """What one line says.

    Raises: Malformed whose `where` is the column at fault
    """
    role = _choice(row, "role", ROLES)
    relation = _text(row, "relation").lower() or RELATION_OF_ROLE[role]
    if relation not in RELATIONS:
        said = f"{seen(_text(row, 'relation'))} is not one of {', '.join(sorted(RELATIONS))}"
        raise Malformed("relation-unknown", said, where="relation")
    since, until = _day(row, "since"), _day(row, "until")
    if since is not None and until is not None and until < since:
        said = f"{seen(_text(row, 'until'))} is before since, {seen(_text(row, 'since'))}"
        raise Malformed("dates-reversed", said, where="until")
    affiliation = Affiliation(
        institution, role, relation, since, until, _day(row, "student_until"), _flag(row, "disabled")
    )
    return Membership(_curp(row), affiliation, _clinic(row))


def _text(row: Mapping[str, str], column: str) -> str:
    return (row.get(column) or "").strip()


def _curp(row: Mapping[str, str]) -> str:
    try:
        return curp.validate(_text(row, "curp").upper()).text
    except Malformed as error:
        raise Malformed(error.slug, error.detail, where="curp") from error


def _choice(row: Mapping[str, str], column: str, choices: Mapping[str, int]) -> int:
    text = _text(row, column)
    value = choices.get(text.lower())
    if value is None:
        said = f"{seen(text)} is not one of" if text else "it is empty, and must be one of"
        raise Malformed(f"{column}-unknown", f"{said} {', '.join(choices)}", where=column)
    return value


def _day(row: Mapping[str, str], column: str) -> int | None:
    text = _text(row, column)
    if not text:
        return None
    try:
        return day_from_date(text)
    except Malformed as error:
        raise Malformed("date-malformed", f"{seen(text)} is not a date (YYYY-MM-DD)", where=column) from error


def _flag(row: Mapping[str, str], column: str) -> bool:
    text = _text(row, column).lower()
    if text not in YES | NO:
        raise Malformed("flag-unknown", f"{seen(_text(row, column))} is not 1 or 0", where=column)
    return text in YES


def _clinic(row: Mapping[str, str]) -> str | None:
    text = _text(row, "clinic").upper()
    if text and not CLUES.fullmatch(text):
        said = f"{seen(_text(row, 'clinic'))} is not a CLUES (five letters and six digits)"
        raise Malformed("clues-malformed", said, where="clinic")
    return text or None
