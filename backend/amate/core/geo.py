"""Distances on the WGS-84 ellipsoid, and the nearest of many points.

Source: NIMA TR8350.2 (WGS-84); T. Vincenty, Survey Review XXIII 176 (1975), inverse formula.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from amate.errors import Malformed

Point: TypeAlias = tuple[float, float]  # latitude, longitude in degrees

_A: Final = 6378137.0
_F: Final = 1 / 298.257223563
_B: Final = _A * (1 - _F)
_E2: Final = _F * (2 - _F)
_MEAN_RADIUS: Final = 6371008.8  # IUGG, (2a + b) / 3
_ROUNDS: Final = 100
_CLOSE: Final = 1e-12  # radians: 0.006 mm on the ground


def to_ecef(latitude: float, longitude: float) -> tuple[float, float, float]:
    """Earth-centred x, y, z in metres of a point on the ellipsoid.

    Raises: Malformed for a latitude beyond ±90, a longitude beyond ±180, or no number at all
    """
    _check((latitude, longitude))
    phi, lam = math.radians(latitude), math.radians(longitude)
    n = _A / math.sqrt(1 - _E2 * math.sin(phi) ** 2)
    across = n * math.cos(phi)
    return across * math.cos(lam), across * math.sin(lam), n * (1 - _E2) * math.sin(phi)


def distance_m(a: Point, b: Point) -> float:
    """Length in metres of the shortest way over the ellipsoid, to a millimetre.

    Nearly opposite points of the Earth, where Vincenty's iteration does not settle, get the distance over a sphere
    (0.6 % off at most).
    Raises: Malformed as to_ecef
    """
    _check(a)
    _check(b)
    if a == b:
        return 0.0
    settled = _vincenty(a, b)
    return _over_a_sphere(a, b) if settled is None else settled


def nearest(
    ecef: Sequence[float],
    origin: Point,
    *,
    limit: int,
    keep: Callable[[int], bool] | None = None,
) -> list[int]:
    """The numbers of the points nearest to the origin, nearest first; equal distances by number.

    ecef:  x, y, z of point 0, of point 1, …
    keep:  which points count (all, when not given)
    Straight chords order points as the ways over the ground do, at any distance that a person travels to a clinic.
    """
    x, y, z = to_ecef(*origin)
    numbers = (n for n in range(len(ecef) // 3) if keep is None or keep(n))
    chords = (((ecef[3 * n] - x) ** 2 + (ecef[3 * n + 1] - y) ** 2 + (ecef[3 * n + 2] - z) ** 2, n) for n in numbers)
    return [n for _, n in heapq.nsmallest(limit, chords)]


def _check(point: Point) -> None:
    # A comparison with NaN is false, so NaN is refused too.
    if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
        raise Malformed("location-out-of-range", "not a latitude and longitude", where="location")


def _vincenty(a: Point, b: Point) -> float | None:
    """Vincenty's inverse solution, with his names; None when it does not settle."""
    difference = math.radians(b[1] - a[1])
    u1, u2 = (math.atan((1 - _F) * math.tan(math.radians(point[0]))) for point in (a, b))
    sin_u, cos_u = math.sin(u1) * math.sin(u2), math.cos(u1) * math.cos(u2)
    lam = difference
    for _ in range(_ROUNDS):
        first = math.cos(u2) * math.sin(lam)
        second = math.cos(u1) * math.sin(u2) - math.sin(u1) * math.cos(u2) * math.cos(lam)
        sin_sigma = math.hypot(first, second)
        if sin_sigma == 0:  # apart by less than numbers can tell
            return 0.0
        cos_sigma = sin_u + cos_u * math.cos(lam)
        sigma = math.atan2(sin_sigma, cos_sigma)
        sin_alpha = cos_u * math.sin(lam) / sin_sigma
        cos2_alpha = 1 - sin_alpha**2
        middle = cos_sigma - 2 * sin_u / cos2_alpha if cos2_alpha > _CLOSE else 0.0
        c = _F / 16 * cos2_alpha * (4 + _F * (4 - 3 * cos2_alpha))
        bend = middle + c * cos_sigma * (2 * middle**2 - 1)
        before, lam = lam, difference + (1 - c) * _F * sin_alpha * (sigma + c * sin_sigma * bend)
        if abs(lam - before) < _CLOSE:
            return _length(cos2_alpha, middle, sigma)
    return None


def _length(cos2_alpha: float, middle: float, sigma: float) -> float:
    u_2 = cos2_alpha * (_A**2 - _B**2) / _B**2
    a = 1 + u_2 / 16384 * (4096 + u_2 * (u_2 * (320 - 175 * u_2) - 768))
    b = u_2 / 1024 * (256 + u_2 * (u_2 * (74 - 47 * u_2) - 128))
    sin_sigma, cos_sigma = math.sin(sigma), math.cos(sigma)
    last = b / 6 * middle * (4 * sin_sigma**2 - 3) * (4 * middle**2 - 3)
    delta = b * sin_sigma * (middle + b / 4 * (cos_sigma * (2 * middle**2 - 1) - last))
    return _B * a * (sigma - delta)


def _over_a_sphere(a: Point, b: Point) -> float:
    phi1, phi2 = math.radians(a[0]), math.radians(b[0])
    across = math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    haversine = math.sin((phi2 - phi1) / 2) ** 2 + across
    return 2 * _MEAN_RADIUS * math.asin(min(1.0, math.sqrt(haversine)))
