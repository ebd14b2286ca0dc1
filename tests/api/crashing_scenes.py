"""The commands of `amate keys` and `amate entitlement` that write, each where it has something to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amate.app import create_app
from amate.context import Context, system_clock
from amate.core.days import day_at
from amate.demo.people import everybody
from amate.demo.phone import Phone
from amate.demo.seed import facts_of, sender_of
from amate.features.enrolment import actions as enrolment
from amate.features.rotation import actions, model
from amate.features.rotation.actions import Standing
from amate.features.trust import actions as trust
from amate.features.trust import store
from amate.features.trust.model import DAY_S, IssuerKey, iso
from amate.signing.signer import make_key
from tests.api.crashing import context, rotation
from tests.api.rotating import holder, stage
from tests.api.tabling import phase_file
from tests.api.tabling import proposed as tabled

LONG_AGO_S = 21 * DAY_S
PHONES = 6
Before = Callable[[Path, Path], list[str]]


@dataclass(frozen=True)
class Command:
    """A command, and what there is before it.

    before: fills the home, and gives the arguments; the other folder is for what the command writes elsewhere
    ends:   its exit code when nothing goes wrong
    excuse: what the second run may say instead, when the first one was killed after all was done
    """

    before: Before
    ends: int = 0
    excuse: str = ""


def found(home: Path) -> None:
    """A demo of three weeks, with a key for passes that was staged then and another one whose dates are ahead."""
    with context(home) as ctx:
        ctx.now = system_clock() - LONG_AGO_S
        trust.init(ctx)
        stage(ctx, "pass", sign_from=ctx.now + 15 * DAY_S)
        ctx.now = system_clock()
        stage(ctx, "credential")
        trust.publish(ctx)


def uri_of(ctx: Context, number: int) -> str:
    return trust.holders(ctx)[number].uri or ""


def key_for(ctx: Context, use: str, state: str) -> IssuerKey:
    return next(key for key in trust.list_keys(ctx) if (key.use, key.state) == (use, state))


def proposing(kind: str, use: str, state: str, *more: str) -> Before:
    """`amate keys propose KIND KID`."""

    def before(home: Path, _outside: Path) -> list[str]:
        with context(home) as ctx:
            if kind == model.RESUME:
                actions.freeze(ctx, key_for(ctx, use, state).kid, reason="lost")
            return ["keys", "propose", kind, key_for(ctx, use, state).kid, *more, "--key", uri_of(ctx, 0)]

    return before


def proposing_stage(*, is_made: bool) -> Before:
    """`amate keys propose stage`, of a key that a demo makes for it or of one that is there."""

    def before(home: Path, outside: Path) -> list[str]:
        with context(home) as ctx:
            arguments = ["keys", "propose", "stage", "--use", "credential", "--shard", "1", "--key", uri_of(ctx, 0)]
            if is_made:
                return arguments
            uri = f"file:{outside / 'new.pem'}?passphrase-source=file:{ctx.settings.passphrase_file}"
            make_key(uri)
            return [*arguments, "--uri", uri]

    return before


def proposed(ctx: Context, action: str, use: str, state: str) -> Standing:
    """A proposal with its first signature."""
    key = key_for(ctx, use, state)
    if action == model.RESUME:
        actions.freeze(ctx, key.kid, reason="lost")
    details: dict[str, dict[str, object]] = {
        model.REVOKE: {"reason": "stolen"},
        model.SCHEDULE: {"sign_from": key.sign_from + 30 * DAY_S},
    }
    return actions.propose(ctx, action, key.kid, holder(ctx, 0), details=details.get(action))


def on_proposal(verb: str, action: str, use: str = "pass", state: str = "active", *, signed: bool = True) -> Before:
    """`amate keys VERB PROPOSAL`; signed: by both people."""

    def before(home: Path, _outside: Path) -> list[str]:
        with context(home) as ctx:
            made = proposed(ctx, action, use, state).proposal.id
            if signed:
                actions.approve(ctx, made, holder(ctx, 1))
            return ["keys", verb, made, *([] if verb != "approve" else ["--key", uri_of(ctx, 1)])]

    return before


def staging(*, is_away: bool) -> Before:
    """`amate keys stage PROPOSAL`; away: the keys of the targets are, so that the list waits as a draft."""

    def before(home: Path, _outside: Path) -> list[str]:
        with context(home) as ctx:
            uri = trust.make_file_key(ctx, "credential-2")
            made = actions.propose_stage(ctx, "credential", holder(ctx, 0), uri=uri, shard=2)
            actions.approve(ctx, made.proposal.id, holder(ctx, 1))
            away = [key for key in store.role_keys(ctx.tx) if is_away and not key.is_online]
            for key in away:
                Path(key.uri.removeprefix("file:")).unlink()
            return ["keys", "stage", made.proposal.id]

    return before


def emergency(home: Path, _outside: Path) -> list[str]:
    with context(home) as ctx:
        return ["keys", "revoke", key_for(ctx, "pass", "active").kid, "--emergency", "--key", uri_of(ctx, 0)]


def halted(home: Path, _outside: Path) -> list[str]:
    with context(home) as ctx:
        kid = key_for(ctx, "pass", "active").kid
        store.halt_key(ctx.tx, kid, "pass", ctx.now)
        return ["keys", "unhalt", kid]


def ringing(home: Path, _outside: Path) -> list[str]:
    with context(home) as ctx:
        kid = key_for(ctx, "pass", "active").kid
        store.count_elsewhere(ctx.tx, kid, "pass", ctx.now)
        return ["keys", "acknowledge", kid]


def relied_on(home: Path, _outside: Path) -> list[str]:
    """`amate keys reissue KID`, a phone at a time, for the key on which most phones rely."""
    with context(home) as ctx:
        answers = [enrolment.enrol(ctx, facts_of(person)).answer for person in everybody()[:PHONES]]
        settings = ctx.settings
    send = sender_of(create_app(settings).test_client())
    for answer in answers:
        Phone(send, settings.issuer, system_clock, ctx.random).claim(answer["offer"]["uri"], answer["tx_code"])
    with context(home) as ctx:
        keys = [key for key in trust.list_keys(ctx) if (key.use, key.state) == ("credential", "active")]
        most = max(keys, key=lambda key: actions.renewals(ctx, key.kid).unasked)
        return ["keys", "reissue", most.kid, "--rate", "1"]


def exporting(home: Path, outside: Path) -> list[str]:
    with context(home) as ctx:
        return ["keys", "audit", "export", "--to", str(outside / "log.jsonl"), "--key", uri_of(ctx, 0)]


def making_file(_home: Path, outside: Path) -> list[str]:
    (outside / "word").write_text("only for tests")
    return ["keys", "make", f"file:{outside / 'mine.pem'}?passphrase-source=file:{outside / 'word'}"]


def ceremony(home: Path, _outside: Path) -> list[str]:
    with context(home) as ctx:
        rotation(ctx)
        return ["keys", "ceremony", "run", str(home.parent / "rotation.toml")]


def drafted(home: Path, outside: Path) -> list[str]:
    """`amate entitlement propose FILE`."""
    path = phase_file(outside, day_at(system_clock()) + 30)
    with context(home) as ctx:
        return ["entitlement", "propose", str(path), "--key", uri_of(ctx, 0)]


def on_change(verb: str, *, signed: bool = True, is_away: bool = False) -> Before:
    """`amate entitlement VERB PROPOSAL`; away: the keys of the targets are, so that the table waits to be signed."""

    def before(home: Path, outside: Path) -> list[str]:
        with context(home) as ctx:
            made = tabled(ctx, outside, on_day=day_at(system_clock()) + 30, signed=signed).proposal.id
            key = [] if verb != "approve" else ["--key", uri_of(ctx, 1)]
            away = [each for each in store.role_keys(ctx.tx) if is_away and not each.is_online]
            for each in away:
                Path(each.uri.removeprefix("file:")).unlink()
            return ["entitlement", verb, made, *key]

    return before


CHANGES_OF_RULES = {
    "entitlement propose": Command(drafted),
    "entitlement approve": Command(on_change("approve", signed=False)),
    "entitlement withdraw": Command(on_change("withdraw", signed=False)),
    "entitlement publish": Command(on_change("publish")),
    "entitlement publish, holders away": Command(on_change("publish", is_away=True), ends=3),
}
COMMANDS = {
    "make": Command(making_file),
    "propose stage": Command(proposing_stage(is_made=True)),
    "propose stage --uri": Command(proposing_stage(is_made=False)),
    "propose schedule": Command(
        proposing(model.SCHEDULE, "credential", "next", "--sign-from", iso(system_clock() + 45 * DAY_S))
    ),
    "propose activate": Command(proposing(model.ACTIVATE, "pass", "next")),
    "propose retire": Command(proposing(model.RETIRE, "pass", "active")),
    "propose revoke": Command(proposing(model.REVOKE, "pass", "active", "--reason", "stolen")),
    "propose resume": Command(proposing(model.RESUME, "pass", "active")),
    "approve": Command(on_proposal("approve", model.REVOKE, signed=False)),
    "withdraw": Command(on_proposal("withdraw", model.REVOKE, signed=False)),
    "stage": Command(staging(is_away=False)),
    "stage, holders away": Command(staging(is_away=True), ends=3),
    "activate": Command(on_proposal("activate", model.ACTIVATE, state="next")),
    "retire": Command(on_proposal("retire", model.RETIRE)),
    "revoke": Command(on_proposal("revoke", model.REVOKE)),
    "apply, of schedule": Command(on_proposal("apply", model.SCHEDULE, "credential", "next")),
    "apply, of resume": Command(on_proposal("apply", model.RESUME)),
    "revoke --emergency": Command(emergency),
    "unhalt": Command(halted),
    "acknowledge": Command(ringing),
    "reissue": Command(relied_on, ends=3),
    "audit export": Command(exporting, excuse="file-exists"),
    "ceremony run": Command(ceremony),
}
