"""What needs keys that are elsewhere waits as a draft, is signed elsewhere, and is published with enough signatures."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from amate.context import Context
from amate.core.trust import Issuers, parse_issuers
from amate.db.engine import connect, open_engine
from amate.db.migrate import migrate
from amate.errors import Conflict, Malformed, Refused, Unavailable, Unknown
from amate.features.trust import actions, commands, store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.drafts import file as draft_file
from amate.features.trust.drafts import store as draft_store
from amate.features.trust.model import Draft
from amate.signing.file import open_key
from amate.signing.repository import metadata_key
from amate.signing.signer import open_signer
from tests.api.holders import DAY_S, Holder, People
from tests.api.rotating import stage_unpublished


@pytest.fixture
def ctx(ctx: Context) -> Context:
    """A deployment for real people, in everything but its people."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    return ctx


@pytest.fixture
def people(ctx: Context, tmp_path: Path) -> People:
    """After the first ceremony; the holders have gone home with their keys."""
    people = People.of(ctx, tmp_path)
    ceremonies.run(ctx, people.ceremony())
    return people


def new_key(ctx: Context, people: People) -> None:
    """Something that issuers.json is to say from now on."""
    shard = len(list(people.folder.glob("*-issuer.pem")))
    stage_unpublished(ctx, "pass", people.joined("issuer", "New")["New"].uri, shard=shard)


def signed(ctx: Context, draft: draft_file.DraftFile, *holders: Holder) -> draft_file.DraftFile:
    for holder in holders:
        draft = drafts.sign(draft, open_signer(holder.uri, ctx.settings.passphrase_file))
    return draft


