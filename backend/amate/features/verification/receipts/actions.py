"""Take in what counters signed off line: each receipt once, in its chain, and what contradicts the chain beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from amate.context import Context
from amate.core import cose
from amate.core.cose import PublicKey
from amate.core.encoding import base64url_encode
from amate.core.qr_pass import Pass
from amate.core.receipt import Receipt, digest_of, parse_receipt
from amate.core.verdict import VALID, Verdict
from amate.errors import Malformed, Refused
from amate.features.audit import actions as audit
from amate.features.trust import actions as trust
from amate.features.trust.model import kid_of
from amate.features.verification.receipts import store
from amate.features.verification.receipts.model import (
    CONFLICT,
    FORK,
    GAP,
    KNOWN,
    REFUSED,
    STORED,
    TWO_PLACES_S,
    Counter,
    Double,
    Scan,
    Sealed,
    Taken,
    is_double,
)
from amate.signing.centre import point_of
from amate.web.guards import Caller

UNREADABLE, WRONG_CLINIC = "receipt-unreadable", "wrong-clinic"
LISTED = 1000


class _Opened(NamedTuple):
    """A receipt that is its counter's word; `id` as it was sent."""

    id: str
    raw: bytes
    receipt: Receipt
    clinic: str | None


def take(ctx: Context, jwk: Mapping[str, str], sealed: Sequence[Sealed], caller: Caller) -> list[Taken]:
    """What became of each receipt, in the order sent; a counter's key is registered with the first that it signed.

    Raises: Malformed for a key that is none, Refused("wrong-clinic") for a counter that another clinic registered
    """
    try:
        key = point_of(jwk["x"], jwk["y"])
    except Malformed as error:
        raise Malformed(error.slug, "No key on P-256 has these coordinates.", where="device") from error
    met = Counter(kid_of({"kty": "EC", "crv": "P-256", **jwk}), jwk["x"], jwk["y"], caller.clinic)
    opened = [_opened(ctx, key, met.thumbprint, each, caller) for each in sealed]
    if not any(isinstance(each, _Opened) for each in opened):
        return [each for each in opened if isinstance(each, Taken)]
    counter = store.register(ctx.tx, met, by=caller.actor, now=ctx.now)
    if caller.clinic is not None and counter.clinic not in (None, caller.clinic):
        raise Refused("wrong-clinic", f"This counter's receipts come from {counter.clinic}.", where="device")
    taken = [each if isinstance(each, Taken) else _keep(ctx, counter, each, caller) for each in opened]
    stored = sum(each.state in (STORED, CONFLICT) for each in taken)
    if stored:
        audit.record(ctx, "receipts.stored", counter.thumbprint, count=stored)
    return taken


def accept(ctx: Context, receipts: Iterable[Scan], caller: Caller) -> list[tuple[str, str]]:
    """Id and state of each receipt that nobody signed: `stored`, or `known` when it had come before.

    Raises: Refused("wrong-clinic")
    """
    states = []
    for number, receipt in enumerate(receipts):
        caller.clinic_for(receipt.clinic, where=f"receipts.{number}.clinic")
        new = store.add_receipt(ctx.tx, receipt, sent_by=caller.actor, now=ctx.now)
        states.append((receipt.id, STORED if new else KNOWN))
        if new:
            _look_up(ctx, receipt)
            _note_doubles(ctx, receipt)
    stored = sum(state == STORED for _, state in states)
    if stored:
        audit.record(ctx, "receipts.stored", caller.actor, count=stored)
    return states


def note(ctx: Context, found: Verdict, shown: Pass, clinic: str | None, caller: Caller) -> None:
    """Keep what was answered of a pass, for its person and for what clinics will tell of it."""
    scan = Scan(
        id=f"o.{ctx.random(16).hex()}",
        cti=found.cti,
        verdict=found.verdict,
        scanned_at=ctx.now,
        clinic=clinic,
        profile=found.profile,
        status_index=shown.claims.status_index,
        reason=found.reasons[0] if found.reasons else None,
        is_online=True,
    )
    store.add_scan(ctx.tx, scan, sent_by=caller.actor, now=ctx.now)


def doubles(ctx: Context, *, within_s: int) -> list[Double]:
    """The passes that were in two hands, as far as what came in within so many seconds tells; newest first."""
    pairs = store.passes_seen_twice(ctx.tx, received_since=ctx.now - within_s, limit=LISTED)
    return [
        Double(first.cti or "", first.profile or second.profile, first, second)
        for first, second in pairs
        if is_double(first, second)
    ]


