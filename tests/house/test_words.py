"""One word for one thing in Spanish: a «llave» signs, seals or logs in, a «clave» is typed, a code has «dígitos»."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from amate.features.enrolment.wording import WORDS
from tests.house.test_house import BACKEND, ROOT, tracked_files

CLAVE = re.compile(r"\bclaves?\b", re.IGNORECASE)
# CLUES, the CURP, a state, the code that keeps a repeated request from counting twice.
CODES = {
    "birth-state-unknown", "clinic-choose-more", "clues-malformed", "curp-state", "curp-unknown-patient",
    "idempotency-key-malformed", "idempotency-key-reused", "unknown-clinic",
}  # fmt: skip


def spanish() -> Iterator[tuple[str, str]]:
    """Every sentence that somebody reads in Spanish, with its slug or its file."""
    for file in sorted((ROOT / "pwa" / "src").rglob("*es-MX.json")):
        yield from json.loads(file.read_text()).items()
    for slug, said in json.loads((BACKEND / "web" / "problem_texts.json").read_text()).items():
        yield slug, " ".join(said["es"].values())
    yield from WORDS.items()
    for path in tracked_files():
        if path.name == "README.es.md" or path.suffix in (".html", ".webmanifest"):
            yield path.name, path.read_text()


def test_a_key_is_a_llave_and_a_clave_is_a_code() -> None:
    assert {name for name, text in spanish() if CLAVE.search(text)} == CODES


def test_a_digit_is_a_digito() -> None:
    assert [name for name, text in spanish() if re.search(r"\bcifras?\b", text, re.IGNORECASE)] == []
