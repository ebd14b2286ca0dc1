"""A SoftHSM2 of the tests' own: a folder with a token, made anew for each test that wants one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
_REPLACE = """
import sys, pkcs11
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from amate.signing.signer import make_key
module, token, pin, name, uri = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
    for found in list(session.get_objects({pkcs11.Attribute.LABEL: name})):
        found.destroy()
sys.stdout.buffer.write(make_key(uri).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
"""
TOKEN = "amate tests"
PIN = "only for tests"


@dataclass(frozen=True)
class SoftHsm:
    """A token's folder; SOFTHSM2_CONF must name its `config` wherever the module is loaded."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    def uri(self, name: str, *, extra: str = "", token: str = TOKEN) -> str:
        """The URI of a key."""
        how = f"module-path={MODULE}&pin-source=file:{self.pin_file}"
        return f"pkcs11:token={token.replace(' ', '%20')};object={name}{extra}?{how}"

    def add_token(self, label: str) -> None:
        """One more, for somebody else."""
        self._util("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN)

    def kill_token(self, label: str) -> None:
        """A token dies for good, with all that is in it."""
        self._util("--delete-token", "--token", label)

    def replace_key(self, name: str) -> ec.EllipticCurvePublicKey:
        """Another key takes the place of a key, by another program; its public half."""
        ask = [sys.executable, "-c", _REPLACE, str(MODULE), TOKEN, PIN, name, self.uri(name)]
        environment = os.environ | {"SOFTHSM2_CONF": str(self.config)}
        done = subprocess.run(ask, env=environment, check=True, capture_output=True, timeout=30)
        found = load_pem_public_key(done.stdout)
        assert isinstance(found, ec.EllipticCurvePublicKey)
        return found

    def _util(self, *arguments: str) -> None:
        environment = os.environ | {"SOFTHSM2_CONF": str(self.config)}
        command = ["softhsm2-util", *arguments]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=30)

    def break_off(self) -> None:
        """The token is gone, as when its cable is pulled."""
        (self.folder / "tokens").rename(self.folder / "away")

    def mend(self) -> None:
        """It is back."""
        (self.folder / "away").rename(self.folder / "tokens")


def make(folder: Path) -> SoftHsm:
    """A new SoftHSM2 with one token."""
    hsm = SoftHsm(folder)
    (folder / "tokens").mkdir(parents=True)
    hsm.pin_file.write_text(f"{PIN}\n")
    hsm.config.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    hsm.add_token(TOKEN)
    return hsm
