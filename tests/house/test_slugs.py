"""One slug, one meaning, everywhere: what the backend can say, a face can say in plain Spanish."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

from amate.core import standing
from amate.web import oauth_errors
from amate.web.problems import HTTP_SLUGS
from tests.house.test_house import BACKEND, EVERYTHING, ROOT

PWA = ROOT / "pwa" / "src"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FAMILIES = {"Malformed", "Unauthenticated", "Refused", "Unknown", "Conflict", "Unavailable", "AmateError"}
# Said to whoever runs the house, at a terminal and in English; no request of a face leads there.
TERMINAL_ROOMS = (
    "app.py",
    "serve.py",
    "signer.py",
    "demo",
    "config.py",
    "terminal.py",
    "signing/allowed.py",
    "signing/file.py",
    "signing/listed.py",
    "signing/passphrase.py",
    "signing/payloads.py",
    "signing/pkcs11.py",
    "signing/pkcs11_uri.py",
    "signing/process.py",
    "signing/tls.py",
    "features/audit/export.py",
    "features/clinics/catalogue.py",
    "features/clinics/workbook.py",
    "features/clinics/hours.py",
    "features/clinics/opening.py",
    "features/clinics/importing.py",
    "features/entitlement",
    "features/issuance/commands.py",
    "features/login/signers.py",
    "features/rotation/commands.py",
    "features/rotation/table/commands.py",
    "features/trust/ceremonies",
    "features/trust/documents.py",
    "features/trust/drafts",
    "features/trust/hands.py",
    "features/trust/making.py",
    "features/trust/signatures.py",
    "features/trust/commands.py",
    "features/verification/carried.py",
    "features/verification/commands.py",
    "features/verification/node/certificate.py",
    "features/verification/node/commands.py",
    "features/verification/node/enrolling.py",
    "features/verification/node/folder.py",
    "features/verification/node/relaying.py",
    "features/verification/node/syncing.py",
    "features/verification/pack.py",
    "features/verification/remote.py",
    "features/verification/revocations.py",
    "db",
)
# The same, in rooms that faces reach by other ways; core/sd_jwt.py is what a foreign verifier runs.
TERMINAL = {
    "bad-clues", "bad-counter-name", "bad-lifetime", "bad-node-name", "bad-reason", "bad-token", "counter-exists",
    "curp-century", "demo-keys-refused",
    "draft-does-not-hold", "environment-mismatch", "issuance-interrupted", "malformed-date", "malformed-table",
    "name-too-long", "not-a-holder", "not-changeable", "not-halted", "other-action", "person-exists",
    "table-unchanged", "unknown-action", "unknown-counter", "unknown-credential", "unknown-key-scheme",
    "unknown-key-use", "unknown-reason", "unknown-role", "unknown-shard", "unknown-staff", "unknown-status-index",
    "unknown-token", "wrong-passphrase",
}  # fmt: skip
# Of the faces only the console changes keys: what these rooms refuse is said in its own messages.
CONSOLE_ROOMS = ("features/rotation", "features/trust")
FOREIGN = {"core/sd_jwt.py", "core/status_list.py", "core/revocations.py"}


@cache
def messages(path: str) -> dict[str, str]:
    said: dict[str, str] = json.loads((PWA / path).read_text())
    return said


def shared() -> dict[str, str]:
    return messages("ui/messages/es-MX.json")


def said_by(path: Path) -> set[str]:
    """The slugs that a file raises or answers."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"Fault": 1, "problem": 1}.get(node.func.id, 0 if node.func.id in FAMILIES else 9)
            if len(node.args) > place and isinstance(value := node.args[place], ast.Constant):
                found.add(str(value.value))
    return found


def reaches_a_face(path: Path) -> bool:
    name = str(path.relative_to(BACKEND))
    return name not in FOREIGN and not any(name == room or name.startswith(f"{room}/") for room in TERMINAL_ROOMS)


def reaches_the_console(path: Path) -> bool:
    return str(path.relative_to(BACKEND)).startswith(CONSOLE_ROOMS)


def consoles() -> set[str]:
    return set(messages("console/es-MX.json"))


def test_every_slug_is_spelled_as_one() -> None:
    assert [slug for path in EVERYTHING for slug in said_by(path) if not SLUG.fullmatch(slug)] == []


def test_every_slug_that_can_reach_a_face_has_its_sentence() -> None:
    said = set(shared()) | set(messages("enrolment/es-MX.json"))
    missing = {
        slug
        for path in EVERYTHING
        if reaches_a_face(path)
        for slug in said_by(path) - TERMINAL - said - (consoles() if reaches_the_console(path) else set())
    }
    assert sorted(missing | ((set(HTTP_SLUGS.values()) | oauth_errors.CODES) - said)) == []


def test_what_is_listed_as_said_at_a_terminal_is_said() -> None:
    assert TERMINAL - {slug for path in EVERYTHING for slug in said_by(path)} == set()
    assert [room for room in TERMINAL_ROOMS if not (BACKEND / room).exists()] == []


def returned_reasons() -> set[str]:
    """Every string that stands where core/verdict.py, or what it asks, gives a reason."""
    found = set()
    named = {standing.MISSING, standing.AGING, standing.STALE, standing.EXPIRED}
    says = {
        "verdict.py": r"_\w*(fault|reasons?)|_judge",
        "standing.py": r"standing_of|_\w*fault",
        "trust.py": "refusal",
    }
    for path, wanted in says.items():
        for function in ast.walk(ast.parse((BACKEND / "core" / path).read_text())):
            if isinstance(function, ast.FunctionDef) and re.fullmatch(wanted, function.name):
                texts = [
                    n.value for n in ast.walk(function) if isinstance(n, ast.Constant) and isinstance(n.value, str)
                ]
                found |= {text for text in texts if SLUG.fullmatch(text)}
    decoding = [BACKEND / "core" / name for name in ("encoding.py", "qr_pass.py", "cose.py")]
    return found | named | {"no-trust", "status-out-of-range"} | {slug for path in decoding for slug in said_by(path)}


NOT_REASONS = {"pass", "signature-corrupted", "environment-mismatch"}


@pytest.fixture
def reasons() -> set[str]:
    return returned_reasons() - NOT_REASONS


def test_every_reason_of_a_verdict_stands_in_the_vectors(reasons: set[str]) -> None:
    cases = json.loads((ROOT / "tests" / "vectors" / "verdict.json").read_text())["cases"]
    shown = {reason for case in cases for reason in (case.get("output") or {}).get("reasons", [])}
    assert sorted(reasons ^ shown) == []


def test_every_reason_of_a_verdict_has_its_code_and_words_at_the_clinic(reasons: set[str]) -> None:
    source = (PWA / "clinic" / "reasons.ts").read_text()
    codes = re.findall(r'^  "?([a-z-]+)"?: "(R-\d{3})",$', source, re.MULTILINE)
    assert {slug for slug, _ in codes} == reasons
    assert len({code for _, code in codes}) == len(codes)
    assert sorted(reasons - set(shared()) - set(messages("clinic/es-MX.json"))) == []
