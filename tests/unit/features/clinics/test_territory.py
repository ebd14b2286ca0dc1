"""The outline of Mexico lets every town of the country in, and the neighbours' cities out."""

from __future__ import annotations

import pytest

from amate.features.clinics.territory import in_mexico

INSIDE = {
    "Tijuana": (32.51, -117.04),
    "Mexicali": (32.62, -115.45),
    "Ciudad Juárez": (31.69, -106.42),
    "Piedras Negras": (28.70, -100.52),
    "Matamoros": (25.87, -97.50),
    "Veracruz": (19.19, -96.13),
    "Ciudad del Carmen": (18.65, -91.82),
    "Mérida": (20.97, -89.62),
    "Cancún": (21.16, -86.85),
    "Cozumel": (20.51, -86.95),
    "Chetumal": (18.50, -88.30),
    "Tapachula": (14.90, -92.26),
    "Palenque": (17.51, -91.98),
    "Salina Cruz": (16.17, -95.20),
    "Acapulco": (16.86, -99.88),
    "Manzanillo": (19.05, -104.32),
    "Puerto Vallarta": (20.65, -105.23),
    "Cabo San Lucas": (22.89, -109.92),
    "Guerrero Negro": (27.97, -114.04),
    "Isla de Cedros": (28.10, -115.18),
    "Isla Socorro": (18.72, -110.95),
    "Ojinaga": (29.56, -104.41),
    "Ciudad Acuña": (29.32, -100.93),
    "Nogales": (31.31, -110.94),
    "Agua Prieta": (31.33, -109.55),
    "Pachuca": (20.12, -98.73),
    "Frontera Corozal": (16.82, -90.89),
}
OUTSIDE = {
    "nowhere": (0.0, 0.0),
    "Nueva York": (40.71, -74.01),
    "Houston": (29.76, -95.37),
    "San Antonio": (29.42, -98.49),
    "Phoenix": (33.45, -112.07),
    "Tucson": (32.22, -110.97),
    "Ciudad de Guatemala": (14.63, -90.51),
    "Belmopán": (17.25, -88.77),
    "La Habana": (23.11, -82.37),
    "in the Pacific": (18.0, -108.0),
    "in the Gulf": (24.0, -92.0),
    "swapped": (-98.73, 20.12),
}


@pytest.mark.parametrize("name", INSIDE)
def test_mexican_places_are_inside(name: str) -> None:
    assert in_mexico(*INSIDE[name])


@pytest.mark.parametrize("name", OUTSIDE)
def test_other_places_are_outside(name: str) -> None:
    assert not in_mexico(*OUTSIDE[name])


def test_what_is_no_number_is_outside() -> None:
    assert not in_mexico(float("nan"), -98.0)
