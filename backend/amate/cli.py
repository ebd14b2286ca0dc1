"""`amate …`: every operator's verb; each is defined beside its feature and only joined here."""

from __future__ import annotations

import sys

import click

from amate import serve, terminal
from amate.demo import commands as demo
from amate.errors import AmateError
from amate.features.audit import commands as audit
from amate.features.clinics import commands as clinics
from amate.features.entitlement import commands as entitlement
from amate.features.issuance import commands as issuance
from amate.features.login import commands as login
from amate.features.status import commands as status
from amate.features.trust import commands as trust
from amate.features.verification import commands as verification


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="amate")
def cli() -> None:
    """Amate: issuer, register and verifier of the health credential."""


for command in (
    serve.serve,
    demo.demo,
    verification.verify,
    verification.pack_group,
    clinics.clinics,
    entitlement.padron,
    issuance.credentials,
    status.status,
    trust.trust,
    trust.keys,
    login.staff,
    audit.audit,
):
    cli.add_command(command)


def main() -> None:
    """The console script."""
    try:
        cli()
    except AmateError as error:
        terminal.fail(error)
    except KeyboardInterrupt:
        click.echo("amate: stopped", err=True)
        sys.exit(130)
