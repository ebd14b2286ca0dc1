"""Verifiers tell how old their lists are; security reads counts by age, and nothing that names a clinic or a person."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from amate.context import Context
from amate.features.trust.model import iso
from amate.features.verification import store
from tests.api.conftest import LoginAs
from tests.conftest import NOW, Clock

REPORTS, AGES = "/api/v1/verifiers/reports", "/api/v1/verifiers/ages"
MINUTE_S, DAY_S = 60, 86_400
Headers = dict[str, str]


def device(number: int) -> str:
    return f"device-{number:012}"


def report(number: int, *, trust_s: int | None, status_s: int | None = 0, skew_s: int | None = 0) -> dict[str, Any]:
    """What a device says whose lists are this old."""
    trust, status = (None if age is None else iso(NOW - age) for age in (trust_s, status_s))
    return {"device": device(number), "trust_signed_at": trust, "status_signed_at": status, "clock_skew_s": skew_s}


@pytest.fixture
def clinic(login_as: LoginAs) -> Headers:
    return login_as("clinic", "HGIMS900110")


@pytest.fixture
def security(login_as: LoginAs) -> Headers:
    return login_as("security")


def counts(client: FlaskClient, headers: Headers, what: str = "trust") -> list[int]:
    """Devices by age, youngest first, and at the end those that never had any."""
    said = client.get(AGES, headers=headers).json[what]
    return [bucket["devices"] for bucket in said["buckets"]] + [said["never"]]


def test_devices_are_counted_by_the_age_of_what_they_last_had(
    client: FlaskClient, clinic: Headers, security: Headers, clock: Clock
) -> None:
    ages_s = [0, 15 * MINUTE_S, 15 * MINUTE_S + 1, DAY_S, 7 * DAY_S, 30 * DAY_S, 31 * DAY_S, None]
    for number, age_s in enumerate(ages_s):
        answer = client.post(REPORTS, json=report(number, trust_s=age_s, status_s=DAY_S), headers=clinic)
        assert answer.status_code == 204
    said = client.get(AGES, headers=security).json
    assert [bucket["up_to_s"] for bucket in said["trust"]["buckets"]] == [900, DAY_S, 7 * DAY_S, 30 * DAY_S, None]
    assert counts(client, security) == [2, 2, 1, 1, 1, 1]
    assert counts(client, security, "status") == [0, 8, 0, 0, 0, 0]
    assert (said["devices"], said["reported_last_day"]) == (8, 8)
    clock.now += 2 * DAY_S  # whoever is silent grows old
    assert counts(client, security) == [0, 0, 4, 1, 2, 1]
    assert client.get(AGES, headers=security).json["reported_last_day"] == 0


def test_a_device_counts_once_as_it_last_reported(
    client: FlaskClient, clinic: Headers, security: Headers, clock: Clock
) -> None:
    client.post(REPORTS, json=report(1, trust_s=9 * DAY_S, skew_s=400), headers=clinic)
    assert client.get(AGES, headers=security).json["clock_off"] == {"beyond_s": 30, "devices": 1}
    client.post(REPORTS, json=report(1, trust_s=0, skew_s=-30), headers=clinic)
    assert counts(client, security) == [1, 0, 0, 0, 0, 0]
    assert client.get(AGES, headers=security).json["clock_off"]["devices"] == 0


def test_what_is_kept_names_nobody_and_goes_after_90_days(
    client: FlaskClient, clinic: Headers, clock: Clock, ctx: Context
) -> None:
    client.post(REPORTS, json=report(1, trust_s=0), headers=clinic)
    (row,) = ctx.tx.execute(select(store.verifier_report)).mappings()
    ctx.tx.commit()
    assert set(row) == {"device", "trust_signed_at", "status_signed_at", "clock_skew_s", "reported_at"}
    assert "HGIMS900110" not in str(dict(row))
    clock.now += 90 * DAY_S
    client.post(REPORTS, json=report(2, trust_s=0), headers=clinic)
    assert ctx.tx.scalar(select(func.count()).select_from(store.verifier_report)) == 2
    ctx.tx.commit()
    clock.now += 1
    client.post(REPORTS, json=report(2, trust_s=0), headers=clinic)
    assert ctx.tx.scalars(select(store.verifier_report.c.device)).all() == [device(2)]


@pytest.mark.parametrize(
    "bent",
    [
        {"device": "short"},
        {"device": "x" * 65},
        {"device": "HGIMS900110 reception"},
        {"trust_signed_at": "yesterday"},
        {"trust_signed_at": "2026-02-30T00:00:00Z"},
        {"clock_skew_s": 10**12},
        {"clinic": "HGIMS900110"},
    ],
)
def test_a_report_says_nothing_else(client: FlaskClient, clinic: Headers, bent: dict[str, Any]) -> None:
    assert client.post(REPORTS, json={**report(1, trust_s=0), **bent}, headers=clinic).status_code == 422


def test_a_clock_that_is_far_off_is_told_as_far_as_it_can_be(client: FlaskClient, clinic: Headers) -> None:
    assert client.post(REPORTS, json=report(1, trust_s=None, skew_s=None), headers=clinic).status_code == 204
    assert client.post(REPORTS, json=report(1, trust_s=0, skew_s=-(10**9)), headers=clinic).status_code == 204


def test_who_reports_and_who_reads(client: FlaskClient, login_as: LoginAs) -> None:
    roles = ("clinic", "enrolment", "security", "auditor", "admin")
    posted = {r: client.post(REPORTS, json=report(1, trust_s=0), headers=login_as(r)).status_code for r in roles}
    read = {r: client.get(AGES, headers=login_as(r)).status_code for r in roles}
    assert posted == {"clinic": 204, "enrolment": 403, "security": 403, "auditor": 403, "admin": 403}
    assert read == {"clinic": 403, "enrolment": 403, "security": 200, "auditor": 200, "admin": 200}


def test_nobody_has_reported_yet(client: FlaskClient, security: Headers) -> None:
    assert counts(client, security) == [0, 0, 0, 0, 0, 0]
    assert client.get(AGES, headers=security).json["devices"] == 0
