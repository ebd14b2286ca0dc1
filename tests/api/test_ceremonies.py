"""One reviewed file is a ceremony's whole input; who is missing is named; too few refuse before anything is written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from amate.cli import cli
from amate.context import Context
from amate.errors import AmateError, Conflict, Malformed, Refused, Unavailable
from amate.features.audit import actions as audit
from amate.features.trust import actions, saying, store
from amate.features.trust.ceremonies import actions as ceremonies
from amate.features.trust.ceremonies import store as ceremony_store
from amate.features.trust.drafts import actions as drafts
from amate.features.trust.drafts import store as draft_store
from amate.features.trust.health import weaknesses
from amate.features.trust.model import ROLES, USES
from amate.signing.signer import Signer, open_signer
from tests.api.holders import DAY_S, People


@pytest.fixture
def ctx(ctx: Context) -> Context:
    """A deployment for real people, in everything but its people."""
    ctx.settings = ctx.settings.model_copy(update={"env": "staging"})
    return ctx


@pytest.fixture
def people(ctx: Context, tmp_path: Path) -> People:
    return People.of(ctx, tmp_path)


def files_of(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file() and p.suffix != ".db"}


def nothing_was_written(ctx: Context) -> bool:
    is_empty = store.last_release(ctx.tx) is None and not store.role_keys(ctx.tx) and not drafts.waiting(ctx)
    home = ctx.settings.home
    return is_empty and not (home / "published").exists() and not (home / "ceremonies").exists()


def test_the_first_root_gives_the_roles_their_keys(ctx: Context, people: People) -> None:
    held = ceremonies.run(ctx, people.ceremony())
    assert held.published is not None
    assert (held.published.release.root, held.published.waiting) == (1, ())
    keys = store.role_keys(ctx.tx)
    assert {(key.role, key.holder) for key in keys} == {(holder.role, holder.name) for holder in people.held}
    assert {key.role for key in keys if key.is_online} == {"snapshot", "timestamp"}
    root = json.loads((ctx.settings.published / "trust" / "1.root.json").read_text())
    roles = {name: (role["threshold"], len(role["keyids"])) for name, role in root["signed"]["roles"].items()}
    assert roles == {"root": (3, 5), "targets": (2, 3), "snapshot": (1, 1), "timestamp": (1, 1)}
    assert (root["signed"]["env"], len(root["signatures"])) == ("staging", 5)
    actions.load_trust(ctx.settings.home, env="staging")


def test_one_holder_lost_and_one_token_dead_and_the_ceremony_still_succeeds(ctx: Context, people: People) -> None:
    """Row R15 of the figures: 3 of 5, one away, one dead; the transcript says so and verifies."""
    public = people.public("Root 2", "Root 4")
    people["Root 4"].lose()
    here = [name for name in people.names("root", "targets") if name != "Root 2"]
    text = people.ceremony(present=here, public=public)
    held = ceremonies.run(ctx, text)
    answers = {holder: answer for _, holder, answer in held.roll}
    assert (answers["Root 2"], answers["Root 4"]) == ("absent", "does not answer: key-unavailable")
    transcript = json.loads((held.folder / "transcript.json").read_text())
    said = {key["holder"]: (key["called"], key["signed"]) for key in transcript["roles"]["root"]["keys"]}
    assert said == {
        "Root 1": ("present", True),
        "Root 2": ("absent", False),
        "Root 3": ("present", True),
        "Root 4": ("does not answer: key-unavailable", False),
        "Root 5": ("present", True),
    }
    assert transcript["input_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (held.folder / "ceremony.toml").read_text() == text
    for each in transcript["files"]:
        raw = (ctx.settings.home / each["path"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == each["sha256"], each["path"]
    text_form = (held.folder / "transcript.txt").read_text()
    assert hashlib.sha256((held.folder / "transcript.json").read_bytes()).hexdigest() in text_form
    assert "Root 4: does not answer: key-unavailable" in text_form
    for tries in (True, False):
        weak = {each.role: each for each in weaknesses(ctx, tries=tries)}
        assert (weak["root"].spare, weak["root"].gone) == (1, (("Root 4", ctx.now, None),))


def test_with_too_few_it_refuses_before_anything_is_written_and_names_who_is_missing(
    ctx: Context, people: People
) -> None:
    public = people.public(*people.names(*ROLES))
    people["Root 4"].lose()
    text = people.ceremony(present=["Root 1", "Root 3", "Root 4", "Targets 1", "Targets 2"], public=public)
    for is_rehearsal in (True, False):
        with pytest.raises(Refused) as refused:
            ceremonies.run(ctx, text, is_rehearsal=is_rehearsal)
        said = refused.value.detail
        assert "root lacks 1 of root 1's keys" in said
        assert "Root 2 (absent), Root 4 (key-unavailable), Root 5 (absent)" in said
        assert "targets" not in said
        assert nothing_was_written(ctx)


def test_a_present_token_that_answers_and_then_fails_is_passed_over(ctx: Context, people: People) -> None:
    faulty = people["Root 1"].uri

    class Dies:
        def __init__(self, signer: Signer) -> None:
            self.public_key = signer.public_key

        def sign(self, message: bytes) -> bytes:
            raise Unavailable("key-unavailable", "token removed")

    def opened(uri: str) -> Signer:
        signer = open_signer(uri, ctx.settings.passphrase_file)
        return Dies(signer) if uri == faulty else signer

    ctx.signer = ctx.own = opened
    held = ceremonies.run(ctx, people.ceremony())
    transcript = json.loads((held.folder / "transcript.json").read_text())
    assert [key["signed"] for key in transcript["roles"]["root"]["keys"]] == [False, True, True, True, True]


def test_a_rehearsal_changes_nothing(ctx: Context, people: People) -> None:
    held = ceremonies.run(ctx, people.ceremony(), is_rehearsal=True)
    assert (held.published, held.folder, len(held.roll)) == (None, None, 10)
    assert nothing_was_written(ctx)


def test_a_ceremony_that_was_held_is_only_finished(ctx: Context, people: People) -> None:
    text = people.ceremony()
    first = ceremonies.run(ctx, text)
    before = files_of(ctx.settings.home)
    (first.folder / "transcript.txt").unlink()
    ctx.now += 60
    again = ceremonies.run(ctx, text)
    assert (again.was_held, again.folder) == (True, first.folder)
    assert files_of(ctx.settings.home) == before
    other = text.replace("threshold = 3", "threshold = 4")
    with pytest.raises(Conflict, match="other-root"):
        ceremonies.run(ctx, other)


def test_a_ceremony_is_in_the_log_without_names(ctx: Context, people: People) -> None:
    ceremonies.run(ctx, people.ceremony())
    total, breaks = audit.verify(ctx)
    assert (total, breaks) == (5, [])  # with the sealing key, the centre's, and the first decision table
    row = ceremony_store.find(ctx.tx, 1)
    assert (row.kind, row.transcript is not None) == ("first-root", True)


def test_a_root_whose_holders_are_elsewhere_is_signed_there(ctx: Context, people: People) -> None:
    """No key of a person is ever on this machine: PEM in the file, signatures by draft, first the root's."""
    public = people.public(*people.names("root", "targets"))
    far = {name: people[name].path.rename(people[name].path.with_suffix(".far")) for name in public}
    with pytest.raises(Refused, match=r"too-few-signers.*add --draft"):
        ceremonies.run(ctx, people.ceremony(present=["Root 1"], public=public, elsewhere=public))
    held = ceremonies.run(ctx, people.ceremony(present=["Root 1"], public=public, elsewhere=public), may_wait=True)
    assert held.roll[:2] == (("root", "Root 1", "signs elsewhere"), ("root", "Root 2", "signs elsewhere"))
    assert (held.published.release, held.folder) == (None, None)
    for role, signers in (("root", ("Root 1", "Root 2", "Root 5")), ("targets", ("Targets 1", "Targets 3"))):
        waiting = next(each for each in drafts.waiting(ctx) if each.role == role)
        draft = drafts.export(ctx, waiting.number)
        for name in signers:
            draft = drafts.sign(draft, open_signer(f"file:{far[name]}", ctx.settings.passphrase_file))
        drafts.take(ctx, draft)
        published = actions.publish(ctx)
    assert (published.release.root, published.release.targets, published.waiting) == (1, 1, ())
    actions.load_trust(ctx.settings.home, env="staging")
    transcript = json.loads((ctx.settings.home / "ceremonies/1-first-root/transcript.json").read_text())
    assert [key["signed"] for key in transcript["roles"]["root"]["keys"]] == [True, True, False, False, True]
    assert ceremonies.run(ctx, people.ceremony(present=["Root 1"], public=public, elsewhere=public)).was_held


