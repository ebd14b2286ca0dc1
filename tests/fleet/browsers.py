"""The browsers of a fleet: the TypeScript client, in one process for all of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fleet import schedule
from tests.fleet.recording import Recording
from tests.fleet.schedule import Answer, Visit

CLI = Path(__file__).resolve().parents[2] / "pwa" / "scripts" / "fleet-cli.mjs"


class Replay:
    """A process that works while something else is done."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path, asked: Path) -> None:
        self._process, self._output, self._asked = process, output, asked

    def answers(self) -> list[list[Answer]]:
        """What each scan of each visit was answered, once all are."""
        assert self._process.wait(timeout=600) == 0
        lines = self._output.read_text().splitlines()
        return [[(verdict, reasons) for verdict, reasons in json.loads(line)] for line in lines]

    def asked(self) -> list[tuple[str, int]]:
        """Which files were asked for, and when, once all are answered."""
        return [(path, at) for path, at in json.loads(self._asked.read_text())]


@contextmanager
def replay(recording: Recording, visits: list[Visit], folder: Path) -> Iterator[Replay]:
    """The visits, answered by browsers that synchronise at each."""
    node = shutil.which("node")
    assert node is not None, "Node is part of the tools that the tests need"
    recording.write(folder / "recording.json")
    schedule.write(visits, folder / "visits.jsonl")
    asked = folder / "asked.json"
    arguments = [node, str(CLI), *(str(path) for path in (folder / "recording.json", folder / "visits.jsonl", asked))]
    with (folder / "answers.jsonl").open("wb") as output, subprocess.Popen(arguments, stdout=output) as process:
        try:
            yield Replay(process, folder / "answers.jsonl", asked)
        finally:
            process.kill()
