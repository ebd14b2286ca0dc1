"""What a test of the desk starts from: clinics on the map, keys, and people who do not exist."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from amate.context import Context
from amate.core import curp
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions as entitlement
from amate.features.trust import actions as trust
from tests.api.test_clinics import as_csv
from tests.unit.features.clinics.units import row

BORN = date(1984, 3, 9)
CURP = curp.build("Xóchitl", "Ñúñez", "Olvera", birth_date=BORN, sex="M", state="HG")
CHILD_BORN = date(2015, 6, 1)
CHILD = curp.build("Citlali", "Tovar", "Ñúñez", birth_date=CHILD_BORN, sex="M", state="HG")


def body(**changes: Any) -> dict[str, Any]:
    """A sound application of an adult."""
    facts = {
        "curp": CURP,
        "given_names": "Xóchitl",
        "first_surname": "Ñúñez",
        "second_surname": "Olvera",
        "sex": "M",
        "birth_date": BORN.isoformat(),
        "birth_state": "HG",
        "nationality": "MEX",
        "organ_donation": "not_stated",
        "location": {"lat": 20.12, "lon": -98.73},
    }
    return facts | changes


def child(**changes: Any) -> dict[str, Any]:
    """A sound application of a minor, whose guardian is the adult above."""
    facts = {
        "curp": CHILD,
        "given_names": "Citlali",
        "first_surname": "Tovar",
        "second_surname": "Ñúñez",
        "birth_date": CHILD_BORN.isoformat(),
        "guardian_curp": CURP,
    }
    return body(**facts) | changes


def open_module(ctx: Context, folder: Path) -> None:
    """Keys, and five units: IMSS-Bienestar nearest, an IMSS pair, one of ISSSTE, a closed one replaced by the first."""
    trust.init(ctx)
    units = [
        row(),
        row(CLUES="HGIMS900023", CLAVE_DE_LA_INSTITUCION="IMS", LATITUD="20.16"),
        row(CLUES="HGIMS900035", CLAVE_DE_LA_INSTITUCION="IMS", LATITUD="20.30"),
        row(CLUES="HGIST900011", CLAVE_DE_LA_INSTITUCION="IST", LATITUD="20.20"),
        row(
            CLUES="HGSSA900016",
            CLAVE_DE_LA_INSTITUCION="SSA",
            ESTATUS_DE_OPERACION="FUERA DE OPERACION",
            CLAVE_MOTIVO_BAJA="9",
        ),
    ]
    clinics.import_catalogue(ctx, as_csv(folder / "units.csv", units))
    ctx.commit()


def padron(ctx: Context, folder: Path, institution: int, *lines: str) -> None:
    """An institution's extract."""
    file = folder / "padron.csv"
    file.write_text("\n".join(["curp,role,relation,clinic,since,until", *lines, ""]))
    entitlement.import_padron(ctx, file, institution)
    ctx.commit()
