"""The same content as two other formats carry it: a SMART Health Card and an EU Digital COVID Certificate's container.

What they hold is what our card holds: name, CURP, one affiliation with role and end, assigned clinic, dates, and the
issuer's ES256 signature; neither has anything of the phone's. Each at the level of correction of its specification.
Sources: SMART Health Cards Framework 1.4, "Encoding Chunks as QR Codes" (level L, `shc:/` and pairs of digits of a JWS
with a deflated payload); eHealth Network, Electronic Health Certificate Specification 1.1 (COSE, zlib, Base45, Q).
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import cbor2
import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from PIL import Image
from qrcode.util import MODE_NUMBER, QRData

from amate.core.encoding import base64url_encode

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BYTE_OF = 45  # what a pair of digits of a SMART Health Card counts from
Said = dict[str, Any]


def smart_health_card(who: Said, key: ec.EllipticCurvePrivateKey) -> tuple[Image.Image, str]:
    """The code and its text; who: curp, given, family, birth_date, institution, role, until, clinic, iat."""
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.4.629", "value": who["curp"]}],
        "name": [{"family": who["family"], "given": [who["given"]]}],
        "birthDate": who["birth_date"],
    }
    coverage = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"reference": "resource:0"},
        "relationship": {"coding": [{"code": who["role"]}]},
        "period": {"end": who["until"]},
        "payor": [{"identifier": {"value": who["institution"]}}],
        "class": [{"type": {"coding": [{"code": "plan"}]}, "value": who["clinic"]}],
    }
    entries = [{"fullUrl": f"resource:{n}", "resource": each} for n, each in enumerate((patient, coverage))]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle}
    types = ["https://smarthealth.cards#health-card"]
    payload = {
        "iss": "https://salud.example.mx",
        "nbf": who["iat"],
        "vc": {"type": types, "credentialSubject": subject},
    }
    deflated = zlib.compress(json.dumps(payload, separators=(",", ":")).encode(), 9, wbits=-15)
    header = {"zip": "DEF", "alg": "ES256", "kid": "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"}
    signed = ".".join(base64url_encode(part) for part in (json.dumps(header, separators=(",", ":")).encode(), deflated))
    jws = f"{signed}.{base64url_encode(_signature(key, signed.encode()))}"
    digits = "".join(f"{ord(letter) - BYTE_OF:02d}" for letter in jws)
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=4, box_size=8)
    code.add_data(QRData(b"shc:/"))
    code.add_data(QRData(digits, mode=MODE_NUMBER))
    return code.make_image().get_image(), f"shc:/{digits}"


def digital_certificate(who: Said, key: ec.EllipticCurvePrivateKey) -> tuple[Image.Image, str]:
    """The code and its text; who: as of smart_health_card."""
    name = {
        "fn": who["family"],
        "gn": who["given"],
        "fnt": who["family"].replace(" ", "<"),
        "gnt": who["given"].replace(" ", "<"),
    }
    entry = {"in": who["institution"], "ro": who["role"], "un": who["until"], "cl": who["clinic"], "cu": who["curp"]}
    certificate = {"ver": "1.3.0", "nam": name, "dob": who["birth_date"], "e": [entry]}
    claims = {1: "MX", 6: who["iat"], 4: who["iat"] + 30 * 86_400, -260: {1: certificate}}
    protected, payload = cbor2.dumps({1: -7, 4: bytes(8)}), cbor2.dumps(claims)
    signature = _signature(key, cbor2.dumps(["Signature1", protected, b"", payload]))
    text = f"HC1:{base45(zlib.compress(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature])), 9))}"
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4, box_size=8)
    code.add_data(text, optimize=0)
    return code.make_image().get_image(), text


def base45(data: bytes) -> str:
    """RFC 9285: two bytes are three letters, the lowest first; a last one is two."""
    letters = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            letters.append(BASE45[digit])
    return "".join(letters)


def _signature(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)
