"""The bill of materials: every package that ships, as CycloneDX 1.6, out of the locks alone (row J09).

    python -m tests.house.sbom [--check] FILE

It has no time and no serial number, so that the same locks give the same document. With --check nothing is written:
what came, went or changed since is told, line by line, and ends with exit status 1.

Source: https://cyclonedx.org/docs/1.6/json/, https://github.com/package-url/purl-spec
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "requirements.txt"
NPM = "pwa/package-lock.json"
PINNED = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)(?:\[[\w,-]+\])?==([\w.+!]+)((?: --hash=sha256:[0-9a-f]{64})+)")
INTEGRITY = re.compile(r"sha512-([A-Za-z0-9+/]{86}==)")

Component = dict[str, Any]


class Unpinned(ValueError):
    """A package in a lock whose bytes the lock does not fix."""


def python_packages(lock: str) -> Iterator[Component]:
    """What the server installs; a hash for each file of a release (wheels, source), any of which a machine may take.

    Raises: Unpinned for a line that is anything but a name, a version and hashes
    """
    for line in lock.replace("\\\n", " ").splitlines():
        pinned = PINNED.fullmatch(re.sub(r"\s+", " ", line).strip())
        if pinned is None:
            raise Unpinned(f"{PYTHON}: {line[:80]}")
        name, version, hashes = pinned.groups()
        digests = sorted(re.findall(r"sha256:(\w+)", hashes))
        yield component("pypi", name, version, "SHA-256", digests)


def npm_packages(lock: dict[str, Any]) -> Iterator[Component]:
    """What may end in the faces: every package but those that only build and test them, optional peers included.

    Raises: Unpinned for a package without a SHA-512
    """
    for path, package in lock["packages"].items():
        if path == "" or package.get("dev") or package.get("devOptional"):
            continue
        name = package.get("name", path.rpartition("node_modules/")[2])
        integrity = INTEGRITY.fullmatch(package.get("integrity", ""))
        if integrity is None:
            raise Unpinned(f"{NPM}: {path}")
        yield component("npm", name, package["version"], "SHA-512", [base64.b64decode(integrity[1]).hex()])


def component(kind: str, name: str, version: str, algorithm: str, digests: list[str]) -> Component:
    """One package; its purl is its name in the document, too."""
    purl = f"pkg:{kind}/{quote(name)}@{quote(version)}"
    group, _, own = name.rpartition("/")
    grouped = {"group": group} if group else {}
    hashes = [{"alg": algorithm, "content": digest} for digest in digests]
    return {
        "type": "library",
        "bom-ref": purl,
        **grouped,
        "name": own,
        "version": version,
        "purl": purl,
        "hashes": hashes,
    }


def components_of(root: Path) -> list[Component]:
    """All that ships from this checkout, by purl.

    Raises: Unpinned
    """
    python = python_packages((root / PYTHON).read_text())
    npm = npm_packages(json.loads((root / NPM).read_text()))
    return sorted([*python, *npm], key=lambda each: str(each["purl"]))


def text_of(components: list[Component], version: str) -> str:
    """The document, a line for each component: a change of the locks is a change of as many lines."""
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "amate", "name": "amate", "version": version}},
    }
    lines = [f' "{name}": {json.dumps(value)},' for name, value in head.items()]
    listed = ",\n".join(f"  {json.dumps(each)}" for each in components)
    return "\n".join(["{", *lines, ' "components": [', listed, " ]", "}"]) + "\n"


def drift(committed: str, current: str) -> list[str]:
    """What came, went or changed between two documents; one that says the same in other words differs, too."""
    was, now = ({each["purl"]: each for each in json.loads(text)["components"]} for text in (committed, current))
    went = [f"went: {purl}" for purl in was if purl not in now]
    came = [f"came: {purl}" for purl in now if purl not in was]
    changed = [f"changed: {purl}" for purl in now if purl in was and was[purl] != now[purl]]
    return [*went, *came, *changed] or (["changed: the document itself"] if committed != current else [])


def main(arguments: list[str]) -> int:
    """Write the document, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args(arguments)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    current = text_of(components_of(ROOT), version)
    if not chosen.check:
        chosen.file.write_text(current)
        return 0
    found = drift(chosen.file.read_text(), current)
    for line in found:
        print(f"{chosen.file}: {line}", file=sys.stderr)
    if found:
        print("Is that meant? `make sbom` writes it down.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
