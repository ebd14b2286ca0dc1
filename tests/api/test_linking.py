"""Row K01: what two clinics that lay their scans side by side can tell to be of one phone.

It does not hold (README, Limits): a card's place in the lists of revocations is in each of its passes, and the phone's
key in those that are bound to it. This keeps it at that: nothing else that is one person's alone comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.encoding import encode_cbor
from amate.core.qr_pass import Presentation
from tests.api.issuing import claimed, enrol, offer_to
from tests.api.soft_wallet import SoftWallet, json_of
from tests.conftest import Clock
from tests.soft_jwt import raw_signature

SHOWS = 10
# Four equal bytes, the row's measure, meet by chance in one run of a thousand; five in one of 250,000.
LEAST = 5
CURPS = ("HEGG560427MVZRRL04", "LOPJ800101HDFPRN03", "GAMR900315MHGRRS01", "SARL701212HJCNDS02")
RANDOM = ("cti", "ciphertext", "signature", "presentation signature")
Fields = dict[str, bytes]
Show = Callable[[SoftWallet, Clock], bytes]


def borrowed(wallet: SoftWallet, _clock: Clock) -> bytes:
    """A code for one showing."""
    return encoding.bytes_from_text(json_of(wallet.qr_token())["text"])


def renewed(wallet: SoftWallet, clock: Clock) -> bytes:
    """The phone's own code, of a pass that is new each time."""
    raw = encoding.base64url_decode(json_of(wallet.new_pass())["pass"])

    def sign(message: bytes) -> bytes:
        return raw_signature(wallet.key, message)

    return qr_pass.present(raw, shown_at=clock.now, clock_quality_s=0, sign=sign)


@pytest.fixture
def wallets(client: FlaskClient, clock: Clock, ctx: Context) -> list[SoftWallet]:
    """Phones of people of whom nothing but the CURP differs: whatever tells one of them is theirs alone."""
    people = [enrol(ctx, curp, f"p-{number}") for number, curp in enumerate(CURPS)]
    return [claimed(client, clock, offer_to(ctx, person)) for person in people]


def shown_by(wallet: SoftWallet, show: Show, clock: Clock) -> list[bytes]:
    """Ten shows of one phone, seconds apart."""
    scans = []
    for _ in range(SHOWS):
        clock.now += 7
        scans.append(show(wallet, clock))
    return scans


def fields_of(raw: bytes) -> Fields:
    """All that stands in a show; parsing is strict, so that nothing stands beside it."""
    found = qr_pass.parse(raw)
    inner = found.pass_ if isinstance(found, Presentation) else found
    claims = inner.claims
    assert claims.sealed is not None
    fields: Fields = {
        "kid": inner.kid8,
        "signature": inner.sign1.signature,
        "profile": bytes([claims.profile]),
        "iat": encode_cbor(claims.iat),
        "exp": encode_cbor(claims.exp),
        "cti": claims.cti,
        "holder": b"" if claims.holder is None else encode_cbor(claims.holder),
        "hint": claims.hint.encode(),
        "entitlements": encode_cbor([list(entitled) for entitled in claims.entitlements]),
        "clinic": (claims.assigned_clinic or "").encode(),
        "status": encode_cbor(claims.status_index),
        "sealing key": encode_cbor(claims.sealed.number),
        "ciphertext": claims.sealed.ciphertext,
    }
    if isinstance(found, Presentation):
        fields |= {"shown at": encode_cbor(found.shown_at), "presentation signature": found.sign1.signature}
    return fields


def telling(scans: list[list[Fields]]) -> set[str]:
    """The fields whose value comes back in another show of a person, and is in nobody else's."""
    found = set()
    for name in scans[0][0]:
        counted = [Counter(fields[name] for fields in shows) for shows in scans]
        owners = Counter(value for values in counted for value in values)
        found |= {name for values in counted for value, times in values.items() if times > 1 and owners[value] == 1}
    return found


def pieces_that_come_back(shows: list[Fields], name: str) -> set[bytes]:
    """Pieces of what is to be random, in two shows of one person."""
    ends = len(shows[0][name]) - LEAST + 1
    counted = Counter(piece for fields in shows for piece in {fields[name][at : at + LEAST] for at in range(ends)})
    return {piece for piece, times in counted.items() if times > 1}


@pytest.mark.parametrize(("show", "known"), [(borrowed, {"status"}), (renewed, {"status", "holder"})])
def test_k01_no_more_tells_two_shows_to_be_of_one_phone_than_is_said(
    wallets: list[SoftWallet], clock: Clock, show: Show, known: set[str]
) -> None:
    raws = [shown_by(wallet, show, clock) for wallet in wallets]
    scans = [[fields_of(raw) for raw in shows] for shows in raws]
    assert telling(scans) == known
    for shows in scans:
        for name in RANDOM:
            assert name not in shows[0] or pieces_that_come_back(shows, name) == set(), name
    for curp, shown in zip(CURPS, raws, strict=True):
        assert not any(curp.encode() in raw for raw in shown), "whose they are, nobody reads without a sealing key"
