"""`amate staff …`."""

from __future__ import annotations

import click

from amate.features.login import actions, model
from amate.features.trust.model import iso
from amate.terminal import command_context, json_option, show

role_option = click.option("--role", type=click.Choice(model.ROLES), required=True, help="What they may do.")
clinic_option = click.option(
    "--clinic", metavar="CLUES", help="Bind them to one clinic of the catalogue; a closed one is its successor."
)
FORGETS = "A counter on which they were the last to log in forgets the sealing keys at its next synchronisation."


@click.group()
def staff() -> None:
    """Who may work with the system."""


@staff.command()
@role_option
@clinic_option
@click.option("--name", default="", help="How the person is greeted; of security their name in full, and needed.")
@click.option("--another-person", is_flag=True, help="State that they are not the one of a like name; it is logged.")
@json_option
def invite(role: str, clinic: str | None, name: str, another_person: bool, as_json: bool) -> None:
    """Invite one person.

    Prints a link with which they make their passkey; it works once, for three days.

    People of security sign proposals, and nobody counts twice: a name like that of somebody who signs already is
    refused. Spelled just as theirs, it is that person.
    """
    with command_context() as ctx:
        invited = actions.invite(ctx, role=role, clinic=clinic, name=name, another_person=another_person)
    data = {"link": invited.link, "expires_at": iso(invited.until), "clinic": invited.clinic}
    lines = [invited.link, f"Works once, until {data['expires_at']}.", *_moved(clinic, invited.clinic)]
    lines += [f"{name} counts as one person with whoever signs under that name already."] if invited.is_known else []
    show(data, as_json=as_json, text="\n".join(lines))


def _moved(asked: str | None, bound: str | None) -> list[str]:
    return [] if asked == bound else [f"{asked} is closed: bound to {bound}, which took its place."]


@staff.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List everybody who was let in."""
    with command_context(writes=False) as ctx:
        people = actions.list_staff(ctx)
    rows = [
        {"id": p.id, "name": p.name, "role": p.role, "clinic": p.clinic, "active": p.disabled_at is None}
        for p in people
    ]
    lines = [
        f"{r['id']:20} {r['role']:10} {r['clinic'] or '-':11} {'active' if r['active'] else 'disabled':8} {r['name']}"
        for r in rows
    ]
    show({"staff": rows}, as_json=as_json, text="\n".join(lines) or "Nobody yet: `amate staff invite`.")


@staff.command()
@click.argument("staff_id", metavar="ID")
@json_option
def disable(staff_id: str, as_json: bool) -> None:
    """Let somebody in no more, and end their sessions now."""
    with command_context() as ctx:
        actions.disable_staff(ctx, staff_id)
    show({"disabled": staff_id}, as_json=as_json, text=f"{staff_id} may no longer log in. {FORGETS}")


@staff.command()
@role_option
@clinic_option
@click.option(
    "--expires-days",
    type=click.IntRange(1, model.MAX_TOKEN_DAYS),
    default=model.TOKEN_DAYS,
    show_default=True,
    help="Days until it ends.",
)
@json_option
def token(role: str, clinic: str | None, expires_days: int, as_json: bool) -> None:
    """Give another system a bearer token. It is shown this once and kept nowhere."""
    with command_context() as ctx:
        secret, given = actions.give_token(ctx, role=role, clinic=clinic, days=expires_days)
    data = {"token": secret, "expires_at": iso(given.expires_at), "id": given.id, "clinic": given.clinic}
    lines = [secret, f"id {given.id}, until {data['expires_at']}; shown this once.", *_moved(clinic, given.clinic)]
    show(data, as_json=as_json, text="\n".join(lines))


@staff.command()
@json_option
def tokens(as_json: bool) -> None:
    """List the tokens that were given, without their text."""
    with command_context(writes=False) as ctx:
        given, now = actions.list_tokens(ctx), ctx.now
    rows = [
        {
            "id": t.id,
            "role": t.role,
            "clinic": t.clinic,
            "created_at": iso(t.created_at),
            "expires_at": iso(t.expires_at),
            "state": t.state_at(now),
        }
        for t in given
    ]
    lines = [f"{r['id']}  {r['role']:10} {r['clinic'] or '-':11} {r['state']:8} until {r['expires_at']}" for r in rows]
    show({"tokens": rows}, as_json=as_json, text="\n".join(lines) or "No tokens yet.")


@staff.command(name="revoke-token")
@click.argument("token_id", metavar="ID")
@json_option
def revoke_token(token_id: str, as_json: bool) -> None:
    """End a token now."""
    with command_context() as ctx:
        actions.revoke_token(ctx, token_id)
    show({"revoked": token_id}, as_json=as_json, text=f"{token_id} is revoked.")
