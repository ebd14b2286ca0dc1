"""What a clientDataJSON must say, which posts can be given, and what is kept of a secret."""

from __future__ import annotations

import json

import pytest

from amate.errors import Malformed, Unauthenticated
from amate.features.login import model
from amate.features.login.model import AUTHENTICATION, REGISTRATION, IntegratorToken

ORIGIN = "https://salud.example"


def client_data(**bent: object) -> bytes:
    return json.dumps({"type": "webauthn.get", "challenge": "abc", "origin": ORIGIN} | bent).encode()


def challenge(raw: bytes, purpose: str = AUTHENTICATION) -> str:
    return model.challenge_of(raw, purpose=purpose, expected_origin=ORIGIN)


def test_the_challenge_is_read_from_a_page_of_ours() -> None:
    assert challenge(client_data()) == "abc"
    assert challenge(client_data(crossOrigin=False, other="x")) == "abc"
    assert challenge(client_data(type="webauthn.create"), REGISTRATION) == "abc"


@pytest.mark.parametrize(
    "bent",
    [
        {"type": "webauthn.create"},
        {"type": None},
        {"origin": f"{ORIGIN}.evil.example"},
        {"origin": f"{ORIGIN}:8443"},
        {"origin": ORIGIN.upper()},
        {"origin": "http://salud.example"},
        {"origin": [ORIGIN]},
        {"crossOrigin": True},
        {"crossOrigin": "false"},
        {"crossOrigin": 0},
        {"topOrigin": ORIGIN},
        {"topOrigin": None},
        {"challenge": None},
        {"challenge": ["abc"]},
    ],
)
def test_h03_another_page_is_refused(bent: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated, match="passkey-refused") as refusal:
        challenge(client_data(**bent))
    assert refusal.value.keeps_writes  # the challenge is used up


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"type":"webauthn.get","challenge":"abc","origin":"https://evil.example","origin":"https://salud.example"}',
        b'{"type":"webauthn.get","challenge":"a","challenge":"abc","origin":"https://salud.example"}',
    ],
)
def test_client_data_in_two_readings_is_refused(raw: bytes) -> None:
    with pytest.raises(Unauthenticated):
        challenge(raw)


@pytest.mark.parametrize("role", model.ROLES)
def test_every_role_can_be_given(role: str) -> None:
    model.check_post(role, None)
    model.check_post(role, "HGIMB000011")


@pytest.mark.parametrize(("role", "clinic"), [("root", None), ("", None), ("clinic", ""), ("clinic", "HGIMB00001x")])
def test_no_other_post_can(role: str, clinic: str | None) -> None:
    with pytest.raises(Malformed):
        model.check_post(role, clinic)


def test_the_state_of_a_token() -> None:
    token = IntegratorToken("tok-1", "clinic", None, created_at=0, expires_at=10, revoked_at=None)
    assert [token.state_at(now) for now in (9, 10)] == ["in force", "expired"]
    assert IntegratorToken("tok-1", "clinic", None, 0, 10, revoked_at=5).state_at(20) == "revoked"
