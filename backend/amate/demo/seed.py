"""Fills an empty deployment: clinics, affiliations and people through the real imports and the real desk, and samples.

The samples are codes of every kind that a receptionist may meet, in `samples/` of the data folder: a card in print, a
revoked one, an expired one, a screenshot, a phone whose clock is wrong, a forgery, and something else altogether.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from amate.app import create_app
from amate.config import Settings
from amate.context import Context, open_context
from amate.demo import clinics as demo_clinics
from amate.demo.people import SyntheticPerson, everybody
from amate.demo.phone import Phone, Send
from amate.errors import Refused
from amate.features.clinics import actions as clinics
from amate.features.enrolment import actions as enrolment
from amate.features.entitlement import actions as entitlement
from amate.features.entitlement.model import COLUMNS
from amate.features.issuance import actions as issuance
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.signing.passphrase import check_not_lost

HOUR_S, DAY_S = 3_600, 86_400
EXPIRED_DAYS = 35
NOT_OURS = "shc:/56762909524320603460292437404460312229595326546034602925407728043360287028647167452228092861553055647"
ENROLLED = 190  # the others are left for whoever tries the module's desk
MARK = "seeded"


@dataclass(frozen=True)
class Summary:
    """What a demonstration holds."""

    people: int
    clinics: int
    samples: tuple[str, ...]


def seed(engine: Engine, settings: Settings, now: int) -> Summary:
    """Fill the deployment once; a second time only signs and publishes anew.

    Raises: Refused("demo-refused") in staging and production, Unavailable("no-passphrase") where a demo's own is gone
    """
    if not settings.is_demo:
        raise Refused("demo-refused", f"AMATE_ENV is {settings.env}: no synthetic people here")
    check_not_lost(settings.passphrase_file, keys=settings.signers, home=settings.home)
    with acting(engine, settings, now) as ctx:
        trust.init(ctx)
    if not (settings.home / MARK).exists():
        _fill(engine, settings, now)
        (settings.home / MARK).write_text("by `amate demo`\n")
    with acting(engine, settings, now) as ctx:
        status.publish(ctx)
        trust.publish(ctx)
    samples = tuple(sorted(path.stem for path in (settings.home / "samples").glob("*.txt")))
    return Summary(ENROLLED, len(list(demo_clinics.rows())), samples)


@contextmanager
def acting(engine: Engine, settings: Settings, now: int) -> Iterator[Context]:
    """A Context of the demonstration at an instant."""
    with open_context(engine, settings, actor="demo", clock=lambda: now) as ctx:
        yield ctx


def _fill(engine: Engine, settings: Settings, now: int) -> None:
    people = everybody()
    folder = settings.home / "extracts"
    folder.mkdir(parents=True, exist_ok=True)
    with acting(engine, settings, now) as ctx:
        catalogue = folder / "clinics.csv"
        catalogue.write_text(demo_clinics.catalogue(), encoding="utf-8")
        clinics.import_catalogue(ctx, catalogue)
        opening = folder / "hours.csv"
        opening.write_text(demo_clinics.opening_hours(), encoding="utf-8")
        clinics.import_hours(ctx, opening)
        for institution, path in write_extracts(folder, people).items():
            entitlement.import_padron(ctx, path, institution)
        ids = [enrolment.enrol(ctx, facts_of(person)).answer["person_id"] for person in people[:ENROLLED]]
    _make_samples(engine, settings, now, ids)


def write_extracts(folder: Path, people: list[SyntheticPerson]) -> dict[int, Path]:
    """One file of affiliations for each institution."""
    institutions = sorted({m.institution for person in people for m in person.memberships})
    paths = {institution: folder / f"padron-{institution}.csv" for institution in institutions}
    for institution, path in paths.items():
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for person in people:
                for m in person.memberships:
                    if m.institution == institution:
                        dates = (m.since, m.until, m.student_until)
                        writer.writerow((person.curp, m.role, m.relation, "", *dates, "0"))
    return paths


def facts_of(person: SyntheticPerson) -> dict[str, Any]:
    """A person as the module's form says it."""
    return {
        "curp": person.curp,
        "given_names": person.given_names,
        "first_surname": person.first_surname,
        "second_surname": person.second_surname,
        "sex": person.sex,
        "birth_date": person.birth_date,
        "birth_state": person.birth_state,
        "nationality": "MEX",
        "organ_donation": "not_stated",
        "location": {"lat": person.lat, "lon": person.lon},
        "guardian_curp": person.guardian_curp,
    }


def _make_samples(engine: Engine, settings: Settings, now: int, ids: list[str]) -> None:
    folder = settings.home / "samples"
    folder.mkdir(exist_ok=True)
    long_ago = now - EXPIRED_DAYS * DAY_S
    expired = claimed_phone(engine, settings, ids[0], long_ago)
    phone = claimed_phone(engine, settings, ids[1], now)
    revoked = claimed_phone(engine, settings, ids[2], now)
    with acting(engine, settings, now) as ctx:
        issuance.revoke_person(ctx, ids[2], "lost")
        printed = issuance.printed_card(ctx, ids[3]).text
    expired.now = lambda: now
    samples = {
        "printed": printed,
        "expired": expired.show(),
        "revoked": revoked.show(),
        "screenshot": phone.show(ahead_s=-5 * 60),
        "skewed": phone.show(ahead_s=HOUR_S),
        "forged": forged(phone),
        "foreign": NOT_OURS,
    }
    for name, text in samples.items():
        (folder / f"{name}.txt").write_text(text + "\n")


def claimed_phone(engine: Engine, settings: Settings, person_id: str, at: int) -> Phone:
    """A phone in software that claimed a person's credential at an instant."""
    with acting(engine, settings, at) as ctx:
        offer = issuance.make_offer(ctx, person_id)
        random = ctx.random
    app = create_app(settings, clock=lambda: at)
    phone = Phone(sender_of(app.test_client()), settings.issuer, lambda: at, random)
    phone.claim(offer.uri, offer.tx_code)
    app.extensions["amate.engine"].dispose()
    return phone


def sender_of(client: FlaskClient) -> Send:
    """The network of a phone that talks to an application in this process."""

    def send(method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        answer = client.open(path, method=method, data=body, headers=headers)
        return answer.status_code, json.loads(answer.get_data() or b"{}")

    return send


def forged(phone: Phone) -> str:
    """The phone's pass with one letter of the issuer's signature changed, shown by the phone's own key."""
    real = phone.pass_bytes
    phone.pass_bytes = real[:-1] + bytes([real[-1] ^ 1])
    text = phone.show()
    phone.pass_bytes = real
    return text