def test_the_transcript_of_a_root_that_waited_says_what_the_roll_call_said(ctx: Context, people: People) -> None:
    """One absent, one with a dead token, two elsewhere of whom one signs: it is published by another command, later."""
    away = ("Root 2", "Root 3", "Targets 1", "Targets 2", "Targets 3")
    public = people.public(*people.names("root", "targets"))
    people["Root 4"].lose()
    text = people.ceremony(present=["Root 1", "Root 4"], public=public, elsewhere=away)
    with pytest.raises(Refused, match="too-few-signers"):
        ceremonies.run(ctx, text)
    ceremonies.run(ctx, text, may_wait=True)
    for role, signers in (("root", ("Root 2", "Root 3")), ("targets", ("Targets 1", "Targets 3"))):
        draft = drafts.export(ctx, next(each.number for each in drafts.waiting(ctx) if each.role == role))
        for name in signers:
            draft = drafts.sign(draft, signer_of(ctx, people, name))
        drafts.take(ctx, draft)
        actions.publish(ctx)
    folder = ctx.settings.home / "ceremonies" / "1-first-root"
    transcript = json.loads((folder / "transcript.json").read_text())
    said = {key["holder"]: (key["called"], key["signed"]) for key in transcript["roles"]["root"]["keys"]}
    assert said == {
        "Root 1": ("present", True),
        "Root 2": ("signs elsewhere", True),
        "Root 3": ("signs elsewhere", True),
        "Root 4": ("does not answer: key-unavailable", False),
        "Root 5": ("absent", False),
    }
    for line in ("Root 4: does not answer: key-unavailable", "Root 5: absent", "Targets 2: signs elsewhere"):
        assert line in (folder / "transcript.txt").read_text()


