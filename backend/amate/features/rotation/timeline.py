"""The life of every key on one axis, as a terminal draws it."""

from __future__ import annotations

from typing import Final

from amate.core.trust import REVOKED, seconds_from_iso
from amate.features.rotation.planning import Plan
from amate.features.trust.model import DAY_S, IssuerKey, iso

# What a key does at a moment: verifiers know it, it signs, what it signed is believed, nothing is.
KNOWN, SIGNS, BELIEVED, NOTHING = "·", "█", "─", " "
DISTRUSTED: Final = "╳"
DECIDED: Final = "!"
HANDED_OVER: Final = "▽"
_LEGEND: Final = f"· known  █ may sign  {HANDED_OVER} planned hand-over  ─ believed  ╳ distrusted"
_LEGEND_UNTOLD: Final = f"{DECIDED} decided, not told: still believed"
BEHIND_S, AHEAD_S = 45 * DAY_S, 430 * DAY_S


def timeline(made: Plan, *, width: int) -> str:
    """Each key on one axis: · verifiers know it, █ it may sign, ─ what it signed is believed, ╳ nothing of it is.

    ▽ when its successor is to sign in its place: the next thing that happens to most keys. ! from the decision to
    distrust it on, as long as verifiers have not been told and believe it.
    """
    label = 24
    columns = max(16, width - label - 2)
    start, end = made.now - BEHIND_S, made.now + AHEAD_S
    step_s = (end - start) / columns
    here = int((made.now - start) / step_s)
    rows = [f"{'':<{label}} {' ' * here}▼ now, {iso(made.now)[:10]}"]
    for key_, _ in made.keys:
        cells = "".join(_cell(key_, start + int((n + 0.5) * step_s), key_.kid in made.untold) for n in range(columns))
        mark = int((made.hand_overs.get(key_.kid, 0) - start) / step_s)
        cells = f"{cells[:mark]}{HANDED_OVER}{cells[mark + 1 :]}" if here < mark < columns else cells
        rows.append(f"{f'{key_.use} {key_.shard}  {key_.kid[:10]}':<{label}} {cells}")
    edge = f"{iso(start)[:10]:<{columns - 10}}{iso(end)[:10]}"
    legend = [_LEGEND, _LEGEND_UNTOLD] if made.untold else [_LEGEND]
    return "\n".join([*rows, f"{'':<{label}} {edge}", *(f"{'':<{label}} {line}" for line in legend)])


def _cell(key_: IssuerKey, at: int, is_untold: bool) -> str:
    """What a key does at an instant; is_untold: verifiers go on believing it, whatever was decided."""
    if key_.state == REVOKED and not is_untold:
        return DISTRUSTED
    if at >= key_.accept_until:
        return NOTHING
    if key_.distrust is not None and at >= seconds_from_iso(str(key_.distrust["at"])):
        return DECIDED
    stops = key_.sign_until if key_.frozen_at is None else min(key_.frozen_at, key_.sign_until)
    if key_.sign_from <= at < stops:
        return SIGNS
    if at >= key_.sign_from:
        return BELIEVED
    return KNOWN if key_.published_at is not None and at >= key_.published_at else NOTHING
