"""A key that was made for one environment enters no other: not proposed, not in a ceremony, not opened (row D09)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import update

from amate.context import Context
from amate.errors import Refused, Unavailable
from amate.features.rotation import actions as rotation
from amate.features.trust import actions as trust
from amate.features.trust import store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.signing import allowed
from amate.signing.allowed import Allowed
from amate.signing.file import FOR_MACHINES, create_key
from amate.signing.keyring import keyring
from amate.signing.process import KeyHolder
from tests.api.conftest import Amate
from tests.api.holders import People
from tests.api.rotating import holder

FROM_TO = [("demo", "staging"), ("demo", "production"), ("staging", "production"), ("production", "staging")]
SLUG = "key-of-another-environment"


def made(ctx: Context, folder: Path, env: str | None, name: str = "new") -> str:
    path = folder / f"{name}.pem"
    create_key(path, ctx.settings.passphrase_file, cost=FOR_MACHINES, env=env)
    return f"file:{path}"


def be(ctx: Context, env: str) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": env})


def refused_in(ctx: Context, text: str, name: str) -> None:
    with pytest.raises(Refused, match=SLUG) as refused:
        ceremonies.run(ctx, text)
    assert name in refused.value.detail
    assert store.last_release(ctx.tx) is None
    assert store.role_keys(ctx.tx) == []


@pytest.mark.parametrize(("from_", "to"), FROM_TO)
def test_d09_it_is_not_proposed(ctx: Context, tmp_path: Path, from_: str, to: str) -> None:
    be(ctx, to)
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    sign = holder(ctx, 0)
    with pytest.raises(Refused, match=SLUG) as refused:
        rotation.propose_stage(ctx, "pass", sign, uri=made(ctx, tmp_path, from_))
    for word in (f"made for {from_}", f"this is {to}", "amate keys make"):
        assert word in refused.value.detail
    assert rotation.propose_stage(ctx, "pass", sign, uri=made(ctx, tmp_path, to, "own")).missing == 1
    assert rotation.propose_stage(ctx, "status", sign, uri=made(ctx, tmp_path, None, "says-nothing")).missing == 1


@pytest.mark.parametrize(("from_", "to"), FROM_TO)
@pytest.mark.parametrize("name", ["Root 1", "Targets 2", "Snapshot 1"])
@pytest.mark.parametrize("present", [True, False])
def test_d09_it_holds_no_role_in_a_ceremony_whether_its_holder_is_there_or_not(
    ctx: Context, tmp_path: Path, from_: str, to: str, name: str, present: bool
) -> None:
    be(ctx, to)
    people = People.of(ctx, tmp_path)
    people[name].path.unlink()
    create_key(people[name].path, ctx.settings.passphrase_file, cost=FOR_MACHINES, env=from_)
    here = [each for each in people.names("root", "targets") if present or each != name]
    refused_in(ctx, people.ceremony(present=here, public=people.public(name)), people[name].path.name)


@pytest.mark.parametrize(("from_", "to"), FROM_TO)
def test_d09_it_is_no_first_key_of_the_issuer(ctx: Context, tmp_path: Path, from_: str, to: str) -> None:
    be(ctx, to)
    people, uri = People.of(ctx, tmp_path), made(ctx, tmp_path, from_)
    first = f'[[issuer_keys]]\nuse = "pass"\nshard = 0\nuri = {json.dumps(uri)}\n'
    refused_in(ctx, people.ceremony() + first, "new.pem")
    ceremonies.run(ctx, people.ceremony() + first.replace(uri, made(ctx, tmp_path, to, "own")))


def test_d09_what_a_demo_made_is_known_by_the_file_and_by_the_folder(ctx: Context, tmp_path: Path) -> None:
    """As it was found: a demo's key, proposed in staging with the file of its passphrase."""
    trust.init(ctx)
    demo = store.issuer_keys(ctx.tx)[0].uri
    file = Path(demo.removeprefix("file:"))
    assert file.read_text().startswith("Made by Amate for the environment test\n")
    bare = file.with_name("of-before.pem")
    bare.write_text(re.sub(r"\AMade.*\n", "", file.read_text()))
    link = tmp_path / "link.pem"
    link.symlink_to(bare)
    people = People.of(ctx, tmp_path)
    for path in (file, bare, link):
        with pytest.raises(Refused, match=SLUG):
            trust.check_made_for(f"file:{path}?passphrase-source=file:{people.folder}/word", "staging")
    moved = tmp_path / "moved.pem"
    moved.write_text(bare.read_text())
    trust.check_made_for(f"file:{moved}", "staging")  # nothing tells it any more
    trust.check_made_for(demo, "test")
    trust.check_made_for(f"file:{tmp_path}/none.pem", "staging")
    trust.check_made_for("pkcs11:token=a;object=b?module-path=/x.so", "staging")


