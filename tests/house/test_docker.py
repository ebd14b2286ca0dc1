"""What the container files promise, as far as it can be read without an engine."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from amate.config import Settings
from amate.features.verification.node.model import PORT
from amate.web import static
from amate.web.problems import HTTP_DETAILS, MEDIA_TYPE
from tests.house import plain_yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
OURS = {"amate-backend", "amate-pwa"}
SECRET = re.compile(r"(password|passphrase|secret|token|key)\w*[ \t]*[:=][ \t]*(\S+)", re.IGNORECASE)


def parsed(name: str) -> dict[str, Any]:
    return plain_yaml.read((DOCKER / name).read_text())


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = parsed("compose.yaml")["services"]
    return found


def instructions(path: Path) -> list[tuple[str, str]]:
    joined = path.read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.strip().partition(" ") for line in lines)]


def of(path: Path, name: str) -> list[str]:
    return [rest for instruction, rest in instructions(path) if instruction == name]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda p: p.name)
def test_an_image_runs_as_nobody_special_and_tells_its_health(path: Path) -> None:
    steps = [name for name, _ in instructions(path)]
    last = steps[len(steps) - 1 - steps[::-1].index("FROM") :]
    assert of(path, "USER") == ["amate"]
    assert "USER" in last
    assert "HEALTHCHECK" in last
    assert last.index("USER") < last.index("ENTRYPOINT")


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda p: p.name)
def test_all_that_is_copied_exists_and_is_let_through(path: Path) -> None:
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for copy in of(path, "COPY"):
        words = shlex.split(copy)
        if words[0].startswith("--from="):
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            assert any(f"{source}/".startswith(f"{allowed}/") for allowed in let_through), source


def test_nothing_of_a_checkout_is_let_through_that_an_image_must_not_hold() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert {"pwa/node_modules", "pwa/dist"} <= set(lines)
    assert not {"!.git", "!.amate", "!keys", "!."} & set(lines)


def test_a_node_has_the_faces_where_it_looks_for_them_and_is_asked_for_its_health_where_it_listens() -> None:
    looked_in = re.findall(r"AMATE_PWA_DIR=(\S+)", (DOCKER / "backend.Dockerfile").read_text())
    built_to = [
        shlex.split(copy)[2] for copy in of(DOCKER / "pwa.Dockerfile", "COPY") if copy.startswith("--from=build")
    ]
    node = DOCKER / "node.Dockerfile"
    assert [shlex.split(copy)[1:] for copy in of(node, "COPY")] == [[*built_to, *looked_in]]
    assert of(node, "FROM") == ["${FACES} AS faces", "${BACKEND}"]
    pack = json.loads(of(node, "CMD")[0])[-1]
    assert of(DOCKER / "backend.Dockerfile", "VOLUME") == [pack]
    health = of(node, "HEALTHCHECK")[0]
    assert (f"https://127.0.0.1:{PORT}/readyz" in health, f"cafile='{pack}/tls/ca.pem'" in health) == (True, True)
    assert of(node, "EXPOSE") == [str(PORT)]


def test_packages_are_pinned_by_hash() -> None:
    """J09: what is installed is what was locked, or nothing is."""
    installs = [part for p in DOCKERFILES for run in of(p, "RUN") for part in run.split("&&") if "pip install" in part]
    installs += [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    # A lock names every package; with --no-deps, pip takes those and resolves nothing anew (old ones trip over extras).
    assert all("--no-deps" in part for part in installs)
    assert all("--require-hashes" in part for part in installs if " -r " in part)
    assert any("npm ci" in run for run in of(DOCKER / "pwa.Dockerfile", "RUN"))
    for name in ("requirements.txt", "docker/requirements-build.txt"):
        locked = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", (ROOT / name).read_text(), re.MULTILINE)
        assert len(locked) <= (ROOT / name).read_text().count("--hash=sha256:")


def test_what_is_ours_cannot_write_its_image_nor_gain_rights(services: dict[str, Any]) -> None:
    ours = {name: service for name, service in services.items() if service["image"] in OURS}
    assert {"secrets", "seed", "signer", "backend", "publisher", "pwa"} <= ours.keys()
    for name, service in ours.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert [name for name, service in ours.items() if "user" in service or "cap_add" in service] == ["secrets"]


def test_ports_are_open_on_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not any("network_mode" in service and service["network_mode"] != "none" for service in services.values())


def test_the_database_and_the_cache_are_reached_by_the_backend_only(services: dict[str, Any]) -> None:
    networks = parsed("compose.yaml")["networks"]
    assert networks["inside"]["internal"] is True
    for name in ("database", "cache"):
        assert services[name]["networks"] == ["inside"]
    assert "inside" not in services["pwa"]["networks"]


def test_whoever_keeps_running_tells_its_health_and_starts_again(services: dict[str, Any]) -> None:
    for name, service in services.items():
        check = service.get("healthcheck", {})
        if service.get("restart") is None:
            assert check == {"disable": True}, name
        else:
            assert service["restart"] == "unless-stopped"
            assert service["image"] in OURS or check["test"], name
    awaited = [on for service in services.values() for on in service.get("depends_on", {}).items()]
    assert {on["condition"] for _, on in awaited} == {"service_healthy", "service_completed_successfully"}


@pytest.mark.parametrize(
    ("status", "trust", "pause_s"),
    [(0, 0, 3600), (0, 3, 3600), (1, 0, 60), (0, 1, 60), (1, 3, 60)],
    ids=["both", "a-draft-waits", "no-status", "no-trust", "no-status-and-a-draft-waits"],
)
def test_what_could_not_be_published_is_tried_again_in_a_minute(
    services: dict[str, Any], tmp_path: Path, status: int, trust: int, pause_s: int
) -> None:
    """A machine that starts again starts everything at once; what waits for people's signatures (3) is no failure."""
    said = {"amate": f'echo "$*" >> said; [ "$1" = status ] && exit {status}; exit {trust}'}
    said["sleep"] = 'echo "sleep $1" >> said; kill $PPID'
    for name, body in said.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    publisher = services["publisher"]
    asked = [*publisher["entrypoint"], *(part.replace("$$", "$") for part in publisher["command"])]
    subprocess.run(asked, cwd=tmp_path, env={"PATH": f"{tmp_path}:/bin:/usr/bin"}, check=False, timeout=10)
    lines = (tmp_path / "said").read_text().splitlines()
    assert lines == ["status publish", "trust publish", f"sleep {pause_s}"]


