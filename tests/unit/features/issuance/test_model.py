"""Codes that people type, and what is kept of them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amate.features.issuance import model


@given(st.binary(min_size=12, max_size=12))
def test_a_code_survives_typing(random: bytes) -> None:
    code = model.code_from(random)
    assert len(code) == 14
    plain = code.replace("-", "")
    assert model.plain_code(code) == plain
    assert model.plain_code(code.lower()) == plain
    assert model.plain_code(f" {plain[:6]} {plain[6:]} ") == plain
    assert model.plain_code(plain.replace("1", "I").replace("0", "o")) == plain


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "ABCD-EFGH-JKM", "ABCD-EFGH-JKMNP", "UUUU-UUUU-UUUU", "é" * 12, "-" * 14]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert model.plain_code(typed) is None


def test_a_code_uses_the_whole_alphabet_evenly() -> None:
    seen = "".join(model.code_from(bytes(range(start, start + 12))) for start in range(244))
    assert set(seen) - {"-"} == set(model.ALPHABET)
    assert not set("ILOU") & set(model.ALPHABET)


def test_a_tx_code_is_six_digits() -> None:
    for _ in range(200):
        tx_code = model.tx_code_from(os.urandom(8))
        assert len(tx_code) == 6
        assert tx_code.isdigit()
    assert model.tx_code_from(bytes(8)) == "000000"


def test_the_stored_hash_of_a_tx_code_needs_the_code() -> None:
    code, other = model.pre_authorised_code("A" * 12), model.pre_authorised_code("B" * 12)
    assert code != other
    assert model.tx_hash(code, "000000") != model.tx_hash(other, "000000")
    assert model.tx_hash(code, "000000") != model.tx_hash(code, "000001")


def test_addresses_of_an_offer() -> None:
    address = "http://localhost:8000/oid4vci/offers/ABCD-EFGH-JKMN"
    quoted = "http%3A%2F%2Flocalhost%3A8000%2Foid4vci%2Foffers%2FABCD-EFGH-JKMN"
    assert model.offer_uri(address) == f"openid-credential-offer://?credential_offer_uri={quoted}"
    link = model.offer_link("http://localhost:8000", address)
    assert link == f"http://localhost:8000/wallet/#credential_offer_uri={quoted}"


def test_a_day_begins_at_midnight() -> None:
    assert model.day_start(1_795_000_000) % 86_400 == 0
    assert 0 <= 1_795_000_000 - model.day_start(1_795_000_000) < 86_400
