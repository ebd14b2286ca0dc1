"""The verdict on a device presentation against the cryptography that nobody can leave out.

200 people, each with a phone, a pass and one presentation of their own, are scanned in turn: no two neighbours are
alike, and the decision table is the one in force.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import date

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from amate.core import cose, curp, encoding, qr_pass, verdict
from amate.core.cose import Sign1
from amate.core.entitlement import ClinicFacts, Entitled
from amate.core.qr_pass import Identity
from amate.features.entitlement.actions import shipped
from tests.bench.measure import Row, in_turn
from tests.vectors.generators import _judge, _world
from tests.vectors.generators._material import NOW, kid8, made_bytes, made_key

LIMIT = 1.3
PEOPLE = 200
CLINIC = ClinicFacts("HGIMB000013", "IMB", "HG", 1)
TODAY = NOW // 86_400
GIVEN = ("MARÍA GUADALUPE", "JOSÉ LUIS", "ANA SOFÍA", "JUAN", "ROSA ELENA", "MIGUEL ÁNGEL", "XÓCHITL", "PEDRO")
SURNAMES = ("HERNÁNDEZ", "GARCÍA", "CRUZ", "MARTÍNEZ", "LÓPEZ", "SÁNCHEZ", "PÉREZ", "ISLAS", "ÁNGELES", "MONROY")
ROWS = (
    (Entitled(2, 1, None),),
    (Entitled(2, 2, TODAY + 120),),
    (Entitled(3, 3, None), Entitled(14, 1, None)),
    (Entitled(14, 1, None),),
    (),
)


def presentation(number: int, *, issuer: EllipticCurvePrivateKey = _world.ISSUER) -> bytes:
    """What the phone of one of the people shows; issuer: the key that signed their pass."""
    chance, phone, cti = random.Random(number), made_key(f"phone {number}"), made_bytes(f"cti {number}", 12)
    names = (chance.choice(GIVEN), chance.choice(SURNAMES), chance.choice(SURNAMES))
    born = date(chance.randrange(1935, 2026), chance.randrange(1, 13), chance.randrange(1, 29))
    who = Identity(
        curp.build(*names, birth_date=born, sex=chance.choice("HM"), state="HG"), qr_pass.cut_name(" ".join(names))
    )
    bound = {"cti": cti, "protected_bytes": qr_pass.protected_bytes_of(kid8(issuer))}
    pass_bytes = _world.pass_of(
        key=issuer,
        cti=cti,
        holder=cose.cose_from_key(phone.public_key()),
        hint=qr_pass.hint_of(*names, birth_mmdd=f"{born:%m%d}"),
        entitlements=chance.choice(ROWS),
        assigned_clinic=chance.choice((CLINIC.clues, "HGIMB000025", None)),
        status_index=20_000 + number,
        sealed=qr_pass.seal(who, key=_world.SEALING, number=_world.SEALING_NUMBER, **bound),
    )
    return _world.shown(pass_bytes, at=NOW - number % 20, phone=phone)


def run() -> list[Row]:
    """The ratio of a whole verdict to its bare cryptography."""
    texts = [encoding.text_from_bytes(presentation(number)) for number in range(PEOPLE)]
    world = _judge.ready(_world.world(policy=_world.policy(table=shipped())))
    scanned, bare = itertools.cycle(texts), itertools.cycle([bare_cryptography(text) for text in texts])

    def judge() -> None:
        told = verdict.verdict(next(scanned), trust=world.trust, status=world.status, clinic=CLINIC, now=NOW)
        if told.verdict != verdict.VALID or told.person is None or told.entitlement is None:
            raise AssertionError(told.reasons)

    def verify() -> None:
        next(bare)()

    # One call of each in turn: in a clinic nothing is warm either.
    verdict_s, bare_s = in_turn(judge, verify, times=1, rounds=20 * PEOPLE)
    against = "two ES256 verifications and one compressed point"
    return [Row("verdict on a device presentation", verdict_s * 1e6, "µs", against, bare_s * 1e6, LIMIT, at_most=True)]


def bare_cryptography(text: str) -> Callable[[], None]:
    """The three calls of `cryptography` that the verdict on this presentation cannot do without."""
    shown = qr_pass.parse(encoding.bytes_from_text(text))
    assert isinstance(shown, qr_pass.Presentation)
    curve, algorithm = ec.SECP256R1(), ec.ECDSA(hashes.SHA256())
    issuer = _world.ISSUER.public_key()
    point = cose.point_of(shown.pass_.claims.holder)
    inner, outer = _signed(shown.pass_.sign1), _signed(shown.sign1)

    def bare() -> None:
        phone = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        issuer.verify(*inner, algorithm)
        phone.verify(*outer, algorithm)

    return bare


def _signed(sign1: Sign1) -> tuple[bytes, bytes]:
    r, s = int.from_bytes(sign1.signature[:32], "big"), int.from_bytes(sign1.signature[32:], "big")
    return encode_dss_signature(r, s), cose.to_be_signed(sign1.protected_bytes, sign1.payload)


if __name__ == "__main__":
    for row in run():
        print(f"{row.name}: {row.value:.0f} {row.unit} against {row.reference:.0f} ({row.against}): {row.ratio:.2f}")