def test_no_secret_is_written_down_and_every_reader_has_only_its_own(services: dict[str, Any]) -> None:
    for path in sorted(DOCKER.rglob("*")):
        if path.is_file():
            lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
            for _, value in SECRET.findall("\n".join(lines)):
                assert value.startswith(("/", "{")), f"{path.name}: {value}"
    assert "postgresql://amate@" in json.dumps(services)
    readers = [name for name, service in services.items() if any("secrets:" in v for v in service.get("volumes", []))]
    assert sorted(readers) == ["secrets", "seed", "signer"]


def test_only_the_signer_goes_on_with_what_opens_keys_and_nobody_reaches_it_by_network(
    services: dict[str, Any],
) -> None:
    openers = {name for name, service in services.items() if "AMATE_PASSPHRASE_FILE" in service.get("environment", {})}
    assert openers == {"seed", "signer"}
    assert services["seed"].get("restart") is None
    signer = services["signer"]
    socket = signer["command"][-1]
    assert signer["network_mode"] == "none"
    assert "networks" not in signer
    assert "ports" not in signer
    for name in ("backend", "publisher"):
        assert services[name]["environment"]["AMATE_SIGNER_SOCKET"] == socket
        assert socket.startswith("/data/")
        assert "data:/data" in services[name]["volumes"]
        assert services[name]["depends_on"]["signer"] == {"condition": "service_healthy"}
    for name in openers:
        assert services[name]["environment"]["AMATE_SIGNER_SOCKET"] == ""


def test_every_setting_is_one_that_the_program_reads(services: dict[str, Any]) -> None:
    known = {f"AMATE_{name.upper()}" for name in Settings.model_fields}
    overlay = parsed("compose.production.yaml")["services"]
    for service in [*services.values(), *overlay.values()]:
        assert {name for name in service.get("environment", {}) if name.startswith("AMATE_")} <= known
    assert set(re.findall(r"AMATE_\w+(?==)", (DOCKER / "backend.Dockerfile").read_text())) <= known


def test_production_holds_everything_that_reads_settings_and_seeds_nobody(services: dict[str, Any]) -> None:
    overlay = parsed("compose.production.yaml")["services"]
    reading = {name for name, service in services.items() if "environment" in service} - {"database"}
    assert overlay.keys() == reading | {"pwa"}
    faces = overlay.pop("pwa")
    pinned = faces["build"]["args"]
    assert (pinned["AMATE_ENV"], "AMATE_ANCHOR:?" in pinned["AMATE_ANCHOR"]) == ("production", True)
    # `up` takes an image that is there, whatever it was built for, and a demo's faces trust the first root they meet.
    assert (faces["image"] != services["pwa"]["image"], faces["pull_policy"]) == (True, "build")
    for service in overlay.values():
        assert service["environment"]["AMATE_ENV"] == "production"
        assert "https" in service["environment"]["AMATE_BASE_URL"]
    assert overlay["seed"]["command"][:2] == ["trust", "check"]


