"""`amate demo`: fill an empty deployment with synthetic people, say where everything is, and serve it."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from typing import Any

import click

from amate.config import Settings, read_settings
from amate.context import system_clock
from amate.demo.people import everybody
from amate.demo.seed import DAY_S, ENROLLED, Summary, acting, seed
from amate.features.login import actions as login
from amate.features.trust import actions as trust
from amate.serve import check_port, serve_all
from amate.terminal import json_option, open_migrated, show

TOKEN_DAYS = 30


@click.command()
@click.option("--no-serve", is_flag=True, help="Only fill the deployment.")
@json_option
def demo(no_serve: bool, as_json: bool) -> None:
    """Seed a demonstration (once) and serve it; synthetic people, clinics and keys, marked as such."""
    settings = read_settings()
    if not no_serve:
        check_port(settings.host, settings.port)
    if not as_json:
        click.echo("Preparing the demonstration (a few seconds the first time)…", err=True)
    summary, token = prepare(settings) if no_serve else _in_another_process(settings)
    said = tell(settings, summary, token)
    show(said, as_json=as_json, text=as_text(said))
    if not no_serve:
        serve_all(settings, settings.host, settings.port, settings.workers)


def prepare(settings: Settings) -> tuple[Summary, str]:
    """Seed the deployment; gives what it holds, and a token of the role clinic."""
    engine = open_migrated(settings)
    now = system_clock()
    summary = seed(engine, settings, now)
    with acting(engine, settings, now) as ctx:
        clinic = "HGIMS900110"
        token, _expires_at = login.give_token(ctx, role="clinic", clinic=clinic, days=TOKEN_DAYS)
    engine.dispose()
    return summary, token


def _in_another_process(settings: Settings) -> tuple[Summary, str]:
    """The same, where keys may be opened: workers are forked from this process, which therefore never holds one."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("fork")) as pool:
        return pool.submit(prepare, settings).result()


def tell(settings: Settings, summary: Summary, token: str) -> dict[str, Any]:
    """Everything that a newcomer needs to begin."""
    url = settings.base_url
    waiting = everybody()[ENROLLED:]
    newcomers = [person for person in waiting if not person.guardian_curp][:3]
    newcomers += [person for person in waiting if person.guardian_curp][:1]
    return {
        "url": url,
        "faces": {
            "start": f"{url}/",
            "wallet": f"{url}/wallet/",
            "clinic": f"{url}/clinic/",
            "module": f"{url}/enrolment/",
            "console": f"{url}/console/",
        },
        "api": f"{url}/docs",
        "summary": asdict(summary),
        "backdated_days": trust.BACKDATE_S // DAY_S,
        "samples": str(settings.home / "samples"),
        "token": token,
        "try_enrolling": [
            {
                "curp": p.curp,
                "given_names": p.given_names,
                "surnames": f"{p.first_surname} {p.second_surname}",
                "guardian_curp": p.guardian_curp,
            }
            for p in newcomers
        ],
    }


def as_text(said: dict[str, Any]) -> str:
    """The same for people."""
    faces = said["faces"]
    sample = f"{said['samples']}/printed.txt"
    summary = said["summary"]
    people = [
        f"    {p['curp']}  {p['given_names']} · {p['surnames']}"
        + (f"  (a child; the guardian is {p['guardian_curp']})" if p["guardian_curp"] else "")
        for p in said["try_enrolling"]
    ]
    return "\n".join(
        [
            "",
            f"  Amate: {summary['people']} invented people enrolled, {summary['clinics']} invented clinics",
            "",
            f"  Start here       {faces['start']}   (one-click logins)",
            f"  Module's desk    {faces['module']}",
            f"  Wallet           {faces['wallet']}",
            f"  Clinic           {faces['clinic']}",
            f"  Security console {faces['console']}",
            f"  API              {said['api']}",
            "",
            "  To enrol, type one of these CURPs at the module's desk:",
            *people,
            "",
            f"  Codes of every kind, to scan, paste or verify: {said['samples']}",
            f"    curl -s {said['url']}/api/v1/verifications -H 'Authorization: Bearer {said['token']}' \\",
            f'      -H \'Content-Type: application/json\' -d "{{\\"text\\": \\"$(cat {sample})\\"}}"',
            "",
            f"  Keys and passes bear dates from {said['backdated_days']} days ago on, so that some have ended already.",
            "  Ctrl-C stops it. Everything here is invented; production settings refuse all of it.",
            "",
        ]
    )
