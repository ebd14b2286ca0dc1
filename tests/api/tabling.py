"""Changes of the decision table, as tests need them: the first announced phase, from whatever day is wanted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from amate.context import Context
from amate.core.days import date_from_day, day_at
from amate.features.entitlement import actions as entitlement
from amate.features.rotation import actions
from amate.features.rotation.actions import Standing
from amate.features.trust import actions as trust
from tests.api.rotating import holder

VERSION = "first-phase"


def phase(on: str) -> dict[str, Any]:
    """The first announced phase as a draft of a day."""
    read = entitlement.read_draft(entitlement.announced()[0])
    rules = [rule | {"from": on} for rule in read["rules"]]
    return read | {"version": VERSION, "on": on, "rules": rules}


def phase_file(folder: Path, on_day: int, **bent: Any) -> Path:
    """The same in a file, bent."""
    path = folder / f"draft-{bent.get('version', VERSION)}.json"
    path.write_text(json.dumps(phase(date_from_day(on_day)) | bent), encoding="utf-8")
    return path


def proposed(ctx: Context, folder: Path, *, on_day: int | None = None, signed: bool = True, **bent: Any) -> Standing:
    """A proposal of it, from today on; signed: by both people."""
    path = phase_file(folder, day_at(ctx.now) if on_day is None else on_day, **bent)
    made = actions.propose_table(ctx, path, holder(ctx, 0))
    return actions.approve(ctx, made.proposal.id, holder(ctx, 1)) if signed else made


def published(ctx: Context, folder: Path, *, on_day: int | None = None, **bent: Any) -> Standing:
    """The same, in force."""
    done = actions.carry_out(ctx, proposed(ctx, folder, on_day=on_day, **bent).proposal.id)
    ctx.commit()
    trust.publish(ctx)
    return done


def everywhere(on: str) -> dict[str, Any]:
    """A draft that nobody's answer stays the same by: a consultation anywhere, by exchange."""
    rule = {
        "before": "third-level-by-referral",
        "id": "everywhere",
        "from": on,
        "until": None,
        "when": {"service": ["general"]},
        "then": {"payer": "own", "attend": "here_by_exchange", "services": ["general", "urgent"]},
        "basis": "policy",
        "source": "a test",
    }
    return {"version": "everywhere", "on": on, "ends": [], "rules": [rule]}
