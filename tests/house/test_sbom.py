"""Row J09: what ships is written down with its hashes, a change of it is told, and no page loads from elsewhere."""

from __future__ import annotations

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.house import sbom
from tests.house.sbom import ROOT

DIST = ROOT / "pwa" / "dist"
COMMITTED = ROOT / "sbom.json"
ONE = "flask==3.1.0 \\\n    --hash=sha256:" + "a" * 64
NPM: dict[str, Any] = {"version": "8.0.4", "integrity": f"sha512-{'A' * 86}=="}


def listed(text: str) -> dict[str, dict[str, Any]]:
    return {each["purl"]: each for each in json.loads(text)["components"]}


def npm(packages: dict[str, dict[str, Any]]) -> list[str]:
    return [each["purl"] for each in sbom.npm_packages({"packages": {"": {"version": "0.1.0"}, **packages}})]


def test_j09_the_bill_of_materials_is_that_of_the_locks(capsys: pytest.CaptureFixture[str]) -> None:
    assert (sbom.main(["--check", str(COMMITTED)]), capsys.readouterr().err) == (0, "")


def test_j09_all_that_we_depend_on_is_on_it_with_its_hashes() -> None:
    bill = listed(COMMITTED.read_text())
    names = {purl.rpartition("@")[0] for purl in bill}
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    faces = json.loads((ROOT / "pwa/package.json").read_text())["dependencies"]
    assert {f"pkg:pypi/{re.split(r'[>=[]', each)[0]}" for each in python} <= names
    assert {f"pkg:npm/{name.replace('@', '%40')}@{version}" for name, version in faces.items()} <= bill.keys()
    assert not {"pkg:pypi/pytest", "pkg:npm/vite", "pkg:npm/typescript"} & names, "what only builds and tests"
    assert all(each["hashes"] for each in bill.values())
    locked = re.findall(r"--hash=sha256:(\w+)", (ROOT / sbom.PYTHON).read_text())
    told = [h["content"] for each in bill.values() for h in each["hashes"] if h["alg"] == "SHA-256"]
    assert sorted(told) == sorted(locked)


def test_j09_it_says_nothing_of_a_moment_or_of_a_machine() -> None:
    document = json.loads(COMMITTED.read_text())
    assert document.keys() == {"$schema", "bomFormat", "specVersion", "version", "metadata", "components"}
    assert document["metadata"].keys() == {"component"}
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    texts = re.findall(r"https?://[^\"]+", COMMITTED.read_text())
    assert texts == [document["$schema"]]


def test_j09_what_came_went_or_changed_is_told_line_by_line() -> None:
    was = sbom.text_of([sbom.component("pypi", "flask", "3.1.0", "SHA-256", ["a" * 64])], "1")
    other = sbom.text_of([sbom.component("pypi", "flask", "3.1.0", "SHA-256", ["b" * 64])], "1")
    newer = sbom.text_of([sbom.component("pypi", "flask", "3.1.1", "SHA-256", ["a" * 64])], "1")
    assert sbom.drift(was, was) == []
    assert sbom.drift(was, other) == ["changed: pkg:pypi/flask@3.1.0"]
    assert sbom.drift(was, newer) == ["went: pkg:pypi/flask@3.1.0", "came: pkg:pypi/flask@3.1.1"]
    assert sbom.drift(was, was.replace('"1"', '"2"')) == ["changed: the document itself"]


def test_j09_the_check_that_every_build_runs_fails_on_a_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(COMMITTED.read_text())
    gone = document["components"].pop()["purl"]
    (tmp_path / "sbom.json").write_text(json.dumps(document))
    assert sbom.main(["--check", str(tmp_path / "sbom.json")]) == 1
    assert f"came: {gone}" in capsys.readouterr().err
    recipe = (ROOT / "Makefile").read_text().partition("\ncheck: ")[2].partition("\n\n")[0]
    assert "-m tests.house.sbom --check sbom.json" in recipe


@pytest.mark.parametrize(
    "line", [ONE.partition(" ")[0], ONE.replace("==3.1.0", ">=3"), ONE.replace("a" * 64, "a" * 63), "-e ."]
)
def test_j09_a_package_that_a_lock_does_not_fix_has_no_place_on_it(line: str) -> None:
    assert [each["version"] for each in sbom.python_packages(ONE)] == ["3.1.0"]
    with pytest.raises(sbom.Unpinned, match=re.escape(sbom.PYTHON)):
        list(sbom.python_packages(f"{ONE}\n{line}"))


def test_j09_of_the_faces_packages_those_that_only_build_are_left_out_and_none_goes_without_a_hash() -> None:
    packages = {
        "node_modules/idb": NPM,
        "node_modules/@preact/signals": NPM,
        "node_modules/idb/node_modules/inner": NPM,
        "node_modules/vite": {**NPM, "dev": True},
        "node_modules/typescript": {**NPM, "devOptional": True},
    }
    shipped = ["pkg:npm/idb@8.0.4", "pkg:npm/%40preact/signals@8.0.4", "pkg:npm/inner@8.0.4"]
    assert npm(packages) == shipped
    for left in ({"version": "1.0.0"}, {"version": "1.0.0", "integrity": "sha1-AAAA"}):
        with pytest.raises(sbom.Unpinned, match="node_modules/idb"):
            npm({"node_modules/idb": left})


class Loaded(HTMLParser):
    """The addresses that a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        named = told.get("href" if tag == "link" else "src")
        if tag in ("script", "link", "img", "iframe", "source", "video", "audio", "embed") and named is not None:
            self.addresses.append(named)


def test_j09_a_built_page_loads_nothing_from_another_origin() -> None:
    pages = sorted(DIST.rglob("*.html"))
    assert {f"{face}/index.html" for face in ("wallet", "clinic", "enrolment", "console", "docs")} <= {
        str(page.relative_to(DIST)) for page in pages
    }
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text())
        assert loaded.addresses, page.name
        elsewhere = [each for each in loaded.addresses if not re.match(r"/[^/]|data:image/svg", each)]
        assert elsewhere == [], page
    for style in DIST.rglob("*.css"):
        assert not re.search(r"@import|url\((?![\"']?(?:data:|#|/[^/]))", style.read_text()), style