def test_targets_wait_for_two_of_three_while_what_is_in_force_goes_on(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    published = actions.publish(ctx)
    assert (published.release.targets, published.release.timestamp, published.changed) == (1, 2, False)
    (waiting,) = published.waiting
    (need,) = waiting.needs
    assert (waiting.role, waiting.version) == ("targets", 2)
    assert (need.missing, need.holders) == (2, ("Targets 1", "Targets 2", "Targets 3"))
    assert drafts.waiting(ctx) == [waiting]


def test_enough_signatures_from_elsewhere_are_published(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    number = actions.publish(ctx).waiting[0].number
    draft = draft_file.decode(draft_file.encode(drafts.export(ctx, number)))
    added, waiting = drafts.take(ctx, signed(ctx, draft, people["Targets 2"]))
    assert (added, waiting.needs[0].missing, waiting.needs[0].holders) == (1, 1, ("Targets 1", "Targets 3"))
    assert actions.publish(ctx).release.targets == 1
    added, waiting = drafts.take(ctx, signed(ctx, draft, people["Targets 3"]))
    assert (added, waiting.needs) == (1, ())
    published = actions.publish(ctx)
    assert (published.release.targets, published.waiting, published.changed) == (2, (), True)
    raw = (ctx.settings.published / "trust" / "2.targets.json").read_bytes()
    assert json.loads(raw)["signed"] == json.loads(draft.payload)
    assert actions.load_trust(ctx.settings.home, env="staging").trust.keys
    with pytest.raises(Conflict, match="draft-closed"):
        drafts.take(ctx, draft)


def test_one_holder_who_signs_twice_is_one(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    draft = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    for _ in range(3):
        _, waiting = drafts.take(ctx, signed(ctx, draft, people["Targets 1"], people["Targets 1"]))
    assert waiting.needs[0].missing == 1


def test_a_draft_that_no_longer_says_what_is_to_be_said_is_superseded_not_edited(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    old = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    drafts.take(ctx, signed(ctx, old, people["Targets 1"]))
    new_key(ctx, people)
    (waiting,) = actions.publish(ctx).waiting
    assert (waiting.number, waiting.needs[0].missing) == (old.number + 1, 2)
    assert draft_store.find(ctx.tx, old.number).state == "superseded"
    assert draft_store.find(ctx.tx, old.number).payload == old.payload
    with pytest.raises(Conflict, match="draft-closed"):
        drafts.take(ctx, signed(ctx, old, people["Targets 2"]))


def test_a_draft_stays_the_same_while_nothing_changes(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    first = actions.publish(ctx).waiting
    ctx.now += DAY_S
    assert actions.publish(ctx).waiting == first


def test_a_draft_that_waited_so_long_that_it_would_end_soon_is_made_again(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    first = actions.publish(ctx).waiting[0]
    ctx.now += 41 * DAY_S
    assert actions.publish(ctx).waiting[0].number == first.number + 1


def test_a_root_is_renewed_by_its_holders_in_good_time(ctx: Context, people: People) -> None:
    ctx.now += 166 * DAY_S
    published = actions.publish(ctx)
    assert published.release.root == 1
    (root, targets) = published.waiting
    assert [(need.role, need.root, need.missing) for need in root.needs] == [("root", 1, 3), ("root", 2, 3)]
    draft = drafts.export(ctx, root.number)
    drafts.take(ctx, signed(ctx, draft, *(people[f"Root {n}"] for n in (1, 3, 5))))
    assert targets.role == "targets"
    published = actions.publish(ctx)
    assert (published.release.root, [each.role for each in published.waiting]) == (2, ["targets"])
    assert actions.load_trust(ctx.settings.home, env="staging").usable_until


def test_a_signature_that_does_not_hold_is_found_by_name(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    draft = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    good = signed(ctx, draft, people["Targets 1"])
    ((keyid, signature),) = good.signatures.items()
    for broken in ("", "00", signature[:-2] + "00", "not hex"):
        with pytest.raises(Malformed, match="Targets 1"):
            drafts.take(ctx, draft.with_signature(keyid, broken))
    with pytest.raises(Refused, match="not-a-signer"):
        drafts.take(ctx, draft.with_signature("ab" * 32, signature))


def test_a_key_of_another_role_has_nothing_to_sign(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    draft = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    for name in ("Root 1", "Timestamp 1"):
        with pytest.raises(Refused, match="not-a-signer"):
            signed(ctx, draft, people[name])
    # Signed all the same, with a tool of one's own: it counts for nothing.
    root = open_key(str(people["Root 1"].path), ctx.settings.passphrase_file)
    known = {key.holder: key.keyid for key in store.role_keys(ctx.tx)}
    forged = draft_file.DraftFile(
        draft.number, draft.role, draft.payload, (known["Root 1"],), draft.names, draft.documents, draft.signatures
    )
    _, waiting = drafts.take(ctx, drafts.sign(forged, root))
    assert waiting.needs[0].missing == 2
    assert actions.publish(ctx).release.targets == 1


def test_what_one_is_shown_is_what_one_signs(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    draft = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    said = json.loads(draft_file.encode(draft))
    kid = actions.list_keys(ctx)[0].kid
    assert kid in draft_file.summary(draft)
    assert draft.sha256 in draft_file.summary(draft)
    changes = [
        ("documents", {**said["documents"], "issuers.json": said["documents"]["issuers.json"].replace(kid, "x" * 43)}),
        ("documents", {**said["documents"], "deny.json": "{}"}),
        ("payload", said["payload"].replace('"version":2', '"version":3')),
        ("payload", said["payload"] + " "),
        ("payload", "[]"),
        ("sha256", "0" * 64),
        ("role", "root"),
        ("format", "amate draft 1"),
        ("number", "1"),
        ("signers", [1]),
        ("names", {"ab": 1}),
    ]
    for member, value in changes:
        with pytest.raises(Malformed, match="malformed-draft"):
            draft_file.decode(json.dumps({**said, member: value}).encode())
    for raw in (b"", b"{}", b"[" * 100_000, json.dumps({**said, "more": 1}).encode()):
        with pytest.raises(Malformed, match="malformed-draft"):
            draft_file.decode(raw)


def test_who_signs_again_is_shown_what_is_otherwise_than_what_they_signed_before(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    first = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    new_key(ctx, people)
    second = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    before, after = ({key.kid for key in issuers_of(each).keys} for each in (first, second))
    (kid,) = after - before
    head, *lines = draft_file.difference(second, first).splitlines()
    assert head == "changed since targets 2, to 2:"
    keys = [line for line in lines if "believed to" in line]
    assert (len(keys), keys[0].startswith(f"+   {kid}")) == (1, True), "one key is new, and no other changed"
    assert any(line.startswith("-   issuers.json  SHA-256") for line in lines)
    assert draft_file.difference(second, second).splitlines()[1:] == ["nothing"]
    with pytest.raises(Malformed, match="of another role or deployment") as other:
        draft_file.difference(second, root_to_sign(ctx))
    assert other.value.where == "--since"


def issuers_of(draft: draft_file.DraftFile) -> Issuers:
    return parse_issuers(draft.documents["issuers.json"])


def root_to_sign(ctx: Context) -> draft_file.DraftFile:
    """The root for another year, as it goes to its holders."""
    ctx.now += 166 * DAY_S
    return drafts.export(ctx, actions.publish(ctx).waiting[0].number)


def test_the_digest_that_holders_compare_covers_the_names_that_they_see(ctx: Context, people: People) -> None:
    """Who writes another name beside a key is found out by voice, and by the server that knows whose it is."""
    draft = root_to_sign(ctx)
    said = json.loads(draft_file.encode(draft))
    assert set(draft.names.values()) == {holder.name for holder in people.held}, "a name for each key"
    keyid = next(keyid for keyid, name in draft.names.items() if name == "Root 4")
    for names in ({**said["names"], keyid: "Mallory"}, {**said["names"], "ab" * 32: "Mallory"}, {}):
        changed = {**said, "names": names}
        with pytest.raises(Malformed, match="malformed-draft"):
            draft_file.decode(json.dumps(changed).encode())
        other = replace(draft, names=names)  # with the digest mended, too
        assert other.sha256 not in (draft.sha256, drafts.waiting(ctx)[0].sha256)
        with pytest.raises(Conflict, match="other-draft: the file has other names"):
            drafts.take(ctx, signed(ctx, draft_file.decode(draft_file.encode(other)), people["Root 1"]))
    assert drafts.take(ctx, signed(ctx, draft, people["Root 1"]))[0] == 1


def test_the_server_and_every_holder_read_out_the_same_digest(ctx: Context, people: People) -> None:
    draft = root_to_sign(ctx)
    told = actions.publish(ctx).waiting
    assert [each.sha256 for each in told] == [each.sha256 for each in drafts.waiting(ctx)]
    for waiting in told:
        sent = draft_file.decode(draft_file.encode(drafts.export(ctx, waiting.number)))
        assert sent.sha256 == waiting.sha256
        assert sent.sha256 in draft_file.summary(sent)
    assert draft.sha256 == told[0].sha256


def test_the_names_of_holders_are_not_published(ctx: Context, people: People) -> None:
    draft = root_to_sign(ctx)
    drafts.take(ctx, signed(ctx, draft, *(people[f"Root {n}"] for n in (1, 3, 5))))
    targets = next(each for each in drafts.waiting(ctx) if each.role == "targets")
    draft = drafts.export(ctx, targets.number)
    drafts.take(ctx, signed(ctx, draft, people["Targets 1"], people["Targets 2"]))
    assert actions.publish(ctx).release.root == 2
    for path in (ctx.settings.published / "trust").rglob("*.json"):
        assert not [holder.name for holder in people.held if holder.name in path.read_text()], path


def test_a_name_cannot_hide_what_stands_around_it(ctx: Context, people: People) -> None:
    draft = root_to_sign(ctx)
    keyid = next(iter(draft.names))
    shown = draft_file.summary(replace(draft, names={**draft.names, keyid: "\x1b[2K\r\n\u202eAna"}))
    assert [each for each in shown if not each.isprintable() and each != "\n"] == []
    assert r"\x1b[2K\r\n\u202eAna" in shown


def test_a_draft_of_something_else_is_not_taken(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    old = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    new_key(ctx, people)
    new = actions.publish(ctx).waiting[0].number
    swapped = replace(old, number=new)
    with pytest.raises(Conflict, match="other-draft"):
        drafts.take(ctx, swapped)
    with pytest.raises(Unknown, match="unknown-draft"):
        drafts.export(ctx, 99)


def keyid_of(ctx: Context, holder: Holder) -> str:
    return str(metadata_key(open_signer(holder.uri, ctx.settings.passphrase_file).public_key).keyid)


def made_elsewhere(ctx: Context, people: People, folder: Path, **place: str) -> tuple[Context, int]:
    """Another deployment whose first root waits, and the number of that draft."""
    settings = ctx.settings.model_copy(update={"home": folder / "elsewhere", **place})
    settings = settings.model_copy(update={"database_url": f"sqlite:///{settings.home}/amate.db"})
    engine = open_engine(settings.database_url)
    migrate(engine)
    there = Context(connect(engine, writes=True), ctx.now, settings, signer=ctx.signer, own=ctx.own)
    away = people.public(*people.names("root", "targets"))
    text = replace(people, ctx=there).ceremony(public=away, elsewhere=away)
    return there, ceremonies.run(there, text, may_wait=True).published.waiting[0].number


@pytest.mark.parametrize("here", ["no root yet", "a root in force"])
def test_a_draft_of_another_environment_says_so_and_names_both(
    ctx: Context, people: People, tmp_path: Path, here: str
) -> None:
    if here == "a root in force":
        new_key(ctx, people)
        assert actions.publish(ctx).waiting[0].number == 1, "the same number as the other's"
    there, number = made_elsewhere(ctx, people, tmp_path, env="production")
    if here == "no root yet":
        ctx, there = there, ctx
        new_key(there, people)
        number = actions.publish(there).waiting[0].number
    draft = drafts.export(there, number)
    with pytest.raises(Refused, match="wrong-environment") as refused:
        drafts.take(ctx, draft)
    theirs, ours = there.settings.env, ctx.settings.env
    said = f"the file is a draft of {theirs}, and this is {ours}: import it where it was exported, or export here"
    assert refused.value.detail == f"{said}: `amate trust drafts`"
    for each in (there, ctx):
        each.tx.rollback()
        each.tx.close()
        each.tx.engine.dispose()


def test_targets_of_another_address_say_so_and_name_both(ctx: Context, people: People) -> None:
    new_key(ctx, people)
    draft = drafts.export(ctx, actions.publish(ctx).waiting[0].number)
    ctx.settings = ctx.settings.model_copy(update={"base_url": "https://other.example"})
    with pytest.raises(Refused, match=r"draft of http://localhost:8000, and this is https://other\.example: import it"):
        drafts.take(ctx, draft)


def test_a_root_of_another_deployment_of_the_same_name_says_whose_keys_are_whose(
    ctx: Context, people: People, tmp_path: Path
) -> None:
    (tmp_path / "others").mkdir()
    others = People.of(ctx, tmp_path / "others")
    there, number = made_elsewhere(ctx, others, tmp_path)
    draft = drafts.export(there, number)
    with pytest.raises(Refused, match="another-deployment") as refused:
        drafts.take(ctx, draft)
    theirs, ours = (keyid_of(ctx, group["Root 1"]) for group in (others, people))
    said = refused.value.detail
    assert said.startswith("the file is a draft of another deployment of staging: its keys are of Root 1 (")
    assert said.index(theirs[:16]) < said.index("; here, of ") < said.index(ours[:16])
    assert said.endswith("import it where it was exported, or export here: `amate trust drafts`")
    there.tx.rollback()
    there.tx.close()
    there.tx.engine.dispose()


def test_without_its_on_line_keys_nothing_is_published_and_the_lack_is_named(ctx: Context, people: People) -> None:
    people["Timestamp 1"].lose()
    with pytest.raises(Unavailable, match=r"too-few-signers: timestamp lacks 1 signature.*key-unavailable"):
        actions.publish(ctx)


def test_the_commands_off_line_too(
    ctx: Context, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_key(ctx, people)
    ctx.commit()
    settings = ctx.settings
    here = {"AMATE_HOME": settings.home, "AMATE_ENV": "staging", "AMATE_BASE_URL": settings.base_url}
    here |= {"AMATE_PASSPHRASE_FILE": settings.passphrase_file, "AMATE_DATABASE_URL": settings.database_url}
    for name, value in here.items():
        monkeypatch.setenv(name, str(value))
    run = CliRunner()
    waits = run.invoke(commands.trust, ["publish", "--json"])
    assert waits.exit_code == 3, "there was something to publish, and it waits"
    number = json.loads(waits.output)["waiting"][0]["number"]
    asked = run.invoke(commands.trust, ["drafts"], catch_exceptions=False)
    assert asked.exit_code == 3, "whoever asks is told by the exit code, too"
    told = asked.output.strip()
    assert told in run.invoke(commands.trust, ["publish"]).output, "both say the same of it"
    assert "2 more by keys" in told
    listed = json.loads(run.invoke(commands.trust, ["drafts", "--json"], catch_exceptions=False).output)
    assert [each["number"] for each in listed["drafts"]] == [number]
    path, back = tmp_path / "draft.json", tmp_path / "back.json"
    run.invoke(commands.trust, ["draft", "export", str(number), "--to", str(path)], catch_exceptions=False)
    away = monkeypatch.context
    with away() as elsewhere:  # another machine: no database, no data folder
        elsewhere.setenv("AMATE_DATABASE_URL", "postgresql://nowhere.example/none")
        elsewhere.setenv("AMATE_HOME", str(tmp_path / "elsewhere"))
        first, second = (people.unattended(people[f"Targets {number}"].uri) for number in (1, 2))
        agreed = ["--sha256", draft_file.decode(path.read_bytes()).sha256]
        one = ["sign", str(path), "--key", first, "--out", str(back), *agreed]
        said = run.invoke(commands.trust, one, catch_exceptions=False).output
        assert agreed[1] in said
        run.invoke(commands.trust, ["sign", str(back), "--key", second, *agreed], catch_exceptions=False)
        assert not (tmp_path / "elsewhere").exists()
    taken = run.invoke(commands.trust, ["draft", "import", str(back), "--json"], catch_exceptions=False)
    assert json.loads(taken.output)["added"] == 2
    done = run.invoke(commands.trust, ["publish", "--json"], catch_exceptions=False)
    published = json.loads(done.output)
    assert done.exit_code == 0
    assert (published["targets"], published["waiting"]) == (2, [])
    assert run.invoke(commands.trust, ["publish"]).exit_code == 0, "nothing to publish is no wait"
    assert run.invoke(commands.trust, ["drafts"]).exit_code == 0


def test_of_two_that_reopen_a_draft_at_once_one_is_told_that_it_came_second(
    ctx: Context, engine: Engine, people: People
) -> None:
    """On PostgreSQL both find nothing that waits; the constraint tells the second, and its transaction goes on."""
    kept = []
    for version in (8, 9):
        made = draft_store.add(ctx.tx, Draft(0, "root", version, b"%d" % version, (), "open", ctx.now), {})
        assert made is not None
        draft_store.close(ctx.tx, made.number, "superseded")
        kept.append(made)
    ctx.commit()
    first, second = kept
    with ThreadPoolExecutor() as pool:
        assert draft_store.reopen(ctx.tx, first)
        later = pool.submit(reopened, engine, second)
        time.sleep(0.5)  # it has looked, and waits for us
        ctx.commit()
        assert later.result(timeout=30) == (False, "superseded")
    draft_store.close(ctx.tx, first.number, "published")
    assert not draft_store.reopen(ctx.tx, first), "what was published meanwhile stays so"


def reopened(engine: Engine, draft: Draft) -> tuple[bool, str]:
    with connect(engine, writes=True) as tx:
        done, found = draft_store.reopen(tx, draft), draft_store.find(tx, draft.number)
        tx.commit()
    assert found is not None
    return done, found.state
