"""A stolen pass key, from the forged pass that is green to the last phone that renewed (rows C04, D10)."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from amate.config import read_settings
from amate.context import Context, system_clock
from amate.core import cose, encoding, qr_pass
from amate.core.status_list import parse_status_token
from amate.core.verdict import Verdict, verdict
from amate.demo.seed import acting
from amate.errors import Refused
from amate.features.issuance import actions as issuance
from amate.features.issuance import commands as issuance_commands
from amate.features.issuance import ledger
from amate.features.issuance.actions import Renewals
from amate.features.rotation import actions, commands, saying
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust.model import DAY_S, IssuerKey, iso
from amate.signing.signer import open_signer
from amate.terminal import open_migrated
from tests.api.issuing import claimed, enrol, offer_to
from tests.api.rotating import change
from tests.api.soft_wallet import SoftWallet, json_of
from tests.conftest import Clock
from tests.soft_jwt import new_key, raw_signature

PEOPLE = 24


@pytest.fixture
def wallets(client: FlaskClient, clock: Clock, ctx: Context) -> list[SoftWallet]:
    """Phones, each of another person: what counts here is which key signed for which."""
    people = [enrol(ctx, f"HEGG560427MVZRR{number:03}", f"p-{number}") for number in range(1, PEOPLE + 1)]
    return [claimed(client, clock, offer_to(ctx, person)) for person in people]


def passes_of(wallets: list[SoftWallet]) -> list[bytes]:
    return [encoding.base64url_decode(json_of(wallet.new_pass())["pass"]) for wallet in wallets]


def kid8_of(raw: bytes) -> bytes:
    parsed = qr_pass.parse(raw)
    assert isinstance(parsed, qr_pass.Pass)
    return parsed.kid8


def shown(raw: bytes, key: ec.EllipticCurvePrivateKey, now: int) -> str:
    sign = partial(raw_signature, key)
    return encoding.text_from_bytes(qr_pass.present(raw, shown_at=now, clock_quality_s=1, sign=sign))


def judged(ctx: Context, text: str) -> Verdict:
    """What a verifier that has just synchronised says."""
    loaded = trust.load_trust(ctx.settings.home, env="test", sealing_keys=trust.sealing_keys(ctx))
    keys = [key for keys in loaded.trust.keys.values() for key in keys]
    token = (ctx.settings.published / "status" / "0").read_text()
    lists = {0: parse_status_token(token, keys=keys, expected_uri=f"{loaded.trust.policy.status_base}/0")}
    return verdict(text, trust=loaded.trust, status=lists, clinic=None, now=ctx.now)


def forge(ctx: Context, stolen: IssuerKey, genuine: bytes) -> str:
    """A pass by whoever took the key file and its passphrase: somebody else's claims, a phone of the thief's."""
    thief, signer = new_key(), open_signer(stolen.uri, ctx.settings.passphrase_file)
    parsed = qr_pass.parse(genuine)
    assert isinstance(parsed, qr_pass.Pass)
    claims = parsed.claims._replace(holder=cose.cose_from_key(thief.public_key()), cti=b"forged cti 1", sealed=None)
    number, key = trust.sealing_key(ctx)
    bound = {"cti": claims.cti, "protected_bytes": qr_pass.protected_bytes_of(stolen.kid8)}
    who = qr_pass.Identity("HEGG560427MVZRRL04", "QUIEN SEA")
    claims = claims._replace(sealed=qr_pass.seal(who, key=key, number=number, **bound))
    return shown(qr_pass.sign_pass(claims, kid8=stolen.kid8, sign=signer.sign), thief, ctx.now)


def test_from_the_theft_to_the_last_phone(ctx: Context, clock: Clock, wallets: list[SoftWallet]) -> None:
    status.publish(ctx)
    ctx.commit()
    genuine = passes_of(wallets)
    by_key = Counter(map(kid8_of, genuine))
    assert len(by_key) > 1, "several keys sign side by side"
    stolen = next(key for key in trust.list_keys(ctx) if key.kid8 == kid8_of(genuine[0]))
    forgery = forge(ctx, stolen, genuine[0])
    assert judged(ctx, forgery).verdict == "valid", "before anybody knows, it is as good as ours"

    actions.freeze(ctx, stolen.kid, reason="stolen")
    ctx.commit()
    assert stolen.kid8 not in set(map(kid8_of, passes_of(wallets))), "it signs nothing more, in either worker"
    change(ctx, "revoke", stolen.kid, reason="stolen")
    assert (judged(ctx, forgery).verdict, judged(ctx, forgery).reasons) == ("not_valid", ("key-revoked",))
    others = [w for w, raw in zip(wallets, genuine, strict=True) if kid8_of(raw) != stolen.kid8]
    raw = next(raw for raw in genuine if kid8_of(raw) != stolen.kid8)
    assert judged(ctx, shown(raw, others[0].key, ctx.now)).verdict == "valid", "the other shards' passes hold"


def test_phones_are_asked_to_renew_and_do(ctx: Context, clock: Clock, wallets: list[SoftWallet]) -> None:
    passes = passes_of(wallets)
    stolen = next(key for key in trust.list_keys(ctx) if key.kid8 == kid8_of(passes[0]))
    relying = sum(kid8_of(raw) == stolen.kid8 for raw in passes)
    change(ctx, "revoke", stolen.kid, reason="stolen")
    assert issuance.renewals(ctx, stolen.kid).unasked == relying

    slept: list[float] = []
    first = next(iter(actions.ask_to_renew(ctx, stolen, rate=2, sleep=slept.append)))  # cut off after one batch
    assert (first, issuance.renewals(ctx, stolen.kid).unasked) == (2, relying - 2)
    rest = list(actions.ask_to_renew(ctx, stolen, rate=2, sleep=slept.append))
    left = issuance.renewals(ctx, stolen.kid)
    assert (sum(rest), left) == (relying - 2, Renewals(relying, relying, 0, 0, left.phones_until, 0))
    assert ctx.now + 30 * DAY_S <= left.phones_until <= ctx.now + 31 * DAY_S, "the passes end by themselves"
    text = saying.renewals_text(saying.renewals(stolen, left))
    assert f"Phones that have not come: {relying}" in text
    assert f"the last on {iso(left.phones_until)[:10]}" in text
    assert "Waiting for phones" in text
    ctx.commit()

    asked = [wallet for wallet in wallets if json_of(wallet.card())["renew"]]
    assert len(asked) == relying
    for wallet in asked:
        json_of(wallet.credential())
        assert kid8_of(encoding.base64url_decode(json_of(wallet.new_pass())["pass"])) != stolen.kid8
        assert not json_of(wallet.card())["renew"]
    done = issuance.renewals(ctx, stolen.kid)
    assert (done.asked, done.waiting, done.unasked, done.phones_until) == (relying, 0, 0, 0)
    assert saying.renewals(stolen, done)["waits_for"] == "nothing"


def test_a_pass_of_a_revoked_credential_hangs_on_no_key(ctx: Context, clock: Clock, wallets: list[SoftWallet]) -> None:
    passes = passes_of(wallets)
    key = next(key for key in trust.list_keys(ctx) if key.kid8 == kid8_of(passes[0]))
    before = actions.hanging_on(ctx, key).passes
    issuance.revoke_person(ctx, "p-1", "lost")
    assert actions.hanging_on(ctx, key).passes == before - 1


def test_when_only_cards_are_left_it_says_so_and_whose_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AMATE_ENV", "demo")
    now = system_clock()
    card = {"id": "cd-1", "kind": "card", "person_id": "pe-1", "status_index": 5, "created_at": now, "state": "issued"}
    phone = {**card, "id": "cr-1", "kind": "credential", "status_index": 6}
    settings = read_settings()
    with acting(open_migrated(settings), settings, now) as there:
        trust.init(there)
        kid = next(key.kid for key in trust.list_keys(there) if key.use == "pass")
        for number, row in enumerate((card, phone)):
            until = now + (number + 5) * DAY_S
            signature = {"idempotency_key": row["id"], "signed_by": kid, "tbs_sha256": "0", "expires_at": until}
            there.tx.execute(ledger.issued.insert().values(**row, **signature))

    def reissue() -> tuple[int, dict[str, object], str]:
        told, text = (
            CliRunner().invoke(commands.keys, ["reissue", *more, "--", kid], catch_exceptions=False)
            for more in (["--json"], [])
        )
        assert told.exit_code == text.exit_code
        return told.exit_code, json.loads(told.stdout), text.stdout

    code, said, text = reissue()
    assert (code, said["waits_for"], said["waiting"], said["cards"]) == (3, "phones", 1, 1)
    assert f"the last on {iso(now + 6 * DAY_S)[:10]}" in text
    with acting(open_migrated(settings), settings, now) as there:
        there.tx.execute(ledger.issued.update().where(ledger.issued.c.id == "cr-1").values(state="revoked"))
    code, said, text = reissue()
    assert (code, said["waits_for"], said["cards_until"]) == (4, "cards", iso(now + 5 * DAY_S))
    assert "only printed cards are left" in text
    command = (
        next(line for line in text.splitlines() if "amate credentials list" in line).split("list ")[1].split(". ")[0]
    )
    listed = CliRunner().invoke(
        issuance_commands.credentials, ["list", *command.split(), "--json"], catch_exceptions=False
    )
    assert [row["id"] for row in json.loads(listed.stdout)["credentials"]] == ["cd-1"]
    with acting(open_migrated(settings), settings, now) as there:
        there.tx.execute(ledger.issued.update().values(state="revoked"))
    code, said, text = reissue()
    assert (code, said["waits_for"], "Done: nothing relies" in text) == (0, "nothing", True)


def test_nobody_is_asked_in_vain(ctx: Context, wallets: list[SoftWallet]) -> None:
    keys = [key for key in trust.list_keys(ctx) if key.use == "credential"]
    for key in keys:
        actions.freeze(ctx, key.kid, reason="stolen")
    with pytest.raises(Refused, match="last-key"):
        next(iter(actions.ask_to_renew(ctx, keys[0], rate=1)))
