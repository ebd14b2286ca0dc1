"""The centre's key: RFC 7518's own example, what `jose` sealed, and nothing that was bent on the way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from amate.core.encoding import base64url_decode, base64url_encode
from amate.core.trust import jwk_from_key
from amate.errors import Malformed
from amate.signing.centre import agreed_key, kid_in, open_sealed, point_of, public_key_of, secret_from
from tests.api.soft_counter import seal
from tests.live import ROOT

SECRET = secret_from(b"amate TEST key of the centre".ljust(48, b"."))
PLAIN = bytes(range(200))
# Sealed by the PWA's own library, as the PWA does it.
SEAL = """
import { CompactEncrypt, importJWK } from "jose"
const { jwk, hex } = JSON.parse(process.argv[1])
const key = await importJWK({ ...jwk, alg: "ECDH-ES" })
const header = { alg: "ECDH-ES", enc: "A256GCM", kid: "k" }
const sealing = new CompactEncrypt(Buffer.from(hex, "hex")).setProtectedHeader(header)
process.stdout.write(await sealing.encrypt(key))
"""


@pytest.fixture(scope="module")
def sealed() -> str:
    given = json.dumps({"jwk": jwk_from_key(public_key_of(SECRET)), "hex": PLAIN.hex()})
    command = ["node", "--input-type=module", "-e", SEAL, given]
    return subprocess.run(command, cwd=ROOT / "pwa", capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_key_of_rfc_7518_appendix_c() -> None:
    bob = base64url_decode("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw")
    alice = point_of("gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps")
    shared = ec.derive_private_key(int.from_bytes(bob, "big"), ec.SECP256R1()).exchange(ec.ECDH(), alice)
    derived = agreed_key(shared, algorithm="A128GCM", size_bytes=16, party_u=b"Alice", party_v=b"Bob")
    assert base64url_encode(derived) == "VqqN6vgjbSBcIijNcacQGg"


def test_what_the_counters_library_sealed_opens(sealed: str) -> None:
    assert kid_in(sealed) == "k"
    assert open_sealed(sealed, SECRET) == PLAIN


def test_it_opens_with_no_other_key(sealed: str) -> None:
    with pytest.raises(Malformed):
        open_sealed(sealed, secret_from(b"another".ljust(48, b".")))


def bend(at: int) -> Callable[[str], str]:
    def bent(sealed: str) -> str:
        parts = sealed.split(".")
        raw = bytearray(base64url_decode(parts[at]))
        raw[-1] ^= 1
        parts[at] = base64url_encode(bytes(raw))
        return ".".join(parts)

    return bent


def header(**changes: object) -> Callable[[str], str]:
    def changed(sealed: str) -> str:
        first, rest = sealed.split(".", 1)
        said = json.loads(base64url_decode(first)) | changes
        kept = {name: value for name, value in said.items() if value is not None}
        return f"{base64url_encode(json.dumps(kept).encode())}.{rest}"

    return changed


@pytest.mark.parametrize(
    "change",
    [
        *(bend(at) for at in (0, 2, 3, 4)),
        header(alg="ECDH-ES+A256KW"),
        header(alg="none"),
        header(enc="A128GCM"),
        header(zip="DEF"),
        header(crit=["exp"]),
        header(apu="QWxpY2U"),
        header(kid=None),
        header(kid=7),
        header(epk=None),
        header(epk={"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
        header(epk={"kty": "EC", "crv": "P-256", "x": base64url_encode(bytes(32)), "y": base64url_encode(bytes(32))}),
        lambda sealed: sealed + ".",
        lambda sealed: sealed.replace("..", ".AA."),
        lambda sealed: sealed[:-4],
        lambda sealed: sealed + "A" * 3000,
        lambda _: "",
    ],
)
def test_what_was_bent_does_not_open(sealed: str, change: Callable[[str], str]) -> None:
    with pytest.raises(Malformed):
        open_sealed(change(sealed), SECRET)


@pytest.mark.parametrize("more", [{"zip": "DEF"}, {"crit": ["exp"]}, {"apu": ""}, {"enc": "A128GCM"}, {"alg": "dir"}])
def test_a_header_that_says_more_is_refused_though_its_sender_sealed_it_so(more: dict[str, object]) -> None:
    centre = {**jwk_from_key(public_key_of(SECRET)), "kid": "k"}
    assert open_sealed(seal(PLAIN, centre), SECRET) == PLAIN
    with pytest.raises(Malformed):
        open_sealed(seal(PLAIN, centre, **more), SECRET)
