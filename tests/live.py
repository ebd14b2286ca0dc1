"""A real server of the tests' own: `amate demo` into a folder, then `amate serve` as its own processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amate.signing.remote import answers
from tests import forked
from tests.cluster import free_port

ROOT = Path(__file__).resolve().parents[1]
AMATE = str(Path(sys.executable).parent / "amate")


def settings_in(home: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of a process of ours: a demonstration in this folder, at this port, and no other setting."""
    ours = {"AMATE_HOME": str(home), "AMATE_PORT": str(port), "AMATE_ENV": "demo", **more}
    return {name: value for name, value in os.environ.items() if not name.startswith("AMATE_")} | ours


def run_amate(
    *words: str, env: dict[str, str], check: bool = True, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, and wait for its end; one that fails fails the test, unless that is looked at there."""
    done = forked.run(words, env=env, cwd=ROOT, stdin=stdin, timeout_s=180)
    if check and done.returncode != 0:
        raise AssertionError(f"amate {' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def launch(*words: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command that goes on until it is stopped, and write down what it says."""
    with log.open("ab") as out:
        return subprocess.Popen([AMATE, *words], env=env, cwd=ROOT, stdout=out, stderr=out)


@dataclass
class LiveServer:
    """One deployment: its folder, its address, and its process while it runs."""

    home: Path
    port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return settings_in(self.home, self.port, **self.extra)

    def amate(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of this deployment."""
        return run_amate(*arguments, env=self.env, check=check, stdin=stdin)

    def seed(self) -> Any:
        """Seed the demo; gives back what `amate demo` tells its user."""
        return json.loads(self.amate("demo", "--no-serve", "--json").stdout)

    def start(self, *arguments: str, verb: str = "serve") -> None:
        """Serve, and wait until it is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.process = launch(verb, *arguments, env=self.env, log=self.home / "serve.log")
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError(f"did not become ready:\n{(self.home / 'serve.log').read_text()[-4000:]}")

    def start_signer(self, socket: Path) -> subprocess.Popen[bytes]:
        """A signing process of its own, once it listens."""
        process = subprocess.Popen([AMATE, "signer", "--socket", str(socket)], env=self.env, cwd=ROOT)
        end = time.monotonic() + 30
        while time.monotonic() < end and process.poll() is None:
            if answers(socket):
                return process
            time.sleep(0.02)
        raise AssertionError(f"no signing process at {socket}")

    def stop(self) -> None:
        """Stop serving: for the browsers, the network is gone."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
            self.process = None

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of one request."""
        text = "" if body is None else json.dumps(body)
        return self.send(method, path, text, {"Content-Type": "application/json"} | (headers or {}))

    def send(self, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, Any]:
        """The same with the body as it travels, none where it is empty: as a demo's phone speaks (amate.demo.phone)."""
        data = body.encode() or None
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


class SeededDemo:
    """A demonstration that begins again as it was seeded, in its folder and at its port: seeding takes seconds."""

    _GOOD_FOR_S = 900  # what it signed gets older, and screens say how old

    def __init__(self, folder: Path) -> None:
        self._server, self._kept = LiveServer(folder / "home"), folder / "as-seeded"
        self._seeded_at: float | None = None

    def begin(self) -> LiveServer:
        """It serves nothing yet; what was begun before must have stopped."""
        shutil.rmtree(self._server.home, ignore_errors=True)
        if self._seeded_at is None or time.monotonic() - self._seeded_at > self._GOOD_FOR_S:
            self._seed()
        else:
            shutil.copytree(self._kept, self._server.home, symlinks=True)
        return self._server

    def _seed(self) -> None:
        shutil.rmtree(self._kept, ignore_errors=True)
        self._server.seed()
        self._seeded_at = time.monotonic()
        shutil.copytree(self._server.home, self._kept, symlinks=True)
