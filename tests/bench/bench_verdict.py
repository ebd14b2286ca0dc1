"""The verdict on a device presentation against the cryptography that nobody can leave out."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from amate.core import cose, encoding, qr_pass
from amate.core.cose import Sign1
from tests.bench.measure import Row, in_turn
from tests.vectors.generators import _judge, _world
from tests.vectors.generators._material import NOW

LIMIT = 1.3


def run() -> list[Row]:
    """The ratio of a whole verdict to its bare cryptography, and the share of reading the pass."""
    text = encoding.text_from_bytes(_world.shown())
    shown = qr_pass.parse(encoding.bytes_from_text(text))
    assert isinstance(shown, qr_pass.Presentation)
    bare = bare_cryptography(shown)
    world, given = _judge.ready(_world.world()), {"text": text, "clinic": _judge.CLINIC_FACTS}
    assert _judge.judge(world, given, NOW).verdict == "valid"
    # One call of each in turn: in a clinic nothing is warm either.
    verdict_s, bare_s = in_turn(lambda: _judge.judge(world, given, NOW), bare, times=1, rounds=4_000)
    against = "two ES256 verifications and one compressed point"
    return [Row("verdict on a device presentation", verdict_s * 1e6, "µs", against, bare_s * 1e6, LIMIT, at_most=True)]


def bare_cryptography(shown: qr_pass.Presentation) -> Callable[[], None]:
    """The three calls of `cryptography` that the verdict on this presentation cannot do without."""
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
