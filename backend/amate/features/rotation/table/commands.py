"""`amate entitlement propose | approve | publish | withdraw | proposals`: the table changes as two people sign.

They stand here and not beside `amate entitlement explain`, for whoever proposes, signs and publishes needs keys and the
repository, which are above that room. Each verb may be repeated; exit 0 done, 1 refused, 3 waits for signatures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from amate.context import Context
from amate.errors import Malformed, Refused
from amate.features.entitlement import actions as entitlement
from amate.features.rotation import actions, model, saying
from amate.features.rotation.proposing import key_option, keys_context
from amate.features.rotation.table import saying as telling
from amate.features.trust import actions as trust
from amate.terminal import EXIT_WAITS, json_option, show


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@key_option
@json_option
def propose(file: Path, uri: str, as_json: bool) -> None:
    """Propose a change of the table, and sign it with your key.

    FILE is a draft, as `amate entitlement test` tries it, or a whole table. It is tried as there; then what it changes
    is shown, rule by rule, and the digest, which a second person compares before they sign it with `approve`.
    """
    with keys_context() as ctx:
        said = saying.standing(actions.propose_table(ctx, file, actions.people.with_key(ctx, uri)))
    show(said, as_json=as_json, text=telling.proposal_text(said))


@click.command()
@click.argument("proposal")
@click.option("--digest", metavar="HEX", help="What the proposer read to you; nothing is signed where it is another.")
@key_option
@json_option
def approve(proposal: str, digest: str | None, uri: str, as_json: bool) -> None:
    """Sign somebody else's change of the table."""
    with keys_context() as ctx:
        found = _of_table(ctx, proposal)
        if digest is not None and "".join(digest.split()).lower() != found.digest:
            raise Refused(
                "another-digest", f"{found.id} has the digest {found.digest}: do not sign it", where="--digest"
            )
        said = saying.standing(actions.approve(ctx, found.id, actions.people.with_key(ctx, uri)))
    show(said, as_json=as_json, text=telling.proposal_text(said))


@click.command()
@click.argument("proposal")
@json_option
def publish(proposal: str, as_json: bool) -> None:
    """Adopt the table of a signed proposal, and publish it.

    The table is kept first, then signed and published; cut off, the same command goes on. Exit code: 0 it is in force;
    3 it waits for the signatures of the holders of targets keys (`amate trust drafts`), and is in force with them.
    """
    with keys_context() as ctx:
        done = actions.carry_out(ctx, _of_table(ctx, proposal).id)
        ctx.commit()
        published = saying.published(trust.publish(ctx))
        in_force = entitlement.table_in_force(ctx).version
        said = {**saying.standing(done), "in_force": in_force, "published": published}
    lines = [telling.proposal_text(said), f"in force: {in_force}"]
    lines += [f"{w['role']} {w['version']} waits for signatures: amate trust drafts" for w in published["waits_for"]]
    show(said, as_json=as_json, text="\n".join(lines))
    if published["waits_for"]:
        sys.exit(EXIT_WAITS)


@click.command()
@click.argument("proposal")
@json_option
def withdraw(proposal: str, as_json: bool) -> None:
    """Close a proposal without doing it."""
    with keys_context() as ctx:
        said = saying.standing(actions.withdraw(ctx, _of_table(ctx, proposal).id))
    show(said, as_json=as_json, text=telling.proposal_text(said))


@click.command()
@json_option
def proposals(as_json: bool) -> None:
    """Every change that was proposed, and every table.

    Says, too, where the table of this release lies when it is another than the newest: it counts for nothing before
    it is proposed.
    """
    with keys_context(writes=False) as ctx:
        standings = [each for each in actions.standings(ctx) if each.proposal.action == model.TABLE]
        kept = telling.versions(entitlement.versions(ctx), entitlement.table_in_force(ctx).version)
        offered = entitlement.offered(ctx)
    listed = [saying.standing(each) for each in standings]
    said = {"proposals": listed, "versions": kept, "release_table": None if offered is None else str(offered)}
    text = [telling.proposal_text(each) for each in listed] or ["no proposals"]
    text += ["", telling.versions_text(kept)]
    text += [] if offered is None else [telling.offered_text(offered, entitlement.shipped_table().version)]
    show(said, as_json=as_json, text="\n".join(text))


def _of_table(ctx: Context, proposal: str) -> model.Proposal:
    """Raises: Unknown("unknown-proposal"), Malformed("other-action")"""
    found = actions.named(ctx, proposal)
    if found.action != model.TABLE:
        said = f"{found.id} is a proposal to {found.action} a key: see `amate keys proposals`"
        raise Malformed("other-action", said, where="proposal")
    return found
