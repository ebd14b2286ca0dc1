"""A person has their credential on one phone: claiming it on another ends the first, also while it renews."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from amate.context import Context
from amate.core.cose import Sign
from amate.features.issuance import actions, model
from amate.features.status import store as status
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey
from tests.api.issuing import at_once, claimed, code_of, enrol, offer_to
from tests.api.soft_wallet import SoftWallet, error_of, json_of
from tests.conftest import Clock


@pytest.fixture
def person_id(ctx: Context) -> str:
    return enrol(ctx)


@pytest.fixture
def lost(client: FlaskClient, clock: Clock, ctx: Context, person_id: str) -> SoftWallet:
    """The phone that has the person's credential now."""
    return claimed(client, clock, offer_to(ctx, person_id))


def credentials(ctx: Context, person_id: str) -> list[tuple[str, str | None, bool]]:
    """State and reason of each credential, oldest first, and whether its status is revoked."""
    revoked = set(status.revoked_indices(ctx.tx, 0))
    mine = [each for each in actions.list_issued(ctx, person_id) if each.kind == model.CREDENTIAL]
    ctx.commit()  # lets the others write
    return [(each.state, each.reason, each.status_index in revoked) for each in mine]


def test_a_claim_on_another_phone_ends_the_credential_of_the_one_before(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str, lost: SoftWallet
) -> None:
    clock.now += 60
    found = claimed(client, clock, offer_to(ctx, person_id))
    json_of(found.new_pass())
    assert credentials(ctx, person_id) == [("revoked", "replaced", True), ("issued", None, False)]
    assert error_of(lost.new_pass(), 403) == "credential-revoked"
    assert error_of(lost.qr_token(), 403) == "credential-revoked"
    assert error_of(lost.credential()) == "credential_request_denied"
    assert error_of(lost.refresh()) == "invalid_grant"


def test_also_when_both_claims_fall_into_one_second(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str
) -> None:
    for _ in range(6):
        wallets = [claimed(client, clock, offer_to(ctx, person_id)) for _ in range(2)]
        assert [state for state, *_ in credentials(ctx, person_id)].count(model.ISSUED) == 1
        assert error_of(wallets[0].new_pass(), 403) == "credential-revoked"
        json_of(wallets[1].new_pass())


def test_of_phones_that_claim_at_the_same_moment_one_is_left(
    apps: list[Flask], client: FlaskClient, clock: Clock, ctx: Context, person_id: str
) -> None:
    wallets = []
    for number in range(8):
        offer = offer_to(ctx, person_id)
        wallet = SoftWallet(client, clock)
        json_of(wallet.redeem(code_of(client, offer), offer.tx_code))
        wallets.append(SoftWallet(apps[number % len(apps)].test_client(), clock, wallet.key, wallet.access_token))
    answers = at_once(len(wallets), lambda number: wallets[number].credential())
    assert {answer.status_code for answer in answers} <= {200, 400}, [
        answer.get_data(as_text=True) for answer in answers
    ]
    assert [state for state, *_ in credentials(ctx, person_id)].count(model.ISSUED) == 1


def test_an_offer_taken_up_ends_nothing_before_its_credential_is_there(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str, lost: SoftWallet
) -> None:
    clock.now += 60
    offer = offer_to(ctx, person_id)
    json_of(SoftWallet(client, clock).redeem(code_of(client, offer), offer.tx_code))
    json_of(lost.new_pass())
    assert credentials(ctx, person_id) == [("issued", None, False)]


def test_printed_cards_and_other_people_keep_theirs(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str, lost: SoftWallet
) -> None:
    neighbour = claimed(client, clock, offer_to(ctx, enrol(ctx, "HEGG560427MVZRRL12", "p-2")))
    card = actions.printed_card(ctx, person_id)
    ctx.commit()
    clock.now += 60
    claimed(client, clock, offer_to(ctx, person_id))
    json_of(neighbour.new_pass())
    assert [each.state for each in actions.list_issued(ctx, person_id) if each.id == card.id] == ["issued"]


def test_a_renewal_on_its_way_does_not_bring_the_earlier_phone_back(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str, lost: SoftWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now += 60
    offer, sign = offer_to(ctx, person_id), trust.sign
    other: list[SoftWallet] = []

    def sign_late(context: Context, use: str) -> tuple[IssuerKey, Sign]:
        key, sign_now = sign(context, use)

        def signed_after_the_other_phones_claim(message: bytes) -> bytes:
            monkeypatch.setattr(trust, "sign", sign)
            other.append(claimed(client, clock, offer))
            return sign_now(message)

        return key, signed_after_the_other_phones_claim

    monkeypatch.setattr(trust, "sign", sign_late)
    assert error_of(lost.credential()) == "credential_request_denied"
    json_of(other[0].new_pass())
    in_force = [state for state, _, _ in credentials(ctx, person_id) if state == model.ISSUED]
    assert len(in_force) == 1


def test_of_two_phones_that_claim_at_once_the_later_offer_wins(
    client: FlaskClient, clock: Clock, ctx: Context, person_id: str
) -> None:
    earlier, later = SoftWallet(client, clock), SoftWallet(client, clock)
    for wallet in (earlier, later):
        clock.now += 1
        offer = offer_to(ctx, person_id)
        json_of(wallet.redeem(code_of(client, offer), offer.tx_code))
    json_of(later.credential())
    assert error_of(earlier.credential()) == "credential_request_denied"
    json_of(later.new_pass())
