"""What a clinic is told about a scanned text: is it real, whose is it, what are they entitled to here.

Trust fails closed and care fails open: nothing here says that somebody must not be cared for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from amate.core import cose, curp, days, encoding, entitlement, qr_pass, standing, status_list
from amate.core.entitlement import Answer, ClinicFacts, Rights
from amate.core.fragment import is_fragment
from amate.core.qr_pass import Claims, Identity, Pass, Presentation
from amate.core.standing import SignedRevocations, Standing
from amate.core.status_list import StatusList
from amate.core.trust import Trust, keys_for, refusal
from amate.errors import Malformed

VALID, CHECK_IDENTITY, STALE = "valid", "check_identity", "stale"
NOT_VALID, NOT_A_PASS = "not_valid", "not_a_pass"
_AGING: Final = ("trust-aging", standing.AGING)  # told, but nothing to doubt the pass for


class Verdict(NamedTuple):
    """The answer; `reasons` are slugs, the weightiest first.

    person: {name, curp}, or {hint} when the identity is sealed to others; only when the issuer's word holds
    ages:   whole seconds; clock_skew_s is the phone's clock minus ours
    cti:    hex, the key by which a second scan is noticed; never shown
    rights: what the entitlement rests on, to be put to other clinics; never shown
    """

    verdict: str
    reasons: tuple[str, ...]
    demo: bool
    profile: int | None = None
    person: Mapping[str, str] | None = None
    entitlement: Answer | None = None
    assigned_clinic: str | None = None
    trust_age_s: int | None = None
    status_age_s: int | None = None
    clock_skew_s: int | None = None
    cti: str | None = None
    rights: Rights | None = None


class _Scan(NamedTuple):
    """A parsed pass and everything that its verdict rests on."""

    pass_: Pass
    shown: Presentation | None
    trust: Trust
    standing: Standing
    now: int
    later: int  # now, or the floor when our own clock is behind it
    single_use: bool | None
    trust_age_s: int
    challenge: str | None


def verdict(
    text: str,
    *,
    trust: Trust | None,
    status: Mapping[int, StatusList],
    clinic: ClinicFacts | None,
    now: int,
    service: str = "general",
    single_use: bool | None = None,
    revocations: SignedRevocations | None = None,
    challenge: str | None = None,
) -> Verdict:
    """The verdict on a scanned text, whatever the text is.

    text:        as scanned, without white space around it
    status:      by number of the list
    now:         seconds since 1970 by the verifier's clock
    single_use:  for ephemeral passes, whether this is the first use; None when nobody could be asked
    revocations: of the whole country, where the verifier holds them beside its lists
    challenge:   six digits that the phone was asked to answer with; no clock plays a part in what is proven then
    """
    demo = trust is not None and trust.env == "demo"
    try:
        parsed = qr_pass.parse(encoding.bytes_from_text(text))
    except Malformed as error:
        return Verdict(NOT_A_PASS, ("malformed" if is_fragment(text) else error.slug,), demo)
    if trust is None:
        return Verdict(STALE, ("no-trust",), demo)
    shown, pass_ = (parsed, parsed.pass_) if isinstance(parsed, Presentation) else (None, parsed)
    index, later = pass_.claims.status_index, max(now, trust.floor)
    listed = status.get(index // status_list.LIST_SIZE)
    stands = standing.standing_of(index, listed=listed, filed=revocations, limits=trust.policy.staleness, now=later)
    trust_age_s = max(0, later - trust.refreshed_at)
    scan = _Scan(pass_, shown, trust, stands, now, later, single_use, trust_age_s, challenge)
    return _judge(scan, clinic, service)


def _judge(scan: _Scan, clinic: ClinicFacts | None, service: str) -> Verdict:
    fault = _issuer_fault(scan) or _possession_fault(scan)
    if fault is not None:
        return _answer(scan, NOT_VALID, (fault,))
    identity = _identity(scan)
    fault = _identity_fault(scan, identity) or _date_fault(scan) or _status_fault(scan)
    if fault is not None:
        return _answer(scan, NOT_VALID, (fault,))
    told = tuple(filter(None, (_clock_reason(scan), _trust_reason(scan), scan.standing.doubt)))
    stale = tuple([reason for reason in told if reason not in _AGING]) if told else ()
    aging = tuple([reason for reason in told if reason in _AGING]) if told else ()
    possession = _possession_reasons(scan)
    sealed = ("identity-sealed",) if identity is None else ()
    word = STALE if stale else CHECK_IDENTITY if possession and not _is_answered(scan) else VALID
    rights = _rights(scan, identity, service)
    reasons = stale + possession + aging + sealed
    return _answer(
        scan, word, reasons, _person(scan.pass_.claims, identity), entitlement.answer_at(rights, clinic), rights
    )


def _answer(
    scan: _Scan,
    word: str,
    reasons: tuple[str, ...],
    person: Mapping[str, str] | None = None,
    entitled: Answer | None = None,
    rights: Rights | None = None,
) -> Verdict:
    """The verdict; without a person nothing else of the pass is told either."""
    claims, shown = scan.pass_.claims, scan.shown
    return Verdict(
        word,
        reasons,
        scan.trust.env == "demo",
        claims.profile,
        person,
        entitled,
        claims.assigned_clinic if person else None,
        scan.trust_age_s,
        scan.standing.age_s,
        None if shown is None else shown.shown_at - scan.now,
        claims.cti.hex() if person else None,
        rights,
    )


def _issuer_fault(scan: _Scan) -> str | None:
    keys = keys_for(scan.trust, scan.pass_.kid8)
    if not keys:
        return "unknown-issuer"
    for key in keys:  # 8 bytes of a kid can collide: the signature says which key it is
        if cose.verify_sign1(scan.pass_.sign1, key.public_key):
            return refusal(key, "pass", iat=scan.pass_.claims.iat, now=scan.later)
    return "bad-signature"


def _possession_fault(scan: _Scan) -> str | None:
    if scan.pass_.claims.profile != qr_pass.DEVICE:
        return None
    if scan.shown is None:
        return "presentation-missing"
    try:
        key = cose.key_from_cose(scan.pass_.claims.holder)
    except Malformed:
        return "bad-presentation"
    return None if cose.verify_sign1(scan.shown.sign1, key) else "bad-presentation"


def _identity(scan: _Scan) -> Identity | None:
    claims = scan.pass_.claims
    key = _sealing_key(scan)
    if claims.sealed is None or key is None:
        return claims.identity
    protected_bytes = scan.pass_.sign1.protected_bytes
    return qr_pass.unseal(claims.sealed, key=key, cti=claims.cti, protected_bytes=protected_bytes)


def _sealing_key(scan: _Scan) -> bytes | None:
    sealed = scan.pass_.claims.sealed
    return None if sealed is None else scan.trust.sealing.get(sealed.number)


def _identity_fault(scan: _Scan, identity: Identity | None) -> str | None:
    return "bad-identity" if identity is None and _sealing_key(scan) is not None else None


def _date_fault(scan: _Scan) -> str | None:
    claims = scan.pass_.claims
    if claims.exp <= scan.later:
        return "expired"
    if claims.exp - claims.iat > scan.trust.policy.lifetimes[claims.profile]:
        return "lifetime-too-long"
    return None


def _status_fault(scan: _Scan) -> str | None:
    if scan.standing.fault is not None:
        return scan.standing.fault
    is_used = scan.pass_.claims.profile == qr_pass.EPHEMERAL and scan.single_use is False
    return "already-used" if is_used else None


def _clock_reason(scan: _Scan) -> str | None:
    # Later is now, unless the floor lies ahead of it.
    newest = max(scan.later, scan.pass_.claims.iat)
    return "clock-behind" if newest - scan.now > scan.trust.policy.clock.behind_floor_s else None


def _trust_reason(scan: _Scan) -> str | None:
    limits, age_s = scan.trust.policy.staleness, scan.trust_age_s
    if age_s <= limits.warn_s:
        return None
    if age_s > limits.refuse_s:
        return "trust-expired"
    return "trust-stale" if age_s > limits.stale_s else "trust-aging"


def _possession_reasons(scan: _Scan) -> tuple[str, ...]:
    """Why it is not proven who holds the pass; or that it is, by an answer."""
    if _is_answered(scan):
        return ("challenge-met",)
    unproven = _unproven_reasons(scan)
    return unproven if scan.challenge is None else ("challenge-unanswered", *unproven)


def _is_answered(scan: _Scan) -> bool:
    """Whether the phone answers what it was asked: possession is proven then, whatever its clock says."""
    return scan.challenge is not None and scan.shown is not None and scan.shown.challenge == scan.challenge


def _unproven_reasons(scan: _Scan) -> tuple[str, ...]:
    profile = scan.pass_.claims.profile
    if profile == qr_pass.PRINTED:
        return ("printed",)
    if profile == qr_pass.EPHEMERAL and scan.single_use is None:
        return ("single-use-unproven",)
    return () if scan.shown is None else _freshness_reasons(scan, scan.shown)


def _freshness_reasons(scan: _Scan, shown: Presentation) -> tuple[str, ...]:
    clock = scan.trust.policy.clock
    slack_s = clock.skew_s + min(shown.clock_quality_s or 0, clock.quality_cap_s)
    if scan.now - shown.shown_at > clock.presentation_s + slack_s:
        return ("presentation-stale",)
    return ("clock-skewed",) if shown.shown_at - scan.now > slack_s else ()


def _person(claims: Claims, identity: Identity | None) -> Mapping[str, str]:
    if identity is None:
        return {"hint": claims.hint}
    return {"name": identity.name, "curp": identity.curp}


def _rights(scan: _Scan, identity: Identity | None, service: str) -> Rights:
    claims, policy = scan.pass_.claims, scan.trust.policy
    return entitlement.rights_of(
        policy.table,
        entitlements=claims.entitlements,
        assigned_clinic=claims.assigned_clinic,
        service=service,
        on_day=days.day_at(scan.later),
        birth_day=None if identity is None else curp.birth_day(identity.curp),
    )
