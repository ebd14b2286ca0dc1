"""Enter people into the register, find them, and keep what may change about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amate.context import Context
from amate.core import curp as curps
from amate.errors import Conflict, Malformed, Unknown
from amate.features.audit import actions as audit
from amate.features.register import store
from amate.features.register.model import CORRECTABLE, ORGAN_DONATION, Facts, Person, Statement, is_minor, today

CHANGEABLE = frozenset({"lat", "lon", "phone", "assigned_clinic", "guardian_id"})


def enrol_person(ctx: Context, facts: Facts) -> tuple[Person, bool]:
    """The person with this CURP, and whether they were entered just now; one who is there stays as they are.

    Raises: Malformed("organ-donation-minor") for a minor's statement about organ donation
    """
    values = dict(facts)
    given: dict[str, Any] = {**values, "id": values.get("id") or f"p-{ctx.random(12).hex()}", "created_at": ctx.now}
    person = Person(**given)
    check_statement(person, person.organ_donation, ctx.now)
    if not store.add(ctx.tx, person):
        known = store.by_curp(ctx.tx, person.curp)
        if known is None:
            raise Conflict("person-exists", "This id is another person's.", where="id")
        return known, False
    store.state(ctx.tx, person.id, choice=person.organ_donation, at=ctx.now, actor=ctx.actor)
    audit.record(ctx, "person.enrolled", person.id, guardian=person.guardian_id)
    return person, True


def find_by_curp(ctx: Context, curp: str) -> Person | None:
    """The person who has or had this CURP."""
    return store.by_curp(ctx.tx, curp)


def person(ctx: Context, person_id: str) -> Person | None:
    """The person with this id."""
    return store.load(ctx.tx, person_id)


def update_person(ctx: Context, person_id: str, **changes: Any) -> None:
    """Change what may change about a person; the log says which facts, not to what.

    changes: of `lat`, `lon`, `phone`, `assigned_clinic`, `guardian_id`
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise Malformed("not-changeable", f"{', '.join(sorted(unknown))} is kept for life", where=min(unknown))
    store.change(ctx.tx, person_id, changes)
    audit.record(ctx, "person.updated", person_id, fields=sorted(changes))


def held(ctx: Context, person_id: str) -> Person:
    """The person as they are now, whom nobody else changes until the transaction ends.

    Raises: Unknown("unknown-person")
    """
    store.lock(ctx.tx, person_id)
    found = store.load(ctx.tx, person_id)
    if found is None:
        raise Unknown("unknown-person", "Nobody in the register has this id.")
    return found


def correct_identity(ctx: Context, person_id: str, **corrections: str) -> None:
    """Correct what was miswritten when a person was entered; the log says which facts, neither from what nor to what.

    corrections: of CORRECTABLE; whoever calls has checked that they fit the CURP
    """
    if unknown := corrections.keys() - set(CORRECTABLE):
        raise Malformed("not-changeable", f"{', '.join(sorted(unknown))} is kept for life", where=min(unknown))
    store.change(ctx.tx, person_id, corrections)
    audit.record(ctx, "person.corrected", person_id, fields=sorted(corrections))


def note_shown(ctx: Context, person_id: str, facts: Iterable[str]) -> None:
    """Write down that the desk was shown what the register holds of a person: which facts, to whom, when."""
    audit.record(ctx, "person.shown", person_id, fields=sorted(facts))


def replace_curp(ctx: Context, person_id: str, curp: str) -> None:
    """Give a person the CURP that replaced theirs; the old one still finds them.

    Raises: Malformed as curp.validate; Unknown("unknown-person"); Conflict("curp-of-another-person")
    """
    curps.validate(curp)
    if store.load(ctx.tx, person_id) is None:
        raise Unknown("unknown-person", "Nobody in the register has this id.")
    if not store.add_curp(ctx.tx, person_id, curp, ctx.now):
        owner = store.by_curp(ctx.tx, curp)
        if owner is None or owner.id != person_id:
            raise Conflict("curp-of-another-person", "This CURP is another person's.", where="curp")
    store.change(ctx.tx, person_id, {"curp": curp})
    audit.record(ctx, "person.curp-replaced", person_id)


def state_organ_donation(ctx: Context, person_id: str, choice: str) -> None:
    """Append what a person says about organ donation; it can be withdrawn at any time by saying something else.

    Raises: Unknown("unknown-person"); Malformed("organ-donation-unknown" | "organ-donation-minor")
    """
    found = held(ctx, person_id)
    check_statement(found, choice, ctx.now)
    store.state(ctx.tx, person_id, choice=choice, at=ctx.now, actor=ctx.actor)
    audit.record(ctx, "person.organ-donation-stated", person_id)


def organ_donation_history(ctx: Context, person_id: str) -> list[Statement]:
    """Everything that a person has said about organ donation, the oldest first."""
    return store.history(ctx.tx, person_id)


def check_statement(person: Person, choice: str, now: int) -> None:
    """Only adults state it (Ley General de Salud, art. 326).

    Raises: Malformed("organ-donation-unknown" | "organ-donation-minor")
    """
    if choice not in ORGAN_DONATION:
        raise Malformed("organ-donation-unknown", f"one of {', '.join(ORGAN_DONATION)}", where="organ_donation")
    if choice != "not_stated" and is_minor(person.birth_date, today(now)):
        raise Malformed("organ-donation-minor", "a minor's statement is not taken", where="organ_donation")


def count(ctx: Context) -> int:
    """How many people the register has."""
    return store.count(ctx.tx)
