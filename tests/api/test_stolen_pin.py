"""Whoever has the PIN of the token signs what they like, and does not take the key away; the ledger tells (row G08)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, Session
from sqlalchemy import select
from structlog.testing import capture_logs

from amate.context import Context
from amate.core import cose, encoding, qr_pass
from amate.core.qr_pass import Claims, Pass
from amate.features.audit import store as audit
from amate.features.issuance import ledger
from amate.features.rotation import actions as rotation
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import IssuerKey
from amate.signing import pkcs11 as tokens
from amate.signing.signer import make_key, open_signer
from tests import soft_hsm
from tests.api.conftest import LoginAs
from tests.api.issuing import claimed, enrol, offer_to
from tests.api.rotating import change, done, holder
from tests.api.soft_wallet import SoftWallet, json_of
from tests.conftest import Clock
from tests.soft_hsm import MODULE, PIN, TOKEN, SoftHsm
from tests.soft_jwt import new_key, raw_signature

ADDRESS = "/api/v1/verifications"
FORGED = 10
Shown = Callable[[Claims, ec.EllipticCurvePrivateKey], str]


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    made = soft_hsm.make(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.config))
    log_out()
    yield made
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).finalize()


def log_out() -> None:
    """A login is the whole process's: as if another one came."""
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).reinitialize()


@pytest.fixture
def key(ctx: Context, clock: Clock, hsm: SoftHsm) -> IssuerKey:
    """The one key that signs passes: in the token."""
    enrol(ctx)
    uri = hsm.uri("pass-1")
    make_key(uri, ctx.settings.passphrase_file)
    made = done(ctx, rotation.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri))
    clock.now = ctx.now = made.sign_from
    made = change(ctx, "activate", made.kid)
    for other in trust.list_keys(ctx):
        if other.use == "pass" and other.kid != made.kid:
            rotation.freeze(ctx, other.kid, reason="test")
    ctx.commit()
    return made


@pytest.fixture
def wallet(client: FlaskClient, clock: Clock, ctx: Context, key: IssuerKey) -> SoftWallet:
    """A phone of an honest person."""
    wallet = claimed(client, clock, offer_to(ctx, "p-1"))
    status.publish(ctx)
    ctx.commit()
    return wallet


@pytest.fixture
def session(key: IssuerKey, wallet: SoftWallet) -> Iterator[Session]:
    """The thief's, with the PIN and whatever tool they like."""
    log_out()
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as opened:
        yield opened


def genuine(wallet: SoftWallet) -> Pass:
    parsed = qr_pass.parse(encoding.base64url_decode(json_of(wallet.new_pass())["pass"]))
    assert isinstance(parsed, Pass)
    return parsed


def forged(ctx: Context, like: Pass, key: IssuerKey, *, cti: bytes) -> str:
    """A pass of the thief's own phone, signed by the token."""
    phone = new_key()
    number, sealing = trust.sealing_key(ctx)
    bound = {"cti": cti, "protected_bytes": qr_pass.protected_bytes_of(key.kid8)}
    who = qr_pass.Identity("HEGG560427MVZRRL04", "QUIEN SEA")
    claims = like.claims._replace(
        cti=cti,
        holder=cose.cose_from_key(phone.public_key()),
        sealed=qr_pass.seal(who, key=sealing, number=number, **bound),
    )
    ctx.commit()
    raw = qr_pass.sign_pass(claims, kid8=key.kid8, sign=open_signer(key.uri).sign)
    return shown(raw, phone, ctx.now)


def shown(raw: bytes, phone: ec.EllipticCurvePrivateKey, now: int) -> str:
    sign = partial(raw_signature, phone)
    return encoding.text_from_bytes(qr_pass.present(raw, shown_at=now, clock_quality_s=1, sign=sign))


def alarms(client: FlaskClient) -> float:
    text = client.get("/metrics").get_data(as_text=True)
    (found,) = re.findall(r'^amate_signing_alarms_total\{use="pass"\} (\S+)$', text, re.MULTILINE)
    return float(found)


