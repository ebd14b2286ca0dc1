"""keys/policy.toml is read whole or not at all, and what is wrong with it is said by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amate.errors import Unavailable
from amate.features.trust.key_policy import FILE, NUMBERS, key_policy
from tests.live import ROOT

SHIPPED = (ROOT / "keys" / FILE).read_text()


def refusal_of(tmp_path: Path, text: str) -> str:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(Unavailable, match="no-key-policy") as refused:
        key_policy(tmp_path)
    return refused.value.detail.removeprefix(f"{tmp_path / FILE}: ")


def changed(table: str, name: str, line: str) -> str:
    """The shipped policy with another line for one number of one table."""
    head, mark, rest = SHIPPED.partition(f"[{table}]\n")
    return head + mark + re.sub(rf"^{name} = .*$", line, rest, count=1, flags=re.MULTILINE)


def test_the_shipped_policy_is_good() -> None:
    assert key_policy(ROOT / "keys")["rotation"]["lead"] == 14


@pytest.mark.parametrize(("table", "name"), [(table, name) for table, names in NUMBERS.items() for name in names])
def test_every_number_must_be_there_and_be_one(tmp_path: Path, table: str, name: str) -> None:
    said = f"{table}.{name} is to be a whole number from {NUMBERS[table][name]} up"
    for line in ("", f"{name} = -1", f'{name} = "7"', f"{name} = true", f"{name} = 7.0"):
        assert refusal_of(tmp_path, changed(table, name, line)) == said


VERIFIED = "a key signs when every verifier that still says verified knows it"
PRINTED = "a key is believed for as long as a printed pass of it may live"


@pytest.mark.parametrize(
    ("table", "name", "number", "said"),
    [
        ("rotation", "lead", 0, "rotation.lead is to be a whole number from 1 up"),
        ("rotation", "people", 1, "rotation.people is to be a whole number from 2 up"),
        ("roles.targets", "threshold", 4, "roles.targets: threshold ≤ keys must hold"),
        ("roles.root", "renew", 366, "roles.root: renew ≤ expires must hold"),
        ("uses.pass", "rotate", 401, "uses.pass: rotate ≤ sign must hold"),
        ("sealing", "lead", 15, "sealing: lead ≤ seal must hold"),
        ("staleness", "refuse_s", 604799, "staleness: warn_s ≤ stale_s ≤ refuse_s must hold"),
        ("status", "ttl_s", 604801, "status: ttl_s ≤ exp_s must hold"),
        ("rotation", "lead", 13, f"rotation.lead is to be at least 2 × staleness.stale_s: {VERIFIED}"),
        ("staleness", "stale_s", 604801, f"rotation.lead is to be at least 2 × staleness.stale_s: {VERIFIED}"),
        ("uses.pass", "accept", 5478, f"uses.pass.accept is to be at least 1 × lifetimes_s.3: {PRINTED}"),
        (
            "roles.timestamp",
            "expires",
            8,
            "staleness.stale_s is to be at least 1 × roles.timestamp.expires: nothing is verified by what has expired",
        ),
        (
            "staleness",
            "refuse_s",
            99999999,
            "roles.targets.renew is to be at least 1 × staleness.refuse_s: "
            "who may still use its lists never meets expired ones",
        ),
        (
            "roles.targets",
            "renew",
            44,
            "roles.targets.renew is to be at least 0.5 × roles.targets.expires: at half of its life the alarm rings",
        ),
        (
            "rotation",
            "overlap",
            31,
            "uses.pass.rotate is to be at least 1 × rotation.overlap: one successor follows the other",
        ),
    ],
)
def test_no_number_contradicts_another(tmp_path: Path, table: str, name: str, number: int, said: str) -> None:
    assert refusal_of(tmp_path, changed(table, name, f"{name} = {number}")) == said


@pytest.mark.parametrize(
    ("before", "after"), [("seal = 14", "seal = 14\nsael = 3"), ("[centre]", "[center]\nx = 1\n[centre]")]
)
def test_a_name_that_means_nothing_is_refused(tmp_path: Path, before: str, after: str) -> None:
    assert "means nothing here" in refusal_of(tmp_path, SHIPPED.replace(before, after, 1))


@pytest.mark.parametrize("text", ["", "roles = 3", "[roles]\nroot = 1\n", 'issuer = "x"', "[[roles]]\n"])
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    assert "is to be" in refusal_of(tmp_path, text)


def test_what_is_not_toml_is_said_with_its_place(tmp_path: Path) -> None:
    assert "line 2" in refusal_of(tmp_path, "[issuer]\nname =\n")
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(Unavailable, match="utf-8"):
        key_policy(tmp_path)
    with pytest.raises(Unavailable, match="AMATE_KEYS_DIR"):
        key_policy(tmp_path / "nowhere")
