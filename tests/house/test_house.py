"""The architecture as tests: sizes, doors between rooms, one row for every route, nothing of a machine in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "backend" / "amate"
FILE_LINES = 400
FUNCTION_LINES = 60
LONG_FUNCTION = 40
LONG_FUNCTIONS_SHARE = 0.07
EVERYTHING = sorted(p for p in BACKEND.rglob("*.py") if "versions" not in p.parts)
FEATURES = sorted(p.name for p in (BACKEND / "features").iterdir() if (p / "__init__.py").exists())


def tracked_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda p: str(p.relative_to(BACKEND)))
def test_no_file_is_longer_than_one_room(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES


def test_functions_are_short() -> None:
    lengths = {f"{p.name}:{f.name}": length(f) for p in EVERYTHING for f in functions(p)}
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES} == {}
    assert sum(n > LONG_FUNCTION for n in lengths.values()) / len(lengths) <= LONG_FUNCTIONS_SHARE


@pytest.mark.parametrize("room", ["core", "signing"])
def test_public_functions_are_documented(room: str) -> None:
    undocumented = [
        f"{path.name}:{function.name}"
        for path in (BACKEND / room).glob("*.py")
        for function in functions(path)
        if not function.name.startswith("_") and function.col_offset == 0 and ast.get_docstring(function) is None
    ]
    assert undocumented == []


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_enters_another_only_through_its_actions_or_model(feature: str) -> None:
    wrong = []
    for path in (BACKEND / "features" / feature).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            for name in imported_names(node):
                match = re.match(r"amate\.features\.(\w+)\.(\w+)", name)
                if match and match[1] != feature and match[2] not in ("actions", "model"):
                    wrong.append(f"{path.name}: {name}")
    assert wrong == []


def test_whoever_lists_what_they_offer_lists_all_of_it() -> None:
    assert {str(p.relative_to(BACKEND)): missing for p in EVERYTHING if (missing := unlisted(p))} == {}


def unlisted(path: Path) -> list[str]:
    """The public functions and classes of a module that its `__all__` leaves out; none where it has no such list."""
    body = ast.parse(path.read_text()).body
    lists = [n.value for n in body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"]
    listed = {name for each in lists for name in ast.literal_eval(each)}
    defined = [n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
    return [name for name in defined if listed and name not in listed]


def imported_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_nothing_of_a_machine_or_a_registry_is_in_the_tree() -> None:
    patterns = [r"/w" + r"ork/", r"/ro" + r"ot/", r"pyp" + r"i\.org", r"pythonh" + r"osted", r"npm" + r"js\.org"]
    forbidden = re.compile("|".join(patterns))
    private_key = re.compile(r"BEGIN (EC |RSA |ENCRYPTED )?PRIV" + "ATE KEY")
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in forbidden.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in private_key.finditer(text)]
    assert found == []


def test_except_exception_stands_only_at_the_two_edges() -> None:
    allowed = {BACKEND / "web" / "problems.py", BACKEND / "cli.py", BACKEND / "context.py"}
    broad = [
        str(path.relative_to(BACKEND))
        for path in EVERYTHING
        if path not in allowed and re.search(r"except( Exception| BaseException)?( as \w+)?:", path.read_text())
    ]
    assert broad == []


def test_no_journey_waits_for_a_promise_that_the_browser_does_not_wait_for() -> None:
    """`wait_for_function` takes a promise for a yes: `wait_for_answer` (tests/journeys/steps.py) asks what it gives."""
    waits = re.compile(r"wait_for_function\(\s*f?[\"']+\s*async")
    assert [path.name for path in (ROOT / "tests").rglob("*.py") if waits.search(path.read_text())] == []
