"""Answer what a clinic scans, on line and from a pack; take in how old its lists are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from amate.context import Context
from amate.core.qr_pass import Pass
from amate.core.trust import keys_for
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.clinics.model import Directory
from amate.features.trust import actions as trust
from amate.features.verification import store, world
from amate.features.verification.model import (
    REPORTS_KEPT_S,
    SYNC_S,
    Ages,
    Asked,
    JsonObject,
    Signed,
    VerifierReport,
    World,
    answer,
    pass_in,
)
from amate.features.verification.receipts import actions as receipts
from amate.web.guards import Caller

NO_DIRECTORY = Directory([])
DAY_S = 86_400


def verify(ctx: Context, asked: Asked, caller: Caller) -> JsonObject:
    """The verdict on a scan that came in on line; an ephemeral pass is used up by it.

    A pass that holds, and that was not to be signed here, raises an alarm; the verdict is what any verifier's is. The
    scan is kept, so that the person sees who looked.

    Raises: Refused("wrong-clinic") for another clinic than the caller's own, Malformed("unknown-clinic")
    """
    clinic = caller.clinic_for(asked.clinic)
    stands = _world(ctx)
    found, said = answer(
        stands,
        clinics.directory(ctx),
        replace(asked, clinic=clinic),
        now=ctx.now,
        consume=lambda cti: store.use_pass(ctx.tx, cti, ctx.now),
    )
    reason = found.reasons[0] if found.reasons else None
    audit.record(ctx, "pass.verified", found.cti or "-", verdict=found.verdict, reason=reason, clinic=clinic)
    if found.cti is not None:
        shown = pass_in(asked.text)
        receipts.note(ctx, found, shown, clinic, caller)
        _compare(ctx, shown, stands, clinic)
    return said


def use(ctx: Context, cti: str, caller: Caller) -> bool | None:
    """Whether an ephemeral pass is shown for the first time, which uses it up; None of one that nobody was given here.

    The counter has judged the pass: what no key signed is not asked about, so that one unknown here raises the alarm.
    """
    from amate.features.issuance import actions as issuance  # with what draws cards, which nodes and packs do without

    if not issuance.knows_pass(ctx, cti):
        trust.alarm_foreign(ctx, "unknown", "pass", subject=cti, clinic=caller.clinic)
        return None
    is_first = store.use_pass(ctx.tx, cti, ctx.now)
    audit.record(ctx, "pass.used", cti, first=is_first, clinic=caller.clinic)
    return is_first


def look(ctx: Context, asked: Asked) -> JsonObject:
    """The verdict as this server would give it, without using a pass up or writing anything."""
    return answer(_world(ctx), clinics.directory(ctx), asked, now=ctx.now)[1]


def verify_with_pack(pack: Path, asked: Asked, *, env: str, now: int) -> JsonObject:
    """The verdict from a synced pack alone: no database, no network."""
    found = world.of_pack(pack, env=env)
    return answer(found, found.directory or NO_DIRECTORY, asked, now=now)[1]


def directory_of_pack(pack: Path, *, env: str) -> Directory:
    """The clinics that a pack knows."""
    return world.of_pack(pack, env=env).directory or NO_DIRECTORY


def holds_pack(folder: Path) -> bool:
    """Whether a folder holds a pack at all, whatever its state."""
    return (folder / world.CURRENT).exists()


def problem_of_pack(pack: Path, *, env: str) -> str | None:
    """Why nothing can be verified with this pack, or None when it can."""
    return world.of_pack(pack, env=env).problem


def signed_of_pack(pack: Path, *, env: str) -> Signed:
    """When what a pack's verdicts stand on was signed."""
    found = world.of_pack(pack, env=env)
    return Signed(
        None if found.trust is None else found.trust.refreshed_at,
        min((each.iat for each in found.status.values()), default=None),
        None if found.revocations is None else found.revocations.token.iat,
    )


def node_token(path: Path) -> bytes:
    """The token that a node asks of its callers; empty when there is no file."""
    return (trust.read_file(path) or b"").strip() if path.exists() else b""


def take_report(ctx: Context, report: VerifierReport) -> None:
    """Keep how old a verifier's lists are; who has been silent for 90 days is forgotten."""
    store.put_report(ctx.tx, report, ctx.now)
    store.drop_reports(ctx.tx, ctx.now - REPORTS_KEPT_S)


def ages(ctx: Context) -> Ages:
    """How old the lists of all verifiers are by now, as each last told: whoever is silent grows old.

    The bounds are those of the verdict (keys/policy.toml, `staleness`), after that of a verifier on line.
    """
    policy = trust.key_policy(ctx.settings.keys_dir)
    bounds_s = (SYNC_S, *(int(policy["staleness"][name]) for name in ("warn_s", "stale_s", "refuse_s")))
    skew_s = int(policy["clock"]["skew_s"])
    devices, recent, skewed = store.count_devices(ctx.tx, since=ctx.now - DAY_S, skew_s=skew_s)
    return Ages(
        bounds_s=bounds_s,
        devices=devices,
        recent=recent,
        skew_s=skew_s,
        skewed=skewed,
        trust=store.count_ages(ctx.tx, "trust_signed_at", bounds_s, ctx.now),
        status=store.count_ages(ctx.tx, "status_signed_at", bounds_s, ctx.now),
    )


def _compare(ctx: Context, found: Pass, stands: World, clinic: str | None) -> None:
    """Raise the alarm for a pass whose signature holds and which was not to be signed here."""
    from amate.features.issuance import actions as issuance  # with what draws cards, which nodes and packs do without

    if not issuance.has_signed(ctx, found):
        kid = keys_for(stands.trust, found.kid8)[0].kid if stands.trust is not None else "unknown"
        trust.alarm_foreign(ctx, kid, "pass", subject=found.claims.cti.hex(), clinic=clinic)


def _world(ctx: Context) -> World:
    settings = ctx.settings
    return world.of_server(settings.home, env=settings.env, sealing_keys=trust.sealing_keys(ctx))
