"""Import an institution's extract (padrón), and say to what a person is entitled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

from amate.context import Context
from amate.core.curp import birth_day
from amate.core.days import day_at
from amate.core.decision_table import parse_table
from amate.core.entitlement import GENERAL, Affiliation, Entitled, Rights, rights_of
from amate.core.entitlement import entitlements_for_pass as rows_for_pass
from amate.core.explanation import Explanation
from amate.core.explanation import explain as path_to_answer
from amate.db.upsert import explained_storage
from amate.errors import Malformed, Refused, Unknown
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.entitlement import extract, store
from amate.features.entitlement.difference import difference
from amate.features.entitlement.drafting import Draft, announced, changed, read_draft
from amate.features.entitlement.model import Finding, Membership, read_line
from amate.features.entitlement.trial import faults
from amate.features.entitlement.versions import (
    adopt,
    check_new,
    kept_table,
    newest_table,
    note_published,
    offered,
    shipped,
    shipped_table,
    table,
    table_in_force,
    table_kid,
    table_on,
    table_to_tell,
    version_on,
    versions,
    was_in_force,
)
from amate.features.register import actions as register
from amate.features.register.model import Person

__all__ = [
    "Draft",
    "HasCurp",
    "Held",
    "Imported",
    "adopt",
    "affiliations_of",
    "announced",
    "assigned_by_institution",
    "changed",
    "check_new",
    "difference",
    "entitlements_for_pass",
    "explain",
    "faults",
    "find_person",
    "import_padron",
    "kept_table",
    "newest_table",
    "note_published",
    "offered",
    "parse_table",
    "read_draft",
    "rights_today",
    "rule_source",
    "shipped",
    "shipped_table",
    "table",
    "table_in_force",
    "table_kid",
    "table_on",
    "table_to_tell",
    "version_on",
    "versions",
    "was_in_force",
]
PROGRESS_EVERY = 1_000
FEW_REMOVED = 10
Progress = Callable[[int], None]


class Held(Protocol):
    """A person, as far as what they hold goes."""

    @property
    def curp(self) -> str:
        """The person's CURP."""

    @property
    def assigned_clinic(self) -> str | None:
        """The clinic that is the person's own, as CLUES."""


class HasCurp(Protocol):
    """A person, as far as affiliations go."""

    @property
    def curp(self) -> str:
        """The person's CURP."""


@dataclass(slots=True)
class Imported:
    """What became of an extract's lines."""

    lines: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: list[Finding] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def imported(self) -> int:
        """How many lines are in."""
        return self.added + self.updated + self.unchanged


def import_padron(
    ctx: Context,
    path: Path,
    institution: int,
    *,
    is_full: bool = False,
    most_removed: int = 0,
    progress: Progress = lambda _lines: None,
) -> Imported:
    """Add and update what an institution says of people; bad lines are reported, the others imported, if any.

    institution: code of the DGIS catalogue AFILIACION
    is_full: the file names everybody, so that whoever it leaves out no longer belongs; not where a line was rejected,
             for it may be about anybody
    most_removed: how many that may be, where it is more than one in twenty
    Raises: Malformed when the file as a whole cannot be used; Unavailable("storage-full");
            Refused("too-many-removed"), and nothing is imported
    """
    institutions = table(ctx)["institutions"]
    if str(institution) not in institutions:
        known = ", ".join(f"{code} {one['label']}" for code, one in institutions.items())
        said = f"{institution} is no institution's code: known are {known}"
        raise Malformed("institution-unknown", said, where="institution")
    report = Imported()
    clinic_of = cache(partial(clinics.key_in_force, ctx))  # an extract names few clinics, each of them often
    found = _read(path, institution, report, clinic_of, progress)
    if not report.lines:
        raise Malformed("no-rows", "the file has a header and no rows: ask for it again.", where="file")
    if not found:  # nor does a full extract then remove anybody
        return report
    with explained_storage():
        report.added, report.updated = store.save(ctx.tx, list(found.values()), ctx.now)
        report.unchanged = len(found) - report.added - report.updated
        if is_full and not report.rejected:
            _check_removal(ctx, institution, most_removed)
            report.removed = store.remove_unseen(ctx.tx, institution, ctx.now)
        counts = {"added": report.added, "updated": report.updated, "rejected": len(report.rejected)}
        audit.record(ctx, "padron.imported", str(institution), removed=report.removed, **counts)
    return report


