"""Somebody at a real terminal: waits for each question of a command, and types the answer."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.live import AMATE, ROOT

PATIENCE_S = 60.0


class Told(NamedTuple):
    """How a command ended, and all that the terminal showed."""

    returncode: int
    shown: str


def at_a_terminal(arguments: Sequence[str], env: Mapping[str, str], answers: Sequence[tuple[str, str]] = ()) -> Told:
    """Run `amate …` at a terminal of its own; answers: what it asks (a part of it) and what is typed then, in order.

    env: nothing of ours (AMATE_…) is inherited beside it
    """
    ours, theirs = pty.openpty()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("AMATE_")} | dict(env)
    command = [AMATE, *arguments]
    process = subprocess.Popen(
        command, env=variables, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        return _told(process, ours, answers)
    finally:
        os.close(ours)
        process.kill()
        process.wait()


def _told(process: subprocess.Popen[bytes], ours: int, answers: Sequence[tuple[str, str]]) -> Told:
    shown, seen = "", 0
    for question, answer in answers:
        while question not in shown[seen:]:
            more = _read(ours)
            assert more, f"never asked {question!r}:\n{shown}"
            shown += more
        seen = len(shown)
        time.sleep(0.05)  # getpass forgets what was typed before it turned the echo off
        os.write(ours, f"{answer}\n".encode())
    while more := _read(ours):
        shown += more
    return Told(process.wait(PATIENCE_S), shown.replace("\r\n", "\n"))


def _read(terminal: int) -> str:
    """What is shown next; nothing once the command has ended."""
    ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
    assert ready, "the command asks for something else, or hangs"
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # Linux says EIO once nobody has the other end
        return ""
