"""What a killed process can leave in a folder, whichever library was writing: a copy for each state of it.

The process is stopped at the beginning and at the end of each of its system calls (ptrace(2)), so that nothing on disk
changes unseen: SIGKILL at any instant leaves one of these states, and locks and memory leave with the process.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

_TRACEME, _SYSCALL = 0, 24
_C = ctypes.CDLL(None, use_errno=True)
_C.ptrace.restype = ctypes.c_long
_C.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)

Picture = dict[str, bytes]


def states_of(folder: Path, act: Callable[[], object], *, copies: Path) -> list[Path]:
    """A copy of `folder` as it was before `act`, after it, and whenever it was different in between."""
    pid = os.fork()
    if pid == 0:
        _traced(act)
    made, seen = [_copy(folder, copies / "0")], picture_of(folder)
    _, status = os.waitpid(pid, 0)  # it stopped itself
    while os.WIFSTOPPED(status):
        found = picture_of(folder)
        if found != seen:
            made.append(_copy(folder, copies / str(len(made))))
            seen = found
        passed_on = os.WSTOPSIG(status) if os.WSTOPSIG(status) not in (signal.SIGTRAP, signal.SIGSTOP) else 0
        _ptrace(_SYSCALL, pid, passed_on)
        _, status = os.waitpid(pid, 0)
    if status != 0:
        raise AssertionError(f"it ended with {os.waitstatus_to_exitcode(status)}")
    return made


def picture_of(folder: Path) -> Picture:
    """Everything in a folder, by path; of a link where it leads."""
    found = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return {
        str(path.relative_to(folder)): f"→ {path.readlink()}".encode() if path.is_symlink() else path.read_bytes()
        for path in found
    }


def _traced(act: Callable[[], object]) -> None:
    status = 1
    try:
        _ptrace(_TRACEME, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        act()
        status = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _ptrace(request: int, pid: int, data: int) -> None:
    if _C.ptrace(request, pid, None, data) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, symlinks=True)
    return to
