"""What the commands refuse the database refuses, too, against plain SQL with the signatures of two people (row G07)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from amate.context import Context
from amate.features.rotation import actions, model, store
from amate.features.rotation.model import Proposal
from amate.features.status import actions as status
from amate.features.trust import actions as trust
from amate.features.trust import store as trust_store
from amate.features.trust.model import DAY_S, IssuerKey
from tests.api.rotating import change, holder, rotate, stage, stage_unpublished
from tests.conftest import NOW
from tests.thief import take_refusals_away

LISTS_S = 7 * DAY_S


@pytest.fixture(autouse=True)
def _init(ctx: Context) -> None:
    trust.init(ctx)
    ctx.commit()


def first(ctx: Context, use: str, shard: int = 0) -> IssuerKey:
    return next(key for key in trust.list_keys(ctx) if (key.use, key.shard) == (use, shard))


def signed(ctx: Context, action: str, kid: str, **details: Any) -> str:
    """A proposal that two people have signed, past everything that the command would have asked."""
    content = {
        "id": f"kp-{action}-{kid[:8]}",
        "env": ctx.settings.env,
        "iss": ctx.settings.issuer,
        "action": action,
        "kid": kid,
        "expires_at": model.iso(ctx.now + 7 * DAY_S),
        **details,
    }
    place = content["id"], action, kid, content, model.digest_of(content)
    made = Proposal(*place, ctx.now, ctx.now + 7 * DAY_S, model.OPEN, None)
    store.add_proposal(ctx.tx, made)
    for number in (0, 1):
        store.add_signature(ctx.tx, holder(ctx, number)(made))
    ctx.commit()
    return made.id


def refusal(ctx: Context, statement: str, **values: Any) -> str:
    """What the database says of a statement; "" when it does as it is told. Nothing of it stays."""
    try:
        ctx.tx.execute(text(statement), values)
    except IntegrityError as error:
        return str(error.orig).strip().partition("\n")[0]
    finally:
        ctx.tx.rollback()
    return ""


RETIRE = (
    "UPDATE issuer_key SET state = 'retired', accept_until = :at, sign_until = :at, changed_by = :by WHERE kid = :kid"
)


def retired(ctx: Context, kid: str, by: str, *, at: int | None = None) -> str:
    return refusal(ctx, RETIRE, kid=kid, by=by, at=ctx.now if at is None else at)


class TestRetiring:
    def test_a_status_key_stays_while_a_list_of_its_own_is_in_force(self, ctx: Context) -> None:
        status.allocate(ctx, "card")
        old = first(ctx, "status")
        new = rotate(ctx, "status")
        ctx.commit()
        by = signed(ctx, "retire", old.kid)
        ctx.now = new.sign_from + LISTS_S - 1
        assert "key-in-use" in retired(ctx, old.kid, by)
        ctx.now += 1
        assert retired(ctx, old.kid, by) == ""

    def test_and_where_the_successor_is_frozen(self, ctx: Context) -> None:
        status.allocate(ctx, "card")
        old = first(ctx, "status")
        new = rotate(ctx, "status")
        ctx.now = new.sign_from + LISTS_S
        trust.freeze_key(ctx, new.kid, reason="test")
        ctx.commit()
        assert retired(ctx, old.kid, signed(ctx, "retire", old.kid)) in ("key-in-use", "last-key")

    def test_the_last_key_of_its_use_stays(self, ctx: Context) -> None:
        for shard in (1, 2, 3):
            trust.freeze_key(ctx, first(ctx, "credential", shard).kid, reason="test")
        ctx.commit()
        kid = first(ctx, "credential").kid
        assert "last-key" in retired(ctx, kid, signed(ctx, "retire", kid))

    def test_others_of_its_use_let_it_go(self, ctx: Context) -> None:
        kid = first(ctx, "credential").kid
        assert retired(ctx, kid, signed(ctx, "retire", kid)) == ""

    def test_a_status_key_alone_stays_also_without_a_list(self, ctx: Context) -> None:
        kid = first(ctx, "status").kid
        assert "last-key" in retired(ctx, kid, signed(ctx, "retire", kid))

    def test_who_retires_a_key_says_that_it_is_believed_no_more(self, ctx: Context) -> None:
        """Else what hangs on it would be counted up to a day of the writer's own choice."""
        kid = first(ctx, "credential").kid
        by = signed(ctx, "retire", kid)
        assert "key-in-use" in retired(ctx, kid, by, at=NOW + 8 * DAY_S)


