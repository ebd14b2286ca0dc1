"""Cases of verdict.json about the revocations of the whole country: beside the status lists, and instead of them."""

from __future__ import annotations

from ._filed_worlds import ENDS, FILED, FILED_INDEX, LIMITS, LISTED
from ._material import DAY, NOW
from ._verdict_worlds import VALID, Cases, Expected, check, not_valid, stale
from ._world import REVOKED_INDEX, pass_of, shown

REVOKED = not_valid("revoked")
LIST_SIZE = 2**20
OLD_S = 31 * DAY


def _add(
    cases: Cases,
    name: str,
    expected: Expected,
    age_s: int | None,
    *,
    world: str,
    index: int = 12_345,
    now: int = NOW,
) -> None:
    """A device pass with this status index; and how old the answer is said to be."""
    cases.add(name, shown(pass_of(status_index=index), at=now), expected, world=world, now=now)
    told = cases.cases[-1]["output"]["status_age_s"]
    if told != age_s:
        raise SystemExit(f"verdict/{name}: {told} seconds old instead of {age_s}")


def either(cases: Cases) -> None:
    """Revoked when either of them says so, whichever is the newer."""
    fresh_s = NOW - FILED
    _add(cases, "filed-and-not-revoked", VALID, fresh_s, world="filed")
    _add(cases, "revoked-by-the-file-alone", REVOKED, fresh_s, index=FILED_INDEX, world="filed")
    _add(cases, "revoked-by-the-list-alone", REVOKED, fresh_s, index=REVOKED_INDEX, world="filed")
    for step in (-1, 1):
        _add(cases, f"beside-the-filed-{step}", VALID, fresh_s, index=FILED_INDEX + step, world="filed")
    for world, age_s in {"filed-before-the-list": 600, "filed-long-ago": 600, "filed-and-the-list-old": 300}.items():
        for name, index in {"file": FILED_INDEX, "list": REVOKED_INDEX}.items():
            _add(cases, f"{world}-revoked-by-the-{name}", REVOKED, age_s, index=index, world=world)
    _add(cases, "both-old-revoked-by-the-file", REVOKED, OLD_S, index=FILED_INDEX, world="filed-and-both-old")
    for profile, name in {2: "ephemeral", 3: "printed"}.items():
        cases.add(f"revoked-by-the-file-{name}", pass_of(profile, status_index=FILED_INDEX), REVOKED, world="filed")
    used = pass_of(2, status_index=FILED_INDEX)
    cases.add("revoked-by-the-file-before-used", used, REVOKED, world="filed", single_use=False)
    short = {"world": "filed-beside-a-short-list"}
    _add(cases, "c02-filed-and-beyond-a-short-list", not_valid("status-out-of-range"), fresh_s, **short)
    _add(cases, "revoked-by-the-file-beyond-a-short-list", REVOKED, fresh_s, index=FILED_INDEX, **short)


def instead(cases: Cases) -> None:
    """The file stands in for the lists that it has, and for no other."""
    fresh_s = NOW - FILED
    _add(cases, "filed-only", VALID, fresh_s, world="filed-only")
    _add(cases, "filed-only-revoked", REVOKED, fresh_s, index=FILED_INDEX, world="filed-only")
    _add(cases, "filed-only-revoked-in-list-1", REVOKED, fresh_s, index=LIST_SIZE + REVOKED_INDEX, world="filed-only")
    _add(cases, "filed-only-not-revoked-in-list-0", VALID, fresh_s, index=REVOKED_INDEX, world="filed-only")
    _add(cases, "filed-only-last-entry", VALID, fresh_s, index=2 * LIST_SIZE - 1, world="filed-only")
    missing = stale("status-missing")
    _add(cases, "filed-only-and-another-list", missing, None, index=2 * LIST_SIZE, world="filed-only")
    _add(cases, "filed-only-and-a-list-far-away", missing, None, index=2**38, world="filed-only")
    _add(cases, "filed-nothing", missing, None, world="filed-nothing")
    printed = pass_of(3)
    cases.add("filed-only-printed", printed, check("printed"), world="filed-only")
    for world in ("filed-and-the-list-old", "filed"):
        beyond = LIST_SIZE if world == "filed" else 0  # its list is missing, or old
        _add(cases, f"{world}-stands-in", VALID, fresh_s, index=beyond + 5, world=world)


def fresh(cases: Cases) -> None:
    """The answer is as old as the better of the two, and no younger than what was signed."""
    _add(cases, "filed-before-the-list", VALID, NOW - LISTED, world="filed-before-the-list")
    _add(cases, "filed-long-ago", VALID, NOW - LISTED, world="filed-long-ago")
    _add(cases, "filed-and-both-old", stale("status-expired"), OLD_S, world="filed-and-both-old")
    answers = {
        "warn": (VALID, ("valid", ("status-aging",))),
        "stale": (("valid", ("status-aging",)), stale("status-stale")),
        "refuse": (stale("status-stale"), stale("status-expired")),
    }
    for name, (at, after) in answers.items():
        _add(cases, f"filed-{name}", at, LIMITS[name], world=f"filed-{name}")
        _add(cases, f"filed-{name}-and-one", after, LIMITS[name] + 1, world=f"filed-{name}-and-one")


def ended(cases: Cases) -> None:
    """Past its own end neither is relied on, and the other one is, though it be older."""
    by_list, by_file, over = ENDS - LISTED, ENDS - FILED, stale("status-stale")
    last, end = {"now": ENDS - 1}, {"now": ENDS}
    _add(cases, "filed-list-ends-last-second", VALID, by_list - 1, world="filed-and-the-list-ends", **last)
    _add(cases, "filed-list-is-over", VALID, by_list + 1, world="filed-and-the-list-ends", **end)
    _add(cases, "filed-file-ends-last-second", VALID, by_file - 1, world="filed-and-the-file-ends", **last)
    aging = ("valid", ("status-aging",))
    _add(cases, "filed-file-is-over", aging, by_list + DAY, world="filed-and-the-file-ends", **end)
    _add(cases, "filed-only-ends-last-second", VALID, by_file - 1, world="filed-only-and-ends", **last)
    _add(cases, "filed-only-is-over", over, by_file, world="filed-only-and-ends", **end)
    _add(cases, "filed-both-are-over", over, by_file, world="filed-and-both-end", **end)
    only = "filed-only-and-ends"
    _add(cases, "filed-only-is-over-and-revoked", REVOKED, by_file, world=only, index=FILED_INDEX, **end)
    expired_list = "filed-long-ago-and-the-list-ends"
    _add(cases, "filed-long-ago-and-the-list-is-over", over, by_list, world=expired_list, **end)


def unbelieved(cases: Cases) -> None:
    """A file that is not as a key for status lists in force signed it is not there."""
    for name in (
        *("by-a-revoked-key", "by-a-distrusted-key", "by-a-pass-key", "before-its-key"),
        *("of-another-place", "with-a-byte-more", "of-another-size"),
    ):
        world = f"unfiled-{name}"
        _add(cases, f"filed-{name}", stale("status-missing"), None, index=FILED_INDEX, world=world)


ALL = (either, instead, fresh, ended, unbelieved)
