"""verdict.json: every verdict and every reason, each limit and one second more, the attacks by their rows."""

from __future__ import annotations

from . import _verdict_challenges, _verdict_issuers, _verdict_revocations, _verdict_times
from ._verdict_worlds import Cases, worlds


def build() -> dict[str, object]:
    described = worlds()
    cases = Cases(described)
    for add in (*_verdict_issuers.ALL, *_verdict_times.ALL, *_verdict_revocations.ALL, *_verdict_challenges.ALL):
        add(cases)
    return {
        "about": "Verdicts on scanned texts in the worlds below; expect is the verdict. TEST keys, nobody's data.",
        "source": "the order of decisions is described in verdict.py; attack rows A05-A15, C02, E01-E04, E09",
        "worlds": described,
        "cases": cases.cases,
    }
