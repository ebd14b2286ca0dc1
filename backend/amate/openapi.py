"""Writes the OpenAPI document; `python -m amate.openapi FILE`, or `--check FILE` to fail where it is out of date."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from amate.app import create_app
from amate.config import Settings


def document() -> str:
    """The OpenAPI document as text, the same on every machine."""
    with TemporaryDirectory() as folder:
        app = create_app(Settings(home=Path(folder), env="test", base_url="http://localhost:8000"))
        body = app.test_client().get("/openapi.json").get_json()
        app.extensions["amate.engine"].dispose()
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the file that the last argument names."""
    path = Path(arguments[-1])
    text = document()
    if "--check" not in arguments:
        path.write_text(text)
        return 0
    if path.exists() and path.read_text() == text:
        return 0
    sys.stderr.write(f"{path} is out of date: run `make api`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
