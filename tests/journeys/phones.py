"""A phone in software that talks to a live server: for journeys that are about the other side of the counter."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from typing import Any

from amate.context import system_clock
from amate.demo.people import SyntheticPerson
from amate.demo.phone import Phone
from tests.live import LiveServer


def phone_of(server: LiveServer, person: SyntheticPerson) -> Phone:
    """A phone that has just claimed this person's credential; the module's API gave the offer."""
    token = json.loads(server.amate("staff", "token", "--role", "enrolment", "--json").stdout)["token"]
    body = {
        "curp": person.curp,
        "given_names": person.given_names,
        "first_surname": person.first_surname,
        "second_surname": person.second_surname,
        "sex": person.sex,
        "birth_date": person.birth_date.isoformat(),
        "birth_state": person.birth_state,
        "nationality": "MEX",
        "organ_donation": "not_stated",
        "location": {"lat": person.lat, "lon": person.lon},
    }
    status, said = server.request("POST", "/api/v1/enrolments", body, {"Authorization": f"Bearer {token}"})
    assert status in (200, 201), said
    phone = Phone(_sender(server), server.url, system_clock, secrets.token_bytes)
    phone.claim(said["offer"]["uri"], said["tx_code"])
    return phone


def _sender(server: LiveServer) -> Any:
    def send(method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        data = body.encode() if method == "POST" else None
        request = urllib.request.Request(f"{server.url}{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    return send
