"""What a test of issuance starts from: keys, a person, an offer, a wallet that took it up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from amate.context import Context
from amate.features.issuance import actions
from amate.features.issuance.model import Offer
from amate.features.register import actions as register
from amate.features.register.model import Facts
from amate.features.trust import actions as trust
from tests.api.soft_wallet import SoftWallet, json_of
from tests.conftest import Clock

CURP = "HEGG560427MVZRRL04"
NAME = "María Guadalupe Hernández García"
Answer = TypeVar("Answer")


def enrol(ctx: Context, curp: str = CURP, person_id: str = "p-1") -> str:
    """A synthetic person in the register, whose deployment has published: their id."""
    trust.init(ctx)
    return register_person(ctx, curp, person_id)


def register_person(ctx: Context, curp: str = CURP, person_id: str = "p-1") -> str:
    """The same, whatever the deployment has done before."""
    facts: Facts = {
        "id": person_id,
        "curp": curp,
        "given_names": "María Guadalupe",
        "first_surname": "Hernández",
        "second_surname": "García",
        "sex": "M",
        "birth_date": date(1956, 4, 27),
        "birth_state": "VZ",
        "nationality": "MEX",
        "organ_donation": "not_stated",
        "lat": 20.1,
        "lon": -98.7,
        "phone": None,
        "guardian_id": None,
        "assigned_clinic": "HGIMB000011",
    }
    person, _ = register.enrol_person(ctx, facts)
    ctx.commit()
    return person.id


def offer_to(ctx: Context, person_id: str) -> Offer:
    """An offer, as the desk hands it over."""
    offer = actions.make_offer(ctx, person_id)
    ctx.commit()
    return offer


def code_of(client: FlaskClient, offer: Offer) -> str:
    """The pre-authorised code, as a wallet gets it from the offer's address."""
    answer = json_of(client.get(urlsplit(f"/oid4vci/offers/{offer.code}").path))
    (grant,) = answer["grants"].values()
    code: str = grant["pre-authorized_code"]
    return code


def claimed(client: FlaskClient, clock: Clock, offer: Offer) -> SoftWallet:
    """A wallet that took the offer up and has its credential."""
    wallet = SoftWallet(client, clock)
    json_of(wallet.redeem(code_of(client, offer), offer.tx_code))
    json_of(wallet.credential())
    return wallet


def at_once(count: int, ask: Callable[[int], Answer], *, threads: int = 16) -> list[Answer]:
    """The answers to `count` requests that crowd at the door."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(ask, range(count)))