def test_g08_the_pin_does_not_take_the_key_out_of_the_token(session: Session) -> None:
    """So the thief signs while they reach the token, and stops where they no longer do."""
    (private,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: "pass-1"})
    with pytest.raises(pkcs11.AttributeSensitive):
        private[Attribute.VALUE]
    wrapping = session.generate_key(KeyType.AES, 256, template={Attribute.WRAP: True})
    with pytest.raises(pkcs11.PKCS11Error):
        wrapping.wrap_key(private, mechanism=Mechanism.AES_KEY_WRAP)
    for weakness in ({Attribute.EXTRACTABLE: True}, {Attribute.SENSITIVE: False}):
        (name,) = weakness
        with pytest.raises(pkcs11.PKCS11Error):
            private[name] = weakness[name]
        with pytest.raises(pkcs11.PKCS11Error):
            private.copy(weakness)


def test_g08_a_pass_that_was_signed_beside_the_program_raises_the_alarm_at_its_first_scan_on_line(
    client: FlaskClient, login_as: LoginAs, ctx: Context, wallet: SoftWallet, key: IssuerKey
) -> None:
    headers, like = login_as("clinic"), genuine(wallet)

    def scan(text: str) -> Any:
        answer = client.post(ADDRESS, json={"text": text}, headers=headers)
        assert answer.status_code == 200, answer.json
        return answer.json["verdict"]

    raw = encoding.base64url_decode(json_of(wallet.new_pass())["pass"])
    assert scan(shown(raw, wallet.key, ctx.now)) == "valid"
    assert scan(json_of(wallet.qr_token())["text"]) == "valid"
    assert alarms(client) == 0, "what was signed here is no alarm"
    with capture_logs() as logged:
        for number in range(FORGED):
            assert scan(forged(ctx, like, key, cti=number.to_bytes(12, "big"))) == "valid", "the signature is ours"
    assert alarms(client) == FORGED
    said = [line for line in logged if line["event"] == "signing.alarm"]
    assert [(line["log_level"], line["key"], line["reason"]) for line in said] == [
        ("error", key.kid, "signed-elsewhere")
    ] * FORGED
    assert scan(forged(ctx, like, key, cti=like.claims.cti)) == "valid"
    assert alarms(client) == FORGED + 1, "the name of a pass that was given out is no cover"
    ctx.commit()
    entries = ctx.tx.execute(select(audit.entries.c.subject).where(audit.entries.c.action == "key.alarm")).scalars()
    assert like.claims.cti.hex() in set(entries)
    ctx.commit()
    json_of(wallet.new_pass())  # halts nothing


def test_g08_a_card_that_was_signed_beside_the_program_raises_it_too(
    client: FlaskClient, login_as: LoginAs, ctx: Context, wallet: SoftWallet, key: IssuerKey
) -> None:
    headers = login_as("clinic")
    card = json_of(client.post("/api/v1/people/p-1/cards", headers=login_as("enrolment")), 201)
    assert client.post(ADDRESS, json={"text": card["text"]}, headers=headers).json["verdict"] == "check_identity"
    assert alarms(client) == 0
    parsed = qr_pass.parse(encoding.bytes_from_text(card["text"]))
    assert isinstance(parsed, Pass)
    claims = parsed.claims._replace(identity=qr_pass.Identity("HEGG560427MVZRRL04", "QUIEN SEA"))
    raw = qr_pass.sign_pass(claims, kid8=key.kid8, sign=open_signer(key.uri).sign)
    answer = client.post(ADDRESS, json={"text": encoding.text_from_bytes(raw)}, headers=headers)
    assert answer.json["verdict"] == "check_identity"
    assert alarms(client) == 1


def test_g08_one_that_was_scanned_off_line_raises_it_when_the_clinic_synchronises(
    client: FlaskClient, login_as: LoginAs, ctx: Context, wallet: SoftWallet
) -> None:
    headers, like = login_as("clinic"), genuine(wallet)
    ctx.commit()
    assert ledger.pass_signed(ctx.tx, like.claims.cti.hex()) is not None
    ctx.commit()

    def receipt(number: int, cti: bytes, word: str = "valid") -> dict[str, Any]:
        what = {"id": f"receipt-{number:04}", "at": "2026-11-18T10:00:00Z", "clinic": None}
        return what | {"cti": cti.hex(), "verdict": word}

    told = [receipt(1, like.claims.cti), receipt(2, b"printed card", "check_identity"), receipt(3, b"forged pass1")]
    for expected in (1, 1):  # told twice, it is one
        answer = client.post(f"{ADDRESS}/receipts", json={"receipts": told}, headers=headers)
        assert answer.status_code == 200, answer.json
        assert alarms(client) == expected
