"""A seeded deployment, its people's phones, and the servers that a bench measures, all on this machine."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from amate.app import create_app
from amate.config import Settings
from amate.context import system_clock
from amate.db.engine import open_engine
from amate.demo.people import everybody
from amate.demo.phone import Phone
from amate.demo.seed import acting, facts_of
from amate.features.enrolment import actions as enrolment
from tests.bench.load import Target
from tests.cluster import free_port
from tests.live import ROOT, LiveServer

PEOPLE = 150
SHOWN_EARLIER_S = 8  # each phone shows several codes, as many seconds apart as they are numbered
PATH = "/api/v1/verifications"


@dataclass
class Deployment:
    """A demo that is not serving yet, with a token of the role clinic, and the phones of some of its people."""

    folder: Path
    server: LiveServer
    token: str
    phones: list[Phone]

    def target(self, port: int, *, token: str | None = None) -> Target:
        """The verification endpoint at a port, fed with presentations that nobody has shown before."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return Target(f"http://127.0.0.1:{port}{PATH}", self.fresh_bodies, headers)

    def fresh_bodies(self) -> Path:
        """A file of questions, each with a presentation of its own that is fresh now."""
        path = self.folder / "bodies"
        shown = [phone.show(ahead_s=-ago) for ago in range(SHOWN_EARLIER_S) for phone in self.phones]
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in shown))
        return path

    def check_answers(self, port: int, *, token: str | None = None) -> None:
        """That what will be measured is answered by `valid`, with the person's name."""
        headers = {"Content-Type": "application/json"} | self.target(port, token=token).headers
        for body in self.fresh_bodies().read_bytes().splitlines()[: len(self.phones)]:
            said = ask(f"http://127.0.0.1:{port}{PATH}", body, headers)
            if said["verdict"] != "valid" or not said["person"]["name"]:
                raise AssertionError(f"{said['verdict']}: {said['reasons']}")


@contextmanager
def seeded(people: int = PEOPLE) -> Iterator[Deployment]:
    """A fresh deployment in a temporary folder, stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="amate-bench-") as folder:
        server = LiveServer(Path(folder) / "home")
        said = server.seed()
        try:
            yield Deployment(Path(folder), server, said["token"], claimed_phones(server, people))
        finally:
            server.stop()


def claimed_phones(server: LiveServer, count: int) -> list[Phone]:
    """The phones of that many people, each with a credential and a pass, through the whole protocol."""
    settings = Settings(home=server.home, port=server.port, env="demo")
    app = create_app(settings)
    engine = open_engine(settings.database_url)
    phones = []
    for person in everybody()[3 : count + 3]:  # the first three have samples of theirs revoked or expired
        with acting(engine, settings, system_clock()) as ctx:
            answer = enrolment.enrol(ctx, facts_of(person)).answer
        phone = Phone(sender(app.test_client()), settings.issuer, system_clock, secrets.token_bytes)
        phone.claim(answer["offer"]["uri"], answer["tx_code"])
        phones.append(phone)
    engine.dispose()
    app.extensions["amate.engine"].dispose()
    return phones


def sender(client: FlaskClient) -> Callable[[str, str, str, dict[str, str]], tuple[int, dict[str, Any]]]:
    """The network of a phone that talks to an application in this process."""

    def send(method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        answer = client.open(path, method=method, data=body, headers=headers)
        return answer.status_code, json.loads(answer.get_data() or b"{}")

    return send


@contextmanager
def node(deployment: Deployment) -> Iterator[int]:
    """A clinic's own node on a pack of the deployment, which has to be serving: its port."""
    pack = deployment.folder / "pack"
    token = deployment.folder / "token"
    token.write_text(deployment.token)
    server = deployment.server
    server.amate("pack", "sync", "--from", server.url, "--to", str(pack), "--token-file", str(token))
    serving = LiveServer(deployment.folder / "node-home")
    serving.start("--role", "verifier", "--pack", str(pack))
    try:
        yield serving.port
    finally:
        serving.stop()


@contextmanager
def reference(deployment: Deployment, name: str) -> Iterator[int]:
    """One of `reference_apps` on the deployment's database: its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.reference_apps", name, str(port)]
    with (deployment.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=deployment.server.env, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def ask(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """The JSON answer to a POST."""
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers), timeout=20) as answer:
        said: dict[str, Any] = json.loads(answer.read())
        return said


def _wait(url: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