def _opened(ctx: Context, key: PublicKey, thumbprint: str, sealed: Sealed, caller: Caller) -> _Opened | Taken:
    """The receipt inside, or its refusal: not this counter's word, not what its id says, or another clinic's."""
    try:
        raw = trust.open_sealed(ctx, sealed.receipt)
        receipt, sign1 = parse_receipt(raw)
    except Malformed:
        return Taken(sealed.id, REFUSED, UNREADABLE)
    is_named = digest_of(raw).hex() == sealed.id and base64url_encode(receipt.device) == thumbprint
    if not is_named or not cose.verify_sign1(sign1, key):
        return Taken(sealed.id, REFUSED, UNREADABLE)
    clinic = receipt.clinic or caller.clinic
    if caller.clinic not in (None, clinic):
        return Taken(sealed.id, REFUSED, WRONG_CLINIC)
    return _Opened(sealed.id, raw, receipt, clinic)


def _keep(ctx: Context, counter: Counter, opened: _Opened, caller: Caller) -> Taken:
    before = store.find_scan(ctx.tx, _id_of(digest_of(opened.raw)))
    if before is not None:  # a counter that heard no answer tells again, and is answered again
        return Taken(opened.id, *((CONFLICT, before.why) if before.state == CONFLICT else (KNOWN, None)))
    number, scan = opened.receipt.number, _scan_of(opened, counter)
    why = _contradiction(ctx, opened.receipt, counter)
    if why is not None:
        scan = replace(scan, state=CONFLICT, why=why)
        audit.record(ctx, "receipt.conflict", opened.id, why=why, device=counter.thumbprint, number=number)
    store.add_scan(ctx.tx, scan, sent_by=caller.actor, now=ctx.now)
    _look_up(ctx, scan)
    _note_doubles(ctx, scan)
    return Taken(opened.id, scan.state, why)


def _contradiction(ctx: Context, receipt: Receipt, counter: Counter) -> str | None:
    """Why the receipt does not follow what its counter's chain has."""
    if store.stored_number(ctx.tx, counter.thumbprint, receipt.number) is not None:
        return FORK
    if receipt.previous is None:
        return None
    before = store.find_scan(ctx.tx, _id_of(receipt.previous))
    is_next = before is not None and (before.device, before.number) == (counter.thumbprint, receipt.number - 1)
    return None if is_next else GAP


def _scan_of(opened: _Opened, counter: Counter) -> Scan:
    receipt, seen = opened.receipt, opened.receipt.seen
    return Scan(
        id=_id_of(digest_of(opened.raw)),
        cti=None if seen is None else seen.cti.hex(),
        verdict=receipt.verdict,
        scanned_at=receipt.scanned_at,
        clinic=opened.clinic,
        device=counter.thumbprint,
        number=receipt.number,
        profile=None if seen is None else seen.profile,
        status_index=None if seen is None else seen.status_index,
        reason=receipt.reason,
        raw=opened.raw,
    )


def _id_of(digest: bytes) -> str:
    return f"r.{base64url_encode(digest)}"


def _note_doubles(ctx: Context, scan: Scan) -> None:
    """Write down where else a pass was, that cannot have been there with the same person (row E03)."""
    if scan.cti is None:
        return
    since, until = scan.scanned_at - TWO_PLACES_S, scan.scanned_at + TWO_PLACES_S
    for other in store.scans_of_pass(ctx.tx, scan.cti, since=since, until=until):
        if other.id != scan.id and is_double(scan, other):
            audit.record(ctx, "pass.seen-twice", scan.cti, here=scan.clinic, there=other.clinic)


def _look_up(ctx: Context, scan: Scan) -> None:
    """Raise the alarm for a pass that was green off line and that nobody was given here.

    Of what a clinic saw off line only the cti comes; that of a card is not kept, and no card is `valid`.
    """
    if scan.verdict != VALID or scan.cti is None:
        return
    from amate.features.issuance import actions as issuance  # with what draws cards, which nodes and packs do without

    if not issuance.knows_pass(ctx, scan.cti):
        trust.alarm_foreign(ctx, "unknown", "pass", subject=scan.cti, clinic=scan.clinic)
