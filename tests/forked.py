"""Commands of ours, each in a process of its own that is forked from one which has loaded them.

Starting Python and loading the program takes half a second of processor; tests run hundreds of commands. What is forked
has read no setting and opened nothing; its arguments, environment, folder, input and outputs are its own.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

# What most commands load; the rest a command loads itself.
LOADED = [
    "amate.cli",
    "amate.context",
    "amate.terminal",
    "amate.db.migrate",
    "amate.features.issuance.actions",
    "amate.features.rotation.actions",
    "amate.features.verification.world",
    "amate.node",
]
OUTPUTS = ("stdout", "stderr")


def run(
    words: Sequence[str], *, env: dict[str, str], cwd: Path, stdin: str | None, timeout_s: float
) -> CompletedProcess[str]:
    """Run `amate` with these words and wait for its end.

    Raises:
        TimeoutError: it had not ended by then, and was killed.
    """
    with TemporaryDirectory() as folder:
        (Path(folder) / "stdin").write_text(stdin or "")
        process = _server().Process(target=_command, args=(tuple(words), env, str(cwd), folder))
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"amate {' '.join(words)} had not ended after {timeout_s:g} s")
        out, error = ((Path(folder) / name).read_text() for name in OUTPUTS)
        return CompletedProcess(["amate", *words], process.exitcode, out, error)


def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _command(words: tuple[str, ...], env: dict[str, str], cwd: str, folder: str) -> None:
    """In the forked process: what a shell would have given it, and then the console script."""
    for number, name in enumerate(("stdin", *OUTPUTS)):
        flags = os.O_RDONLY if name == "stdin" else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        handle = os.open(Path(folder) / name, flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115 - for life
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["amate", *words]
    from amate.cli import main

    main()  # what it wrote is flushed by multiprocessing
