"""Verifiers of every sort answer by a newly published table after their next synchronisation, with no release."""

from __future__ import annotations

import json
from pathlib import Path

from flask.testing import FlaskClient

from amate.config import Settings
from amate.context import Context
from amate.core.days import date_from_day, day_at
from tests.api.conftest import Amate, LoginAs
from tests.api.tabling import everywhere, published
from tests.api.test_node import address, asked, clock, deployment, folder, node_on, printed_card, sync
from tests.conftest import Clock

__all__ = ["address", "asked", "clock", "deployment", "folder"]
CLINIC = "VZIMB002210"


def answers(node: FlaskClient, text: str, headers: dict[str, str] | None = None) -> tuple[str, str]:
    body = {"text": text, "clinic": CLINIC}
    said = node.post("/api/v1/verifications", json=body, headers=headers).json["entitlement"]
    return said["attend"], said["rule"]


def test_a_published_change_of_a_rule_changes_the_answers_of_whoever_synchronises(
    address: str,
    folder: Path,
    settings: Settings,
    clock: Clock,
    deployment: Context,
    client: FlaskClient,
    login_as: LoginAs,
    amate: Amate,
    tmp_path: Path,
) -> None:
    clinic, (text, _) = login_as("clinic"), printed_card(deployment)
    deployment.commit()
    sync(address, folder)
    node = node_on(folder, settings, clock)
    told = ("verify", text, "--pack", str(folder), "--clinic", CLINIC, "--json")
    assert answers(node, text) == answers(client, text, clinic) == ("here", "own-institution")
    published(deployment, tmp_path, **everywhere(date_from_day(day_at(deployment.now))))
    deployment.commit()
    assert answers(client, text, clinic) == ("here_by_exchange", "everywhere"), "the server itself, in any worker"
    assert answers(node, text) == ("here", "own-institution"), "off line, it cannot know"
    sync(address, folder)
    assert answers(node, text) == ("here_by_exchange", "everywhere")
    assert json.loads(amate(*told).stdout)["entitlement"]["rule_version"] == "everywhere"
