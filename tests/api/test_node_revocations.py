"""A node's verdicts by the revocations of the whole country, where its status lists say less or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from amate.config import Settings
from amate.context import Context
from amate.core.revocations import pack_revocations
from amate.features.status import actions as status
from amate.features.verification import actions, commands
from amate.features.verification.model import Asked, JsonObject
from tests.api.conftest import LoginAs
from tests.api.test_carried_pack import exported, far, stick, taken
from tests.api.test_node import (
    DAY_S,
    Run,
    address,
    asked,
    clock,
    deployment,
    folder,
    node_on,
    printed_card,
    run,
    sync,
    token,
    verdict_of,
)
from tests.api.test_pack_revocations import refuse_another_key
from tests.conftest import Clock

__all__ = ["address", "asked", "clock", "deployment", "far", "folder", "run", "stick", "token"]
CLINIC = "VZIMB002210"
GOOD = ("check_identity", ["printed"])
UNKNOWN = ("stale", ["status-missing", "printed"])
REVOKED = ("not_valid", ["revoked"])


@pytest.fixture
def cards(deployment: Context) -> tuple[str, str]:
    """Two cards that live 60 days, of which the second is revoked and so published."""
    held, lost = printed_card(deployment, days=60), printed_card(deployment, days=60)
    status.revoke(deployment, lost[1], "lost")
    deployment.now += 1
    status.publish(deployment)
    deployment.commit()
    return held[0], lost[0]


def withhold_lists(settings: Settings) -> None:
    (settings.published / "status" / "index.json").write_text('{"lists": []}')


def said(folder: Path, text: str, now: int) -> JsonObject:
    return actions.verify_with_pack(folder, Asked(text, CLINIC), env="test", now=now)


def test_a_node_without_status_lists_answers_by_the_file(
    address: str, folder: Path, settings: Settings, clock: Clock, cards: tuple[str, str]
) -> None:
    withhold_lists(settings)
    assert sync(address, folder).status_lists == 0
    node = node_on(folder, settings, clock)
    assert [verdict_of(node, text) for text in cards] == [GOOD, REVOKED]


def test_the_command_does_and_so_does_a_pack_that_was_carried(
    address: str, folder: Path, stick: Path, far: Path, settings: Settings, cards: tuple[str, str], run: Run
) -> None:
    withhold_lists(settings)
    sync(address, folder)
    taken(exported(folder, stick), far)
    for pack in (folder, far):
        answers = [run(commands.verify, [text, "--pack", str(pack), "--clinic", CLINIC]) for text in cards]
        assert [each.exit_code for each in answers] == [3, 5]
        assert [json.loads(each.stdout)["reasons"] for each in answers] == [["printed"], ["revoked"]]


def test_the_central_server_answers_by_it_as_soon_as_it_is_published(
    client: FlaskClient, login_as: LoginAs, settings: Settings, deployment: Context, cards: tuple[str, str]
) -> None:
    """Also before the index of lists is: the token is what tells that there is something new."""
    index, headers = settings.published / "status" / "index.json", login_as("clinic")
    withhold_lists(settings)
    before = index.stat()

    def reasons(text: str) -> list[str]:
        answer = client.post("/api/v1/verifications", json={"text": text}, headers=headers)
        return list(answer.json["reasons"])

    assert [reasons(text) for text in cards] == [["printed"], ["revoked"]]
    text, lost = printed_card(deployment, days=60)
    status.revoke(deployment, lost, "lost")
    deployment.now += 1
    kept = index.with_name("kept")
    index.rename(kept)
    status.publish(deployment)
    deployment.commit()
    kept.rename(index)
    assert index.stat().st_mtime_ns == before.st_mtime_ns
    assert reasons(text) == ["revoked"]


def test_a_list_that_stays_behind_does_not_hide_what_the_file_says(
    address: str, folder: Path, settings: Settings, clock: Clock, deployment: Context, cards: tuple[str, str]
) -> None:
    """Whoever serves an old list, though it is signed, hides nothing that is in the file."""
    old = (settings.published / "status" / "0").read_bytes()
    text, index = printed_card(deployment, days=60)
    status.revoke(deployment, index, "lost")
    deployment.now += 1
    status.publish(deployment)
    (settings.published / "status" / "0").write_bytes(old)
    sync(address, folder)
    assert verdict_of(node_on(folder, settings, clock), text) == REVOKED


def test_an_answer_is_as_old_as_the_newer_of_the_two(
    address: str, folder: Path, tmp_path: Path, settings: Settings, deployment: Context, cards: tuple[str, str]
) -> None:
    place, listed_at = settings.published / "status", deployment.now
    old = (place / "0").read_bytes()
    deployment.now += 100
    status.publish(deployment)
    (place / "0").write_bytes(old)
    sync(address, folder)
    (place / "revocations" / "token").unlink()
    sync(address, tmp_path / "without")
    later = deployment.now + 60
    assert said(folder, cards[0], later)["status_age_s"] == 60
    assert said(tmp_path / "without", cards[0], later)["status_age_s"] == later - listed_at


def test_no_age_is_younger_than_what_was_signed(
    address: str, folder: Path, settings: Settings, deployment: Context, cards: tuple[str, str]
) -> None:
    withhold_lists(settings)
    sync(address, folder)
    answers = {days: said(folder, cards[0], deployment.now + days * DAY_S) for days in (1, 31)}
    assert {days: answer["status_age_s"] for days, answer in answers.items()} == {1: DAY_S, 31: 31 * DAY_S}
    assert "status-expired" in answers[31]["reasons"]


@pytest.mark.parametrize("spoil", ["flip", "cut", "drop", "forge"])
def test_what_was_changed_in_a_pack_makes_nothing_green(
    spoil: str, address: str, folder: Path, settings: Settings, clock: Clock, cards: tuple[str, str]
) -> None:
    withhold_lists(settings)
    sync(address, folder)
    place = folder / "current" / "published" / "status" / "revocations"
    file = next(path for path in place.iterdir() if path.name != "token")
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    none = pack_revocations([[]])  # well spelled, and nobody is revoked
    file.write_bytes({"flip": bytes(raw), "cut": bytes(raw[:-1]), "drop": b"", "forge": none}[spoil])
    assert [verdict_of(node_on(folder, settings, clock), text) for text in cards] == [UNKNOWN, UNKNOWN]


def test_a_file_by_a_key_of_nobody_s_is_no_ground_to_stand_on(
    address: str, folder: Path, settings: Settings, clock: Clock, deployment: Context, cards: tuple[str, str]
) -> None:
    withhold_lists(settings)
    refuse_another_key(deployment, settings.published / "status" / "revocations")
    assert sync(address, folder).revocations_refused == "unknown-issuer"
    assert [verdict_of(node_on(folder, settings, clock), text) for text in cards] == [UNKNOWN, UNKNOWN]


def test_the_clock_is_not_before_what_was_filed(
    address: str, folder: Path, settings: Settings, deployment: Context, cards: tuple[str, str]
) -> None:
    withhold_lists(settings)
    deployment.now += 3_600
    status.publish(deployment)
    withhold_lists(settings)
    sync(address, folder)
    assert "clock-behind" in said(folder, cards[0], deployment.now - 600)["reasons"]


def test_a_deployment_without_the_file_is_answered_by_its_lists(
    address: str, folder: Path, settings: Settings, clock: Clock, cards: tuple[str, str]
) -> None:
    (settings.published / "status" / "revocations" / "token").unlink()
    sync(address, folder)
    assert [verdict_of(node_on(folder, settings, clock), text) for text in cards] == [GOOD, REVOKED]
