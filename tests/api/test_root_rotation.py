"""A root follows a root, keys are replaced, and verifiers that know only the first one follow without being touched."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.exceptions import BadVersionNumberError, RepositoryError

from amate.config import Settings
from amate.context import Context, system_clock
from amate.errors import Malformed, Refused
from amate.features.trust import actions, repository, signatures, store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.signing.file import open_key
from amate.signing.repository import RoleSigner
from tests.api.holders import DAY_S, Holder, People, Verifier
from tests.conftest import Clock


@pytest.fixture
def clock() -> Clock:
    """python-tuf's client believes the clock of this machine."""
    return Clock(system_clock())


@pytest.fixture
def ctx(ctx: Context) -> Context:
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    return ctx


@pytest.fixture
def people(ctx: Context, tmp_path: Path) -> People:
    """After the first ceremony."""
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    return people


@pytest.fixture
def verifier(people: People, settings: Settings, tmp_path: Path) -> Verifier:
    """A clinic that has seen the first publication."""
    anchor = (settings.home / "anchor.json").read_bytes()
    verifier = Verifier(tmp_path / "verifier", anchor, settings.published / "trust")
    verifier.update()
    return verifier


def role_signer(ctx: Context, holder: Holder) -> RoleSigner:
    return RoleSigner(open_key(str(holder.path), ctx.settings.passphrase_file))


def test_a_lost_holder_is_replaced_and_verifiers_follow(ctx: Context, people: People, verifier: Verifier) -> None:
    people["Root 5"].lose()
    people = people.without("Root 5").joined("root", "Root 6")
    held = ceremonies.run(ctx, people.ceremony(root=2))
    assert held.published.release.root == 2
    assert [name for name, _ in verifier_roots(verifier)] == ["2.root.json"]
    transcript = json.loads((held.folder / "transcript.json").read_text())
    assert [(key["holder"], key["signed"]) for key in transcript["leaving"]] == [("Root 5", False)]
    assert "Root 6" in {key.holder for key in store.role_keys(ctx.tx)}
    assert "Root 5" not in {key.holder for key in store.role_keys(ctx.tx)}


def verifier_roots(verifier: Verifier) -> list[tuple[str, int]]:
    verifier.update()
    return [(name, size) for name, size in verifier.fetched if name.endswith(".root.json")]


def test_a_root_needs_three_of_the_old_and_three_of_the_new(ctx: Context, people: People) -> None:
    old = people
    for number in range(1, 4):
        people = people.without(f"Root {number}").joined("root", f"New {number}")
    new = people.names("root")  # Root 4, Root 5, New 1 to 3
    with pytest.raises(Refused, match=r"root lacks 1 of root 1's keys: .*Root 1 \(not called\)"):
        ceremonies.run(ctx, people.ceremony(root=2))
    leaving = [old["Root 1"], old["Root 2"], old["Root 3"]]
    here = [*(holder.name for holder in leaving), "New 1", "New 2"]
    public = people.public(*new)
    with pytest.raises(Refused, match="root lacks 1 of root 2's keys"):
        ceremonies.run(ctx, people.ceremony(root=2, present=here, public=public, leaving=leaving))
    held = ceremonies.run(ctx, people.ceremony(root=2, present=[*new, "Root 1"], leaving=[old["Root 1"]]))
    assert held.published.release.root == 2
    said = json.loads((held.folder / "transcript.json").read_text())["leaving"]
    assert [(key["holder"], key["called"], key["signed"]) for key in said] == [
        ("Root 1", "present", True),
        ("Root 2", "not called", False),
        ("Root 3", "not called", False),
    ]


def test_all_keys_of_all_roles_are_replaced_at_once(ctx: Context, people: People, verifier: Verifier) -> None:
    old = people
    for holder in old.held:
        people = people.without(holder.name).joined(holder.role, f"New {holder.name}")
    leaving = [old[f"Root {n}"] for n in (1, 2, 3)]
    present = [*people.names("root", "targets"), *(holder.name for holder in leaving)]
    held = ceremonies.run(ctx, people.ceremony(root=2, present=present, leaving=leaving))
    release = held.published.release
    assert (release.root, release.targets, release.snapshot, release.timestamp) == (2, 2, 2, 2)
    for holder in old.held:
        holder.lose()
    assert verifier.update()["issuers.json"]["env"] == "staging"
    ctx.now += 60
    assert actions.publish(ctx).release.timestamp == 3
    verifier.update()


