"""A synthetic country's clinics, as many and as hard to foretell as the real ones of January 2025.

Every unit has a place of its own, a name as long in brotli as those of a real state (the official file of Hidalgo takes
5.9 bytes a name, this one 6.2), the next of 2,478 municipalities, the institutions of the official file, hours, and
every unit of IMSS-Bienestar the key of a closed one. Source: DGIS, CLUES and its sheet of hours, January 2025.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from scipy.spatial import cKDTree

from amate.core.hours import WEEK, Week, Zone
from amate.features.clinics.model import PRIVATE, STATES, Clinic, Hours
from amate.features.clinics.pack import packed
from tests.bench.bench_clinics import clinic, points

INSTITUTIONS = {
    "SSA": 14_494, "SMP": 13_547, "IMB": 8_339, "IMO": 4_073, "DIF": 462, "SME": 215, "IMS": 167, "SDN": 103, "IST": 82,
    "CIJ": 79, "SMM": 67, "CRO": 54, "HUN": 33, "PMX": 30, "SMA": 30, "PGR": 27, "FGE": 26, "SPC": 15, "SCT": 2,
}  # fmt: skip
UNITS = sum(INSTITUTIONS.values())
MUNICIPALITIES = 2_478
PUBLIC_KINDS = ("CENTRO DE SALUD", "UNIDAD MÉDICA RURAL", "U.M.F.", "HOSPITAL GENERAL")
PRIVATE_KINDS = ("CONSULTORIO MÉDICO", "CONSULTORIO", "CLÍNICA", "CONSULTORIO DENTAL", "SANATORIO", "FARMACIA")
SYLLABLES = "HUA TLA CUA PAN TE PEC MI XI CO TZIN CHI LA SAN TA MA RÍA TO LU CA JA LIS VE RA CRUZ ZA POP OA XA NO GUE"
LEVELS, SHARES = (1, 2, 3), (94, 5, 1)
STAYS = 0.95  # the share of the public units that do not move about
ZONES = [Zone(-6, has_summer=False)] * 26 + [Zone(-7, has_summer=False)] * 4
ZONES += [Zone(-8, has_summer=True), Zone(-5, has_summer=False)]


def hours(days: int, opens: float, closes: float) -> Week:
    """From Monday on, so many days."""
    return tuple((day * 1440 + int(opens * 60), day * 1440 + int(closes * 60)) for day in range(days))


USUAL = (hours(5, 8, 16), hours(5, 8, 14), ((0, WEEK),), hours(6, 8, 20), hours(5, 8, 15), hours(7, 8, 20))
OFTEN = (50, 15, 12, 6, 5, 4)
UNUSUAL, SHARE_UNUSUAL = 400, 0.15


def the_country() -> dict[str, Any]:
    """`clinics.json` of it."""
    chance = random.Random(137)
    words = ["".join(chance.choices(SYLLABLES.split(), k=chance.randint(2, 4))) for _ in range(8_000)]
    units = _units(chance, words)
    closed = {f"{u.state}SSA{chance.randrange(10**6):06d}": u.clues for u in units if u.institution == "IMB"}
    return {"version": 1, "env": "test", **packed(units, closed, _opening(chance, units))}


def _units(chance: random.Random, words: list[str]) -> list[Clinic]:
    seats, capitals, places = points(MUNICIPALITIES, 5), points(len(STATES), 6), points(UNITS, 8)
    municipality_of = cKDTree(seats).query(places)[1]
    state_of = cKDTree(capitals).query(seats)[1]
    names = [" ".join(chance.choices(words, k=chance.choice((1, 1, 2)))) for _ in seats]
    institutions = [code for code, count in INSTITUTIONS.items() for _ in range(count)]
    chance.shuffle(institutions)
    states = [list(STATES)[state_of[municipality]] for municipality in municipality_of]
    numbers = _numbers(chance, list(zip(states, institutions, strict=True)))
    units = []
    for n, ((lat, lon), municipality) in enumerate(zip(places, municipality_of, strict=True)):
        institution, state = institutions[n], states[n]
        is_private = institution in PRIVATE
        kind = chance.choice(PRIVATE_KINDS if is_private else PUBLIC_KINDS)
        units.append(
            clinic(n, lat, lon)._replace(
                clues=f"{state}{institution}{numbers[n]:05d}{chance.randrange(7)}",
                name=" ".join([kind, *chance.choices(words, k=2)]),
                institution=institution,
                state=state,
                municipality=names[municipality],
                level=chance.choices(LEVELS, SHARES)[0],
                counts_for_nearest=not is_private and chance.random() < STAYS,
            )
        )
    return units


def _numbers(chance: random.Random, kinds: list[tuple[str, str]]) -> list[int]:
    """For each unit a number of its own in its state and institution, where every other number is in use."""
    free = {kind: chance.sample(range(2 * count), count) for kind, count in Counter(kinds).items()}
    return [free[kind].pop() for kind in kinds]


def _opening(chance: random.Random, units: list[Clinic]) -> dict[str, Hours]:
    unusual = [
        hours(chance.randint(5, 7), chance.randint(12, 20) / 2, chance.randint(26, 44) / 2) for _ in range(UNUSUAL)
    ]
    zone_of = dict(zip(STATES, ZONES, strict=True))
    return {
        unit.clues: Hours(
            zone_of[unit.state],
            chance.choice(unusual) if chance.random() < SHARE_UNUSUAL else chance.choices(USUAL, OFTEN)[0],
        )
        for unit in units
    }
