"""Every problem that the API can answer is in the one table, has its texts, and can be answered with its status."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from amate import errors
from amate.features.enrolment.wording import WORDS
from amate.web import faults, oauth_errors
from amate.web.problems import EXPLAINED, FAMILIES, FAULT_SLUGS, OWN_SLUGS, PROBLEMS, REASON_SLUGS, texts_of
from tests.house.test_house import BACKEND, EVERYTHING, ROOT
from tests.house.test_slugs import FAMILIES as FAMILY_NAMES
from tests.house.test_slugs import NOT_REASONS, TERMINAL, reaches_a_face, returned_reasons, said_by

# Raised where only a command leads, or caught on the way, or refused by a schema or the desk before it comes so far.
NEVER_ANSWERED = {
    "bad-token", "curp-of-another-person", "malformed", "organ-donation-minor", "organ-donation-unknown",
}  # fmt: skip
# The terminal's by test_slugs, and yet answered.
ANSWERED = {"issuance-interrupted", "malformed-date"}
SAID_BY_THE_PROXY = {"api-unavailable"}
PROXY = ROOT / "docker" / "proxy" / "nginx.conf"


def raised_by(path: Path) -> set[tuple[str, int]]:
    """Slug and status of each error that a file raises or answers."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        arguments = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args[:2]]
        if node.func.id == "problem" and all(arguments):
            found.add((str(arguments[1]), int(str(arguments[0]))))
        elif node.func.id in FAMILY_NAMES and arguments and arguments[0]:
            found.add((str(arguments[0]), int(FAMILIES[getattr(errors, node.func.id)])))
    return found


def is_asked(path: Path) -> bool:
    """Whether a request leads to what a file does."""
    return path.name != "commands.py" and reaches_a_face(path)


def answered() -> set[tuple[str, int]]:
    """What rooms raise to which a request leads, in our own shape; core's errors are caught by whoever asks it."""
    rooms = [path for path in EVERYTHING if is_asked(path) and path.parent != BACKEND / "core"]
    hidden = (TERMINAL | NEVER_ANSWERED) - ANSWERED
    return {pair for path in rooms for pair in raised_by(path) if pair[0] not in hidden}


def test_what_can_be_answered_is_in_the_table_with_its_status() -> None:
    listed = {(slug, status) for slug, statuses in PROBLEMS.items() for status in statuses}
    assert {pair for pair in answered() - listed if pair[0] not in oauth_errors.CODES} == set()


def test_every_row_of_the_table_can_be_answered() -> None:
    listed = {(slug, status) for status, slugs in OWN_SLUGS.items() for slug in slugs}
    assert {pair for pair in listed - answered() if pair[0] not in SAID_BY_THE_PROXY} == set()


def test_what_is_listed_as_never_answered_is_raised() -> None:
    raised = {slug for path in EVERYTHING for slug, _ in raised_by(path)}
    assert NEVER_ANSWERED - raised == set()


def test_every_type_has_its_texts_and_nothing_else_has() -> None:
    texts = json.loads((BACKEND / "web" / "problem_texts.json").read_text())
    assert set(texts) == set(EXPLAINED)
    for slug, said in texts.items():
        assert said.keys() == {"es", "en"}, slug
        for language in said.values():
            assert language.keys() == {"title", "meaning", "remedy"}, slug
            assert all(text == text.strip() and text for text in language.values()), slug
            assert not language["title"].endswith("."), slug
            assert all(re.search(r"[.]$", language[name]) for name in ("meaning", "remedy")), slug
            assert all(language[name].count("`") % 2 == 0 for name in language), slug
    titles = [said["en"]["title"] for said in texts.values()]
    assert len(titles) == len(set(titles))


def said_of_fields() -> set[str]:
    """Every slug that `errors` can hold and that is given there: by a schema, by the desk's rules, by the CURP's."""
    desk = BACKEND / "features" / "enrolment"
    given = {
        str(node.value)
        for found in ast.walk(ast.parse((desk / "model.py").read_text()))
        if isinstance(found, ast.Yield) and isinstance(found.value, ast.Tuple)
        for node in ast.walk(found.value.elts[1])
        if isinstance(node, ast.Constant)
    }
    curp = {slug for slug in said_by(BACKEND / "core" / "curp.py") if slug.startswith("curp-")} - TERMINAL
    rooms = [path for path in EVERYTHING if is_asked(path) and path.parent != BACKEND / "core"]
    placed = {
        str(node.args[1].value)
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" and len(node.args) > 1
        if isinstance(node.args[1], ast.Constant)
    }
    return {*faults.SLUGS, *WORDS, *given, *curp, *placed}


def test_every_slug_of_errors_has_its_page_and_no_page_is_of_another() -> None:
    assert said_of_fields() - set(EXPLAINED) == set()
    assert set(FAULT_SLUGS) - said_of_fields() == set()


def test_every_reason_of_a_verdict_has_its_page_and_no_page_is_of_another() -> None:
    assert set(REASON_SLUGS) ^ (returned_reasons() - NOT_REASONS) == set()
    assert set(REASON_SLUGS) - set(EXPLAINED) == set()


def test_what_is_said_of_a_field_is_never_left_to_the_general_sentence() -> None:
    """The desk has words for each, in the API's English and in the face's Spanish."""
    said = set(json.loads((ROOT / "pwa" / "src" / "enrolment" / "es-MX.json").read_text()))
    assert said_of_fields() & set(FAULT_SLUGS) - set(WORDS) == set()
    assert set(WORDS) - said == set()


def test_a_fault_of_a_field_is_no_type() -> None:
    """Both are slugs; one that were both would have two texts."""
    assert set(PROBLEMS) & set(FAULT_SLUGS) == set()


def test_the_proxy_says_problems_as_the_program_does() -> None:
    said = [json.loads(text) for text in re.findall(r"return \d+ '(\{.+\})';", PROXY.read_text())]
    assert len(said) == 3
    for document in said:
        slug = document["type"].removeprefix("/problems/")
        assert document["status"] in PROBLEMS[slug]
        assert document["title"] == texts_of(slug)["en"]["title"]
