"""Enter somebody in the register once, find them again, and keep what they decide."""

from __future__ import annotations

from amate.context import Context
from amate.errors import Conflict, Unknown
from amate.features.audit import actions as audit
from amate.features.register import store
from amate.features.register.model import Facts, Person, differing_identity


def enrol_person(ctx: Context, facts: Facts, *, assigned_clinic: str | None) -> tuple[Person, bool]:
    """The person in the register, and whether they are new; two callers at once never make two people.

    Raises: Conflict("person-differs") when the register knows the CURP with another identity; `where` names the fields
    """
    new = Person(id=ctx.random(16).hex(), assigned_clinic=assigned_clinic, created_at=ctx.now, **facts._asdict())
    if store.load_by_curp(ctx.tx, facts.curp) is None and store.insert_person(ctx.tx, new):
        store.set_decision(ctx.tx, new.id, facts.organ_donation, at=ctx.now, actor=ctx.actor)
        audit.record(ctx, "person.enrolled", new.id, clinic=assigned_clinic)
        return new, True
    known = store.load_by_curp(ctx.tx, facts.curp)
    if known is None:
        raise Conflict("person-changing", "Somebody else is changing this person now: repeat it.")
    if differing := differing_identity(known, facts):
        said = "La CURP ya está en el padrón con otros datos. Revise estos campos o pida una corrección."
        raise Conflict("person-differs", said, where=",".join(differing))
    return _update(ctx, known, facts, assigned_clinic), False


def _update(ctx: Context, known: Person, facts: Facts, assigned_clinic: str | None) -> Person:
    """Bring home, phone, clinic and decision up to date, where they changed."""
    before = (known.lat, known.lon, known.phone, known.assigned_clinic)
    if before != (facts.lat, facts.lon, facts.phone, assigned_clinic):
        store.set_contact(ctx.tx, known.id, facts, assigned_clinic)
        audit.record(ctx, "person.moved", known.id, clinic=assigned_clinic)
    if facts.organ_donation not in ("not_stated", known.organ_donation):
        store.set_decision(ctx.tx, known.id, facts.organ_donation, at=ctx.now, actor=ctx.actor)
        audit.record(ctx, "person.decided-organ-donation", known.id)
    return person(ctx, known.id) or known


def person(ctx: Context, person_id: str) -> Person | None:
    """The person with this id."""
    return store.load(ctx.tx, person_id)


def find_by_curp(ctx: Context, curp: str) -> Person | None:
    """The person who has this CURP or had it."""
    return store.load_by_curp(ctx.tx, curp)


def replace_curp(ctx: Context, person_id: str, curp: str) -> None:
    """Give somebody the CURP that RENAPO gave them instead; the former one still finds them.

    Raises: Unknown("unknown-person"), Conflict("curp-taken")
    """
    known = store.load(ctx.tx, person_id)
    if known is None:
        raise Unknown("unknown-person", "Nobody in the register has this id.")
    other = store.load_by_curp(ctx.tx, curp)
    if other is not None and other.id != person_id:
        raise Conflict("curp-taken", "Somebody else has this CURP.", where="curp")
    if curp != known.curp:
        store.insert_alias(ctx.tx, known.curp, person_id, ctx.now)
        store.set_curp(ctx.tx, person_id, curp)
        audit.record(ctx, "person.curp-replaced", person_id)


def organ_donation_history(ctx: Context, person_id: str) -> list[tuple[int, str]]:
    """When (seconds since 1970) and what somebody decided, oldest first."""
    return store.decisions_of(ctx.tx, person_id)
