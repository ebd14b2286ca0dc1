"""A node's pack that somebody writes to, and what the node then says of passes of which it knows what they are."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog

from amate.context import Context
from amate.core import cose, encoding, qr_pass
from amate.core.status_list import LIST_SIZE
from amate.core.verdict import verdict
from amate.features.clinics import actions as clinics
from amate.features.status import actions as status
from amate.features.status import store
from amate.features.trust import actions as trust
from amate.features.verification import world
from amate.features.verification.world import CURRENT, SEALING_KEYS
from tests.api.rotating import change
from tests.api.test_node import printed_card
from tests.api.test_verification import UNITS
from tests.fleet import nodes, schedule
from tests.fleet.recording import Recording
from tests.soft_jwt import new_key

ANSWER = "api/v1/sealing-keys"


class Answers(NamedTuple):
    """Of a good card, of a revoked one, of one by a revoked key; and of a phone's good pass, whether a name is read."""

    good: str
    revoked: str
    by_a_revoked_key: str
    phone: tuple[str, bool]


WHOLE = Answers("check_identity", "not_valid", "not_valid", ("valid", True))
NOTHING = Answers("stale", "stale", "stale", ("stale", False))
SEALED = WHOLE._replace(phone=("valid", False))


class Server(nodes.Server):
    """A deployment that also gives its sealing keys, as to a clinic's token."""

    sealing = b""

    def read(self, path: str) -> bytes | None:
        return self.sealing if path == ANSWER else super().read(path)


class Pack:
    """A node's folder: its set in force, and the cache from which the next one is made."""

    def __init__(self, node: nodes.Node, shown: list[str], now: int) -> None:
        self.node, self.folder, self._shown, self._now = node, node.folder, shown, now

    @property
    def set_(self) -> Path:
        return (self.folder / CURRENT).resolve()

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def answers(self) -> Answers:
        """As a node that starts now: nothing is remembered of a set."""
        world._worlds.clear()
        stands = world.of_pack(self.folder, env="test")
        held = {"trust": stands.trust_at(self._now), "status": stands.status, "revocations": stands.revocations}
        good, revoked, by_a_revoked_key, phone = (
            verdict(text, clinic=None, now=self._now, **held) for text in self._shown
        )
        is_read = phone.person is not None and "name" in phone.person
        return Answers(good.verdict, revoked.verdict, by_a_revoked_key.verdict, (phone.verdict, is_read))


def files_in(folder: Path) -> list[Path]:
    """Every stored file, once: links are other names of some."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@contextmanager
def holding(path: Path, body: bytes | None) -> Iterator[None]:
    """While it is this; None: while it is not there."""
    before = path.read_bytes()
    if body is None:
        path.unlink()
    else:
        path.write_bytes(body)
    try:
        yield
    finally:
        path.write_bytes(before)


def flips_of(body: bytes) -> Iterator[bytes]:
    """Each byte in turn with one bit flipped, another one at each."""
    for at in range(len(body)):
        yield body[:at] + bytes((body[at] ^ 1 << at % 8,)) + body[at + 1 :]


def check(found: Counter[Answers], *, path: Path) -> None:
    """A pass is what it was, or cannot be checked; damaged sealing keys leave a name sealed and change no verdict."""
    allowed = [{was, cannot} for was, cannot in zip(WHOLE, NOTHING, strict=True)]
    allowed[-1] |= {("stale", True)}
    if path.name == SEALING_KEYS:
        allowed[-1] |= {SEALED.phone}
    wrong = [each for each in found if any(one not in these for one, these in zip(each, allowed, strict=True))]
    assert wrong == [], (path, wrong)


@pytest.fixture
def pack(ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pack]:
    """Knows of a revoked card and of a revoked key, which were good before."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    remember(monkeypatch)
    clinics.save(ctx, {each.clues: each for each in UNITS}, clinics.Imported())
    trust.init(ctx)
    cards = [printed_card(ctx) for _ in range(24)]
    status.publish(ctx)
    kid8s = [_kid8(text) for text, _ in cards]
    taken = next(number for number in range(2, 24) if kid8s[number] not in kid8s[:2])
    phone = phone_pass(ctx, kid8s[0])
    shown = [cards[0][0], cards[1][0], cards[taken][0], phone]
    clock = nodes.MovedClock(monkeypatch)
    clock.now = ctx.now
    before = Pack(nodes.Node(_server(ctx, clock), tmp_path / "before"), shown, ctx.now)
    before.node.sync()
    store.revoke(ctx.tx, *divmod(cards[1][1], LIST_SIZE), reason="lost", now=ctx.now)
    change(ctx, "revoke", next(key.kid for key in trust.list_keys(ctx) if key.kid8 == kid8s[taken]), reason="stolen")
    status.publish(ctx)
    server = _server(ctx, clock)
    node = nodes.Node(server, tmp_path / "pack")
    monkeypatch.setattr(node.deployment, "_own", server)
    node.sync()
    made = Pack(node, shown, ctx.now)
    assert made.answers() == WHOLE
    good = ("check_identity",) * 3
    assert before.answers() == (*good, ("valid", False)), "what somebody would like it to say again"
    yield made
    world._worlds.clear()
    structlog.reset_defaults()


def remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is true of equal bytes is worked out once: whether a signature holds, and what a document says."""
    nodes.remember_signatures(monkeypatch)
    for name in ("parse_issuers", "parse_policy"):
        monkeypatch.setattr(trust, name, lru_cache(maxsize=8)(getattr(trust, name)))


def phone_pass(ctx: Context, kid8: bytes) -> str:
    """What a phone shows, with a name that is sealed, by the key of which this is the beginning."""
    key = next(each for each in trust.list_keys(ctx) if each.kid8 == kid8)
    number, sealing = trust.sealing_key(ctx)
    held, cti = new_key(), ctx.random(qr_pass.CTI_BYTES)
    who = qr_pass.Identity("HEGG560427MVZRRL04", "MARÍA HERNÁNDEZ GARCÍA")
    sealed = qr_pass.seal(who, key=sealing, number=number, cti=cti, protected_bytes=qr_pass.protected_bytes_of(kid8))
    claims = qr_pass.Claims(
        profile=qr_pass.DEVICE,
        iat=ctx.now,
        exp=ctx.now + 86_400,
        cti=cti,
        holder=cose.cose_from_key(held.public_key()),
        hint="MHG 0427",
        entitlements=(),
        assigned_clinic=None,
        status_index=status.allocate(ctx, "pass"),
        sealed=sealed,
        identity=None,
    )
    raw = qr_pass.sign_pass(claims, kid8=kid8, sign=ctx.signer(key.uri).sign)
    return schedule.shown_text(raw, held, ctx.now)


def _server(ctx: Context, clock: nodes.MovedClock) -> Server:
    recording = Recording(anchor=(ctx.settings.home / "anchor.json").read_bytes())
    recording.take(ctx.settings.published, ctx.now)
    server = Server(recording, clock)
    held = trust.sealing_keys_until(ctx)
    listed = [{"number": number, "key": encoding.base64url_encode(key)} for number, key, _ in held]
    server.sealing = json.dumps({"keys": listed}).encode()
    return server


def _kid8(text: str) -> bytes:
    parsed = qr_pass.parse(encoding.bytes_from_text(text))
    assert isinstance(parsed, qr_pass.Pass)
    return parsed.kid8