def test_the_proxy_sends_the_headers_and_types_of_the_program() -> None:
    added = re.findall(r"^add_header ([\w-]+) (.+) always;$", (DOCKER / "proxy/headers.conf").read_text(), re.M)
    proxy = (DOCKER / "proxy/nginx.conf").read_text()
    headers = {name: value.strip('"') for name, value in added}
    assert headers == static.HEADERS | {"Content-Security-Policy": "$policy"}
    policies = re.search(r"map \$uri \$policy \{(.*?)\}", proxy, re.S)
    assert policies
    assert dict(re.findall(r'(\S+) "(.+)";', policies[1])) == {
        "default": static.CONTENT_SECURITY_POLICY,
        "~^/docs/": static.DOCS_CONTENT_SECURITY_POLICY,
    }
    block = re.search(r"types \{(.*?)\}", proxy, re.S)
    assert block
    lines = [line.strip().removesuffix(";") for line in block[1].split("\n") if line.strip()]
    types = {f".{suffix}": kind.strip('"') for kind, _, suffix in (line.rpartition(" ") for line in lines)}
    assert types == static.TYPES
    assert f'"{static.FOREVER}"' in proxy
    assert f'"{static.REVALIDATE}"' in proxy


def locations() -> dict[str, str]:
    """What the proxy does at each address, by the address as it is written."""
    proxy = (DOCKER / "proxy/nginx.conf").read_text()
    return {
        name.strip(): body for name, body in re.findall(r"^    location (.+?) \{\n(.*?)^    \}", proxy, re.M | re.S)
    }


def test_what_the_proxy_refuses_itself_is_typed_as_a_problem_whatever_the_address_ends_with() -> None:
    refusing = {name: body for name, body in locations().items() if "return" in body}
    assert refusing.keys() == {"@not_found", "@too_large", "@unavailable"}
    for name, body in refusing.items():
        assert "types { }" in body, name  # a .js that is missing would be told as a script
        assert f"default_type {MEDIA_TYPE};" in body, name
        document = json.loads(re.findall(r"'(\{.+\})'", body)[0])
        assert document["detail"] == HTTP_DETAILS[document["status"]], name


def test_j04_the_proxy_hands_out_the_faces_worker_only_where_the_program_says_that_it_has_none() -> None:
    """During a recall it has one; an API that is away says nothing, and must not bring a recalled release back."""
    worker = [line.strip() for line in locations()["= /sw.js"].splitlines()]
    assert worker[:2] == ["proxy_pass http://api;", "proxy_intercept_errors on;"]
    assert worker[2:] == ["error_page 404 = @worker;", "error_page 502 504 =503 @unavailable;"]
    own = locations()["@worker"]
    assert "try_files /sw.js =404;" in own
    assert f'add_header Cache-Control "{static.REVALIDATE}" always;' in own
    assert "COPY pwa" not in (DOCKER / "backend.Dockerfile").read_text(), "an API with faces would never say 404"


def test_whoever_types_an_address_that_is_none_gets_the_programs_page_and_nothing_else_of_it() -> None:
    """The address is replaced: passed on as it came, it would show what the proxy keeps from the outside (/metrics)."""
    proxy = (DOCKER / "proxy/nginx.conf").read_text()
    chosen = re.search(r"map \$http_accept \$missing \{(.*?)\}", proxy, re.S)
    assert chosen
    assert chosen[1].split() == ["default", "@not_found;", "~text/html", "@page;"]
    assert "error_page 404 405 =404 $missing;" in proxy
    page = [line.strip() for line in locations()["@page"].splitlines()]
    assert page[:2] == ["rewrite ^ /not-found break;", "proxy_pass http://api;"]
    assert "error_page 502 504 =404 @not_found;" in page
    assert "    recursive_error_pages on;" in proxy  # of the server: where an error is told first decides
    passed_on = [name for name, body in locations().items() if "proxy_pass" in body]
    assert set(passed_on) >= {"@page", "= /sw.js"}
    assert len(passed_on) == 3
    assert not any(re.search(name.removeprefix("~ "), "/metrics") for name in passed_on if name.startswith("~ "))