def test_d09_one_that_was_proposed_before_is_not_carried_out(ctx: Context, tmp_path: Path) -> None:
    be(ctx, "staging")
    ceremonies.run(ctx, People.of(ctx, tmp_path).ceremony())
    uri = made(ctx, tmp_path, None)
    waits = rotation.propose_stage(ctx, "pass", holder(ctx, 0), uri=uri)
    rotation.approve(ctx, waits.proposal.id, holder(ctx, 1))
    path = tmp_path / "new.pem"
    path.write_text("Made by Amate for the environment demo\n" + path.read_text())
    with pytest.raises(Refused, match=SLUG):
        rotation.carry_out(ctx, waits.proposal.id)


def test_d09_one_that_the_database_names_is_neither_listed_nor_opened(ctx: Context, tmp_path: Path) -> None:
    be(ctx, "staging")
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    uri = made(ctx, tmp_path, "demo")
    ctx.tx.execute(update(store.role_key).where(store.role_key.c.role == "snapshot").values(uri=uri))
    with pytest.raises(Refused, match=SLUG):
        trust.list_signers(ctx)
    listed_in = tmp_path / "signers.json"
    kid = allowed.kid_of(people.ctx.own(uri).public_key, "snapshot")
    listed_in.write_bytes(allowed.encode({uri: Allowed(uri, "snapshot", kid)}))
    word = ctx.settings.passphrase_file
    opened = keyring(word, None, listed_in=listed_in, uses=allowed.ONLINE, env="staging").signer(uri)
    with pytest.raises(Refused, match=SLUG):
        assert opened.public_key
    held = KeyHolder(listed_in, uses=allowed.ONLINE, passphrase_file=word, env="staging")
    assert held.answer(["public", uri]) == ["refused"]
    assert (
        KeyHolder(listed_in, uses=allowed.ONLINE, passphrase_file=word, env="demo").answer(["public", uri])[0] == "ok"
    )


def test_d09_nor_does_anybody_sign_a_draft_with_it(ctx: Context, amate: Amate, tmp_path: Path) -> None:
    be(ctx, "staging")
    people = People.of(ctx, tmp_path)
    away = people.names("root")
    ceremonies.run(ctx, people.ceremony(elsewhere=away, public=people.public(*away)), may_wait=True)
    ctx.commit()
    file = tmp_path / "draft.json"
    staging = Amate(amate.env | {"AMATE_ENV": "staging"})
    assert staging("trust", "draft", "export", "1", "--to", str(file)).exit_code == 0
    path = people["Root 1"].path
    path.write_text("Made by Amate for the environment production\n" + path.read_text())
    key = people.unattended(f"file:{path}")
    done = staging("trust", "sign", str(file), "--key", key, "--sha256", json.loads(file.read_text())["sha256"])
    assert isinstance(done.exception, Refused | Unavailable)
    assert done.exception.slug == SLUG


def printed(amate: Amate, *args: str) -> dict[str, object]:
    done = amate(*args, "--json")
    assert done.exit_code == 0, done.output
    said: dict[str, object] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize(("env", "said"), [("staging", "staging"), ("", None)])
def test_a_key_that_is_made_says_for_which_environment_where_somebody_said_it(
    amate: Amate, tmp_path: Path, env: str, said: str | None
) -> None:
    word = tmp_path / "word"
    word.write_text("long enough a word")
    uri = f"file:{tmp_path}/ana.pem?passphrase-source=file:{word}"
    machine = Amate({"AMATE_HOME": str(tmp_path / "machine"), "AMATE_ENV": env})
    for is_new in (True, False):
        told = printed(machine, "keys", "make", uri)
        assert (told["made"], told["environment"]) == (is_new, said)
    text = (tmp_path / "ana.pem").read_text()
    assert text.startswith("-----BEGIN" if said is None else f"Made by Amate for the environment {said}\n-----BEGIN")
    demo = Amate({"AMATE_HOME": str(tmp_path / "a-demos"), "AMATE_ENV": ""})
    (tmp_path / "a-demos" / "secrets" / "keys").mkdir(parents=True)
    assert printed(demo, "keys", "make", uri.replace("ana", "berta"))["environment"] == "demo"


def test_d09_nobody_signs_a_proposal_with_it(ctx: Context, tmp_path: Path) -> None:
    be(ctx, "staging")
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    path = people["Targets 1"].path
    rotation.people.with_key(ctx, f"file:{path}")
    path.write_text("Made by Amate for the environment demo\n" + path.read_text())
    with pytest.raises(Refused, match=SLUG):
        rotation.people.with_key(ctx, f"file:{path}")
