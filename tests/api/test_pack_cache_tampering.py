"""Row D07: the cache from which a node makes its next set, each byte flipped, files cut, swapped or taken away."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from amate.errors import AmateError
from amate.features.trust.model import TARGET_NAMES
from tests.api.tampering import WHOLE, Answers, Pack, check, files_in, flips_of, holding, pack

__all__ = ["pack"]
pytestmark = pytest.mark.embedded

State = tuple[tuple[Path, bytes], ...] | str


class Synchronising:
    """What a synchronisation makes of a damaged cache.

    All that follows depends on the cache as TUF's client leaves it: the rest is done once for each such state.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack, self.found = pack, Counter[Answers]()
        self.anchor = (pack.set_ / "anchor.json").read_bytes()
        self.good = tuple((path, path.read_bytes()) for path in files_in(pack.cache))
        self.known: dict[State, Answers] = {}

    def state(self) -> State:
        return tuple((path, path.read_bytes()) for path in files_in(self.pack.cache))

    def try_with(self, path: Path, body: bytes | None) -> None:
        """The file is this, the node synchronises, and starts anew."""
        cache = self.pack.cache
        with holding(path, body):
            made = self.update()
            if made not in self.known:
                self.known[made] = self.answers(path, body)
            self.found[self.known[made]] += 1
        if made != self.good:
            for known, content in self.good:
                known.write_bytes(content)
            for more in set(files_in(cache)) - {known for known, _ in self.good}:
                more.unlink()

    def update(self) -> State:
        """The cache as TUF's client leaves it, or why it stopped."""
        metadata, targets = self.pack.cache / "metadata", self.pack.cache / "targets"
        try:
            self.pack.node.deployment.update_trust(
                anchor=self.anchor, cache=metadata, targets=targets, names=TARGET_NAMES
            )
        except AmateError as error:
            return f"{error.slug}: {error.detail}"
        return self.state()

    def answers(self, path: Path, body: bytes | None) -> Answers:
        """Of a whole synchronisation; what it refuses leaves the set in force as it was."""
        path.unlink(missing_ok=True)
        if body is not None:
            path.write_bytes(body)
        with suppress(AmateError):
            self.pack.node.sync()
        return self.pack.answers()


def test_each_byte_of_each_file_flipped_in_turn(pack: Pack) -> None:
    tried = Synchronising(pack)
    for path in files_in(pack.cache):
        for flipped in flips_of(path.read_bytes()):
            tried.try_with(path, flipped)
    check(tried.found, path=pack.cache)
    assert tried.found.total() == sum(path.stat().st_size for path in files_in(pack.cache))
    assert pack.answers() == WHOLE


def test_each_file_cut_swapped_or_taken_away(pack: Pack) -> None:
    tried = Synchronising(pack)
    files = {path: path.read_bytes() for path in files_in(pack.cache)}
    for path, body in files.items():
        cuts = (0, 1, len(body) // 2, len(body) - 1)
        for bad in [*(body[:length] for length in cuts), *files.values(), None]:
            tried.try_with(path, bad)
    shutil.rmtree(pack.cache)
    pack.node.sync()
    tried.found[pack.answers()] += 1
    check(tried.found, path=pack.cache)