def test_a_rehearsal_with_drafts_counts_who_can_sign_here_and_who_is_awaited(ctx: Context, people: People) -> None:
    away = ("Root 3", "Root 4", "Root 5", "Targets 2", "Targets 3")
    text = people.ceremony(present=["Root 1", "Root 2", "Targets 1"], public=people.public(*away), elsewhere=away)
    held = ceremonies.run(ctx, text, is_rehearsal=True, may_wait=True)
    counts = {count.role: count for count in held.counts}
    assert (counts["root"].here, counts["root"].elsewhere) == (("Root 1", "Root 2"), ("Root 3", "Root 4", "Root 5"))
    assert (counts["root"].missing, counts["targets"].missing, counts["timestamp"].missing) == (1, 1, 0)
    assert counts["targets"].elsewhere == ("Targets 2", "Targets 3")
    assert nothing_was_written(ctx)


def test_who_is_absent_is_not_awaited_elsewhere(ctx: Context, people: People) -> None:
    """A uri says that the key signs here: of five, two are present, one of these is dead, and nobody is elsewhere."""
    public = people.public(*people.names("root"))
    people["Root 2"].lose()
    text = people.ceremony(present=["Root 1", "Root 2", *people.names("targets")], public=public)
    for is_rehearsal in (True, False):
        with pytest.raises(Refused) as refused:
            ceremonies.run(ctx, text, is_rehearsal=is_rehearsal, may_wait=True)
        assert "root lacks 2 of root 1's keys" in refused.value.detail
        assert "Root 2 (key-unavailable), Root 3 (absent), Root 4 (absent), Root 5 (absent)" in refused.value.detail
        assert "leave out the uri of whoever signs elsewhere" in refused.value.detail
        assert nothing_was_written(ctx)


