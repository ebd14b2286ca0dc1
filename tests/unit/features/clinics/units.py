"""Medical units for the tests: one that counts, to be changed in what a test is about."""

from __future__ import annotations

from amate.features.clinics.model import Clinic

ROW: dict[str, object] = {
    "CLUES": "HGIMB900011",
    "CLAVE DE LA INSTITUCION": "IMB",
    "NOMBRE DE LA INSTITUCION": "SERVICIOS DE SALUD IMSS BIENESTAR ",
    "CLAVE DE LA ENTIDAD": "13",
    "ENTIDAD": "HIDALGO",
    "CLAVE DEL MUNICIPIO": "048",
    "MUNICIPIO": "PACHUCA DE SOTO",
    "CLAVE DE LA LOCALIDAD": "0001",
    "LOCALIDAD": "PACHUCA DE SOTO",
    "CLAVE DE TIPOLOGIA": "F",
    "NOMBRE DE LA UNIDAD": "UNIDAD  DE PRUEBA ",
    "CODIGO POSTAL": "01234",
    "CLAVE ESTATUS DE OPERACION": "1",
    "ESTATUS DE OPERACION": "EN OPERACION",
    "FECHA DE INICIO DE OPERACION": "01/01/1963",
    "CLAVE NIVEL ATENCION": "1",
    "NIVEL ATENCION": "PRIMER NIVEL",
    "LATITUD": "20.144656",
    "LONGITUD": "-98.740023",
    "CLAVE MOTIVO BAJA": "",
    "MOTIVO BAJA": "",
    "FECHA EFECTIVA DE BAJA": "",
}


def row(**changes: object) -> dict[str, object]:
    """A row of the catalogue; names of columns with underscores."""
    return {**ROW, **{name.replace("_", " "): value for name, value in changes.items()}}


def unit(clues: str = "HGIMB900011", **changes: object) -> Clinic:
    """A first-level unit of IMSS-Bienestar in Pachuca that counts."""
    clinic = Clinic(
        clues=clues,
        name="UNIDAD DE PRUEBA",
        institution=clues[2:5],
        state=clues[:2],
        municipality_key="048",
        municipality="PACHUCA DE SOTO",
        locality_key="0001",
        locality="PACHUCA DE SOTO",
        level=1,
        lat=20.144656,
        lon=-98.740023,
        typology="F",
        status=1,
        closing=None,
        counts_for_nearest=True,
        address="",
        phone="",
        opened_on=None,
        closed_on=None,
    )
    return Clinic(**{**clinic._asdict(), **changes})
