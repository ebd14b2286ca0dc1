"""`amate entitlement drafts | test`: what an announced phase would change, told before anybody signs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amate.context import system_clock
from amate.core.days import date_from_day, day_at
from amate.errors import Malformed
from amate.features.entitlement import drafting
from tests.api.conftest import Amate

pytestmark = pytest.mark.embedded
AHEAD = "2999-01-01"  # whenever this is run


def test_the_announced_phases_are_listed_and_tell_what_they_would_change(amate: Amate) -> None:
    listed = amate.json("entitlement", "drafts")
    assert [each["on"][:4] for each in listed["drafts"]] == ["2027", "2028", "2029", "2030"]
    tried = json.loads(amate("entitlement", "test", "--json").output)["drafts"]  # exit 7 once the first day is over
    assert [each["changes_table"] for each in tried][:2] == [listed["in_force"], tried[0]["version"]]
    first = next(each for each in tried[0]["changes"] if each["affiliation"] == ["IMSS", "ISSSTE"])
    assert first["attend"] == {"before": "refer", "after": "here_by_exchange"}
    assert first["services"] == ["general", "pharmacy"]


def written(path: Path, bent: dict[str, Any], *, on: str = AHEAD) -> str:
    """The first phase's draft from another day on, bent, in a file: its name."""
    read = drafting.read_draft(drafting.announced()[0])
    rules = [rule | {"from": on} for rule in bent.pop("rules", read["rules"])]
    path.write_text(json.dumps(read | {"on": on, "rules": rules} | bent), encoding="utf-8")
    return str(path)


def test_a_draft_whose_first_day_is_over_is_refused_as_a_proposal_of_it_would_be(amate: Amate, tmp_path: Path) -> None:
    today = day_at(system_clock())
    for on_day, code in ((today - 1, 7), (today + 1, 0)):  # of today alone midnight might come in between
        path = written(tmp_path / "draft.json", {}, on=date_from_day(on_day))
        done = amate("entitlement", "test", path, "--json")
        assert (done.exit_code, json.loads(done.output)["drafts"][0]["day_passed"]) == (code, code == 7), done.output
        told = f"REFUSED: its first day, {date_from_day(on_day)}, is over" in amate("entitlement", "test", path).output
        assert told is (code == 7)


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