def _check_removal(ctx: Context, institution: int, most: int) -> None:
    """That a file which was cut off does not take the rights of whom it lost."""
    unseen, known = store.count_unseen(ctx.tx, institution, ctx.now)
    if unseen > max(most, FEW_REMOVED, known // 20):
        said = f"this would remove {unseen} of {known}: is the file whole? If so, import it with --removing {unseen}"
        raise Refused("too-many-removed", said, where="file")


def _read(
    path: Path, institution: int, report: Imported, clinic_of: Callable[[str], str], progress: Progress
) -> dict[tuple[str, int, int], Membership]:
    found: dict[tuple[str, int, int], Membership] = {}
    for line, row in extract.lines(path, report.ignored.extend):
        report.lines += 1
        if report.lines % PROGRESS_EVERY == 0:
            progress(report.lines)
        try:
            extract.check_cells(row)
            membership = read_line(row, institution)
            if membership.clinic:
                membership = membership._replace(clinic=clinic_of(membership.clinic))
        except Malformed as error:
            report.rejected.append(Finding(line, error.where or "", error.slug, error.detail))
            continue
        if store.key_of(membership) in found:
            report.rejected.append(
                Finding(line, "curp", "line-repeated", "the same CURP and role stand on an earlier line")
            )
            continue
        found[store.key_of(membership)] = membership
    progress(report.lines)
    return found


def affiliations_of(ctx: Context, person: HasCurp) -> tuple[Affiliation, ...]:
    """What institutions say of a person."""
    return tuple(membership.affiliation for membership in store.of_curp(ctx.tx, person.curp))


def assigned_by_institution(ctx: Context, person: HasCurp) -> str | None:
    """The clinic (CLUES) that an institution in force assigned, the first in the order of the decision table."""
    known = store.of_curp(ctx.tx, person.curp)
    for row in entitlements_for_pass(ctx, person):
        for membership in known:
            of = membership.affiliation
            if membership.clinic and (of.institution, of.role) == (row.institution, row.role):
                return membership.clinic
    return None


def entitlements_for_pass(ctx: Context, person: HasCurp) -> tuple[Entitled, ...]:
    """The rows that a pass made now carries."""
    affiliations: Sequence[Affiliation] = affiliations_of(ctx, person)
    if not affiliations:
        return ()
    return rows_for_pass(table_in_force(ctx), affiliations, birth_day(person.curp), day_at(ctx.now))


def rights_today(ctx: Context, person: Held) -> Rights:
    """What a pass made now gives a person, to be put to any clinic for general care, as a verdict does."""
    return rights_of(
        table_in_force(ctx),
        entitlements=entitlements_for_pass(ctx, person),
        assigned_clinic=person.assigned_clinic,
        service=GENERAL,
        on_day=day_at(ctx.now),
        birth_day=birth_day(person.curp),
    )


def find_person(ctx: Context, id_or_curp: str) -> Person:
    """The person with this id, or who has or had this CURP.

    Raises: Unknown("unknown-person")
    """
    person = register.person(ctx, id_or_curp) or register.find_by_curp(ctx, id_or_curp.upper())
    if person is None:
        raise Unknown("unknown-person", "Nobody here has this id or CURP.", where="person")
    return person


def explain(ctx: Context, person: Person, clues: str, *, service: str, on_day: int) -> Explanation:
    """What a person is entitled to at a clinic on a day, by the table of then (table_on), and the path to that answer.

    Raises: Malformed("unknown-clinic")
    """
    clinic = clinics.find(ctx, clues)
    if clinic is None:
        raise Malformed("unknown-clinic", "No unit has this CLUES; import the catalogue again.", where="clinic")
    return path_to_answer(
        parse_table(table_on(ctx, on_day)),
        affiliations_of(ctx, person),
        birth_day=birth_day(person.curp),
        assigned_clinic=person.assigned_clinic,
        clinic=clinic.facts,
        service=service,
        on_day=on_day,
    )


def rule_source(document: dict[str, Any], rule: str) -> tuple[str, str]:
    """Basis (law, announcement or policy) and source of a rule of a table."""
    return next((one["basis"], one["source"]) for one in document["rules"] if one["id"] == rule)
