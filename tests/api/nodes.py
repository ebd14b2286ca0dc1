"""A clinic's node in this process, on a pack that was synced from the test's deployment, and its counters."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from amate.config import Settings
from amate.context import open_context
from amate.features.verification.node import actions, folder, store
from amate.features.verification.node.model import Enrolment
from amate.node import create_verifier_app
from tests.conftest import Clock

CLUES = "HGIMB000011"
NAMES = ("nodo.local", "192.168.7.5", "localhost", "127.0.0.1")
ORIGIN = "https://nodo.local:8443"
NOBODY = "http://127.0.0.1:9"  # where no centre answers


@dataclass
class SoftNode:
    """A node, enrolled in its folder, as any number of browsers see it."""

    folder: Path
    settings: Settings
    clock: Clock
    source: str = NOBODY
    browsers: list[FlaskClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        if folder.enrolment_in(self.folder) is None:
            (self.folder / folder.TOKEN).write_text("amate_of-a-test")
            found = Enrolment(self.source, CLUES, NAMES[0], NAMES, self.clock())
            folder.write_enrolment(self.folder, found)
        self.app = create_verifier_app(self.folder, settings=self.settings, clock=self.clock)

    def close(self) -> None:
        self.app.extensions["amate.engine"].dispose()

    def browser(self) -> FlaskClient:
        """One that nobody has let in."""
        return self.app.test_client()

    def code(self, name: str, *, again: bool = False) -> str:
        """A code, as the command gives it."""
        with self.at_terminal() as ctx:
            return actions.add_counter(ctx, name, again=again)[1]

    def at_terminal(self) -> Any:
        return open_context(self.app.extensions["amate.engine"], self.settings, clock=self.clock)

    def counter(self, name: str = "Ventanilla 1") -> FlaskClient:
        """A browser that was let in."""
        browser = self.browser()
        answer = ask(browser, "POST", "/api/v1/session/counter", {"code": self.code(name)})
        assert answer.status_code == 200, answer.text
        return browser

    def held(self) -> list[Any]:
        """The receipts that it holds, in order."""
        with self.app.extensions["amate.engine"].connect() as tx:
            return list(tx.execute(store.held_receipt.select().order_by(store.held_receipt.c.arrived)))


def ask(browser: FlaskClient, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
    """A request as a page of the node makes it."""
    sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"} if method != "GET" else {}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.open(path, method=method, base_url=ORIGIN, json=body, headers=sent, buffered=True)
