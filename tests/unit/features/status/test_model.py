"""Indices come by chance, and the published list reads back as it was meant."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from amate.core.status_list import LIST_SIZE, parse_status_token, status_at
from amate.core.trust import IssuerKey, jwk_from_key
from amate.features.status import model
from amate.features.trust.model import kid_of
from amate.signing.file import FileSigner

NOW = 1_795_000_000
URI = "https://salud.example/status/3"


@given(st.integers(0, 2**20 - 1), st.integers(0, LIST_SIZE - 1))
def test_number_and_index_come_back_from_the_status_index(number: int, index: int) -> None:
    assert model.split(model.join(number, index)) == (number, index)


def test_indices_spread_over_the_whole_list() -> None:
    """χ² over 64 equal parts (row C08): 63 degrees of freedom, 150 is beyond one in a hundred million."""
    drawn = [i for _ in range(200) for i in model.random_indices(secrets.token_bytes, 64)]
    parts = [0] * 64
    for index in drawn:
        parts[index * 64 // LIST_SIZE] += 1
    mean = len(drawn) / 64
    assert sum((part - mean) ** 2 / mean for part in parts) < 150


def test_a_batch_has_no_index_twice() -> None:
    assert model.random_indices(lambda n: b"\x00\x00\x00\x07" * (n // 4), 33) == [7]


def test_the_token_reads_back() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = jwk_from_key(key.public_key())
    issuer_key = IssuerKey(
        iss="https://salud.example",
        kid=kid_of(jwk),
        kid8=b"",
        jwk=jwk,
        public_key=key.public_key(),
        use=frozenset({"status"}),
        state="active",
        sign_from=NOW - 1,
        sign_until=NOW + 1,
        accept_until=NOW + 2,
        distrust=None,
    )
    terms = model.Terms("https://salud.example/status", NOW, NOW + 60, 30)
    revoked = {0, 9, LIST_SIZE - 1}
    token = model.make_token(revoked, number=3, terms=terms, kid=issuer_key.kid, sign=FileSigner(key).sign)
    read = parse_status_token(token, keys=[issuer_key], expected_uri=URI)
    assert (read.number, read.iat, read.exp, read.ttl, read.size) == (3, NOW, NOW + 60, 30, LIST_SIZE)
    assert [i for i in (0, 1, 8, 9, 10, LIST_SIZE - 1) if status_at(read, i)] == [0, 9, LIST_SIZE - 1]
