"""One synchronisation of a node: what comes from the centre, what goes there, its own certificate, each by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from amate.db.engine import is_outage
from amate.errors import AmateError, Unavailable
from amate.features.trust import actions as trust
from amate.features.trust.model import iso
from amate.features.verification import pack, report
from amate.features.verification.node import certificate, folder, model, relaying, store
from amate.features.verification.node.model import JsonObject
from amate.features.verification.remote import Deployment

Clock = Callable[[], int]


class Part(NamedTuple):
    """What one part of a synchronisation did, and what went wrong in it, if anything did."""

    name: str
    done: JsonObject
    trouble: AmateError | None = None


def sync(to: Path, *, env: str, clock: Clock) -> list[Part]:
    """Bring the pack up to date, tell the centre what it is to be told, and renew the certificate when it is time.

    No part keeps another from running.

    Raises: Malformed("not-enrolled", "node-broken"), Unavailable("storage-unavailable"): then nothing can run
    """
    enrolment = folder.enrolment_of(to)
    with trust.alone(to / folder.LOCK):
        centre = Deployment(enrolment.source, folder.token_in(to))
        engine = store.open_store(to)
        try:
            return [
                *_pack(to, centre, engine, env=env, clock=clock),
                _part("reports", lambda: {"told": relaying.relay_reports(engine, centre)}),
                _receipts(engine, centre, clock),
                _part("certificate", lambda: {"renewed": certificate.renew(to, now=clock())}),
            ]
        finally:
            engine.dispose()


def _part(name: str, act: Callable[[], JsonObject]) -> Part:
    try:
        return Part(name, act())
    except AmateError as error:
        return Part(name, {}, error)
    except DBAPIError as error:
        if not is_outage(error):
            raise
        said = f"node.db: {error.orig}: free some space, or mend the disk"
        return Part(name, {}, Unavailable("database-unavailable", said))


def _pack(to: Path, centre: Deployment, engine: Engine, *, env: str, clock: Clock) -> list[Part]:
    """The pack, and how old it is, which only a synchronisation that went well tells."""
    told: list[Part] = []

    def act() -> JsonObject:
        synced = pack.sync(centre, to, env=env, anchor=None)
        is_told, trouble = report.report_ages(centre, to, synced)
        told.append(Part("ages", {"told": is_told}, trouble))
        with engine.begin() as tx:
            store.put_heard(tx, model.CENTRE, clock())
        return {
            "signed_at": iso(synced.signed_at),
            "clinics": synced.clinics,
            "sealing_keys": synced.sealing_keys,
            "revocations_refused": synced.revocations_refused,
        }

    return [_part("pack", act), *told]


def _receipts(engine: Engine, centre: Deployment, clock: Clock) -> Part:
    trouble: list[AmateError] = []

    def act() -> JsonObject:
        done = relaying.relay(engine, centre, clock)
        if done.trouble is not None:
            trouble.append(done.trouble)
        return {"sent": done.sent, "conflicts": done.conflicts, "refused": done.refused}

    part = _part("receipts", act)
    return part if part.trouble is not None or not trouble else part._replace(trouble=trouble[0])
