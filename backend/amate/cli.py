"""`amate …`: every verb is defined beside its feature, and only named here and loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import NamedTuple

import click

from amate.errors import AmateError


class Verb(NamedTuple):
    """Where a verb is defined (module:attribute), and what it is for."""

    path: str
    help: str


VERBS = {
    "demo": Verb("amate.demo.commands:demo", "Seed a demonstration (once) and serve it."),
    "serve": Verb("amate.serve:serve", "Serve the API and the faces, or a clinic's own verifier node."),
    "signer": Verb("amate.signer:signer", "Hold the keys, and sign for the servers of this user."),
    "verify": Verb("amate.features.verification.commands:verify", "Judge a scanned code."),
    "receipts": Verb("amate.features.verification.receipts.commands:receipts", "What clinics scanned, also off line."),
    "pack": Verb("amate.features.verification.commands:pack_group", "What a verifier works with, off line."),
    "node": Verb("amate.features.verification.node.commands:node", "A clinic's own node, for its reception."),
    "clinics": Verb("amate.features.clinics.commands:clinics", "Medical units (CLUES)."),
    "padron": Verb("amate.features.entitlement.commands:padron", "Affiliations, as institutions know them."),
    "entitlement": Verb("amate.features.entitlement.tables:entitlement", "What the decision table says, and why."),
    "credentials": Verb("amate.features.issuance.commands:credentials", "Credentials and cards: list, revoke."),
    "status": Verb("amate.features.status.commands:status", "Status lists: what is revoked."),
    "trust": Verb("amate.features.trust.commands:trust", "The signed repository that verifiers believe."),
    "keys": Verb("amate.features.rotation.commands:keys", "The keys that sign passes, credentials and lists."),
    "staff": Verb("amate.features.login.commands:staff", "Staff, invitations, integrators' tokens."),
    "audit": Verb("amate.features.audit.commands:audit", "The log of who did what."),
}


# Commands of a group that stand in a room which the group's own may not enter.
_TABLES = "amate.features.rotation.table.commands"
GUESTS = {
    "entitlement": {
        "propose": Verb(f"{_TABLES}:propose", "Propose a change of the decision table."),
        "approve": Verb(f"{_TABLES}:approve", "Sign somebody else's change of the table."),
        "publish": Verb(f"{_TABLES}:publish", "Adopt a signed change, and publish it."),
        "withdraw": Verb(f"{_TABLES}:withdraw", "Close a proposal without doing it."),
        "proposals": Verb(f"{_TABLES}:proposals", "What is proposed, and what was in force."),
    },
    "keys": {
        "ceremony": Verb("amate.features.trust.commands:ceremony", "Give the roles of the repository their keys."),
        "audit": Verb("amate.features.audit.commands:audit", "The log of who did what: verify, export, check."),
        "drill": Verb("amate.demo.drill:drill", "Rehearse the theft of a key, timed."),
    },
}


class Verbs(click.Group):
    """Loads a verb's module only when it is called: a verdict at the terminal need not load what draws cards."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = _load(VERBS[cmd_name])
        if isinstance(command, click.Group):
            for name, guest in GUESTS.get(cmd_name, {}).items():
                command.add_command(_load(guest), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])


def _load(verb: Verb) -> click.Command:
    module, _, attribute = verb.path.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="amate")
def cli() -> None:
    """Amate: issuer, register and verifier of the health credential.

    Begin with `amate demo`: it fills a deployment with invented people and serves it. Data live in AMATE_HOME, by
    default .amate in the checkout; the other settings are AMATE_… variables too, see README.md.

    Exit code: 0 done; 1 refused or not possible, and stderr says why, with --json as a line of JSON; 2 wrong
    arguments. Others stand with their command.
    """


def main() -> None:
    """The console script."""
    try:
        cli()
    except AmateError as error:
        from amate.terminal import fail

        fail(error)
    except Exception as error:
        from amate.terminal import fail, outage_of

        outage = outage_of(error)
        if outage is None:
            raise
        fail(outage)
    except KeyboardInterrupt:
        click.echo("amate: stopped", err=True)
        sys.exit(130)
