"""A clinic's node as its own processes: enrolled from a live server, served over TLS, asked by counters."""

from __future__ import annotations

import json
import os
import secrets
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from amate.features.trust import actions as trust
from amate.features.verification.node.folder import LOCK
from tests.cluster import free_port
from tests.live import LiveServer, launch, run_amate, settings_in

CLUES = "HGIMS900110"


@dataclass
class LiveCounter:
    """A browser of the reception: it keeps cookies and trusts the node's authority, and no other."""

    node: LiveNode
    opener: urllib.request.OpenerDirector

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of one request."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self.node.url}
        request = urllib.request.Request(f"{self.node.url}{path}", data=data, method=method, headers=headers)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def enter(self, name: str) -> None:
        """Be let in."""
        code = json.loads(self.node.amate("counter", "add", name, "--json").stdout)["code"]
        status, said = self.ask("POST", "/api/v1/session/counter", {"code": code})
        assert status == 200, said


@dataclass
class LiveNode:
    """A node in its folder, and its server while that runs."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return settings_in(self.folder.with_name("no-home"), self.port)

    def amate(self, *arguments: str, check: bool = True, to: bool = False) -> subprocess.CompletedProcess[str]:
        """`amate node …` on this folder."""
        where = ("--to" if to else "--pack", str(self.folder))
        return run_amate("node", *arguments, *where, env=self.env, check=check)

    def enrol(
        self, centre: LiveServer, *more: str, clinic: str | None = CLUES, check: bool = True, at: str | None = None
    ) -> Any:
        """Enrol it with a new token of the centre.

        at: the centre's address, where the node reaches it by another one
        """
        bound = () if clinic is None else ("--clinic", clinic)
        token = json.loads(centre.amate("staff", "token", "--role", "clinic", *bound, "--json").stdout)["token"]
        file = self.folder.with_name(f"token-{secrets.token_hex(4)}")
        file.write_text(token)
        options = ("--from", at or centre.url, "--token-file", str(file), "--json")
        return self.amate("enrol", *options, *more, to=True, check=check)

    def status(self) -> Any:
        return json.loads(self.amate("status", "--json").stdout)

    def start(self, *more: str) -> None:
        """Serve, and wait until it answers."""
        self.launch(*more)
        self.wait()

    def launch(self, *more: str) -> None:
        """Serve; it answers a moment later."""
        words = ("serve", "--role", "verifier", "--pack", str(self.folder), *more)
        self.process = launch(*words, env=self.env, log=self.folder.with_name("serve.log"))

    def wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process is None or self.process.poll() is None, self.log()
            if self.answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"did not answer:\n{self.log()}")

    def answers(self) -> bool:
        try:
            return self.counter().ask("GET", "/healthz")[0] == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def synchronising(self) -> list[int]:
        """The process that synchronises beside the server."""
        running = [] if self.process is None else descendants(self.process.pid)
        return [pid for pid in running if b"--every" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def hold_still(self) -> None:
        """Nothing is synchronised by itself from now on; a test says when."""
        end = time.monotonic() + 20
        while not (found := self.synchronising()) and time.monotonic() < end:
            time.sleep(0.05)
        with trust.alone(self.folder / LOCK):  # so that it is not stopped half-way, with the lock in its hands
            os.kill(found[0], signal.SIGSTOP)

    def log(self) -> str:
        return self.folder.with_name("serve.log").read_text()

    def counter(self) -> LiveCounter:
        """A browser that nobody has let in."""
        context = ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.pem"))
        trusting = urllib.request.HTTPSHandler(context=context)
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        return LiveCounter(self, urllib.request.build_opener(urllib.request.ProxyHandler({}), trusting, cookies))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def kill(self) -> None:
        """As a power cut: every process at once, none of which can say a last word."""
        assert self.process is not None
        for pid in (self.process.pid, *descendants(self.process.pid)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=20)
        self.process = None


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    direct = [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in _words_in(path)]
    return [*direct, *(each for child in direct for each in descendants(child))]


def _words_in(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:  # it has ended meanwhile
        return []