def test_the_same_ceremony_again_is_the_same_draft(ctx: Context, people: People) -> None:
    public = people.public(*people.names("root", "targets"))
    text = people.ceremony(public=public, elsewhere=public)
    ceremonies.run(ctx, text, may_wait=True)
    (first,) = drafts.waiting(ctx)
    drafts.take(ctx, drafts.sign(drafts.export(ctx, first.number), signer_of(ctx, people, "Root 1")))
    ctx.now += 60
    again = ceremonies.run(ctx, text, may_wait=True).published.waiting[0]
    assert (again.number, again.sha256, again.needs[0].missing) == (first.number, first.sha256, 2)
    other = people.joined("root", "Root 6")
    public |= other.public("Root 6")
    ceremonies.run(ctx, other.ceremony(public=public, elsewhere=public), may_wait=True)
    assert drafts.waiting(ctx)[0].number != first.number
    back = ceremonies.run(ctx, text, may_wait=True).published.waiting[0]
    assert (back.number, back.needs[0].missing) == (first.number, 2), "it comes back with what was signed"
    assert drafts.export(ctx, first.number).sha256 == first.sha256


def test_another_first_file_says_which_draft_it_puts_aside_and_how_that_comes_back(
    ctx: Context, people: People
) -> None:
    public = people.public(*people.names("root", "targets"))
    text = people.ceremony(public=public, elsewhere=public)
    first = ceremonies.run(ctx, text, may_wait=True)
    assert first.aside is None
    number = first.published.waiting[0].number
    drafts.take(ctx, drafts.sign(drafts.export(ctx, number), signer_of(ctx, people, "Root 1")))
    assert ceremonies.run(ctx, text, may_wait=True).aside is None, "the same file again"
    other = people.joined("root", "Root 6")
    public |= other.public("Root 6")
    another = other.ceremony(public=public, elsewhere=public)
    rehearsed = ceremonies.run(ctx, another, is_rehearsal=True, may_wait=True)
    held = ceremonies.run(ctx, another, may_wait=True)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    assert rehearsed.aside == held.aside == (number, 1, first.published.waiting[0].sha256, 1, sha256)
    told = [saying.held_text(each, saying.held_said(each)) for each in (rehearsed, held)]
    assert f"draft {number} (root 1, SHA-256 {held.aside.sha256}), with 1 signature(s)," in told[0]
    assert "waits: to hold this ceremony puts it aside; to go on with it: amate trust drafts" in told[0]
    assert f"another file, whose SHA-256 is {sha256}, is put aside: its signers sign the next one anew" in told[1]
    assert "that file, run again, brings it back as it was" in told[1]
    assert saying.held_said(held)["aside"]["number"] == number
    back = ceremonies.run(ctx, text, may_wait=True)
    assert (back.published.waiting[0].number, back.aside.number) == (number, held.published.waiting[0].number)