COLUMNS = (
    "kid, iss, use, uri, jwk, state, sign_from, sign_until, accept_until, distrust, kid8, shard, lead_s, is_first, "
    "published_at, activated_at, frozen_at, changed_by"
)
LEAD_S = 14 * DAY_S


def staged_content(ctx: Context, kid: str, **bent: Any) -> dict[str, Any]:
    """What two people sign of a new key."""
    begins = ctx.now + LEAD_S + DAY_S
    listed = {
        "use": "pass",
        "shard": 0,
        "uri": "file:/new.pem",
        "jwk": {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"},
    }
    dates = {"sign_from": begins, "sign_until": begins + 400 * DAY_S, "accept_until": begins + 500 * DAY_S}
    return listed | dates | {"lead_s": LEAD_S} | bent


def row_of(ctx: Context, kid: str, content: dict[str, Any], by: str, **bent: Any) -> dict[str, Any]:
    """The row that the command would write for it."""
    said = {name: content[name] for name in content if name in COLUMNS.split(", ")}
    never = dict.fromkeys(("distrust", "published_at", "activated_at", "frozen_at"))
    row = {
        "kid": kid,
        "iss": ctx.settings.issuer,
        "state": "next",
        "kid8": kid[:16],
        "is_first": False,
        "changed_by": by,
    }
    return row | never | said | {"jwk": model.encode(content["jwk"])} | bent


def inserted(ctx: Context, row: dict[str, Any], verb: str = "INSERT") -> str:
    names = [name for name in ("rowid", *COLUMNS.split(", ")) if name in row]
    marks = ", ".join(f":{name}" for name in names)
    return refusal(ctx, f"{verb} INTO issuer_key ({', '.join(names)}) VALUES ({marks})", **row)


NEW = "N" * 43


class TestAdding:
    def test_a_key_is_added_as_two_people_signed_it(self, ctx: Context) -> None:
        content = staged_content(ctx, NEW)
        by = signed(ctx, "stage", NEW, key=content)
        assert inserted(ctx, row_of(ctx, NEW, content, by)) == ""
        assert inserted(ctx, row_of(ctx, NEW, content, by, lead_s=LEAD_S + DAY_S)) == "", "the policy may ask for more"

    @pytest.mark.parametrize(
        "bent",
        [
            {"state": "active", "published_at": 0, "activated_at": NOW},
            {"state": "retired"},
            {"state": "revoked"},
            {"published_at": 0},
            {"activated_at": NOW},
            {"lead_s": 0},
            {"lead_s": -1},
            {"lead_s": LEAD_S - 1},
            {"uri": "file:/other.pem"},
            {"use": "credential"},
            {"shard": 1},
            {"iss": "https://other.example"},
            {"sign_from": NOW},
            {"sign_until": NOW + 500 * DAY_S},
            {"accept_until": NOW + 5000 * DAY_S},
            {"jwk": '{"x": "x", "y": "z"}'},
            {"jwk": '{"x": "z", "y": "y"}'},
        ],
        ids=str,
    )
    def test_and_in_no_other_way(self, ctx: Context, bent: dict[str, Any]) -> None:
        content = staged_content(ctx, NEW)
        row = row_of(ctx, NEW, content, signed(ctx, "stage", NEW, key=content), **bent)
        assert "not-as-proposed" in inserted(ctx, row)

    def test_a_lead_that_nobody_signed_is_that_of_the_last_publication_at_least(self, ctx: Context) -> None:
        """A proposal of before said no lead, and one whose writer chose it may say a short one."""
        for number, lead in enumerate((None, 1)):
            kid = f"{number}" * 43
            content = staged_content(ctx, kid, uri=f"file:/{number}.pem")
            content |= {} if lead is None else {"lead_s": lead}
            said = {k: v for k, v in content.items() if k != "lead_s" or lead is not None}
            by = signed(ctx, "stage", kid, key=said)
            assert "not-as-proposed" in inserted(ctx, row_of(ctx, kid, content, by, lead_s=LEAD_S - 1))
            assert inserted(ctx, row_of(ctx, kid, content, by, lead_s=LEAD_S)) == ""

    def test_a_longer_lead_that_two_people_signed_is_kept(self, ctx: Context) -> None:
        content = staged_content(ctx, NEW, lead_s=LEAD_S + DAY_S)
        by = signed(ctx, "stage", NEW, key=content)
        assert "not-as-proposed" in inserted(ctx, row_of(ctx, NEW, content, by, lead_s=LEAD_S))
        assert inserted(ctx, row_of(ctx, NEW, content, by)) == ""

    def test_no_policy_makes_it_none_at_all(self, ctx: Context) -> None:
        take_refusals_away(ctx.tx, "trust_release")
        ctx.tx.execute(text("UPDATE trust_release SET lead_s = 0"))
        ctx.commit()
        content = staged_content(ctx, NEW, lead_s=0)
        by = signed(ctx, "stage", NEW, key=content)
        assert "not-as-proposed" in inserted(ctx, row_of(ctx, NEW, content, by))

    def test_a_key_is_put_in_force_by_its_own_proposal_alone(self, ctx: Context) -> None:
        key = stage(ctx, "pass")
        ctx.commit()
        ctx.now = key.sign_from
        force = "UPDATE issuer_key SET state = 'active', activated_at = :now, changed_by = :by WHERE kid = :kid"
        for action in ("stage", "schedule", "resume"):
            by = signed(ctx, action, key.kid)
            assert "two-people-needed" in refusal(ctx, force, now=ctx.now, by=by, kid=key.kid)
        by = signed(ctx, "activate", key.kid)
        assert refusal(ctx, force, now=ctx.now, by=by, kid=key.kid) == ""
        sooner = force.replace("activated_at", "sign_from = sign_from - 1, activated_at")
        assert "not-as-proposed" in refusal(ctx, sooner, now=ctx.now, by=by, kid=key.kid)

    def test_other_dates_are_those_that_were_signed(self, ctx: Context) -> None:
        key = stage(ctx, "pass")
        ctx.commit()
        later = key.sign_from + DAY_S
        dates = {"sign_from": later, "sign_until": key.sign_until, "accept_until": key.accept_until}
        by = signed(ctx, "schedule", key.kid, **dates)
        move = "UPDATE issuer_key SET sign_from = :at, published_at = NULL, changed_by = :by WHERE kid = :kid"
        assert "not-as-proposed" in refusal(ctx, move, at=later + 1, by=by, kid=key.kid)
        assert refusal(ctx, move, at=later, by=by, kid=key.kid) == ""

    def test_what_a_key_is_stays_whoever_signed(self, ctx: Context) -> None:
        key = stage(ctx, "pass")
        ctx.commit()
        by = signed(
            ctx, "schedule", key.kid, **{n: getattr(key, n) for n in ("sign_from", "sign_until", "accept_until")}
        )
        changes = ["lead_s = 0", "lead_s = lead_s + 1", "jwk = '{}'", "use = 'status'", "uri = 'file:/other.pem'"]
        for part in [*changes, "is_first = NOT is_first"]:
            said = refusal(ctx, f"UPDATE issuer_key SET {part}, changed_by = :by WHERE kid = :kid", by=by, kid=key.kid)
            assert "never-changed" in said, part

    def test_a_key_moves_where_a_proposal_says(self, ctx: Context) -> None:
        key = stage(ctx, "pass")
        ctx.commit()
        by = signed(ctx, "stage", key.kid, key={"uri": "file:/moved.pem"})
        move = "UPDATE issuer_key SET uri = :uri, changed_by = :by WHERE kid = :kid"
        assert "never-changed" in refusal(ctx, move, uri="file:/other.pem", by=by, kid=key.kid)
        assert refusal(ctx, move, uri="file:/moved.pem", by=by, kid=key.kid) == ""

    def test_verifiers_know_a_key_from_a_publication_on_and_not_before(self, ctx: Context) -> None:
        stage_unpublished(ctx, "pass", trust.make_file_key(ctx, "pass"))
        ctx.commit()
        kid = next(key.kid for key in trust.list_keys(ctx) if key.published_at is None)
        told = "UPDATE issuer_key SET published_at = :at WHERE kid = :kid"
        assert "never-changed" in refusal(ctx, told, at=1, kid=kid)
        assert refusal(ctx, told, at=NOW, kid=kid) == ""


class TestKept:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM trust_release",
            "UPDATE trust_release SET lead_s = 0",
            "UPDATE trust_release SET signed_at = 0",
            "INSERT INTO trust_release (timestamp, root, targets, snapshot, signed_at, lead_s, list_s) "
            "SELECT timestamp + 1, root, targets, snapshot, signed_at, NULL, list_s FROM trust_release",
        ],
    )
    def test_what_was_published_when_and_by_which_policy(self, ctx: Context, statement: str) -> None:
        assert "never-changed" in refusal(ctx, statement)

    def test_nothing_is_written_over_by_inserting_it_anew(self, ctx: Context) -> None:
        """PostgreSQL has no such statement, but for TRUNCATE; on SQLite no trigger sees what REPLACE removes."""
        if ctx.tx.dialect.name == "postgresql":
            assert "never-changed" in refusal(ctx, "TRUNCATE trust_release")
            return
        old = first(ctx, "pass")
        for kid, bent in ((old.kid, {}), (NEW, {"kid8": old.kid8.hex()}), ("M" * 43, {"rowid": 1})):
            content = staged_content(ctx, kid)
            row = row_of(ctx, kid, content, signed(ctx, "stage", kid, key=content), **bent)
            assert "never-changed" in inserted(ctx, row, "INSERT OR REPLACE"), bent
        by = signed(ctx, "retire", old.kid)
        signature = "proposal_id, person, means, credential, proof, signed_at"
        held, quoted = "SELECT {} FROM rotation_signature", "'somebody else'"
        proposal = "id, action, kid, content, digest, proposed_at, expires_at, state, ended_at"
        over = {
            f"INTO rotation_signature ({signature}) {held.format(signature)}",
            f"INTO rotation_signature ({signature}) {held.format(signature.replace('person', quoted))} LIMIT 1",
            f"INTO rotation_signature (rowid, {signature}) VALUES (1, '{by}', 'x', 'key', 'y', '', 1)",
            f"INTO rotation_proposal (rowid, {proposal}) VALUES (1, 'kp-x', 'revoke', 'k', '', 'd', 1, 2, 'open', 1)",
            f"INTO rotation_proposal ({proposal}) SELECT {proposal.replace('id', quoted, 1)} FROM rotation_proposal",
            "INTO trust_release (timestamp, root, targets, snapshot, signed_at, lead_s, list_s) "
            "SELECT timestamp, root, targets, snapshot, 0, lead_s, list_s FROM trust_release",
            "INTO audit_entry (rowid, lane, seq, at, actor, action, subject, detail, previous, digest) "
            "VALUES (1, 99, 1, 1, '', '', '', '', '', '')",
        }
        for statement in over:
            assert "never-changed" in refusal(ctx, f"INSERT OR REPLACE {statement}"), statement
        for table in ("issuer_key", "rotation_proposal"):
            moved = f"UPDATE OR REPLACE {table} SET rowid = rowid + 1 WHERE rowid = 1"
            assert "never-changed" in refusal(ctx, moved), table

    def test_one_open_proposal_is_not_put_in_the_place_of_another(self, ctx: Context) -> None:
        kid = first(ctx, "pass").kid
        before = signed(ctx, "retire", kid)
        ctx.tx.execute(text("UPDATE rotation_proposal SET state = 'withdrawn'"))
        later = store.find_proposal(ctx.tx, before)
        assert later is not None
        store.add_proposal(ctx.tx, replace(later, id="kp-later", digest="d", state=model.OPEN))
        ctx.commit()
        verb = "UPDATE OR REPLACE" if ctx.tx.dialect.name == "sqlite" else "UPDATE"
        said = refusal(ctx, f"{verb} rotation_proposal SET state = 'open' WHERE id = :id", id=before)
        assert said
        assert store.find_proposal(ctx.tx, "kp-later") is not None

    def test_a_signature_and_a_publication_made_twice_are_still_told_and_no_fault(self, ctx: Context) -> None:
        by = signed(ctx, "retire", first(ctx, "pass").kid)
        (one, _) = store.signatures_of(ctx.tx, by)
        assert not store.add_signature(ctx.tx, one)
        assert not store.add_signature(ctx.tx, replace(one, person="somebody else"))
        assert not store.add_signature(ctx.tx, replace(one, credential="other"))
        release = trust_store.last_release(ctx.tx)
        assert release is not None
        assert not trust_store.claim_release(ctx.tx, release, lead_s=LEAD_S, list_s=LISTS_S)


