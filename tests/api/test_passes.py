"""Passes: bound to the phone, for one showing; what every verifier says of them, and when there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.qr_pass import Pass
from amate.core.status_list import StatusList, parse_status_token
from amate.core.verdict import Verdict, verdict
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import Clinic
from amate.features.issuance import actions, ledger, model
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from tests.api.enrolling import padron
from tests.api.issuing import CURP, NAME, claimed, code_of, enrol, offer_to
from tests.api.soft_wallet import PASSES, SoftWallet, error_of, json_of
from tests.conftest import Clock
from tests.soft_jwt import new_key, raw_signature

CLINIC = Clinic(
    clues="HGIMB000011",
    name="CENTRO DE SALUD DE PRUEBA",
    institution="IMB",
    state="HG",
    municipality_key="048",
    municipality="PACHUCA DE SOTO",
    locality_key="0001",
    locality="PACHUCA DE SOTO",
    level=1,
    lat=20.11,
    lon=-98.7,
    typology="B",
    status=1,
    closing=None,
    counts_for_nearest=True,
    address="",
    phone="",
    opened_on=None,
    closed_on=None,
)


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context) -> SoftWallet:
    """A phone with its credential."""
    return claimed(client, clock, offer_to(ctx, enrol(ctx)))


def parsed(raw: bytes) -> Pass:
    found = qr_pass.parse(raw)
    assert isinstance(found, Pass)
    return found


def raw_pass(wallet: SoftWallet) -> bytes:
    return encoding.base64url_decode(json_of(wallet.new_pass())["pass"])


def shown(wallet: SoftWallet, raw: bytes) -> str:
    """The digits that the phone shows now."""
    presented = qr_pass.present(
        raw, shown_at=wallet.clock.now, clock_quality_s=0, sign=lambda message: raw_signature(wallet.key, message)
    )
    return encoding.text_from_bytes(presented)


def lists_of(ctx: Context) -> dict[int, StatusList]:
    loaded = trust.load_trust(ctx.settings.home, env=ctx.settings.env)
    keys = [key for listed in loaded.trust.keys.values() for key in listed]
    found = {}
    for each in status.publish(ctx).lists:
        uri = f"{ctx.settings.base_url}/status/{each.number}"
        token = (ctx.settings.published / "status" / str(each.number)).read_text()
        found[each.number] = parse_status_token(token, keys=keys, expected_uri=uri)
    ctx.commit()
    return found


def verdict_on(ctx: Context, text: str, *, now: int, is_clinic: bool = True, single_use: bool | None = None) -> Verdict:
    """What a verifier says that has just synchronised."""
    sealing_keys = trust.sealing_keys(ctx) if is_clinic else {}
    loaded = trust.load_trust(ctx.settings.home, env=ctx.settings.env, sealing_keys=sealing_keys)
    return verdict(text, trust=loaded.trust, status=lists_of(ctx), clinic=None, now=now, single_use=single_use)


def test_a_phones_pass_is_valid_and_only_clinics_learn_whose(wallet: SoftWallet, ctx: Context) -> None:
    text = shown(wallet, raw_pass(wallet))
    at_clinic = verdict_on(ctx, text, now=wallet.clock.now)
    assert at_clinic.verdict == "valid"
    assert at_clinic.person == {"name": NAME, "curp": CURP}
    elsewhere = verdict_on(ctx, text, now=wallet.clock.now, is_clinic=False)
    assert elsewhere.verdict == "valid"
    assert elsewhere.person == {"hint": "MHG0427"}


def test_a_device_pass_is_bound_for_a_month_and_renewed_after_a_day(wallet: SoftWallet) -> None:
    body = json_of(wallet.new_pass())
    claims = parsed(encoding.base64url_decode(body["pass"])).claims
    assert (claims.profile, claims.iat, claims.exp) == (1, wallet.clock.now, wallet.clock.now + 30 * 86_400)
    assert body["renew_at"] == "2026-11-19T11:06:40Z"
    assert claims.identity is None
    raw = encoding.base64url_decode(body["pass"])
    assert CURP.encode() not in raw
    assert b"Hern" not in raw


def test_a_pass_is_renewed_every_day_for_months(wallet: SoftWallet, ctx: Context, clock: Clock) -> None:
    seen = set()
    for _ in range(3):
        claims = parsed(raw_pass(wallet)).claims
        seen.add((claims.cti, claims.status_index))
        ctx.now = clock.now = clock.now + 30 * 86_400
        trust.publish(ctx)  # and with it the keys that seal names now
        ctx.commit()
        json_of(wallet.refresh())
    assert len({cti for cti, _ in seen}) == 3
    assert len({index for _, index in seen}) == 1  # the credential's own


def test_the_status_index_of_a_pass_is_its_credentials(wallet: SoftWallet, ctx: Context) -> None:
    (credential,) = actions.list_issued(ctx, "p-1")
    ctx.commit()
    assert parsed(raw_pass(wallet)).claims.status_index == credential.status_index


def test_a_revoked_credential_gets_no_pass_and_its_passes_are_revoked(wallet: SoftWallet, ctx: Context) -> None:
    raw = raw_pass(wallet)
    (credential,) = actions.list_issued(ctx, "p-1")
    actions.revoke(ctx, credential.id, "lost")
    ctx.commit()
    assert error_of(wallet.new_pass(), 403) == "credential-revoked"
    assert error_of(wallet.qr_token(), 403) == "credential-revoked"
    said = verdict_on(ctx, shown(wallet, raw), now=wallet.clock.now)
    assert (said.verdict, said.reasons, said.person) == ("not_valid", ("revoked",), None)


def test_a_key_without_a_credential_gets_no_pass(wallet: SoftWallet, client: FlaskClient, ctx: Context) -> None:
    assert error_of(wallet.new_pass(wallet.proof(key=new_key())), 422) == "invalid-proof"
    fresh = SoftWallet(client, wallet.clock)
    offer = offer_to(ctx, "p-1")
    json_of(fresh.redeem(code_of(client, offer), offer.tx_code))
    assert error_of(fresh.new_pass(), 422) == "invalid-proof"
    assert error_of(fresh.qr_token(), 409) == "no-credential"
    assert error_of(fresh.new_pass(fresh.proof(key=wallet.key)), 422) == "invalid-proof"


def test_a_nonce_serves_one_pass(wallet: SoftWallet) -> None:
    nonce = wallet.nonce()
    json_of(wallet.new_pass(wallet.proof(nonce)))
    assert error_of(wallet.new_pass(wallet.proof(nonce)), 422) == "invalid-nonce"


def test_a_pass_is_stored_before_it_is_signed(wallet: SoftWallet, ctx: Context) -> None:
    raw_pass(wallet)
    json_of(wallet.qr_token())
    rows = ctx.tx.execute(select(ledger.passes)).all()
    assert sorted((row.profile, row.expires_at - row.issued_at) for row in rows) == [(1, 30 * 86_400), (2, 90)]
    assert all(len(row.tbs_sha256) == 64 for row in rows)


def test_a_qr_token_is_for_one_showing(wallet: SoftWallet, ctx: Context, clock: Clock) -> None:
    body = json_of(wallet.qr_token())
    assert body["text"].isdigit()
    assert body["expires_at"] == "2026-11-18T11:08:10Z"
    assert verdict_on(ctx, body["text"], now=clock.now, single_use=True).verdict == "valid"
    assert verdict_on(ctx, body["text"], now=clock.now).reasons[0] == "single-use-unproven"
    assert verdict_on(ctx, body["text"], now=clock.now + 90).reasons == ("expired",)


def test_two_qr_tokens_differ(wallet: SoftWallet) -> None:
    assert json_of(wallet.qr_token())["text"] != json_of(wallet.qr_token())["text"]


def test_the_card_shows_who_what_and_where(wallet: SoftWallet) -> None:
    card = json_of(wallet.card())
    assert (card["name"], card["curp"]) == (NAME, CURP)
    assert set(card) == {"name", "curp", "assigned_clinic", "nearest_clinics", "entitlements", "renew"}


def test_the_card_names_the_assigned_clinic_and_how_far_it_is(wallet: SoftWallet, ctx: Context) -> None:
    clinics.save(ctx, {CLINIC.clues: CLINIC}, clinics.Imported())
    ctx.commit()
    card = json_of(wallet.card())
    assert card["assigned_clinic"]["clues"] == CLINIC.clues
    assert 1000 < card["assigned_clinic"]["distance_m"] < 1300
    assert card["nearest_clinics"] == [card["assigned_clinic"]]


def test_the_card_sends_nobody_where_they_are_not_attended(wallet: SoftWallet, ctx: Context, tmp_path: Path) -> None:
    """The very nearest unit is of another institution: it comes last and says so; and so from where they are."""
    own = CLINIC._replace(clues="HGIMS000023", institution="IMS", lat=20.3)
    far = CLINIC._replace(clues="HGIMS000035", institution="IMS", lat=21.0)
    clinics.save(ctx, {each.clues: each for each in (CLINIC, own, far)}, clinics.Imported())
    padron(ctx, tmp_path, 2, f"{CURP},titular,,,,")
    near = json_of(wallet.card())["nearest_clinics"]
    assert [(each["clues"], each["attend"]) for each in near] == [
        ("HGIMS000023", "here"),
        ("HGIMS000035", "here"),
        ("HGIMB000011", "refer"),
    ]
    there = json_of(wallet.card("?lat=20.99&lon=-98.7"))["nearest_clinics"]
    assert [each["clues"] for each in there] == ["HGIMS000035", "HGIMS000023"]
    assert there[0]["distance_m"] < 1200


@pytest.mark.parametrize("query", ["?lat=20.1", "?lon=-98.7", "?lat=91&lon=0", "?lat=x&lon=0"])
def test_half_a_position_or_none_is_refused(wallet: SoftWallet, query: str) -> None:
    answer = wallet.card(query)
    assert (answer.status_code, json.loads(answer.text)["type"]) == (422, "/problems/invalid-input")


@pytest.mark.parametrize(
    "body", [{}, {"proofs": {}}, {"proofs": {"jwt": []}}, {"proofs": {"jwt": ["a", "b"]}}, {"proofs": {"jwt": [7]}}, []]
)
def test_a_bent_request_is_a_problem_document(wallet: SoftWallet, body: object) -> None:
    answer = wallet.client.post(PASSES, json=body, headers=wallet.bound(PASSES))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_passes_expire_before_the_policy_ends_them() -> None:
    assert model.DEVICE_PASS_S <= 31 * 86_400
    assert model.EPHEMERAL_PASS_S <= 300
