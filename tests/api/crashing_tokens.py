"""Runs `amate keys make pkcs11:…` again, with a SoftHSM2 in each state in which a killed run can have left it.

`python -m tests.api.crashing_tokens FOLDER`. The states are those between any two system calls of the making: what the
token's library writes, it writes by itself, where no step of Python's could be counted.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pkcs11 import Attribute, ObjectClass

from amate.signing.signer import make_key, open_signer, sign_verified
from tests import soft_hsm, traced
from tests.api.crashing import context, in_child, put
from tests.api.crashing_keys import Json, run_command
from tests.soft_hsm import MODULE, TOKEN, SoftHsm

NAME = "root"
SPEAKS_FOR_ITSELF = "no token "  # SoftHSM2 was cut off while it wrote the token's own file: no program finds the token
ANOTHER_NAME = "make yours under another name"


def main(folder: Path) -> int:
    hsm, home = soft_hsm.make(folder / "hsm"), folder / "home"
    os.environ["SOFTHSM2_CONF"] = str(hsm.config)
    with context(home):
        pass
    tokens = hsm.folder / "tokens"
    states = traced.states_of(tokens, lambda: make_key(hsm.uri(NAME)), copies=folder / "states")
    different = {json.dumps({k: v.hex() for k, v in traced.picture_of(each).items()}): each for each in states}
    ends: Counter[str] = Counter()
    for state in different.values():
        put(state, tokens)
        ends[end_of(hsm, home, folder / "said")] += 1
    print(json.dumps({"states": len(states), "different": len(different), "ends": dict(ends)}))
    return 0


def end_of(hsm: SoftHsm, home: Path, said: Path) -> str:
    """What the second run did: it made the key, found it whole, or said what to do, after which that works."""
    ended = in_child(lambda: os._exit(run_command(home, ["keys", "make", hsm.uri(NAME), "--json"], said)))
    if ended == 0:
        text = said.read_text()
        told = json.loads(text[text.index("{") :])  # after what stderr says
        assert in_child(lambda: check(hsm, NAME, told)) == 0
        return "made" if told["made"] else "found"
    text = said.read_text()
    if SPEAKS_FOR_ITSELF in text:
        return "no token"
    assert ANOTHER_NAME in text, text
    assert in_child(lambda: os._exit(run_command(home, ["keys", "make", hsm.uri("root-2"), "--json"], said))) == 0
    assert in_child(lambda: check(hsm, "root-2", json.loads(said.read_text()))) == 0
    return "another name"


def check(hsm: SoftHsm, name: str, told: Json) -> None:
    """There is one key of the name, whole; it is the one that was told, signs, and does not leave the token."""
    signer = open_signer(hsm.uri(name))
    public_key = load_pem_public_key(told["public_key"].encode())
    assert isinstance(public_key, EllipticCurvePublicKey)
    sign_verified(signer, b"message", public_key)
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open() as session:  # the signer has logged in
        kinds = [each.object_class for each in session.get_objects({Attribute.LABEL: name})]
    assert sorted(kinds) == [ObjectClass.PUBLIC_KEY, ObjectClass.PRIVATE_KEY], kinds


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
