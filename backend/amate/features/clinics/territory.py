"""The states of Mexico, their clocks, and whether a point lies in the country: an outline, about 30 km generous."""

from __future__ import annotations

import math
from typing import Final

from amate.core.hours import Zone

STATES: Final = {
    "AS": "Aguascalientes",
    "BC": "Baja California",
    "BS": "Baja California Sur",
    "CC": "Campeche",
    "CL": "Coahuila de Zaragoza",
    "CM": "Colima",
    "CS": "Chiapas",
    "CH": "Chihuahua",
    "DF": "Ciudad de México",
    "DG": "Durango",
    "GT": "Guanajuato",
    "GR": "Guerrero",
    "HG": "Hidalgo",
    "JC": "Jalisco",
    "MC": "México",
    "MN": "Michoacán de Ocampo",
    "MS": "Morelos",
    "NT": "Nayarit",
    "NL": "Nuevo León",
    "OC": "Oaxaca",
    "PL": "Puebla",
    "QT": "Querétaro",
    "QR": "Quintana Roo",
    "SP": "San Luis Potosí",
    "SL": "Sinaloa",
    "SR": "Sonora",
    "TC": "Tabasco",
    "TS": "Tamaulipas",
    "TL": "Tlaxcala",
    "VZ": "Veracruz de Ignacio de la Llave",
    "YN": "Yucatán",
    "ZS": "Zacatecas",
}

CENTRE: Final = Zone(-6, has_summer=False)
_ZONES: Final = {
    "BC": Zone(-8, has_summer=True),
    "BS": Zone(-7, has_summer=False),
    "NT": Zone(-7, has_summer=False),
    "QR": Zone(-5, has_summer=False),
    "SL": Zone(-7, has_summer=False),
    "SR": Zone(-7, has_summer=False),
}
# Municipalities, by INEGI's keys, whose clocks are not their state's: Bahía de Banderas, and those at the border.
_JUAREZ, _BORDER = Zone(-7, has_summer=True), Zone(-6, has_summer=True)
_OWN_ZONES: Final = {
    "NT": dict.fromkeys(("020",), CENTRE),
    "CH": dict.fromkeys(("005", "028", "035", "037", "053"), _JUAREZ) | dict.fromkeys(("015", "042", "052"), _BORDER),
    "CL": dict.fromkeys(("002", "003", "012", "013", "014", "019", "022", "023", "025", "037", "038"), _BORDER),
    "NL": dict.fromkeys(("005",), _BORDER),
    "TS": dict.fromkeys(("007", "014", "015", "022", "024", "025", "027", "032", "033", "040"), _BORDER),
}

# Corners (latitude, longitude), drawn by hand: the northern border from west to east, the Gulf, the south, the Pacific.
_OUTLINE: Final = (
    (32.53, -117.13), (32.72, -114.72), (32.49, -114.81), (31.33, -111.07), (31.33, -108.21), (31.78, -108.21),
    (31.78, -106.53), (30.65, -105.0), (29.57, -104.40), (28.98, -103.15), (29.75, -102.55), (29.77, -101.40),
    (28.70, -100.52), (27.50, -99.51), (26.40, -99.05), (26.05, -98.25), (25.96, -97.15), (24.0, -97.5),
    (22.3, -97.6), (19.3, -95.9), (18.3, -94.3), (18.8, -92.0), (20.9, -90.6), (21.7, -88.2), (21.7, -86.7),
    (20.3, -86.7), (18.2, -87.5), (18.48, -88.3), (17.82, -89.15), (17.82, -90.98), (17.25, -90.98),
    (16.07, -90.44), (16.07, -91.73), (15.26, -92.21), (14.53, -92.23), (16.0, -94.6), (15.6, -96.5),
    (16.5, -99.6), (17.9, -102.4), (19.1, -104.7), (20.4, -105.8), (21.6, -106.7), (22.8, -109.8), (24.5, -112.3),
    (26.8, -114.0), (28.2, -115.4), (30.5, -116.2), (32.4, -117.3),
)  # fmt: skip
_ISLANDS: Final = ((29.03, -118.28), (18.79, -110.97), (18.35, -114.73), (22.37, -89.68))
_MARGIN: Final = 0.3  # degrees, about 30 km


def _edges() -> tuple[tuple[float, ...], ...]:
    """Each side of the outline: its ends, and the box around it with the margin."""
    return tuple(
        (*start, *end, min(start[0], end[0]) - _MARGIN, max(start[0], end[0]) + _MARGIN,
         min(start[1], end[1]) - _MARGIN, max(start[1], end[1]) + _MARGIN)
        for start, end in zip(_OUTLINE, _OUTLINE[1:] + _OUTLINE[:1], strict=True)
    )  # fmt: skip


_EDGES: Final = _edges()


def zone_of(state: str, municipality_key: str) -> Zone:
    """What clocks show there; state: two letters, municipality_key: INEGI's three digits within it.

    Source: Ley de los Husos Horarios en los Estados Unidos Mexicanos (DOF 28-10-2022), as tz database 2026a has it
    """
    return _OWN_ZONES.get(state, {}).get(municipality_key) or _ZONES.get(state, CENTRE)


def in_mexico(lat: float, lon: float) -> bool:
    """Whether a point in degrees lies in Mexico or within about 30 km of it."""
    if not (14.2 <= lat <= 33.1 and -118.6 <= lon <= -86.3):
        return False
    inside = False  # ray casting: a ray to the east crosses the outline an odd number of times
    for lat_1, lon_1, lat_2, lon_2, south, north, west, east in _EDGES:
        if south <= lat <= north:
            if west <= lon <= east and _near_side(lat, lon, lat_1, lon_1, lat_2, lon_2):
                return True
            crosses = (lat_1 > lat) != (lat_2 > lat)
            if crosses and lon < lon_1 + (lat - lat_1) / (lat_2 - lat_1) * (lon_2 - lon_1):
                inside = not inside
    return inside or any(math.hypot(lat - at[0], lon - at[1]) < _MARGIN for at in _ISLANDS)


def _near_side(lat: float, lon: float, lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> bool:
    d_lat, d_lon = lat_2 - lat_1, lon_2 - lon_1
    along = ((lat - lat_1) * d_lat + (lon - lon_1) * d_lon) / (d_lat**2 + d_lon**2)
    t = min(1.0, max(0.0, along))
    return math.hypot(lat - lat_1 - t * d_lat, lon - lon_1 - t * d_lon) < _MARGIN
