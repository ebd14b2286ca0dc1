"""`amate entitlement drafts | test`: what an announced phase would change, told before anybody signs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amate.errors import Malformed
from amate.features.entitlement import drafting
from tests.api.conftest import Amate

pytestmark = pytest.mark.embedded


def test_the_announced_phases_are_listed_and_tell_what_they_would_change(amate: Amate) -> None:
    listed = amate.json("entitlement", "drafts")
    assert [each["on"][:4] for each in listed["drafts"]] == ["2027", "2028", "2029", "2030"]
    tried = amate.json("entitlement", "test")["drafts"]
    assert [each["changes_table"] for each in tried][:2] == [listed["in_force"], tried[0]["version"]]
    first = next(each for each in tried[0]["changes"] if each["affiliation"] == ["IMSS", "ISSSTE"])
    assert first["attend"] == {"before": "refer", "after": "here_by_exchange"}
    assert first["services"] == ["general", "pharmacy"]


def written(path: Path, bent: dict[str, Any]) -> str:
    """The first phase's draft, bent, in a file: its name."""
    path.write_text(json.dumps(drafting.read_draft(drafting.announced()[0]) | bent), encoding="utf-8")
    return str(path)


def test_a_draft_that_does_not_hold_says_why(amate: Amate, tmp_path: Path) -> None:
    path, rules = tmp_path / "draft.json", drafting.read_draft(drafting.announced()[0])["rules"]
    assert amate("entitlement", "test", written(path, {})).exit_code == 0
    done = amate("entitlement", "test", written(path, {"rules": [rules[0] | {"before": "otherwise"}]}))
    assert (done.exit_code, "never answers" in done.output) == (7, True), done.output
    with pytest.raises(Malformed, match="no-such-rule"):
        amate.json("entitlement", "test", written(path, {"ends": ["no-such-rule"]}))
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(Malformed, match="is not JSON"):
        amate.json("entitlement", "test", str(path))
