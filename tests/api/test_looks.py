"""Who looked at my card: on line and off, told to its person alone, and to no phone that was withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.qr_pass import Pass
from amate.core.receipt import Seen
from amate.features.clinics import actions as clinics
from amate.features.issuance import actions
from amate.features.status import actions as status
from tests.api.conftest import LoginAs
from tests.api.issuing import claimed, enrol, offer_to
from tests.api.soft_counter import CLUES, SoftCounter
from tests.api.soft_wallet import SoftWallet, error_of, json_of
from tests.api.test_passes import CLINIC
from tests.conftest import NOW, Clock

LOOKS = "/api/v1/me/looks"
VERIFY = "/api/v1/verifications"


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context) -> SoftWallet:
    """A phone with its credential, and a clinic that can look at it."""
    enrol(ctx)
    clinics.save(ctx, {CLUES: CLINIC}, clinics.Imported())
    wallet = claimed(client, clock, offer_to(ctx, "p-1"))
    status.publish(ctx)
    ctx.commit()
    return wallet


@pytest.fixture
def counter(wallet: SoftWallet, login_as: LoginAs) -> SoftCounter:
    return SoftCounter(wallet.client, login_as("clinic", CLUES))


def looks(wallet: SoftWallet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json_of(wallet.client.get(LOOKS, headers=wallet.bound(LOOKS, "GET")))["looks"]
    return found


def seen_in(raw: bytes) -> Seen:
    found = qr_pass.parse(raw)
    assert isinstance(found, Pass)
    return Seen(found.claims.profile, found.claims.cti, found.claims.status_index)


def pass_of(wallet: SoftWallet) -> Seen:
    return seen_in(encoding.base64url_decode(json_of(wallet.new_pass())["pass"]))


def card_of(client: FlaskClient, login_as: LoginAs) -> str:
    text: str = json_of(client.post("/api/v1/people/p-1/cards", headers=login_as("enrolment")), 201)["text"]
    return text


def test_scans_off_line_are_told_when_the_clinic_has_synchronised(wallet: SoftWallet, counter: SoftCounter) -> None:
    seen = pass_of(wallet)
    early, late = counter.scan(seen, at=NOW + 60), counter.scan(seen, at=NOW + 900)
    assert looks(wallet) == []
    counter.states(early, late)
    assert looks(wallet) == [
        {
            "at": at,
            "clues": CLUES,
            "clinic": "CENTRO DE SALUD DE PRUEBA",
            "institution": "IMB",
            "is_online": False,
        }
        for at in ("2026-11-18T11:21:40Z", "2026-11-18T11:07:40Z")
    ]


def test_a_look_at_a_printed_card_is_told_too_on_line_and_off(
    wallet: SoftWallet, counter: SoftCounter, login_as: LoginAs
) -> None:
    text = card_of(wallet.client, login_as)
    seen = seen_in(encoding.bytes_from_text(text))
    assert json_of(counter.client.post(VERIFY, json={"text": text}, headers=counter.headers))["person"]
    counter.states(counter.scan(seen, at=NOW + 3000, verdict="check_identity", reason="printed"))
    assert [each["is_online"] for each in looks(wallet)] == [False, True]


def test_a_question_on_line_and_the_receipt_of_it_are_one_look(wallet: SoftWallet, counter: SoftCounter) -> None:
    text = json_of(wallet.qr_token())["text"]
    assert json_of(counter.client.post(VERIFY, json={"text": text}, headers=counter.headers))["verdict"] == "valid"
    counter.states(counter.scan(seen_in(encoding.bytes_from_text(text)), at=NOW + 1))
    assert [each["is_online"] for each in looks(wallet)] == [True]


def test_what_an_integrator_told_without_a_signature_is_told_too(wallet: SoftWallet, counter: SoftCounter) -> None:
    told = {"id": "receipt-1", "cti": pass_of(wallet).cti.hex(), "verdict": "valid", "at": "2026-11-18T10:00:00Z"}
    json_of(counter.client.post(f"{VERIFY}/receipts", json={"receipts": [told]}, headers=counter.headers))
    assert [(each["at"], each["clues"]) for each in looks(wallet)] == [("2026-11-18T10:00:00Z", None)]


def test_nobody_elses_looks_are_told_and_none_older_than_ninety_days(
    wallet: SoftWallet, counter: SoftCounter, ctx: Context, clock: Clock
) -> None:
    enrol(ctx, "LOMJ850115HHGPRR06", "p-2")
    other = claimed(wallet.client, clock, offer_to(ctx, "p-2"))
    mine = pass_of(wallet)
    counter.states(counter.scan(mine), counter.scan(mine, at=NOW - 91 * 86_400), counter.scan(verdict="not_a_pass"))
    assert looks(other) == []
    assert [each["at"] for each in looks(wallet)] == ["2026-11-18T11:06:40Z"]


def test_fifty_at_most_are_told_the_newest_first(wallet: SoftWallet, counter: SoftCounter) -> None:
    mine = pass_of(wallet)
    chain = [counter.scan(mine, at=NOW + at) for at in range(60)]
    for start in (0, 30):
        counter.states(*chain[start : start + 30])
    told = [each["at"] for each in looks(wallet)]
    assert len(told) == 50
    assert told == sorted(told, reverse=True)
    assert told[0] == "2026-11-18T11:07:39Z"


def test_a_phone_that_was_withdrawn_learns_nothing(wallet: SoftWallet, ctx: Context) -> None:
    actions.revoke_person(ctx, "p-1", "lost")
    ctx.commit()
    answer = wallet.client.get(LOOKS, headers=wallet.bound(LOOKS, "GET"))
    assert error_of(answer, 403) == "credential-revoked"


def test_f04_no_other_key_reads_them(wallet: SoftWallet, clock: Clock) -> None:
    thief = SoftWallet(wallet.client, clock, access_token=wallet.access_token)
    assert error_of(wallet.client.get(LOOKS, headers=thief.bound(LOOKS, "GET")), 401) == "invalid-dpop-proof"
    assert wallet.client.get(LOOKS).status_code == 401
