"""Writes the shared vectors, byte for byte the same every time: one generator in generators/ for each file.

    python tests/vectors/generate.py [--check] [STEM …]

With --check nothing is written, and any difference ends with exit status 1.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def stems() -> list[str]:
    """The vector files that have a generator."""
    found = (path.stem for path in (HERE / "generators").glob("*.py"))
    return sorted(stem for stem in found if not stem.startswith("_"))


def text_of(stem: str) -> str:
    """The text of one vector file; every case identifier in it is unique."""
    built = importlib.import_module(f"generators.{stem}").build()
    ids = [case["id"] for case in built["cases"]]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise SystemExit(f"{stem}: cases named twice: {', '.join(twice)}")
    return json.dumps(built, ensure_ascii=True, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("stems", nargs="*", default=None)
    chosen = parser.parse_args(arguments)
    differing = []
    for stem in chosen.stems or stems():
        path, text = HERE / f"{stem}.json", text_of(stem)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        differing.append(stem)
        if not chosen.check:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    if chosen.check and differing:
        print(f"out of date: {', '.join(differing)}", file=sys.stderr)
    return 1 if chosen.check and differing else 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main(sys.argv[1:]))
