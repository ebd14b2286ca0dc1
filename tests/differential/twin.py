"""What the TypeScript core says of the same lines, by a filter in pwa/scripts."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600


def differing(script: str, *arguments: Path, asked: Sequence[Any], ours: Sequence[Any]) -> list[dict[str, Any]]:
    """The lines of which it says something else than `ours`, each with its number and both answers."""
    node = shutil.which("node")
    assert node is not None, "Node is part of the tools that the tests need"
    command = [node, str(ROOT / "pwa" / "scripts" / script), *map(str, arguments)]
    lines = "".join(json.dumps(line) + "\n" for line in asked)
    ran = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=PATIENCE_S, cwd=ROOT)
    theirs = [json.loads(line) for line in ran.stdout.splitlines()]
    return [
        {"line": number, "python": one, "typescript": other, "asked": asked[number]}
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True))
        if one != other
    ]
