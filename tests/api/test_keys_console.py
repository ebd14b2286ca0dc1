"""The console changes keys by the signatures of two people with passkeys, each for just the proposal that they read."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.features.issuance import actions as issuance
from amate.features.issuance import ledger
from amate.features.login import actions as login
from amate.features.rotation import store
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from tests.api.conftest import LoginAs
from tests.api.soft_passkey import UP, SoftPasskey
from tests.conftest import Clock

KEYS = "/api/v1/keys"
PASSKEYS = "/api/v1/passkeys"


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


@pytest.fixture
def people(client: FlaskClient, ctx: Context) -> dict[str, SoftPasskey]:
    """Two people of security, each with a passkey."""
    made = {}
    for name in ("Rosa Islas", "Beto Cruz"):
        link, *_ = login.invite(ctx, role="security", name=name)
        ctx.commit()
        invitation, made[name] = link.split("=", 1)[1], SoftPasskey()
        options = client.post(f"{PASSKEYS}/registration/options", json={"invitation": invitation}).json
        body = {"invitation": invitation, "credential": made[name].create(options)}
        assert client.post(f"{PASSKEYS}/registration", json=body).status_code == 200
        client.delete("/api/v1/session")
    return made


def log_in(client: FlaskClient, passkey: SoftPasskey) -> None:
    options = client.post(f"{PASSKEYS}/authentication/options", json={}).json
    answer = client.post(f"{PASSKEYS}/authentication", json={"credential": passkey.get(options)})
    assert answer.status_code == 200


def kid(client: FlaskClient, headers: dict[str, str] | None = None) -> str:
    found: str = next(k["kid"] for k in client.get(KEYS, headers=headers).json["keys"] if k["use"] == "pass")
    return found


def proposed(client: FlaskClient) -> str:
    body = {"action": "revoke", "kid": kid(client), "reason": "stolen"}
    answer = client.post(f"{KEYS}/proposals", json=body)
    assert (answer.status_code, answer.json["missing"]) == (201, 2)
    made: str = answer.json["proposal"]
    return made


def sign(client: FlaskClient, proposal: str, passkey: SoftPasskey, **bent: Any) -> Any:
    options = client.post(f"{KEYS}/proposals/{proposal}/signature-options").json
    return client.post(f"{KEYS}/proposals/{proposal}/signatures", json={"credential": passkey.get(options, **bent)})


def test_two_people_distrust_a_key(client: FlaskClient, people: dict[str, SoftPasskey]) -> None:
    rosa, beto = people.values()
    log_in(client, rosa)
    proposal = proposed(client)
    assert sign(client, proposal, rosa).json["missing"] == 1
    early = client.post(f"{KEYS}/proposals/{proposal}/done")
    assert (early.status_code, early.json["type"]) == (403, "/problems/signatures-missing")
    client.delete("/api/v1/session")
    log_in(client, beto)
    signed = sign(client, proposal, beto).json
    assert sorted(each["person"] for each in signed["signed_by"]) == ["Beto Cruz", "Rosa Islas"]
    for _ in range(2):
        assert client.post(f"{KEYS}/proposals/{proposal}/done").json["state"] == "done"
    revoked = [key for key in client.get(KEYS).json["keys"] if key["state"] == "revoked"]
    assert [key["kid"] for key in revoked] == [signed["kid"]]
    assert client.get(f"{KEYS}/{signed['kid']}/renewals").json["unasked"] == 0


def test_one_person_with_two_tries_is_one_person(client: FlaskClient, people: dict[str, SoftPasskey]) -> None:
    rosa, beto = people.values()
    log_in(client, rosa)
    proposal = proposed(client)
    assert sign(client, proposal, rosa).status_code == 200
    again = sign(client, proposal, rosa)
    assert (again.status_code, again.json["type"]) == (403, "/problems/same-person")
    other = sign(client, proposal, beto)  # Rosa's session, Beto's passkey
    assert (other.status_code, other.json["type"]) == (403, "/problems/somebody-elses-passkey")


def test_a_signature_for_one_proposal_is_none_for_another(client: FlaskClient, people: dict[str, SoftPasskey]) -> None:
    rosa, _ = people.values()
    log_in(client, rosa)
    first = proposed(client)
    other = client.post(f"{KEYS}/{kid(client)}/freeze", json={"reason": "test"})
    assert other.status_code == 200
    body = {"action": "resume", "kid": kid(client)}
    second = client.post(f"{KEYS}/proposals", json=body).json["proposal"]
    options = client.post(f"{KEYS}/proposals/{first}/signature-options").json
    stolen = client.post(f"{KEYS}/proposals/{second}/signatures", json={"credential": rosa.get(options)})
    assert (stolen.status_code, stolen.json["type"]) == (401, "/problems/passkey-refused")
    login_options = client.post(f"{PASSKEYS}/authentication/options", json={}).json  # row H01
    answer = client.post(f"{KEYS}/proposals/{first}/signatures", json={"credential": rosa.get(login_options)})
    assert answer.status_code == 401
    assert sign(client, first, rosa, flags=UP).status_code == 401, "a touch alone is no signature (row H02)"


def test_what_was_signed_lies_in_the_database_and_can_be_verified_again(
    client: FlaskClient, people: dict[str, SoftPasskey], ctx: Context
) -> None:
    rosa, _ = people.values()
    log_in(client, rosa)
    proposal = proposed(client)
    sign(client, proposal, rosa)
    (kept,) = store.signatures_of(ctx.tx, proposal)
    assert '"signature"' in kept.proof
    assert kept.means == "passkey"


def test_who_may_do_what(client: FlaskClient, login_as: LoginAs, ctx: Context) -> None:
    auditor, security, clinic = (login_as(role) for role in ("auditor", "security", "clinic"))
    assert client.get(KEYS, headers=auditor).status_code == 200
    assert client.get(KEYS, headers=clinic).status_code == 403
    body = {"action": "revoke", "kid": kid(client, security), "reason": "stolen"}
    assert client.post(f"{KEYS}/proposals", json=body, headers=auditor).status_code == 403
    made = client.post(f"{KEYS}/proposals", json=body, headers=security).json["proposal"]
    # A token is nobody in person.
    answer = client.post(f"{KEYS}/proposals/{made}/signatures", json={}, headers=security)
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/signature-needed")
    assert client.delete(f"{KEYS}/proposals/{made}", headers=security).json["state"] == "withdrawn"
    assert client.post(f"{KEYS}/none/freeze", json={"reason": "lost"}, headers=security).status_code == 404
    assert client.post(f"{KEYS}/proposals", json={**body, "reason": "x"}, headers=security).status_code == 422


def test_a_card_that_nobody_was_asked_to_renew_is_not_counted_as_renewed(
    client: FlaskClient, login_as: LoginAs, ctx: Context
) -> None:
    auditor = login_as("auditor")
    signed_by = kid(client, auditor)
    card = {
        "id": "cd-1",
        "kind": "card",
        "person_id": "pe-1",
        "status_index": 5,
        "created_at": ctx.now,
        "state": "issued",
    }
    signature = {"idempotency_key": "k", "signed_by": signed_by, "tbs_sha256": "0", "expires_at": ctx.now + 9}
    ctx.tx.execute(ledger.issued.insert().values(**card, **signature))
    ctx.commit()
    counts: dict[str, object] = {
        "asked": 0,
        "renewed": 0,
        "waiting": 0,
        "cards": 0,
        "unasked": 1,
        "waits_for": "asking",
    }
    counts |= {"phones_until": None, "cards_until": iso(ctx.now + 9)}
    assert client.get(f"{KEYS}/{signed_by}/renewals", headers=auditor).json == {"kid": signed_by, **counts}
    issuance.ask_to_renew(ctx, signed_by, limit=9)
    ctx.commit()
    counts |= {"asked": 1, "cards": 1, "unasked": 0, "waits_for": "cards"}
    assert client.get(f"{KEYS}/{signed_by}/renewals", headers=auditor).json == {"kid": signed_by, **counts}


def test_a_demonstration_signs_with_one_click_and_still_needs_two_people(client: FlaskClient, clock: Clock) -> None:
    client.post("/api/v1/session/demo", json={"role": "security"})
    proposal = proposed(client)
    assert client.post(f"{KEYS}/proposals/{proposal}/signatures", json={}).json["missing"] == 1
    assert client.post(f"{KEYS}/proposals/{proposal}/signatures", json={}).status_code == 403
    client.post("/api/v1/session/demo", json={"role": "security", "second": True})
    assert client.post(f"{KEYS}/proposals/{proposal}/signatures", json={}).json["missing"] == 0
