"""What counters send to a live node: receipts that nobody can open, and signed ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.api.soft_counter import SoftCounter
from tests.live_nodes import CLUES, LiveCounter
from tests.soft_jwt import jwk_of

RECEIPTS = "/api/v1/verifications/receipts"


def receipt(number: int) -> dict[str, str]:
    """A receipt that is sealed to nobody: a node does not look into it."""
    return {"id": f"{number:064x}", "receipt": f"sealed {number}"}


def sealed(*numbers: int) -> dict[str, Any]:
    return {"sealed": {"device": {"x": "x" * 43, "y": "y" * 43}, "receipts": [receipt(each) for each in numbers]}}


@dataclass
class SigningCounter(SoftCounter):
    """A counter's key and chain, sealed to the centre's key as a node told it."""

    told: dict[str, Any] = field(default_factory=dict)

    @property
    def centre(self) -> dict[str, Any]:
        return self.told

    def batch(self, *raw: bytes, **changes: str) -> dict[str, Any]:
        """A request body."""
        jwk = jwk_of(self.key)
        listed = [self.sealed(each, **changes) for each in raw]
        return {"sealed": {"device": {"x": jwk["x"], "y": jwk["y"]}, "receipts": listed}}


def signing(browser: LiveCounter, clinic: str | None = CLUES) -> SigningCounter:
    """A counter that signs, with the keys that its node gives it."""
    status, keys = browser.ask("GET", "/api/v1/sealing-keys")
    assert status == 200, keys
    return SigningCounter(FlaskClient(Flask("none")), {}, clinic, told=keys["receipts_key"])