def test_another_first_file_with_other_keys_of_the_issuer_is_refused_and_says_why(ctx: Context, people: People) -> None:
    """A key of the issuer that was put down is never taken back, so that this one would not be the file's."""
    people = people.joined("issuer", "Pass").joined("issuer", "Other")
    public = people.public(*people.names("root", "targets"))
    entry = '[[issuer_keys]]\nuse = "pass"\nshard = 0\nuri = "{}"\n'
    whole = people.ceremony(public=public, elsewhere=public)
    number = ceremonies.run(ctx, whole + entry.format(people["Pass"].uri), may_wait=True).published.waiting[0].number
    (kept,) = actions.list_keys(ctx)
    for text in (whole + entry.format(people["Other"].uri), whole):
        for is_rehearsal in (True, False):
            with pytest.raises(Conflict, match="other-first-keys") as refused:
                ceremonies.run(ctx, text, is_rehearsal=is_rehearsal, may_wait=True)
            assert f"the ceremony of draft {number}, which waits," in refused.value.detail
            assert f"pass 0 is {kept.kid} at {people['Pass'].uri}" in refused.value.detail
    assert [each.number for each in drafts.waiting(ctx)] == [number]


def test_who_begins_otherwise_while_a_first_root_waits_is_told_which_draft_it_is(ctx: Context, people: People) -> None:
    for begins in (lambda: actions.init(ctx), lambda: actions.publish(ctx)):
        with pytest.raises(AmateError, match="hold the first ceremony, `amate trust ceremony run FILE`"):
            begins()
    public = people.public(*people.names("root", "targets"))
    held = ceremonies.run(ctx, people.ceremony(public=public, elsewhere=public), may_wait=True)
    number = held.published.waiting[0].number
    with pytest.raises(Refused, match=f"draft {number} of the first root waits: see `amate trust drafts`"):
        actions.init(ctx)
    with pytest.raises(Conflict, match="other-root") as refused:
        ceremonies.run(ctx, people.ceremony(root=2), may_wait=True)
    said = "the file makes root 2; no root is in force yet, and draft {} of root 1 waits: see `amate trust drafts`. "
    assert refused.value.detail == said.format(number) + "The next ceremony is first-root, with root = 1"


def test_a_draft_that_comes_back_bears_the_names_of_the_newest_file(ctx: Context, people: People) -> None:
    public = people.public(*people.names("root", "targets"))
    text = people.ceremony(public=public, elsewhere=public)
    number = ceremonies.run(ctx, text, may_wait=True).published.waiting[0].number
    again = ceremonies.run(ctx, text.replace('"Root 1"', '"Ana"'), may_wait=True).published.waiting[0]
    assert (again.number, "Ana" in again.needs[0].holders) == (number, True)
    assert "Ana" in drafts.waiting(ctx)[0].needs[0].holders


def test_a_root_that_waits_for_targets_says_so_wherever_one_asks(ctx: Context, people: People) -> None:
    public = people.public(*people.names("root", "targets"))
    ceremonies.run(ctx, people.ceremony(public=public, elsewhere=public), may_wait=True)
    draft = drafts.export(ctx, drafts.waiting(ctx)[0].number)
    for name in ("Root 1", "Root 2", "Root 5"):
        draft = drafts.sign(draft, signer_of(ctx, people, name))
    drafts.take(ctx, draft)
    assert drafts.waiting(ctx)[0].held_by == "", "publishing is what it waits for"
    told = actions.publish(ctx).waiting
    assert [(each.role, each.held_by) for each in told] == [("root", "the targets that its keys sign"), ("targets", "")]
    assert tuple(drafts.waiting(ctx)) == told


def signer_of(ctx: Context, people: People, name: str) -> Signer:
    return open_signer(people[name].uri, ctx.settings.passphrase_file)


def test_a_demo_begins_with_a_ceremony_too(ctx: Context) -> None:
    ctx.settings = ctx.settings.model_copy(update={"env": "demo"})
    actions.init(ctx)
    folder = ctx.settings.home / "ceremonies" / "1-first-root"
    transcript = json.loads((folder / "transcript.json").read_text())
    assert {role: held["threshold"] for role, held in transcript["roles"].items()} == {
        "root": 3, "targets": 2, "snapshot": 1, "timestamp": 1,
    }  # fmt: skip
    assert transcript["roles"]["root"]["keys"][0]["holder"] == "Custodio raíz 1 (demostración)"
    assert all(key["signed"] for key in transcript["roles"]["root"]["keys"])
    assert 'kind = "first-root"' in (folder / "ceremony.toml").read_text()


