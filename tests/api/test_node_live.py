"""A clinic's node answers as the deployment did, from its pack alone, once the deployment is gone: real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.live import LiveServer

VERIFICATIONS = "/api/v1/verifications"
AGES = "/api/v1/verifiers/ages"
NEAREST = "/api/v1/clinics/nearest?lat=20.1011&lon=-98.7591&limit=3"
PLACE = {"lat": 20.1011, "lon": -98.7591}
NODE_TOKEN = "the-node-asks-for-this-one"


class Heard(NamedTuple):
    """What the deployment said while it lived, and the node that must say the same without it.

    ages: of the lists of its verifiers, after two syncs and every verdict
    """

    node: LiveServer
    pack: Path
    ages: dict[str, Any]
    verdicts: dict[str, Any]
    nearest: Any
    samples: dict[str, str]


def asked(server: LiveServer, text: str, token: str) -> Any:
    body = {"text": text, "clinic": "HGIMS900110", "location": PLACE}
    status, answer = server.request("POST", VERIFICATIONS, body, {"Authorization": f"Bearer {token}"})
    assert status == 200, answer
    return answer


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder = tmp_path_factory.mktemp("node-live")
    deployment = LiveServer(folder / "deployment")
    said = deployment.seed()
    samples = {path.stem: path.read_text().strip() for path in Path(said["samples"]).glob("*.txt")}
    deployment.start()
    token_file, pack = folder / "token", folder / "pack"
    token_file.write_text(f"{said['token']}\n")
    try:
        for _ in range(2):
            sync = ("pack", "sync", "--from", deployment.url, "--to", str(pack), "--token-file", str(token_file))
            assert json.loads(deployment.amate(*sync, "--json").stdout)["reported"] is True
        verdicts = {name: asked(deployment, text, said["token"]) for name, text in samples.items()}
        nearest = deployment.request("GET", NEAREST)[1]
        security = json.loads(deployment.amate("staff", "token", "--role", "security", "--json").stdout)["token"]
        ages = deployment.request("GET", AGES, headers={"Authorization": f"Bearer {security}"})[1]
    finally:
        deployment.stop()
    (pack / "access-token").write_text(NODE_TOKEN)
    node = LiveServer(folder / "node")
    node.start("--role", "verifier", "--pack", str(pack))
    yield Heard(node, pack, ages, verdicts, nearest, samples)
    node.stop()


def but_for_ages(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if not name.endswith(("_age_s", "_skew_s"))}


def test_the_node_says_of_every_sample_what_the_deployment_said(heard: Heard) -> None:
    assert set(heard.verdicts) >= {"printed", "forged", "revoked", "screenshot"}
    assert heard.verdicts["printed"]["verdict"] == "check_identity"
    assert heard.verdicts["printed"]["person"]["curp"]
    differing = {}
    for name, before in heard.verdicts.items():
        after = asked(heard.node, heard.samples[name], NODE_TOKEN)
        if but_for_ages(after) != but_for_ages(before):
            differing[name] = (before, after)
    assert differing == {}


def test_ages_go_on_counting_from_what_was_synced(heard: Heard) -> None:
    before, after = heard.verdicts["printed"], asked(heard.node, heard.samples["printed"], NODE_TOKEN)
    assert 0 <= after["trust_age_s"] - before["trust_age_s"] < 600
    assert 0 <= after["status_age_s"] - before["status_age_s"] < 600


def test_the_node_counts_once_among_the_verifiers_whose_lists_are_new(heard: Heard) -> None:
    """Twice synced and asked for every verdict, the deployment has heard of one verifier."""
    assert (heard.ages["devices"], heard.ages["clock_off"]["devices"]) == (1, 0)
    assert [heard.ages[what]["buckets"][0]["devices"] for what in ("trust", "status")] == [1, 1]


def test_the_node_finds_the_same_nearest_units(heard: Heard) -> None:
    status, answer = heard.node.request("GET", NEAREST, headers={"Authorization": f"Bearer {NODE_TOKEN}"})
    assert (status, answer) == (200, heard.nearest)


def test_the_node_tells_nobody_without_its_token(heard: Heard) -> None:
    for headers in ({}, {"Authorization": "Bearer another"}):
        status, problem = heard.node.request("POST", VERIFICATIONS, {"text": "1"}, headers)
        assert (status, problem["type"]) == (401, "/problems/not-logged-in")


def test_the_node_refuses_bodies_and_addresses_as_the_deployment_does(heard: Heard) -> None:
    headers = {"Authorization": f"Bearer {NODE_TOKEN}"}
    plain = headers | {"Content-Type": "text/plain"}
    assert heard.node.request("POST", VERIFICATIONS, {"text": "1"}, plain)[0] == 415
    assert heard.node.request("POST", VERIFICATIONS, {"text": "1" * 70_000}, headers)[0] == 413
    assert heard.node.request("POST", "/api/v1/enrolments", {}, headers)[0] == 404


def test_the_terminal_answers_from_the_same_pack(heard: Heard) -> None:
    done = heard.node.amate("verify", "-", "--pack", str(heard.pack), stdin=heard.samples["printed"], check=False)
    assert done.returncode == 3, done.stderr
