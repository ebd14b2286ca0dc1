"""Let counters in and put them out, hold what they bring until the centre has it, and use codes for one showing up."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from amate.context import Context
from amate.core.encoding import base64url_encode
from amate.errors import Conflict, Malformed, Unauthenticated, Unavailable, Unknown
from amate.features.login.model import fingerprint
from amate.features.trust import actions as trust
from amate.features.verification import world
from amate.features.verification.node import model, store
from amate.features.verification.node.model import CENTRE, KNOWN, STORED, Counter, HeldReceipt, JsonObject, Standing
from amate.features.verification.receipts.model import Sealed

CODES = 10**model.CODE_DIGITS


def add_counter(ctx: Context, given: str, *, again: bool) -> tuple[Counter, str]:
    """A counter, and the code that lets its browser in once.

    again:  a new code for a counter that is there; its session goes on until the code is used
    Raises: Malformed("bad-counter-name"), Conflict("counter-exists"), Unknown("unknown-counter")
    """
    name = model.counter_name_of(given)
    found = store.counter_named(ctx.tx, name)
    if found is not None and not again:
        said = f'there is a counter "{name}": give it a new code with --again, or take another name'
        raise Conflict("counter-exists", said, where="NAME")
    if found is None and again:
        raise unknown_counter(name)
    counter_id = store.add_counter(ctx.tx, name) if found is None else found.id
    # 64 bits on 10^8 codes: as good as even.
    code = f"{int.from_bytes(ctx.random(8), 'big') % CODES:0{model.CODE_DIGITS}}"
    store.put_code(ctx.tx, counter_id, fingerprint(code), ctx.now + model.CODE_S)
    made = store.counter_named(ctx.tx, name)
    assert made is not None
    return made, code


def withdraw_counter(ctx: Context, given: str) -> str:
    """End a counter's session and let it in no more; its name, which another may have from now on.

    Raises: Malformed("bad-counter-name"), Unknown("unknown-counter")
    """
    name = model.counter_name_of(given)
    found = store.counter_named(ctx.tx, name)
    if found is not None:
        store.withdraw(ctx.tx, found.id, ctx.now)
    elif not store.was_withdrawn(ctx.tx, name):
        raise unknown_counter(name)
    return name


def unknown_counter(name: str) -> Unknown:
    """There is none of this name."""
    said = f'there is no counter "{name}": `amate node counter list` shows them, `amate node counter add` adds one'
    return Unknown("unknown-counter", said, where="NAME")


def counters(ctx: Context) -> list[Counter]:
    """All counters, those that were withdrawn too."""
    return store.counters(ctx.tx)


def let_in(ctx: Context, typed: str) -> tuple[Counter, str]:
    """The counter whose code this is, and the secret of its new session; the one before has ended.

    A wrong try counts against every open code, and the fifth in a row ends them all.

    Raises: Unauthenticated("counter-code-unknown") alike for a code that never was, was used or has ended
    """
    given = fingerprint(model.code_of(typed) or "")
    # Every open code is compared, each in constant time: how long it takes says nothing of any.
    hits = [id_ for id_, code in store.open_codes(ctx.tx, ctx.now) if hmac.compare_digest(code, given)]
    if not hits:
        store.count_failure(ctx.tx)
        said = "No counter waits for this code: have a new one made with `amate node counter add`."
        raise Unauthenticated("counter-code-unknown", said, where="code", keeps_writes=True)
    secret = base64url_encode(ctx.random(model.SECRET_BYTES))
    return store.pair(ctx.tx, hits[0], fingerprint(secret), ctx.now), secret


def counter_of(ctx: Context, secret: str | None) -> Counter | None:
    """The counter that holds this session, unless it was withdrawn."""
    return store.counter_of(ctx.tx, fingerprint(secret)) if secret else None


def leave(ctx: Context, secret: str | None) -> None:
    """End a counter's session, if it is one."""
    if secret:
        store.end_session(ctx.tx, fingerprint(secret))


def has_room(ctx: Context, more: int) -> bool:
    """Whether so many more receipts may be held."""
    return store.count_held(ctx.tx) + more <= model.MAX_HELD


def hold(ctx: Context, device: Mapping[str, str], sealed: Sequence[Sealed]) -> list[tuple[str, str]]:
    """Id and state of each receipt, in the order sent: `stored`, or `known` where it is here already.

    They are on the disk once the transaction is; only then the counter may hear of it.
    """
    arrived, states = store.last_arrived(ctx.tx), []
    for place, each in enumerate(sealed, start=arrived + 1):
        is_new = store.hold(ctx.tx, HeldReceipt(each.id, device["x"], device["y"], each.receipt, place))
        states.append((each.id, STORED if is_new else KNOWN))
    return states


def standing(ctx: Context) -> Standing:
    """How the receipts stand."""
    return store.standing(ctx.tx)


def heard_at(ctx: Context) -> int | None:
    """When the centre last answered; None if it never did."""
    return store.heard_at(ctx.tx, CENTRE)


def resend(ctx: Context) -> int:
    """Have what the centre refused wait again; how many there were."""
    return store.resend(ctx.tx)


def use(ctx: Context, cti: str, ask_centre: Callable[[str], bool | None]) -> bool | None:
    """Whether a pass for one showing is shown for the first time; None where nobody shows it here and no centre says.

    It is used up here whatever the centre says, and before it is asked, so that two counters never both hear yes.
    """
    store.drop_uses(ctx.tx, ctx.now - model.USES_KEPT_S)
    if not store.use_pass(ctx.tx, cti, ctx.now):
        return False
    ctx.commit()
    return ask_centre(cti)


def keep_report(ctx: Context, document: JsonObject) -> None:
    """Keep how old a counter's lists are until the centre is told."""
    store.put_report(ctx.tx, document)


def keys_for_counters(pack: Path) -> JsonObject:
    """The sealing keys of the pack and the centre's key for receipts, as the centre answers.

    Raises: Unavailable("no-sealing-key") where the pack has none, or they are damaged
    """
    raw = trust.read_file((pack / world.CURRENT).resolve() / world.SEALING_KEYS)
    try:
        has_keys = raw is not None and bool(world.sealing_keys_of(raw))
    except Malformed:
        has_keys = False
    if raw is None or not has_keys:
        raise Unavailable("no-sealing-key", "The pack holds no sealing keys: `amate node sync` fetches them.")
    said = json.loads(raw)
    return {"keys": said["keys"], "receipts_key": said.get("receipts_key")}