ONE_KEY = "[[roles.timestamp.keys]]"
WRONG = {
    "not TOML": ('kind = "first-root"', "kind = first-root"),
    "unknown kind": ('kind = "first-root"', 'kind = "other"'),
    "unknown member": ('kind = "first-root"', 'kind = "first-root"\nsecret = "x"'),
    "unknown member of a role": ("[roles.root]", "[roles.root]\nquorum = 2"),
    "unknown member of a key": (ONE_KEY, f'{ONE_KEY}\npin = "1234"'),
    "a PIN in a uri": ('uri = "file:', 'uri = "pkcs11:token=a;object=b?pin-value=1234'),
    "missing member": ("root = 1\n", ""),
    "other type": ("root = 1\n", 'root = "1"\n'),
    "truth as number": ("root = 1\n", "root = true\n"),
    "a role missing": ("[roles.snapshot]", "[roles.other]"),
    "threshold zero": ("threshold = 2", "threshold = 0"),
    "threshold above its keys": ("threshold = 2", "threshold = 4"),
    "threshold below the policy": ("threshold = 3", "threshold = 2"),
    "too few keys for the policy": ('[[roles.root.keys]]\nholder = "Root 1"', '[[roles.root.keys]]\nholder = "Root 2"'),
    "present is nobody": ('present = ["Root 1"', 'present = ["Root 9"'),
    "an instant for a day": ("expires = 2027-11-18", "expires = 2027-11-18T00:00:00Z"),
    "ends too late": ("expires = 2027-11-18", "expires = 2029-11-18"),
    "ends too soon": ("expires = 2027-11-18", "expires = 2027-01-18"),
    "the first is not one": ("root = 1\n", "root = 2\n"),
    "no name": ('holder = "Root 1"', 'holder = " "'),
    "no PEM": ('holder = "Root 1"', 'holder = "Root 1"\npublic_key = "none"'),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_not_right_is_refused(ctx: Context, people: People, what: str) -> None:
    old, new = WRONG[what]
    text = people.ceremony()
    assert old in text
    with pytest.raises(Malformed, match="malformed-ceremony"):
        ceremonies.run(ctx, text.replace(old, new, 1))
    assert nothing_was_written(ctx)


def test_one_key_never_stands_for_two(ctx: Context, people: People) -> None:
    first, second = (people[name].uri for name in ("Root 1", "Root 2"))
    with pytest.raises(Malformed, match="stands twice"):
        ceremonies.run(ctx, people.ceremony().replace(second, first))
    twin = people["Root 2"].path.with_name("twin.pem")
    twin.write_bytes(people["Root 1"].path.read_bytes())
    with pytest.raises(Malformed, match="stands twice"):
        ceremonies.run(ctx, people.ceremony().replace(second, f"file:{twin}"))
    assert nothing_was_written(ctx)


def test_a_key_that_nobody_can_name_is_refused(ctx: Context, people: People) -> None:
    text = people.ceremony()
    people["Root 3"].lose()
    with pytest.raises(Refused, match=r"key-unknown: Root 3 \(root\): key-unavailable"):
        ceremonies.run(ctx, text)
    text = people.ceremony(present=[*people.names("targets"), "Root 1", "Root 2", "Root 5"])
    with pytest.raises(Refused, match=r"key-unknown: Root 3 \(root\): absent"):
        ceremonies.run(ctx, text)


def test_a_uri_that_leads_to_another_key_does_not_sign(ctx: Context, people: People) -> None:
    first, second = people.public("Root 1", "Root 2").values()
    public = {"Root 1": second, "Root 2": first}
    held = ceremonies.run(ctx, people.ceremony(public=public))
    assert [answer for _, _, answer in held.roll[:3]] == ["does not answer: another-key"] * 2 + ["present"]


def test_a_ceremony_of_another_place_is_refused(ctx: Context, people: People) -> None:
    text = people.ceremony()
    with pytest.raises(Refused, match="wrong-environment"):
        ceremonies.run(ctx, text.replace('"staging"', '"production"'))
    with pytest.raises(Refused, match="another-address"):
        ceremonies.run(ctx, text.replace("localhost:8000", "salud.example"))


def test_a_real_deployment_signs_from_its_first_day(ctx: Context, people: People) -> None:
    """No verifier has to learn of these keys, so they need no lead; later ones are proposed by two people."""
    wanted = [
        (use, shard) for use, shards in (("pass", 4), ("credential", 4), ("status", 1)) for shard in range(shards)
    ]
    issuer = people
    for use, shard in wanted:
        issuer = issuer.joined("issuer", f"{use} {shard}")
    entries = "".join(
        f'[[issuer_keys]]\nuse = "{use}"\nshard = {shard}\nuri = "{issuer[f"{use} {shard}"].uri}"\n'
        for use, shard in wanted
    )
    text = people.ceremony() + entries
    assert ceremonies.run(ctx, text, is_rehearsal=True).published is None
    assert actions.list_keys(ctx) == []
    held = ceremonies.run(ctx, text)
    assert sorted((key.use, key.shard) for key in actions.list_keys(ctx)) == sorted(wanted)
    for use in USES:
        key, sign = actions.sign(ctx, use)
        assert (key.sign_from, len(sign(b"message"))) == (ctx.now, 64)
    said = json.loads((held.folder / "transcript.json").read_text())["issuer_keys"]
    assert {key["kid"] for key in said} == {key.kid for key in actions.list_keys(ctx)}


@pytest.mark.parametrize(
    "entry",
    [
        'use = "other"\nshard = 0\nuri = "file:x"',
        'use = "status"\nshard = 1\nuri = "file:x"',
        'use = "pass"\nshard = -1\nuri = "file:x"',
        'use = "pass"\nshard = 0\nuri = "pkcs11:object=x?pin-value=1234"',
        'use = "pass"\nshard = 0\nuri = "file:x"\n[[issuer_keys]]\nuse = "pass"\nshard = 0\nuri = "file:y"',
    ],
)
def test_a_key_of_the_issuer_that_is_not_right_is_refused(ctx: Context, people: People, entry: str) -> None:
    with pytest.raises(Malformed, match="malformed-ceremony"):
        ceremonies.run(ctx, f"{people.ceremony()}[[issuer_keys]]\n{entry}\n")
    assert nothing_was_written(ctx)


def test_a_key_of_the_issuer_never_holds_a_role(ctx: Context, people: People) -> None:
    twin = people.folder / "twin.pem"
    twin.write_bytes(people["Root 1"].path.read_bytes())
    with pytest.raises(Malformed, match="stands twice"):
        ceremonies.run(ctx, f'{people.ceremony()}[[issuer_keys]]\nuse = "pass"\nshard = 0\nuri = "file:{twin}"\n')
    assert nothing_was_written(ctx)


def test_init_with_the_file_of_a_ceremony(ctx: Context, people: People) -> None:
    with pytest.raises(Refused, match="demo-keys-refused"):
        actions.init(ctx)
    release = actions.init(ctx, people.ceremony())
    assert release is not None
    assert release.root == 1
    number, key = actions.sealing_key(ctx)
    assert (number, len(key)) == (1, 32)
    assert store.sealing_keys(ctx.tx, 0)[0].seal_from == ctx.now
    assert actions.init(ctx, people.ceremony()) == release


@pytest.mark.parametrize("group", ["trust", "keys"])
def test_the_commands(ctx: Context, people: People, monkeypatch: pytest.MonkeyPatch, group: str) -> None:
    settings = ctx.settings
    ctx.now = int(settings.passphrase_file.stat().st_mtime)
    here = {"AMATE_HOME": settings.home, "AMATE_ENV": "staging", "AMATE_BASE_URL": settings.base_url}
    here |= {"AMATE_PASSPHRASE_FILE": settings.passphrase_file, "AMATE_DATABASE_URL": settings.database_url}
    for name, value in here.items():
        monkeypatch.setenv(name, str(value))
    path = people.folder / "ceremony.toml"
    path.write_text(people.unattended(people.ceremony()))
    ctx.commit()
    run = CliRunner()
    rehearsed = run.invoke(cli, [group, "ceremony", "run", str(path), "--dry-run"], catch_exceptions=False)
    assert "nothing was signed or written" in rehearsed.output
    assert "enough can sign" in rehearsed.output
    away, partly = ("Root 3", "Root 4", "Root 5"), path.with_name("partly.toml")
    public, here = people.public("Root 2", *away), ["Root 1", *people.names("targets")]
    partly.write_text(people.unattended(people.ceremony(present=here, public=public, elsewhere=away)))
    rehearsed = run.invoke(cli, [group, "ceremony", "run", str(partly), "--dry-run", "--draft"], catch_exceptions=False)
    assert "enough can sign" not in rehearsed.output
    said = "root, by the keys of root 1: 1 can sign here, 3 must; 2 awaited from Root 3, Root 4, Root 5\n"
    assert said in rehearsed.output
    assert rehearsed.exit_code == 0, "nothing was left to wait"
    waits = run.invoke(cli, [group, "ceremony", "run", str(partly), "--draft", "--json"], catch_exceptions=False)
    assert (waits.exit_code, json.loads(waits.output)["published"]["waiting"][0]["role"]) == (3, "root")
    held = json.loads(run.invoke(cli, [group, "ceremony", "run", str(path), "--json"], catch_exceptions=False).output)
    assert (held["was_held"], held["published"]["release"]["root"]) == (False, 1)
    again = run.invoke(cli, [group, "ceremony", "run", str(path)], catch_exceptions=False)
    assert "it was held before" in again.output
    people["Timestamp 1"].lose()
    told = run.invoke(cli, ["trust", "check"], catch_exceptions=False)
    assert told.exit_code == 1
    assert "timestamp: NOBODY CAN SIGN FOR IT; gone: Timestamp 1 (key-unavailable)" in told.output


def test_a_waiting_root_gives_way_to_the_next_ceremony(ctx: Context, people: People) -> None:
    ceremonies.run(ctx, people.ceremony())
    ctx.now += DAY_S
    away = ("Root 2", "Root 3", "Root 4", "Root 5")
    text = people.ceremony(root=2, present=["Root 1"], public=people.public(*away), elsewhere=away)
    first = ceremonies.run(ctx, text, may_wait=True)
    assert first.published.release.root == 1
    number = first.published.waiting[0].number
    ctx.now += DAY_S
    second = ceremonies.run(ctx, people.ceremony(root=2))
    assert (second.published.release.root, second.published.waiting) == (2, ())
    assert draft_store.find(ctx.tx, number).state == "superseded"


def test_a_rehearsal_of_the_first_ceremony_leaves_nothing(
    ctx: Context, people: People, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ctx.now = int(ctx.settings.passphrase_file.stat().st_mtime)
    home = tmp_path / "not-yet"
    here = {"AMATE_HOME": home, "AMATE_ENV": "staging", "AMATE_BASE_URL": ctx.settings.base_url}
    for name, value in (here | {"AMATE_PASSPHRASE_FILE": ctx.settings.passphrase_file}).items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("AMATE_DATABASE_URL", raising=False)
    path = people.folder / "ceremony.toml"
    path.write_text(people.unattended(people.ceremony()))
    rehearsed = CliRunner().invoke(cli, ["trust", "ceremony", "run", str(path), "--dry-run"], catch_exceptions=False)
    assert "nothing was signed or written" in rehearsed.output
    assert not home.exists()
