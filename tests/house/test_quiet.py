"""What is built and installed before `make run` serves says nothing that is not the project's own word."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.house.test_house import ROOT


def test_the_build_of_the_faces_warns_of_nothing(tmp_path: Path) -> None:
    (build, *_after) = (ROOT / "pwa" / "package.json").read_text().partition('"build": "')[2].split(" && ")
    assert build == "vite build --logLevel warn", "warnings and errors are told"
    command = ["npx", *build.split(), "--outDir", str(tmp_path / "dist"), "--emptyOutDir"]
    done = subprocess.run(command, cwd=ROOT / "pwa", capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "dist" / "sw.js").exists()
