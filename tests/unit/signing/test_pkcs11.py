"""Keys in a token, in a real SoftHSM2: made inside, not extractable, and found again after the token was gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from amate.core import cose
from amate.errors import AmateError, Conflict, Malformed, Refused, Unavailable
from amate.signing import passphrase, pkcs11_uri
from amate.signing import pkcs11 as tokens
from amate.signing.signer import made_key, make_key, open_signer, sign_verified
from tests import soft_hsm
from tests.soft_hsm import MODULE, PIN, TOKEN, SoftHsm

HOW = f"module-path={MODULE}"


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    made = soft_hsm.make(tmp_path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.config))
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).reinitialize()
    yield made
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).finalize()


def slug_of(refused: pytest.ExceptionInfo[AmateError]) -> str:
    return refused.value.slug


def test_what_a_token_signs_holds(hsm: SoftHsm) -> None:
    public_key = make_key(hsm.uri("pass-1"))
    signer = open_signer(hsm.uri("pass-1"))
    assert signer.public_key == public_key
    for message in (b"message", b""):
        signature = sign_verified(signer, message, public_key)
        assert len(signature) == 64
        assert cose.verify_raw(signature, message, public_key)


def test_a_key_made_in_a_token_does_not_leave_it(hsm: SoftHsm) -> None:
    make_key(hsm.uri("pass-1", extra=";id=%01%FF"))
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(user_pin=PIN) as session:
        (private,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        assert (private[Attribute.LABEL], private[Attribute.ID]) == ("pass-1", b"\x01\xff")
        assert private[Attribute.SENSITIVE]
        assert not private[Attribute.EXTRACTABLE]
        assert private[Attribute.LOCAL]
        with pytest.raises(pkcs11.AttributeSensitive):
            private[Attribute.VALUE]


def test_two_keys_never_share_a_name(hsm: SoftHsm) -> None:
    make_key(hsm.uri("pass-1"))
    with pytest.raises(Conflict) as refused:
        make_key(hsm.uri("pass-1"))
    assert slug_of(refused) == "key-exists"


def test_somebody_elses_public_key_is_not_taken_for_a_left_over(hsm: SoftHsm) -> None:
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        public, _ = session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
            mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, label="theirs", id=b"\x07"
        )
        imported = {Attribute.LABEL: "imported", Attribute.TOKEN: True, Attribute.EC_POINT: public[Attribute.EC_POINT]}
        session.create_object(
            {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.KEY_TYPE: KeyType.EC, **curve, **imported}
        )
        public[Attribute.LABEL] = "renamed"
    for name in ("imported", "renamed"):
        with pytest.raises(Conflict) as refused:
            make_key(hsm.uri(name))
        assert slug_of(refused) == "key-exists"
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(user_pin=PIN) as session:
        assert len(list(session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY}))) == 2


def test_a_key_that_is_there_is_told_once_it_has_shown_that_it_signs(hsm: SoftHsm) -> None:
    public_key = make_key(hsm.uri("pass-1"))
    assert made_key(hsm.uri("pass-1")) == public_key
    with pytest.raises(Unavailable, match="under another name"):
        made_key(hsm.uri("pass-2"))


@pytest.mark.parametrize(
    "weakness",
    [{Attribute.EXTRACTABLE: True}, {Attribute.SENSITIVE: False}],
    ids=["extractable", "readable"],
)
def test_a_key_that_could_leave_its_token_does_not_sign(hsm: SoftHsm, weakness: dict[Attribute, bool]) -> None:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    template = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False} | weakness
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
            mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, label="weak", private_template=template
        )
    with pytest.raises(Refused) as refused:
        open_signer(hsm.uri("weak"))
    assert slug_of(refused) == "extractable-key"


def test_a_key_of_another_curve_does_not_sign(hsm: SoftHsm) -> None:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp384r1")}
    template = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    with pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
            mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, label="p384", private_template=template
        )
    with pytest.raises(Malformed) as refused:
        open_signer(hsm.uri("p384"))
    assert slug_of(refused) == "wrong-key-type"


def test_a_token_that_was_gone_signs_again_once_it_is_back(hsm: SoftHsm) -> None:
    public_key = make_key(hsm.uri("pass-1"))
    signer, other = open_signer(hsm.uri("pass-1")), open_signer(hsm.uri("pass-1"))
    sign_verified(signer, b"before", public_key)
    hsm.break_off()
    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            signer.sign(b"meanwhile")
        assert slug_of(refused) == "key-unavailable"
    hsm.mend()
    sign_verified(signer, b"after", public_key)
    sign_verified(other, b"after", public_key)


def test_a_session_that_somebody_else_ended_is_opened_anew(hsm: SoftHsm) -> None:
    public_key = make_key(hsm.uri("pass-1"))
    signer = open_signer(hsm.uri("pass-1"))
    pkcs11.lib(str(MODULE)).reinitialize()
    sign_verified(signer, b"message", public_key)


def test_a_wrong_pin_is_tried_once_and_never_again(hsm: SoftHsm) -> None:
    make_key(hsm.uri("pass-1"))
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).reinitialize()
    wrong = hsm.folder / "wrong-pin"
    wrong.write_text("another one")
    uri = hsm.uri("pass-1").replace(str(hsm.pin_file), str(wrong))
    for said in ("PinIncorrect", "was refused", "was refused"):
        with pytest.raises(Unavailable, match=said):
            open_signer(uri)


def test_a_pin_that_was_mended_is_tried_again(hsm: SoftHsm) -> None:
    public_key = make_key(hsm.uri("pass-1"))
    tokens._library.cache_clear()
    pkcs11.lib(str(MODULE)).reinitialize()
    right = hsm.pin_file.read_text()
    hsm.pin_file.write_text("another one")
    for said in ("PinIncorrect", "was refused"):
        with pytest.raises(Unavailable, match=said):
            open_signer(hsm.uri("pass-1"))
    hsm.pin_file.write_text(right)
    sign_verified(open_signer(hsm.uri("pass-1")), b"message", public_key)


def test_another_key_that_takes_the_name_of_an_open_one_does_not_sign_for_it(hsm: SoftHsm) -> None:
    make_key(hsm.uri("pass-1"))
    signer = open_signer(hsm.uri("pass-1"))
    signer.sign(b"before")
    new = hsm.replace_key("pass-1")
    for _ in range(2):
        with pytest.raises(Unavailable, match="another key bears this name now"):
            signer.sign(b"after")
    sign_verified(open_signer(hsm.uri("pass-1")), b"after", new)


def test_without_a_pin_source_no_passphrase_is_tried_as_the_pin(hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one in a file nor one that was typed for all keys, even where it is the right one."""
    make_key(hsm.uri("pass-1"))
    monkeypatch.setitem(passphrase._kept, None, (None, PIN.encode()))
    uri = f"pkcs11:token={TOKEN.replace(' ', '%20')};object=pass-1;type=private?{HOW}"
    with pytest.raises(Unavailable, match=r"no-passphrase: token amate tests needs its PIN: .*pin-source=file:/"):
        open_signer(uri, hsm.pin_file)


