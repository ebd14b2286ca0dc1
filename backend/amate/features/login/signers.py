"""Who may sign a proposal with a passkey is invited under a name that nobody else who signs could have."""

from __future__ import annotations

from typing import Final

from amate.context import Context
from amate.errors import Malformed, Refused
from amate.features.login import model, store
from amate.features.trust import actions as trust

IN_FULL: Final = "spell their name in full, as the ceremony's transcript has it"


def check_name(ctx: Context, name: str, *, another_person: bool) -> bool:
    """Whether somebody signs already under just this name; whoever is invited under it counts as that person.

    another_person: whoever invites states that they are not the one of a like name
    Raises: Malformed("name-needed", "name-not-latin"), Refused("name-too-like")
    """
    if not trust.has_words(name):
        raise Malformed("name-needed", f"who signs proposals has a name: {IN_FULL}, with --name", where="name")
    if (letter := trust.strange_letter(name)) is not None:
        said = f"{letter} is no letter of a Latin name, and may look like one: {IN_FULL}"
        raise Malformed("name-not-latin", said, where="name")
    known = _names(ctx)
    if name.strip() in known:
        return True
    for other in known:
        if trust.person_named(other) == trust.person_named(name):
            said = f'"{name}" counts as "{other}", who signs already: if they are one person, spell it just so'
            raise Refused("name-too-like", f"{said}; if not, {IN_FULL}, with what tells them apart", where="name")
        if trust.are_alike(other, name) and not another_person:
            said = f'"{name}" is like "{other}", who signs already: if they are one person, spell it just so; if not, '
            raise Refused("name-too-like", f"{said}{IN_FULL}, and state --another-person", where="name")
    return False


def _names(ctx: Context) -> list[str]:
    """Of all who sign proposals or are to: holders of targets keys, people of security, and who is invited to it."""
    staff = [p.name for p in store.list_staff(ctx.tx) if p.role == model.SECURITY and p.disabled_at is None]
    invited = [each.name for each in store.open_invitations(ctx.tx, model.SECURITY, ctx.now)]
    return [*trust.targets_names(ctx), *staff, *invited]
