"""Printed cards, and the operators' commands that list, revoke and recover."""

from __future__ import annotations

import json

import pytest
import zxingcpp
from flask.testing import FlaskClient

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.qr_pass import Identity, Pass
from amate.errors import Malformed, Unknown
from amate.features.issuance import actions, card_pdf, model
from tests.api.conftest import Amate
from tests.api.issuing import CURP, NAME, claimed, enrol, offer_to
from tests.api.soft_wallet import SoftWallet, error_of, json_of
from tests.api.test_passes import verdict_on
from tests.conftest import Clock
from tests.unit.features.issuance.test_card_pdf import image_of, streams


@pytest.fixture
def person_id(ctx: Context) -> str:
    return enrol(ctx)


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context, person_id: str) -> SoftWallet:
    """A phone with its credential."""
    return claimed(client, clock, offer_to(ctx, person_id))


def parsed(text: str) -> Pass:
    found = qr_pass.parse(encoding.bytes_from_text(text))
    assert isinstance(found, Pass)
    return found


def test_a_card_says_who_it_is_in_clear_and_asks_for_an_identity_document(ctx: Context, person_id: str) -> None:
    card = actions.printed_card(ctx, person_id)
    claims = parsed(card.text).claims
    assert (claims.profile, claims.identity, claims.sealed) == (3, Identity(CURP, NAME), None)
    assert claims.exp - claims.iat == model.PRINTED_PASS_S
    said = verdict_on(ctx, card.text, now=ctx.now)
    assert (said.verdict, said.reasons[0]) == ("check_identity", "printed")
    assert said.person == {"name": NAME, "curp": CURP}


def test_a_card_has_a_status_index_of_its_own(ctx: Context, person_id: str, wallet: SoftWallet) -> None:
    card = actions.printed_card(ctx, person_id)
    indices = {each.kind: each.status_index for each in actions.list_issued(ctx, person_id)}
    assert parsed(card.text).claims.status_index == indices["card"] != indices["credential"]


def test_a_new_card_ends_the_older_one_and_leaves_the_phone_alone(
    ctx: Context, person_id: str, wallet: SoftWallet
) -> None:
    older, newer = actions.printed_card(ctx, person_id), actions.printed_card(ctx, person_id)
    assert verdict_on(ctx, older.text, now=ctx.now).reasons == ("revoked",)
    assert verdict_on(ctx, newer.text, now=ctx.now).verdict == "check_identity"
    json_of(wallet.new_pass())


@pytest.mark.parametrize("sheet", card_pdf.SHEETS)
def test_the_printed_qr_code_decodes(ctx: Context, person_id: str, sheet: str) -> None:
    card = actions.printed_card(ctx, person_id)
    size = card_pdf.CR80_MM if sheet == "cr80" else card_pdf.A4_MM
    page = next(each for each in streams(card.pdf[sheet]) if " re" in each)
    found = zxingcpp.read_barcode(image_of(page, size[1]), formats=zxingcpp.BarcodeFormat.QRCode)
    assert found is not None
    assert found.text == card.text


def test_a_card_is_version_11_at_most(ctx: Context, person_id: str) -> None:
    side, _ = card_pdf.qr_runs(actions.printed_card(ctx, person_id).text)
    assert (side - 2 * card_pdf.QUIET_MODULES - 17) // 4 <= 11


def test_there_is_no_card_for_nobody(ctx: Context) -> None:
    with pytest.raises(Unknown, match="unknown-person"):
        actions.printed_card(ctx, "p-none")
    with pytest.raises(Unknown, match="unknown-person"):
        actions.make_offer(ctx, "p-none")


def test_revoking_a_person_takes_everything(ctx: Context, person_id: str, wallet: SoftWallet) -> None:
    card, offer = actions.printed_card(ctx, person_id), offer_to(ctx, person_id)
    revoked = actions.revoke_person(ctx, person_id, "deceased")
    ctx.commit()
    assert sorted(each.kind for each in revoked) == ["card", "credential"]
    assert actions.revoke_person(ctx, person_id, "deceased") == []
    ctx.commit()
    assert verdict_on(ctx, card.text, now=ctx.now).reasons == ("revoked",)
    assert error_of(wallet.refresh()) == "invalid_grant"
    assert error_of(wallet.client.get(f"/oid4vci/offers/{offer.code}"), 404) == "offer-invalid"


@pytest.mark.parametrize("reason", ["", "Lost", "lost phone", "x" * 61, "a--b", "é"])
def test_a_reason_is_a_slug(ctx: Context, person_id: str, wallet: SoftWallet, reason: str) -> None:
    with pytest.raises(Malformed, match="bad-reason"):
        actions.revoke_person(ctx, person_id, reason)


def test_operators_list_and_revoke_by_command(amate: Amate, person_id: str, wallet: SoftWallet, ctx: Context) -> None:
    ctx.commit()
    (listed,) = amate.json("credentials", "list", "--person", person_id)["credentials"]
    assert (listed["kind"], listed["state"]) == ("credential", "issued")
    assert CURP not in json.dumps(listed)
    assert amate.json("credentials", "revoke", "--credential", listed["id"], "--reason", "lost")["revoked"] == [
        listed["id"]
    ]
    assert amate.json("credentials", "list")["credentials"][0]["state"] == "revoked"
    assert error_of(wallet.new_pass(), 403) == "credential-revoked"


@pytest.mark.parametrize("whose", ["--credential", "--person"])
def test_a_second_revocation_tells_of_the_first(
    amate: Amate, person_id: str, wallet: SoftWallet, ctx: Context, whose: str
) -> None:
    (issued,) = actions.list_issued(ctx, person_id)
    actions.revoke(ctx, issued.id, "lost")
    ctx.commit()
    target = (whose, issued.id if whose == "--credential" else person_id)
    again = amate("credentials", "revoke", *target, "--reason", "stolen")
    assert again.exit_code == 0
    assert again.stdout == f"0 revoked.\n{issued.id} was revoked already, at 2026-11-18T11:06:40Z: lost.\n"
    assert amate.json("credentials", "revoke", *target, "--reason", "stolen") == {
        "revoked": [],
        "already_revoked": [{"id": issued.id, "revoked_at": "2026-11-18T11:06:40Z", "reason": "lost"}],
    }


def test_operators_recover_by_command(amate: Amate, person_id: str, ctx: Context) -> None:
    ctx.commit()
    assert amate.json("credentials", "recover")["burned"] == 0


def test_a_revocation_names_one_thing(amate: Amate, person_id: str, ctx: Context) -> None:
    ctx.commit()
    with pytest.raises(Malformed, match="bad-arguments"):
        amate.json("credentials", "revoke", "--reason", "lost")
    with pytest.raises(Unknown, match="unknown-credential"):
        amate.json("credentials", "revoke", "--credential", "cr-none", "--reason", "lost")
