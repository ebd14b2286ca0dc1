"""A signer that fails as machines do: it dies, it errs, or the world goes on while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from flask import Flask

from amate.errors import Unavailable
from amate.signing.signer import Signer


@dataclass
class Meddling:
    """Signs with the real key, but `meddle` comes in between: message, good signature → what is handed out."""

    real: Signer
    meddle: Callable[[bytes, bytes], bytes]

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        return self.real.public_key

    def sign(self, message: bytes) -> bytes:
        return self.meddle(message, self.real.sign(message))


def meddle_with(apps: list[Flask], meddle: Callable[[bytes, bytes], bytes]) -> None:
    """Put `meddle` between every worker and its keys."""
    for app in apps:
        real = app.extensions["amate.signer"]
        app.extensions["amate.signer"] = lambda uri, real=real: Meddling(real(uri), meddle)


def dead(_message: bytes, _signature: bytes) -> bytes:
    raise Unavailable("key-unavailable", "the HSM does not answer")


def corrupted(_message: bytes, signature: bytes) -> bytes:
    return bytes((signature[0] ^ 1,)) + signature[1:]
