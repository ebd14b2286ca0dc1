"""The key that hides identities is renewed by publishing, and nobody notices: what it sealed stays readable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from amate.config import Settings
from amate.context import Context
from amate.core import qr_pass
from amate.core.encoding import base64url_decode
from amate.core.qr_pass import Identity, Sealed
from amate.errors import Malformed, Unavailable
from amate.features.rotation import planning
from amate.features.trust import actions as trust
from amate.features.trust import health, store
from amate.features.trust.model import DAY_S
from amate.signing import sealing
from amate.signing.keyring import keyring
from amate.signing.process import KeyHolder
from tests.api.conftest import LoginAs
from tests.conftest import Clock

ANA = Identity("AAAA000101MDFXXX09", "Ana Prueba")
CTI, HEAD = bytes(16), b"head"
OFF_LINE = 7  # days for which a clinic off line may still say "verified"
PASS_DAYS = 30
WEEKS = 16


def numbers(ctx: Context) -> list[int]:
    return [key.number for key in store.sealing_keys(ctx.tx, 0)]


def late(ctx: Context) -> set[str]:
    return {each.kind for each in health.endings(ctx, now=ctx.now)} & {"sealing"}


def fetched(client: FlaskClient, login_as: LoginAs) -> dict[int, bytes]:
    """What a clinic holds from now on."""
    said = client.get("/api/v1/sealing-keys", headers=login_as("clinic", "DFSSA000000")).json
    return {each["number"]: base64url_decode(each["key"]) for each in said["keys"]}


def test_over_a_third_of_a_year_every_pass_that_counts_is_read_by_every_clinic(
    client: FlaskClient, ctx: Context, clock: Clock, login_as: LoginAs
) -> None:
    trust.init(ctx)
    ctx.commit()
    held: list[tuple[int, dict[int, bytes]]] = []
    passes: list[tuple[int, Sealed]] = []
    for _day in range(WEEKS * 7):
        held.append((ctx.now, fetched(client, login_as)))
        number, key = trust.sealing_key(ctx)
        passes.append((ctx.now, qr_pass.seal(ANA, key=key, number=number, cti=CTI, protected_bytes=HEAD)))
        oldest_pack = next(keys for at, keys in held if ctx.now - at <= OFF_LINE * DAY_S)
        for keys in (held[-1][1], oldest_pack):
            for at, sealed in passes:
                if ctx.now - at < PASS_DAYS * DAY_S:
                    key = keys[sealed.number]
                    assert qr_pass.unseal(sealed, key=key, cti=CTI, protected_bytes=HEAD) == ANA
        assert late(ctx) == set(), "no alarm where publishing is at work"
        ctx.now = clock.now = ctx.now + DAY_S
        before = numbers(ctx)
        trust.publish(ctx)
        after = numbers(ctx)
        assert len(after) - len(before) in (0, 1)
        trust.publish(ctx)
        assert numbers(ctx) == after, "twice is once"
        ctx.commit()
    assert {sealed.number for _, sealed in passes} == set(range(1, WEEKS + 1)), "another one every week"
    assert len(held[-1][1]) <= 8, "clinics give up what no pass needs"


def test_a_tablet_that_was_withdrawn_reads_nothing_that_is_sealed_from_the_week_after_next_on(
    client: FlaskClient, ctx: Context, clock: Clock, login_as: LoginAs
) -> None:
    trust.init(ctx)
    ctx.commit()
    lost = fetched(client, login_as)
    for _day in range(2 * OFF_LINE + 1):
        ctx.now = clock.now = ctx.now + DAY_S
        trust.publish(ctx)
        ctx.commit()
    number, _ = trust.sealing_key(ctx)
    assert number not in lost
    assert number in fetched(client, login_as)


def test_a_key_that_was_to_seal_for_longer_is_succeeded_at_once(ctx: Context) -> None:
    """What an earlier policy made; nobody waits a year for the weekly key."""
    trust.init(ctx)
    (first,) = store.sealing_keys(ctx.tx, 0)
    ctx.tx.execute(
        store.sealing_key.update().values(seal_until=ctx.now + 386 * DAY_S, open_until=ctx.now + 431 * DAY_S)
    )
    trust.publish(ctx)
    assert numbers(ctx) == [2, 1]
    trust.publish(ctx)
    assert numbers(ctx) == [2, 1], "once"
    assert trust.sealing_key(ctx)[0] == first.number
    ctx.now += 7 * DAY_S
    assert trust.sealing_key(ctx)[0] == 2


def test_the_plan_says_when_and_how(ctx: Context) -> None:
    trust.init(ctx)
    (step,) = [step for step in planning.plan(ctx).steps if step.what == "seal"]
    assert (step.command, step.use, step.by) == ("amate trust publish", "sealing", "an operator")
    assert step.due_at == ctx.now, "clinics know it for a week before it seals"
    trust.publish(ctx)
    assert numbers(ctx) == [2, 1]
    (step,) = [step for step in planning.plan(ctx).steps if step.what == "seal"]
    assert step.due_at == ctx.now + 7 * DAY_S
    number, _ = trust.sealing_key(ctx)
    assert number == 1, "clinics that are off line do not know the other yet"
    ctx.now = step.due_at - 1
    trust.publish(ctx)
    assert (numbers(ctx), trust.sealing_key(ctx)[0]) == ([2, 1], 1)
    ctx.now += 1
    trust.publish(ctx)
    assert (numbers(ctx), trust.sealing_key(ctx)[0]) == ([3, 2, 1], 2)


def test_one_that_has_ended_already_is_replaced_at_once(ctx: Context) -> None:
    trust.init(ctx)
    ctx.now += 500 * DAY_S
    with pytest.raises(Unavailable, match="no-sealing-key"):
        trust.sealing_key(ctx)
    trust.publish(ctx)
    assert trust.sealing_key(ctx)[0] == 2


def test_publishing_goes_on_where_the_passphrase_is_not_at_hand_and_the_alarm_rings(ctx: Context) -> None:
    trust.init(ctx)
    ctx.now += 7 * DAY_S

    def refuse(_before: bytes, _fresh: bytes) -> bytes:
        raise Unavailable("no-passphrase", "nobody is there")

    mine, ctx.rewrap = ctx.rewrap, refuse
    trust.publish(ctx)
    release = store.last_release(ctx.tx)
    assert release is not None
    assert release.signed_at == ctx.now
    assert (numbers(ctx), late(ctx)) == ([1], {"sealing"})
    ctx.rewrap = mine
    trust.publish(ctx)
    assert (numbers(ctx), late(ctx)) == ([2, 1], set())


def test_a_successor_opens_with_the_same_passphrase_also_by_the_signing_process(
    ctx: Context, settings: Settings, tmp_path: Path
) -> None:
    trust.init(ctx)
    (first,) = store.sealing_keys(ctx.tx, ctx.now)
    fresh = bytes(range(sealing.KEY_BYTES + sealing.CHANCE_BYTES))
    holder = KeyHolder(settings.signers, uses=frozenset(), passphrase_file=settings.passphrase_file, env="test")
    said: Any = holder.answer(["rewrap", first.wrapped, fresh])
    assert said == ["ok", ctx.rewrap(first.wrapped, fresh)]
    assert ctx.unwrap(said[1]) == fresh[: sealing.KEY_BYTES]
    other = tmp_path / "other"
    other.write_text("another passphrase")
    with pytest.raises(Malformed, match="wrong-passphrase"):
        sealing.rewrap(first.wrapped, fresh, passphrase_file=other)
    behind = keyring(None, tmp_path / "nobody.sock", listed_in=settings.signers, uses=frozenset(), env="test")
    with pytest.raises(Unavailable, match="key-unavailable"):
        behind.rewrap(first.wrapped, fresh)
