"""People and phones that are there before a journey begins, by the module's API and a phone in software."""

from __future__ import annotations

import json
import secrets
from typing import Any

from amate.context import system_clock
from amate.demo.people import SyntheticPerson, everybody
from amate.demo.phone import Phone
from amate.demo.seed import ENROLLED, facts_of
from tests.journeys.steps import Offer
from tests.live import LiveServer


def put_in(server: LiveServer, person: SyntheticPerson, **changes: Any) -> dict[str, Any]:
    """Register somebody by the desk's own interface: its answer."""
    token = json.loads(server.amate("staff", "token", "--role", "enrolment", "--json").stdout)["token"]
    facts = {name: value for name, value in facts_of(person).items() if value is not None}
    body = facts | {"birth_date": person.birth_date.isoformat()} | changes
    status, said = server.request("POST", "/api/v1/enrolments", body, {"Authorization": f"Bearer {token}"})
    assert status in (200, 201), said
    answer: dict[str, Any] = said
    return answer


def longest_named() -> SyntheticPerson:
    """The enrolled adult with the longest name."""
    adults = [p for p in everybody()[3:ENROLLED] if p.guardian_curp is None]
    return max(adults, key=lambda p: len(f"{p.given_names} {p.first_surname} {p.second_surname}"))


def offered(server: LiveServer, person: SyntheticPerson) -> Offer:
    """A fresh offer for this person's phone."""
    said = put_in(server, person)
    return Offer(said["offer"]["link"], said["offer"]["code"], said["tx_code"])


def phone_of(server: LiveServer, person: SyntheticPerson) -> Phone:
    """A phone that has just claimed this person's credential."""
    said = put_in(server, person)
    phone = Phone(server.send, server.url, system_clock, secrets.token_bytes)
    phone.claim(said["offer"]["uri"], said["tx_code"])
    return phone