FORCE = "UPDATE issuer_key SET state = 'active', distrust = NULL, frozen_at = NULL, changed_by = :by WHERE kid = :kid"
THAW = "UPDATE issuer_key SET frozen_at = NULL, changed_by = :by WHERE kid = :kid"


class TestOnce:
    """Real signatures of two people, for the same key and the same change, and carried out before."""

    def test_a_distrusted_key_is_not_put_in_force_again(self, ctx: Context) -> None:
        key = rotate(ctx, "pass")
        change(ctx, "revoke", key.kid, reason="stolen")
        trust.publish(ctx)
        ctx.commit()
        for by in done(ctx, "activate", key.kid), done(ctx, "revoke", key.kid):
            assert refusal(ctx, FORCE, by=by, kid=key.kid) in ("never-changed", "proposal-ended", "two-people-needed")
        assert "never-changed" in refusal(ctx, FORCE, by=signed(ctx, "activate", key.kid), kid=key.kid)
        for part in ("distrust = NULL", "frozen_at = NULL", "state = 'retired'", "state = 'next'"):
            statement = f"UPDATE issuer_key SET {part}, changed_by = :by WHERE kid = :kid"
            assert refusal(ctx, statement, by=done(ctx, "revoke", key.kid), kid=key.kid), part

    def test_a_key_that_was_retired_stays_so(self, ctx: Context) -> None:
        key = first(ctx, "credential")
        change(ctx, "retire", key.kid)
        ctx.commit()
        statement = "UPDATE issuer_key SET state = 'active', changed_by = :by WHERE kid = :kid"
        assert "never-changed" in refusal(ctx, statement, by=signed(ctx, "activate", key.kid), kid=key.kid)

    def test_a_frozen_key_is_let_go_by_a_new_proposal_alone(self, ctx: Context) -> None:
        kid = first(ctx, "pass").kid
        trust.freeze_key(ctx, kid, reason="test")
        change(ctx, "resume", kid)
        trust.freeze_key(ctx, kid, reason="stolen")
        ctx.commit()
        assert "proposal-ended" in refusal(ctx, THAW, by=done(ctx, "resume", kid), kid=kid)
        assert refusal(ctx, THAW, by=signed(ctx, "resume", kid), kid=kid) == ""

    def test_a_proposal_that_is_too_old_changes_nothing(self, ctx: Context) -> None:
        kid = first(ctx, "pass").kid
        by = signed(ctx, "resume", kid)
        trust.freeze_key(ctx, kid, reason="test")
        ctx.now += 8 * DAY_S
        trust.publish(ctx)
        ctx.commit()
        assert "proposal-ended" in refusal(ctx, THAW, by=by, kid=kid)

    def test_what_has_ended_is_not_opened_again(self, ctx: Context) -> None:
        kid = first(ctx, "pass").kid
        by = signed(ctx, "revoke", kid, reason="test")
        reopen = "UPDATE rotation_proposal SET state = :state, ended_at = NULL WHERE id = :id"
        actions.withdraw(ctx, by)
        ctx.commit()
        for state in ("open", "done"):
            assert "never-changed" in refusal(ctx, reopen, state=state, id=by)
        trust.freeze_key(ctx, kid, reason="test")
        change(ctx, "resume", kid)
        ctx.commit()
        assert "never-changed" in refusal(ctx, reopen, state="open", id=done(ctx, "resume", kid))

    def test_no_key_is_added_by_a_proposal_that_has_ended(self, ctx: Context) -> None:
        content = staged_content(ctx, NEW)
        by = signed(ctx, "stage", NEW, key=content)
        actions.withdraw(ctx, by)
        ctx.commit()
        assert "proposal-ended" in inserted(ctx, row_of(ctx, NEW, content, by))

    def test_nor_a_table(self, ctx: Context) -> None:
        by = signed(ctx, "table", "t", follows="s")
        actions.withdraw(ctx, by)
        ctx.commit()
        statement = (
            "INSERT INTO decision_table (number, kid, version, follows, document, changed_by, adopted_at) SELECT"
            " max(number) + 1, 't', 'x', (SELECT kid FROM decision_table ORDER BY number DESC LIMIT 1), '{}', :by, 1"
            " FROM decision_table"
        )
        assert "proposal-ended" in refusal(ctx, statement, by=by)


def done(ctx: Context, action: str, kid: str) -> str:
    """The proposal of this change that was carried out last."""
    found = [p for p in store.list_proposals(ctx.tx) if (p.action, p.kid, p.state) == (action, kid, model.DONE)]
    ctx.tx.rollback()
    return found[0].id