def test_a_key_that_is_not_there_is_told_from_a_token_that_is_not_there(hsm: SoftHsm) -> None:
    with pytest.raises(Unavailable, match="no key fits the URI"):
        open_signer(hsm.uri("nothing"))
    with pytest.raises(Unavailable, match=r"no token another tests is there.* has: amate tests"):
        open_signer(hsm.uri("nothing").replace("amate", "another"))


def test_a_module_that_others_could_have_written_is_not_loaded(hsm: SoftHsm, tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.write_bytes(MODULE.read_bytes())
    module.chmod(0o666)
    with pytest.raises(Refused) as refused:
        open_signer(hsm.uri("pass-1").replace(str(MODULE), str(module)))
    assert slug_of(refused) == "untrusted-module"
    with pytest.raises(Unavailable):
        open_signer(hsm.uri("pass-1").replace(str(MODULE), str(tmp_path / "none.so")))


def test_a_uri_names_what_it_says() -> None:
    key = pkcs11_uri.parse(
        "id=%69%95;object=pass%3B1;token=The%20Token;serial=0a1b;slot-id=7?module-name=softhsm2&pin-source=file:///run/pin"
    )
    assert (key.label, key.id, key.pin_file) == ("pass;1", b"\x69\x95", Path("/run/pin"))
    assert key.token == (MODULE, "The Token", "0a1b", 7)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "object=a",
        f"object=a?{HOW}",
        f"token=t?{HOW}",
        "token=t;object=a",
        "token=t;object=a?",
        f"token=t;object=a?{HOW}&module-name=softhsm2",
        "token=t;object=a?module-path=relative.so",
        "token=t;object=a?module-path=/usr/../tmp/x.so",
        "token=t;object=a?module-name=../x",
        "token=t;object=a?module-name=nowhere",
        f"token=t;object=a;object=b?{HOW}",
        f"token=;object=a?{HOW}",
        f"token=t;object=a b?{HOW}",
        f"token=t;object=a/b?{HOW}",
        f"token=t;object=%?{HOW}",
        f"token=t;object=%0a?{HOW}",
        f"token=t;object=%ff?{HOW}",
        f"token=t;object=a;type=public?{HOW}",
        f"token=t;object=a;x-vendor=1?{HOW}",
        f"token=t;object=a;manufacturer=m?{HOW}",
        f"slot-id=-1;object=a?{HOW}",
        f"slot-id=01;object=a?{HOW}",
        f"token=t;object=a?{HOW}&pin-source=|/usr/bin/pin",
        f"token=t;object=a?{HOW}&pin-source=/run/pin",
        f"token=t;object=a?{HOW}&pin-source=file:pin",
        f"token=t;object=a?{HOW};pin-source=file:/run/pin",
        f"token=t;object=a?{HOW}\n",
    ],
)
def test_a_uri_that_is_not_understood_is_refused(location: str) -> None:
    with pytest.raises(Malformed) as refused:
        pkcs11_uri.parse(location)
    assert slug_of(refused) == "bad-key-uri"


@pytest.mark.parametrize(
    "location",
    [f"token=t;object=a?{HOW}&pin-value=1234", f"token=t;object=a?pin-value=1234&{HOW}", "token=t;pin-value=1234"],
)
def test_a_pin_in_a_uri_is_refused_and_not_repeated(location: str) -> None:
    with pytest.raises(Malformed) as refused:
        pkcs11_uri.parse(location)
    assert slug_of(refused) == "pin-in-uri"
    assert "1234" not in str(refused.value)
