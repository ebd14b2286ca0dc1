"""Row J04: a recall puts another worker in the place of the faces', here as at a clinic's node, and leaves all else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from amate import serve
from amate.app import create_app
from amate.config import Settings, read_node_settings, read_settings
from amate.errors import Malformed
from amate.web import static
from tests.api.nodes import SoftNode, ask
from tests.conftest import Clock

WORKER, PAGE = "/sw.js", "/wallet/"


@pytest.fixture
def built(tmp_path: Path, settings: Settings) -> Settings:
    """The settings of a deployment that has faces."""
    faces = tmp_path / "dist"
    (faces / "wallet").mkdir(parents=True)
    (faces / "sw.js").write_text("the release's worker")
    (faces / "wallet" / "index.html").write_text("the release's page")
    return settings.model_copy(update={"pwa_dir": faces})


@pytest.fixture
def apps(built: Settings) -> Iterator[tuple[Flask, Flask]]:
    """A deployment as ever, and the same during a recall."""
    apps = create_app(built), create_app(built.model_copy(update={"recall_faces": True}))
    yield apps
    for app in apps:
        app.extensions["amate.engine"].dispose()


def asked(app: Flask, path: str, conditions: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of an answer."""
    with app.test_client().get(path, headers=conditions) as answer:
        return answer.status_code, answer.data, dict(answer.headers)


def test_j04_during_a_recall_the_worker_alone_is_another_one(apps: tuple[Flask, Flask]) -> None:
    usual, recalling = apps
    assert asked(usual, WORKER)[1] == b"the release's worker"
    status, body, headers = asked(recalling, WORKER)
    assert (status, body) == (200, static.RECALL.read_bytes())
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert headers["Content-Security-Policy"] == static.CONTENT_SECURITY_POLICY
    assert asked(recalling, PAGE)[1] == asked(usual, PAGE)[1] == b"the release's page"


def test_j04_no_browser_is_told_that_the_worker_it_knows_is_still_the_one(apps: tuple[Flask, Flask]) -> None:
    """Neither at the beginning of a recall nor at its end, by what it sends of the other one's answer."""
    for before, after in (apps, apps[::-1]):
        _, _, known = asked(before, WORKER)
        conditions = {"If-None-Match": known["ETag"], "If-Modified-Since": known["Last-Modified"]}
        assert asked(before, WORKER, conditions)[0] == 304
        assert asked(after, WORKER, conditions)[0] == 200


@pytest.mark.embedded
def test_j04_a_clinics_node_recalls_the_faces_of_its_counters(tmp_path: Path, built: Settings, clock: Clock) -> None:
    (tmp_path / "pack" / "sets" / "1").mkdir(parents=True)
    (tmp_path / "pack" / "current").symlink_to("sets/1")
    node = SoftNode(tmp_path / "pack", built.model_copy(update={"recall_faces": True}), clock)
    browser = node.browser()
    assert ask(browser, "GET", WORKER).data == static.RECALL.read_bytes()
    assert ask(browser, "GET", PAGE).data == b"the release's page"
    node.close()


@pytest.mark.parametrize(("told", "recalls"), [(None, False), ("", False), ("0", False), ("1", True)])
def test_a_recall_is_a_setting(told: str | None, recalls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMATE_RECALL_FACES", raising=False)
    if told is not None:
        monkeypatch.setenv("AMATE_RECALL_FACES", told)
    assert (read_settings().recall_faces, read_node_settings().recall_faces) == (recalls, recalls)


def test_a_recall_that_is_neither_on_nor_off_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMATE_RECALL_FACES", "perhaps")
    with pytest.raises(Malformed, match="AMATE_RECALL_FACES"):
        read_settings()


def test_whoever_starts_a_server_that_recalls_is_told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    serve.warn_of_recall(settings)
    assert capsys.readouterr().err == ""
    serve.warn_of_recall(settings.model_copy(update={"recall_faces": True}))
    assert "AMATE_RECALL_FACES is set" in capsys.readouterr().err
