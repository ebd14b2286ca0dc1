"""Row D07: a pack's files flipped byte by byte, cut, swapped or taken away make nothing green that is not."""

from __future__ import annotations

import itertools
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from amate.context import Context
from amate.core import encoding, qr_pass
from amate.core.status_list import LIST_SIZE
from amate.core.verdict import verdict
from amate.features.clinics import actions as clinics
from amate.features.status import actions as status
from amate.features.status import store
from amate.features.trust import actions as trust
from amate.features.verification import world
from amate.features.verification.model import World
from tests.api.rotating import change
from tests.api.test_node import printed_card
from tests.api.test_verification import UNITS

pytestmark = pytest.mark.embedded

GOOD, REVOKED, BY_A_REVOKED_KEY = ("check_identity", "not_valid", "not_valid")  # in the order of the cards
Answers = tuple[str, str, str]
SMALL = 700  # bytes; of a larger file, which is as much as one hash, each STRIDE-th byte, or every one on request
STRIDE = int(os.environ.get("AMATE_TAMPERING_STRIDE", "61"))


class Pack:
    """A set of a pack in a folder, which somebody writes to; what a node that loads it then says of three cards."""

    def __init__(self, folder: Path, cards: list[str], now: int) -> None:
        self.folder, self._cards, self._now = folder, cards, now

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def answers(self) -> Answers:
        stands = world.load(self.folder, env="test", sealing_keys={})
        good, revoked, by_a_revoked_key = (self._answer(stands, card) for card in self._cards)
        return good, revoked, by_a_revoked_key

    def _answer(self, stands: World, card: str) -> str:
        return verdict(
            card,
            trust=stands.trust_at(self._now),
            status=stands.status,
            clinic=None,
            now=self._now,
            revocations=stands.revocations,
        ).verdict

    def with_file(self, path: Path, body: bytes) -> Answers:
        """The answers while the file is this."""
        before = path.read_bytes()
        path.write_bytes(body)
        try:
            return self.answers()
        finally:
            path.write_bytes(before)


@pytest.fixture
def pack(ctx: Context, tmp_path: Path) -> Iterator[Pack]:
    """A set that knows of a revoked card and of a revoked key, which were good before."""
    clinics.save(ctx, {each.clues: each for each in UNITS}, clinics.Imported())
    trust.init(ctx)
    cards = [printed_card(ctx) for _ in range(24)]
    status.publish(ctx)
    kid8s = [_kid8(text) for text, _ in cards]
    taken = next(number for number in range(2, 24) if kid8s[number] not in kid8s[:2])
    before = _copy(ctx, tmp_path / "before")
    store.revoke(ctx.tx, *divmod(cards[1][1], LIST_SIZE), reason="lost", now=ctx.now)
    change(ctx, "revoke", next(key.kid for key in trust.list_keys(ctx) if key.kid8 == kid8s[taken]), reason="stolen")
    status.publish(ctx)
    shown = [cards[number][0] for number in (0, 1, taken)]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    pack = Pack(_copy(ctx, tmp_path / "set"), shown, ctx.now)
    assert pack.answers() == (GOOD, REVOKED, BY_A_REVOKED_KEY)
    assert Pack(before, shown, ctx.now).answers() == (GOOD, GOOD, GOOD), "what somebody would like it to say again"
    yield pack
    structlog.reset_defaults()


def _kid8(text: str) -> bytes:
    parsed = qr_pass.parse(encoding.bytes_from_text(text))
    assert isinstance(parsed, qr_pass.Pass)
    return parsed.kid8


def _copy(ctx: Context, folder: Path) -> Path:
    shutil.copytree(ctx.settings.published, folder / "published")
    shutil.copy(ctx.settings.home / "anchor.json", folder)
    return folder


def check(found: Counter[Answers]) -> None:
    """A card is what it was, or cannot be checked; and much was tried, of which something was noticed."""
    allowed = ({GOOD, "stale"}, {REVOKED, "stale"}, {BY_A_REVOKED_KEY, "stale"})
    wrong = [answers for answers in found if any(one not in these for one, these in zip(answers, allowed, strict=True))]
    assert wrong == []
    assert found["stale", "stale", "stale"] > 0


def test_each_byte_of_each_file_flipped_in_turn(pack: Pack) -> None:
    found: Counter[Answers] = Counter()
    for path in pack.files():
        body = path.read_bytes()
        for at in range(0, len(body), 1 if len(body) <= SMALL else STRIDE):
            flipped = body[:at] + bytes((body[at] ^ 1 << at % 8,)) + body[at + 1 :]
            found[pack.with_file(path, flipped)] += 1
    check(found)


def test_each_file_cut_swapped_or_taken_away(pack: Pack) -> None:
    found: Counter[Answers] = Counter()
    for path, other in itertools.product(pack.files(), repeat=2):
        found[pack.with_file(path, other.read_bytes())] += 1
    for path in pack.files():
        body = path.read_bytes()
        for length in (0, 1, len(body) // 2, len(body) - 1):
            found[pack.with_file(path, body[:length])] += 1
        path.unlink()
        found[pack.answers()] += 1
        path.write_bytes(body)
    check(found)
