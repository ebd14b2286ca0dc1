"""A pack carried in a file: verified as a download is, never older than what is there, and no secret by accident."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from amate.config import Settings
from amate.context import Context
from amate.errors import AmateError, Malformed, Refused
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.verification import carried, commands, pack
from amate.features.verification.carried import Carried
from tests.api.test_node import (
    address,
    asked,
    clock,
    deployment,
    folder,
    node_on,
    printed_card,
    run,
    sync,
    token,
    verdict_of,
)
from tests.conftest import Clock

__all__ = ["address", "asked", "clock", "deployment", "folder", "run", "token"]


def taken(file: Path, pack_: Path, *, with_sealing_keys: bool = False) -> pack.Synced:
    return pack.sync(Carried(file, with_sealing_keys=with_sealing_keys), pack_, env="test", anchor=None)


def exported(folder: Path, file: Path, *, with_sealing_keys: bool = False) -> Path:
    carried.write(folder, file, with_sealing_keys=with_sealing_keys)
    return file


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "pack.tar"


@pytest.fixture
def far(tmp_path: Path) -> Path:
    """The pack of a clinic that no network reaches."""
    return tmp_path / "far"


def test_a_node_without_a_network_answers_from_what_was_carried(
    address: str, folder: Path, stick: Path, far: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    text, index = printed_card(deployment)
    sync(address, folder)
    taken(exported(folder, stick), far)
    node = node_on(far, settings, clock)
    assert verdict_of(node, text) == ("check_identity", ["printed"])
    status.revoke(deployment, index, "lost")
    deployment.now += 1
    status.publish(deployment)
    sync(address, folder)
    taken(exported(folder, stick), far)
    assert verdict_of(node, text) == ("not_valid", ["revoked"])


def test_an_older_file_brings_nothing_back(
    address: str, folder: Path, stick: Path, far: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    text, index = printed_card(deployment)
    sync(address, folder)
    old = exported(folder, stick.with_name("old.tar"))
    status.revoke(deployment, index, "lost")
    deployment.now += 1
    status.publish(deployment)
    trust.publish(deployment)
    deployment.commit()
    sync(address, folder)
    taken(exported(folder, stick), far)
    with pytest.raises(Malformed, match=r"trust-broken: the file is older than .* What was here stays: .*export"):
        taken(old, far)
    assert verdict_of(node_on(far, settings, clock), text) == ("not_valid", ["revoked"])


def test_sealing_keys_travel_only_when_both_ends_say_so(
    address: str, folder: Path, stick: Path, far: Path, token: str
) -> None:
    sync(address, folder, token)
    assert taken(exported(folder, stick), far, with_sealing_keys=True).sealing_keys == 0
    assert taken(exported(folder, stick, with_sealing_keys=True), far).sealing_keys == 0
    assert taken(stick, far, with_sealing_keys=True).sealing_keys == 1
    assert stick.stat().st_mode & 0o777 == 0o600


def test_the_same_set_makes_the_same_file(address: str, folder: Path, stick: Path) -> None:
    sync(address, folder)
    assert exported(folder, stick).read_bytes() == exported(folder, stick.with_name("again.tar")).read_bytes()


def test_a_file_of_another_root_is_refused(address: str, folder: Path, stick: Path, far: Path, tmp_path: Path) -> None:
    sync(address, folder)
    exported(folder, stick)
    other = tmp_path / "other.root.json"
    other.write_bytes((folder / "current" / "anchor.json").read_bytes() + b" ")
    taken(stick, far)
    with pytest.raises(Refused, match="anchor-changed"):
        pack.sync(Carried(stick, with_sealing_keys=False), far, env="test", anchor=other.read_bytes())


def test_a_file_of_another_deployment_is_told_as_that(
    address: str, folder: Path, stick: Path, far: Path, deployment: Context
) -> None:
    sync(address, folder)
    taken(exported(folder, stick), far)
    name = next(name for name, _ in parts_of(stick) if name.endswith("timestamp.json"))
    told = json.loads(dict(parts_of(stick))[name])
    told["signed"]["version"] += 1
    told["signatures"][0]["sig"] = told["signatures"][0]["sig"][::-1]
    parts = [(n, json.dumps(told).encode() if n == name else content) for n, content in parts_of(stick)]
    with pytest.raises(Malformed, match="trust-broken: the file is of another deployment than this pack, or was"):
        taken(tar_of(parts, stick), far)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda content: content[:-9], "trust-broken: the file is damaged"),
        (lambda _: None, "not-a-pack-file: the file is not whole"),
    ],
    ids=["cut", "gone"],
)
def test_a_damaged_file_is_told_with_what_to_do(
    spoil: Callable[[bytes], bytes | None], told: str, address: str, folder: Path, stick: Path, far: Path
) -> None:
    sync(address, folder)
    parts = [(n, spoil(c) if n.endswith("timestamp.json") else c) for n, c in parts_of(exported(folder, stick))]
    with pytest.raises(Malformed, match=f"{told} .*write the file anew with `amate pack export`"):
        taken(tar_of([(name, content) for name, content in parts if content is not None], stick), far)


def parts_of(file: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(file) as archive:
        return [(each.name, (archive.extractfile(each) or io.BytesIO()).read()) for each in archive]


def test_no_changed_byte_is_taken_in(
    address: str, folder: Path, stick: Path, far: Path, settings: Settings, clock: Clock, deployment: Context
) -> None:
    """Each part cut short, changed, or left out: refused, or as without the list that its unsigned index hides."""
    text, _ = printed_card(deployment)
    sync(address, folder)
    parts = parts_of(exported(folder, stick))
    taken(stick, far)
    good = verdict_of(node_on(far, settings, clock), text)
    for number, (name, content) in enumerate(parts):
        changed = bytes((content[0] ^ 1,)) + content[1:]
        for worse in (content[:-2], changed, None):
            files = [(n, c) for n, c in parts if n != name] + ([(name, worse)] if worse is not None else [])
            target = far.with_name(f"{number}")
            try:
                taken(tar_of(files, stick), target)
            except AmateError:
                continue
            assert verdict_of(node_on(target, settings, clock), text) in (
                good,
                ("stale", ["status-missing", "printed"]),
            ), name
    assert verdict_of(node_on(far, settings, clock), text) == good


def tar_of(files: list[tuple[str, bytes]], file: Path, kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(file, "w") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size, member.type = len(content), kind
            archive.addfile(member, io.BytesIO(content))
    return file


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file.write_bytes(b"%PDF-1.7"),
        lambda file: file.write_bytes(b""),
        lambda file: tar_of([("anchor.json", b"{}"), ("anchor.json", b"{}")], file),
        lambda file: tar_of([("anchor.json", b"")], file, tarfile.SYMTYPE),
        lambda file: tar_of([("/etc/passwd", b"x")], file),
    ],
    ids=["pdf", "empty", "a name twice", "a link", "an absolute path"],
)
def test_what_is_no_pack_is_refused_and_touches_nothing(make: object, stick: Path, far: Path) -> None:
    assert callable(make)
    make(stick)
    with pytest.raises(Malformed, match="not-a-pack-file"):
        taken(stick, far)
    assert not (far / "current").exists()


def test_the_commands(run: object, address: str, folder: Path, token: str, stick: Path, far: Path) -> None:
    sync(address, folder, token)
    assert callable(run)
    said = json.loads(run(commands.pack_group, ["export", str(stick), "--pack", str(folder), "--json"]).stdout)
    assert (said["bytes"], len(said["sha256"]), said["sealing_keys"]) == (stick.stat().st_size, 64, False)
    warned = run(commands.pack_group, ["export", str(stick), "--pack", str(folder), "--with-sealing-keys"])
    assert "can read the names" in warned.stderr
    taken_in = json.loads(run(commands.pack_group, ["import", str(stick), "--to", str(far), "--json"]).stdout)
    assert (taken_in["clinics"], taken_in["sealing_keys"]) == (3, 0)
    nothing = CliRunner().invoke(commands.pack_group, ["export", str(stick), "--pack", str(far.with_name("empty"))])
    assert isinstance(nothing.exception, Malformed)
