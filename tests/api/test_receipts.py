"""Receipts that counters signed off line: each once, in its chain, and what contradicts it is kept and told."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from amate.context import Context
from amate.core.receipt import Seen, digest_of
from amate.features.audit import store as audit
from amate.features.trust import actions as trust
from amate.features.verification.receipts import store
from tests.api.conftest import Amate, LoginAs
from tests.api.soft_counter import ADDRESS, CLUES, SoftCounter
from tests.conftest import NOW
from tests.soft_jwt import new_key

OTHER = "VZIMB002210"
DOUBLES = ("receipts", "doubles", "--days", "36500")  # the command goes by the machine's own clock
LENT = Seen(2, b"lent-code-01", 1)
PHONE = Seen(1, b"phones-pass1", 2)


@pytest.fixture
def centre(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


@pytest.fixture
def counter(client: FlaskClient, login_as: LoginAs, centre: None) -> SoftCounter:
    return SoftCounter(client, login_as("clinic", CLUES))


def other_counter(client: FlaskClient, login_as: LoginAs, clinic: str) -> SoftCounter:
    return SoftCounter(client, login_as("clinic", clinic), clinic)


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as tx:
        return list(tx.execute(select(store.scan_receipt).order_by(store.scan_receipt.c.number)))


def audited(engine: Engine, action: str) -> list[dict[str, Any]]:
    with engine.connect() as tx:
        query = select(audit.entries.c.detail).where(audit.entries.c.action == action)
        return [json.loads(detail) for detail in tx.execute(query.order_by(audit.entries.c.at)).scalars()]


def test_each_receipt_is_kept_once_however_often_it_comes(counter: SoftCounter, engine: Engine) -> None:
    first, second = counter.scan(PHONE), counter.scan(verdict="not_valid", reason="revoked")
    assert counter.states(first, second) == [("stored", None), ("stored", None)]
    third = counter.scan(PHONE, at=NOW + 5)
    assert counter.states(second, third, third) == [("known", None), ("stored", None), ("known", None)]
    found = rows(engine)
    assert [(row.number, row.verdict, row.reason, row.scanned_at, row.clinic) for row in found] == [
        (1, "valid", None, NOW, CLUES),
        (2, "not_valid", "revoked", NOW, CLUES),
        (3, "valid", None, NOW + 5, CLUES),
    ]
    assert [row.raw for row in found] == counter.raw
    assert (found[0].cti, found[0].status_index, found[1].cti) == (PHONE.cti.hex(), 2, None)
    assert audited(engine, "receipt.conflict") == []


def test_the_same_batch_from_many_hands_at_once_is_one(counter: SoftCounter, engine: Engine, login_as: LoginAs) -> None:
    batch = [counter.sealed(counter.scan(PHONE, at=NOW + at)) for at in range(6)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: counter.states(*batch), range(8)))
    told = [state for answer in answers for state, _ in answer]
    assert (told.count("stored"), told.count("known")) == (6, 42)
    assert len(rows(engine)) == 6


def test_a_gap_is_kept_and_told_and_the_chain_goes_on_from_it(counter: SoftCounter, engine: Engine) -> None:
    first, _lost, third, fourth = (counter.scan(PHONE, at=NOW + at) for at in range(4))
    assert counter.states(first, third, fourth) == [("stored", None), ("conflict", "receipt-gap"), ("stored", None)]
    assert counter.states(third) == [("conflict", "receipt-gap")], "who heard no answer hears the same"
    assert len(rows(engine)) == 3
    assert [(each["why"], each["number"]) for each in audited(engine, "receipt.conflict")] == [("receipt-gap", 3)]


def test_a_fork_is_kept_and_told(counter: SoftCounter, engine: Engine) -> None:
    first, second = counter.scan(PHONE), counter.scan(PHONE, at=NOW + 1)
    assert counter.states(first, second) == [("stored", None)] * 2
    counter.raw.pop()
    other = counter.scan(PHONE, at=NOW + 2)
    assert counter.states(other) == [("conflict", "receipt-fork")]
    assert counter.states(other, second) == [("conflict", "receipt-fork"), ("known", None)]
    assert len(rows(engine)) == 3
    assert [each["why"] for each in audited(engine, "receipt.conflict")] == ["receipt-fork"]


def test_what_is_not_the_counters_word_is_refused_alone(counter: SoftCounter, engine: Engine) -> None:
    good = counter.scan(PHONE)
    stranger = SoftCounter(counter.client, counter.headers)
    foreign, stolen = stranger.scan(PHONE), SoftCounter(counter.client, counter.headers, key=counter.key).scan(PHONE)
    bent = bytearray(stolen)
    bent[-1] ^= 1
    another_key = {**counter.sealed(good), "receipt": counter.sealed(good)["receipt"].replace(".", "A.", 1)}
    unread = ("refused", "receipt-unreadable")
    sent = (
        counter.sealed(foreign),
        counter.sealed(bytes(bent)),
        counter.sealed(good, id=digest_of(b"another").hex()),
        counter.sealed(b"not a receipt"),
        counter.sealed(good, receipt="x.y.z"),
        another_key,
        good,
    )
    assert counter.states(*sent) == [unread] * 6 + [("stored", None)]
    assert [row.raw for row in rows(engine)] == [good]


def test_a_receipt_of_another_clinic_is_refused_and_can_be_sent_by_it(
    counter: SoftCounter, engine: Engine, login_as: LoginAs
) -> None:
    here, there = counter.scan(PHONE), counter.scan(PHONE, clinic=OTHER)
    assert counter.states(here, there) == [("stored", None), ("refused", "wrong-clinic")]
    answer = counter.send(there, headers=login_as("clinic", OTHER))
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-clinic")
    assert answer.json["errors"][0]["where"] == "device", "a counter belongs to the clinic that it first sent with"
    assert counter.states(there, headers=login_as("clinic")) == [("stored", None)]


def test_a_counter_belongs_to_no_clinic_that_sent_only_what_was_refused(
    counter: SoftCounter, login_as: LoginAs
) -> None:
    mine = counter.scan(PHONE)
    assert counter.states(mine, headers=login_as("clinic", OTHER)) == [("refused", "wrong-clinic")]
    assert counter.states(mine) == [("stored", None)]


def test_a_counter_that_does_not_know_where_it_stands_is_its_sessions(counter: SoftCounter, engine: Engine) -> None:
    assert counter.states(counter.scan(PHONE, clinic=None)) == [("stored", None)]
    assert rows(engine)[0].clinic == CLUES


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"device": {"x": "A" * 43, "y": "A" * 43}}, "device"),
        ({"device": {"x": "A" * 42, "y": "A" * 43}}, "sealed.device.x"),
        ({"receipts": []}, "sealed.receipts"),
        ({"receipts": [{"id": "f" * 64, "receipt": "x"}] * 51}, "sealed.receipts"),
        ({"receipts": [{"id": "F" * 64, "receipt": "x"}]}, "sealed.receipts.0.id"),
        ({"receipts": [{"id": "f" * 64, "receipt": "x" * 2001}]}, "sealed.receipts.0.receipt"),
    ],
)
def test_bad_input_is_named(counter: SoftCounter, change: dict[str, Any], where: str) -> None:
    good = {"device": {"x": "A" * 43, "y": "A" * 43}, "receipts": [counter.sealed(counter.scan(PHONE))]}
    answer = counter.client.post(ADDRESS, json={"sealed": {**good, **change}}, headers=counter.headers)
    assert (answer.status_code, answer.json["errors"][0]["where"]) == (422, where)


@pytest.mark.parametrize("body", [{}, {"sealed": None, "receipts": []}])
def test_one_kind_of_receipts_is_sent(counter: SoftCounter, body: dict[str, Any]) -> None:
    assert counter.client.post(ADDRESS, json=body, headers=counter.headers).status_code == 422


def test_only_clinics_send_and_get_the_key(counter: SoftCounter, login_as: LoginAs) -> None:
    assert counter.send(counter.scan(PHONE), headers=login_as("enrolment")).status_code == 403
    assert counter.client.get("/api/v1/sealing-keys", headers=login_as("enrolment")).status_code == 403
    assert counter.centre.keys() == {"kid", "x", "y"}


def test_the_key_is_made_once(ctx: Context, centre: None) -> None:
    first = trust.key_for_counters(ctx)
    trust.init(ctx)
    assert first is not None
    assert trust.key_for_counters(ctx) == first


def test_what_was_received_cannot_be_changed_or_taken_back(counter: SoftCounter, engine: Engine) -> None:
    counter.states(counter.scan(PHONE))
    for statement in (update(store.scan_receipt).values(verdict="not_valid"), delete(store.scan_receipt)):
        with pytest.raises(DBAPIError, match="never-changed"), engine.begin() as tx:
            tx.execute(statement)
    with engine.connect() as tx:
        assert tx.execute(select(func.count()).select_from(store.scan_receipt)).scalar_one() == 1


def test_e03_one_pass_in_two_clinics_within_the_hour_is_reported_when_they_synchronise(
    counter: SoftCounter, client: FlaskClient, login_as: LoginAs, engine: Engine, amate: Amate
) -> None:
    far = other_counter(client, login_as, OTHER)
    counter.states(counter.scan(PHONE), counter.scan(PHONE, at=NOW + 30))
    assert amate.json(*DOUBLES) == {"doubles": []}, "twice at one counter is pointed out there"
    far.states(far.scan(PHONE, at=NOW + 3601 + 30), far.scan(PHONE, at=NOW + 3600))
    found = amate.json(*DOUBLES)["doubles"]
    assert [(each["first"]["clinic"], each["second"]["clinic"]) for each in found] == [(CLUES, OTHER)] * 2
    assert {each["cti"] for each in found} == {PHONE.cti.hex()}
    assert len(audited(engine, "pass.seen-twice")) == 2
    said = amate(*DOUBLES).output
    assert said.count(f"{CLUES} 2026-11-18T11:0") == 2
    assert OTHER in said


def test_e03_a_code_of_one_use_at_two_counters_is_reported(
    counter: SoftCounter, client: FlaskClient, login_as: LoginAs, amate: Amate
) -> None:
    beside = SoftCounter(client, counter.headers, key=new_key())
    assert counter.states(counter.scan(LENT, verdict="check_identity")) == [("stored", None)]
    beside.states(beside.scan(PHONE), beside.scan(LENT, verdict="check_identity", at=NOW + 60))
    (found,) = amate.json(*DOUBLES)["doubles"]
    assert (found["cti"], found["profile"]) == (LENT.cti.hex(), 2)
