"""Row D07: a pack's set, each byte of each file flipped, cut, swapped or taken away, makes nothing green."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from amate.features.verification.world import SEALING_KEYS
from tests.api.tampering import NOTHING, SEALED, WHOLE, Answers, Pack, check, files_in, flips_of, holding, pack

__all__ = ["pack"]
pytestmark = pytest.mark.embedded
SPARE = "root.json"  # a copy for browsers, which a node never reads
NEVER_NOTICED = (SPARE, "1.root.json")  # the latter is beside the pinned one, which is the same
SMALL, STRIDE = 700, 61  # bytes: a larger file is cut at each STRIDE-th


def test_each_byte_of_each_file_flipped_in_turn(pack: Pack) -> None:
    for path in files_in(pack.set_):
        found: Counter[Answers] = Counter()
        with ExitStack() as alone:
            for other in backing(pack, path):
                alone.enter_context(holding(other, None))
            for flipped in flips_of(path.read_bytes()):
                with holding(path, flipped):
                    found[pack.answers()] += 1
        check(found, path=path)
        assert found.total() == path.stat().st_size
        if path.name not in NEVER_NOTICED:
            assert found[WHOLE] < found.total() / 2, f"{path.name}: hardly a flip was noticed"
    assert pack.answers() == WHOLE


def test_each_file_cut_swapped_or_taken_away(pack: Pack) -> None:
    files = {path: path.read_bytes() for path in files_in(pack.set_)}
    seen: Counter[Answers] = Counter()
    for path, body in files.items():
        found: Counter[Answers] = Counter()
        cuts = {*range(0, len(body), 1 if len(body) <= SMALL else STRIDE), len(body) - 1}
        for bad in [*(body[:length] for length in cuts), *files.values(), None]:
            with holding(path, bad):
                found[pack.answers()] += 1
        check(found, path=path)
        seen += found
    assert seen[NOTHING] > 0
    assert seen[SEALED] > 0


def backing(pack: Pack, path: Path) -> list[Path]:
    """What says the same, so that a damaged file alone changes no answer: the status list, and the country's file."""
    folder = pack.set_ / "published" / "status"
    if path.parent == folder:
        return [folder / "revocations" / "token"]
    return [folder / "0"] if path.parent == folder / "revocations" else []


def test_an_answer_that_is_neither_what_it_was_nor_none_is_a_fault(pack: Pack) -> None:
    """A revoked key that is believed, and a genuine pass that a damaged sealing key would make look forged."""
    for wrong in (WHOLE._replace(by_a_revoked_key="check_identity"), WHOLE._replace(phone=("not_valid", False))):
        with pytest.raises(AssertionError):
            check(Counter({wrong: 1}), path=pack.set_ / SEALING_KEYS)
