"""`amate …`: every operator's verb; each is defined beside its feature and only joined here."""

from __future__ import annotations

import sys

import click

from amate import serve, terminal
from amate.errors import AmateError
from amate.features.audit import commands as audit
from amate.features.clinics import commands as clinics
from amate.features.login import commands as login


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="amate")
def cli() -> None:
    """Amate: issuer, register and verifier of the health credential."""


cli.add_command(serve.serve)
cli.add_command(audit.audit)
cli.add_command(login.staff)
cli.add_command(clinics.clinics)


def main() -> None:
    """The console script."""
    try:
        cli()
    except AmateError as error:
        terminal.fail(error)
    except KeyboardInterrupt:
        click.echo("amate: stopped", err=True)
        sys.exit(130)
