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


def desk_of(server: LiveServer) -> str:
    """The token of a module's desk."""
    token: str = json.loads(server.amate("staff", "token", "--role", "enrolment", "--json").stdout)["token"]
    return token


def put_in(server: LiveServer, person: SyntheticPerson, *, desk: str | None = None, **changes: Any) -> dict[str, Any]:
    """Register somebody by the desk's own interface: its answer.

    desk: its token, of a new one where there is none
    """
    token = desk or desk_of(server)
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


def phone_of(server: LiveServer, person: SyntheticPerson, *, desk: str | None = None) -> Phone:
    """A phone that has just claimed this person's credential; desk as in put_in."""
    said = put_in(server, person, desk=desk)
    phone = Phone(server.send, server.url, system_clock, secrets.token_bytes)
    phone.claim(said["offer"]["uri"], said["tx_code"])
    return phone
