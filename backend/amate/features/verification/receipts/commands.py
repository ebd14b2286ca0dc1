"""`amate receipts …`."""

from __future__ import annotations

import click

from amate.features.trust.model import iso
from amate.features.verification.model import JsonObject
from amate.features.verification.receipts import actions
from amate.features.verification.receipts.model import Double, Scan
from amate.terminal import command_context, json_option, show

DAY_S = 86_400


@click.group()
def receipts() -> None:
    """What clinics told of their scans, those off line included."""


@receipts.command("doubles")
@click.option("--days", type=click.IntRange(1, 36_500), default=1, show_default=True, help="Of what came in since.")
@json_option
def doubles(days: int, as_json: bool) -> None:
    """List passes that were in two hands.

    At two clinics within an hour, or of one use and at two counters.
    """
    with command_context(writes=False) as ctx:
        found = actions.doubles(ctx, within_s=days * DAY_S)
    said = [
        {"cti": each.cti, "profile": each.profile, "first": _scan(each.first), "second": _scan(each.second)}
        for each in found
    ]
    lines = [_double_line(each) for each in found]
    show({"doubles": said}, as_json=as_json, text="\n".join(lines) or "no pass was in two hands")


def _scan(scan: Scan) -> JsonObject:
    return {"clinic": scan.clinic, "counter": scan.device, "at": iso(scan.scanned_at), "verdict": scan.verdict}


def _double_line(double: Double) -> str:
    places = (f"{scan.clinic} {iso(scan.scanned_at)}" for scan in (double.first, double.second))
    return f"{double.cti}  {'  '.join(places)}"
