"""A certificate authority for one machine's own names, and the certificate that it gives that machine's server.

Whoever installs the authority trusts it with these names alone: name constraints, critical, permit no other, and
nothing but servers. A DNS constraint reaches the names below a name, too; below a host of a clinic's own network there
are none.

Source: RFC 5280 §4.2.1.9 (BasicConstraints), §4.2.1.10 (NameConstraints), §4.2.1.12 (ExtendedKeyUsage)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from amate.errors import Malformed

AUTHORITY_DAYS: Final = 3652
SERVER_DAYS: Final = 397
CLOCKS: Final = timedelta(days=1)  # counters whose clock is behind ours
NAMED: Final = 64
_USAGES: Final = ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")


class Pair(NamedTuple):
    """A certificate and its private key, as PEM."""

    certificate: bytes
    key: bytes


class Facts(NamedTuple):
    """What a certificate says of itself; instants in seconds since 1970."""

    names: tuple[str, ...]
    since: int
    until: int
    sha256: str

    @property
    def half_at(self) -> int:
        """When half of its life is over."""
        return (self.since + self.until) // 2


def make_authority(names: Sequence[str], *, now: int) -> Pair:
    """An authority that can vouch for servers of these names alone, for ten years.

    names: host names in small letters, and IP addresses
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"Amate node {names[0]}")
    builder = _begun(subject, subject, key.public_key(), now=now, until=_at(now) + timedelta(days=AUTHORITY_DAYS))
    constraints = x509.NameConstraints(permitted_subtrees=[_subtree(name) for name in names], excluded_subtrees=None)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True), critical=True)
    builder = builder.add_extension(constraints, critical=True)
    return Pair(_pem(builder.sign(key, SHA256())), _key_pem(key))


def issue(authority: Pair, names: Sequence[str], *, now: int) -> Pair:
    """A server's certificate under these names, for 397 days or as long as its authority lives.

    Raises: Malformed("bad-certificate") when the authority cannot be read
    """
    issuer, signing = _certificate(authority.certificate), _private(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(_at(now) + timedelta(days=SERVER_DAYS), issuer.not_valid_after_utc)
    builder = _begun(_subject("Amate node"), issuer.subject, key.public_key(), now=now, until=until)
    alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(alternatives, critical=False)
    builder = builder.add_extension(issued_by, critical=False)
    return Pair(_pem(builder.sign(signing, SHA256())), _key_pem(key))


def facts_of(certificate: bytes) -> Facts:
    """What a certificate (PEM) says: an authority's names are those that it may vouch for.

    Raises: Malformed("bad-certificate")
    """
    found = _certificate(certificate)
    since, until = (int(at.timestamp()) for at in (found.not_valid_before_utc, found.not_valid_after_utc))
    return Facts(_names_of(found), since, until, found.fingerprint(SHA256()).hex())


def check_pair(pair: Pair, authority: bytes) -> None:
    """That a certificate is of this key and was given by this authority.

    Raises: Malformed("bad-certificate")
    """
    found, issuer = _certificate(pair.certificate), _certificate(authority)
    try:
        found.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise Malformed("bad-certificate", "it is another authority's") from error
    if found.public_key() != _private(pair).public_key():
        raise Malformed("bad-certificate", "its key is another one")


def _begun(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, *, now: int, until: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(_at(now) - CLOCKS).not_valid_after(until)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        key_encipherment=False,
        **dict.fromkeys(_USAGES, False),
    )


def _subject(said: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said[:NAMED])])


def _address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if _address(name) else x509.DNSName(name)


def _subtree(name: str) -> x509.GeneralName:
    """A name as a constraint: of an address all bits count."""
    if not _address(name):
        return x509.DNSName(name)
    bits = 32 if isinstance(ip_address(name), IPv4Address) else 128
    return x509.IPAddress(ip_network(f"{name}/{bits}"))


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    listed: list[x509.GeneralName] = []
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            listed += extension.value
        elif isinstance(extension.value, x509.NameConstraints):
            listed += extension.value.permitted_subtrees or ()
    return tuple(str(each.value).partition("/")[0] for each in listed)


def _at(now: int) -> datetime:
    return datetime.fromtimestamp(now, UTC)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Malformed("bad-certificate", "it cannot be read") from error


def _private(pair: Pair) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pair.key, None)
    except ValueError as error:
        raise Malformed("bad-certificate", "its key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Malformed("bad-certificate", "its key is of another kind")
    return key