def test_new_targets_keys_that_did_not_sign_yet_hold_the_root_up(
    ctx: Context, people: People, verifier: Verifier
) -> None:
    """The root would leave the targets in force without their signatures: it waits, and what is in force goes on."""
    for number in (1, 2):
        people = people.without(f"Targets {number}").joined("targets", f"New {number}")
    new = people.public("New 1", "New 2")
    root_only = people.ceremony(root=2, present=people.names("root"), public=new, elsewhere=new)
    with pytest.raises(Refused, match="targets lacks 2 of root 2's keys"):
        ceremonies.run(ctx, root_only)
    held = ceremonies.run(ctx, root_only, may_wait=True)
    root, targets = held.published.waiting
    assert (held.published.release.root, root.needs, root.held_by) == (1, (), "the targets that its keys sign")
    assert {name for need in targets.needs for name in need.holders} == {"New 1", "New 2", "Targets 3"}
    verifier.update()
    draft = drafts.export(ctx, targets.number)
    for name in ("New 1", "New 2"):
        key = open_key(str(people[name].path), ctx.settings.passphrase_file)
        draft = drafts.sign(draft, key)
    _, waiting = drafts.take(ctx, draft)
    assert waiting.needs == ()
    published = actions.publish(ctx)
    assert (published.release.root, published.release.targets, published.waiting) == (2, 2, ())
    verifier.update()


def test_a_verifier_that_was_away_for_years_follows_every_root(
    ctx: Context, people: People, verifier: Verifier
) -> None:
    for version in range(2, 6):
        people = people.without(f"Root {version}").joined("root", f"Root {version + 10}")
        ceremonies.run(ctx, people.ceremony(root=version))
    assert [name for name, _ in verifier_roots(verifier)] == [f"{n}.root.json" for n in range(2, 6)]


def test_versions_that_a_thief_rushed_ahead_are_left_behind(
    ctx: Context, people: People, verifier: Verifier, tmp_path: Path
) -> None:
    """Row D05: both on-line keys stolen, a verifier pushed to version 2^31; a root with new keys brings it back."""
    evil = tmp_path / "evil"
    shutil.copytree(verifier.folder, evil)
    rush(ctx, people, evil, version=2**31)
    victim = replace_folder(verifier, evil)
    victim.update()
    victim = replace_folder(victim, verifier.folder)
    actions.publish(ctx)
    with pytest.raises(BadVersionNumberError):
        victim.update()
    for role in ("snapshot", "timestamp"):
        old = f"{role.capitalize()} 1"
        people[old].lose()
        people = people.without(old).joined(role, f"{role.capitalize()} 2")
    release = ceremonies.run(ctx, people.ceremony(root=2)).published.release
    assert (release.root, release.snapshot, release.timestamp) == (2, 2, 3)
    victim.update()
    assert [name for name, _ in victim.fetched][:3] == ["2.root.json", "timestamp.json", "2.snapshot.json"]
    # What the thief still signs is nobody's word any more.
    with pytest.raises(RepositoryError):
        replace_folder(victim, evil_after(verifier.folder, evil)).update()


def rush(ctx: Context, people: People, folder: Path, *, version: int) -> None:
    root = signatures.root_of((folder / "1.root.json").read_bytes())
    listed = (folder / "1.targets.json").read_bytes()
    soon = ctx.now + DAY_S
    snapshot = repository.make_snapshot(listed, version=version, expires=soon)
    raw = repository.sign(snapshot, [role_signer(ctx, people["Snapshot 1"])])
    (folder / f"{version}.snapshot.json").write_bytes(raw)
    timestamp = repository.make_timestamp(raw, version=version, expires=soon, signed_at=ctx.now, root=root)
    signed = repository.sign(timestamp, [role_signer(ctx, people["Timestamp 1"])])
    (folder / "timestamp.json").write_bytes(signed)


def evil_after(folder: Path, evil: Path) -> Path:
    """The thief's files beside the new root, which nobody can keep from a verifier for ever."""
    shutil.copy(folder / "2.root.json", evil / "2.root.json")
    return evil


def replace_folder(verifier: Verifier, folder: Path) -> Verifier:
    return Verifier(verifier.home, verifier.anchor, folder)


def test_a_ceremony_below_the_policy_is_refused_however_well_signed(ctx: Context, people: People) -> None:
    weaker = replace(people, thresholds={**people.thresholds, "root": 2})
    with pytest.raises(Malformed, match="asks for 3 of 5"):
        ceremonies.run(ctx, weaker.ceremony(root=2))
