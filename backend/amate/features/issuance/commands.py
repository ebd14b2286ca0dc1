"""`amate credentials …`."""

from __future__ import annotations

from typing import Any

import click

from amate.errors import Malformed
from amate.features.issuance import actions
from amate.features.issuance.model import Issued
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from amate.terminal import command_context, json_option, show


@click.group()
def credentials() -> None:
    """Credentials and printed cards that were issued."""


@credentials.command(name="list")
@click.option("--person", metavar="ID", help="Only this person's.")
@click.option("--key", "kid", metavar="KID", help="Only what still relies on this key, cards first.")
@json_option
def list_(person: str | None, kid: str | None, as_json: bool) -> None:
    """List what was issued, newest first, or all of one person's.

    Of a key, what it signed and nobody has renewed: phones, and cards to print anew at a module.
    """
    if person is not None and kid is not None:
        raise Malformed("bad-arguments", "Name --person or --key, not both.")
    with command_context(writes=False) as ctx:
        key = None if kid is None else trust.find_key(ctx, kid).kid
        rows = [_row(issued) for issued in actions.list_issued(ctx, person, kid=key)]
    lines = [f"{row['id']}  {row['kind']:10} {row['state']:8} {row['created_at']}  {row['person_id']}" for row in rows]
    nothing = f"Nothing was issued to {person}: no person with this id holds anything."
    if kid is not None:
        nothing = f"Nothing relies on {kid} any more."
    text = "\n".join(lines) or ("Nothing was issued yet." if person is kid is None else nothing)
    show({"credentials": rows}, as_json=as_json, text=text)


@credentials.command()
@click.option("--person", metavar="ID", help="Everything that this person holds.")
@click.option("--credential", metavar="ID", help="One credential or card.")
@click.option("--reason", required=True, help="A slug, such as lost or issued-in-error.")
@json_option
def revoke(person: str | None, credential: str | None, reason: str, as_json: bool) -> None:
    """Revoke for good; of what was revoked already, tell when and why.

    Name either --person or --credential. Verifiers learn it when `amate status publish` has run.
    """
    if (person is None) == (credential is None):
        raise Malformed("bad-arguments", "Name either --person or --credential.")
    with command_context() as ctx:
        if person is not None:
            revoked = [issued.id for issued in actions.revoke_person(ctx, person, reason)]
            found = actions.list_issued(ctx, person)
        else:
            found = [actions.revoke(ctx, credential or "", reason)]
            revoked = [issued.id for issued in found if not issued.is_revoked]
    before = [
        {"id": issued.id, "revoked_at": iso(issued.revoked_at), "reason": issued.reason}
        for issued in found
        if issued.revoked_at is not None and issued.id not in revoked
    ]
    lines = [f"{len(revoked)} revoked.{' Publish it now: amate status publish' if revoked else ''}"]
    lines += [f"{row['id']} was revoked already, at {row['revoked_at']}: {row['reason']}." for row in before]
    show({"revoked": revoked, "already_revoked": before}, as_json=as_json, text="\n".join(lines))


@credentials.command()
@json_option
def recover(as_json: bool) -> None:
    """Give up what a crash left half issued, and drop what has ended."""
    with command_context() as ctx:
        done = actions.recover(ctx)
    text = f"{done.burned} given up, {done.swept} ended rows dropped."
    show({"burned": done.burned, "swept": done.swept}, as_json=as_json, text=text)


def _row(issued: Issued) -> dict[str, Any]:
    return {
        "id": issued.id,
        "kind": issued.kind,
        "person_id": issued.person_id,
        "state": issued.state,
        "status_index": issued.status_index,
        "created_at": iso(issued.created_at),
        "expires_at": iso(issued.expires_at),
        "reason": issued.reason,
    }
