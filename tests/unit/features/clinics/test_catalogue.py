"""What a row of the catalogue means stays the same, however its columns are spelled and its cells are typed."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from amate.errors import Malformed
from amate.features.clinics.catalogue import Reader, check_columns, columns_of
from amate.features.clinics.model import Clinic
from tests.unit.features.clinics.units import row


def read(cells: dict[str, object]) -> Clinic:
    columns = columns_of(list(cells))
    assert columns is not None
    return Reader(columns).read(list(cells.values())).clinic


def test_an_official_row_becomes_a_unit() -> None:
    clinic = read(row())
    assert (clinic.clues, clinic.name, clinic.institution, clinic.state) == (
        "HGIMB900011",
        "UNIDAD DE PRUEBA",
        "IMB",
        "HG",
    )
    assert (clinic.level, clinic.status, clinic.lat, clinic.lon) == (1, 1, 20.144656, -98.740023)
    assert clinic.counts_for_nearest
    assert clinic.opened_on == (date(1963, 1, 1) - date(1970, 1, 1)).days
    assert "C.P. 01234" in clinic.address


def test_a_row_that_lost_its_padding_and_types_means_the_same() -> None:
    lost = row(
        CLAVE_DEL_MUNICIPIO=48.0,
        CLAVE_DE_LA_LOCALIDAD=1,
        CODIGO_POSTAL=1234.0,
        CLAVE_ESTATUS_DE_OPERACION=1.0,
        CLAVE_NIVEL_ATENCION=1,
        FECHA_DE_INICIO_DE_OPERACION=datetime.fromisoformat("1963-01-01"),
        LATITUD=20.144656,
        LONGITUD=-98.740023,
    )
    assert read(lost) == read(row())


@pytest.mark.parametrize(
    "spelled", ["1963-01-01", "1963-01-01 00:00:00", "1/1/1963", 23012, "23012.0", date(1963, 1, 1)]
)
def test_a_date_is_read_however_it_is_written(spelled: object) -> None:
    assert read(row(FECHA_DE_INICIO_DE_OPERACION=spelled)).opened_on == read(row()).opened_on


@pytest.mark.parametrize("spell", [str.lower, lambda n: n.replace(" ", "_"), lambda n: f"  {n.replace(' ', '  ')} "])
def test_columns_are_found_by_name(spell: object) -> None:
    assert callable(spell)
    assert read({spell(name): cell for name, cell in row().items()}) == read(row())


def test_accents_in_the_header_do_not_matter() -> None:
    cells = {n.replace("INSTITUCION", "INSTITUCIÓN").replace("ATENCION", "Atención"): c for n, c in row().items()}
    assert read(cells) == read(row())


def test_optional_columns_may_be_missing_and_others_added() -> None:
    cells = {n: c for n, c in row().items() if "FECHA" not in n and "LOCALIDAD" not in n} | {"REFERENCIAS": "x"}
    clinic = read(cells)
    assert clinic.counts_for_nearest
    assert clinic.opened_on is None


def test_a_short_row_is_read_as_far_as_it_goes() -> None:
    columns = columns_of(list(row()))
    assert columns is not None
    with pytest.raises(Malformed, match="clinic-name-missing"):
        Reader(columns).read(["HGIMB900011", "IMB"])


def test_a_file_without_a_place_on_the_map_is_refused_by_its_columns() -> None:
    columns = columns_of([n for n in row() if n != "LATITUD"])
    assert columns is not None
    with pytest.raises(Malformed, match="LATITUD") as caught:
        check_columns(columns)
    assert caught.value.slug == "missing-columns"


@pytest.mark.parametrize(
    ("changes", "slug", "said"),
    [
        ({"CLUES": ""}, "clues-missing", "CLUES is empty"),
        ({"CLUES": "HGIMB9000"}, "clues-malformed", 'CLUES: "HGIMB9000" is not five letters and six digits'),
        ({"CLUES": "12345678901"}, "clues-malformed", 'CLUES: "12345678901" is not five letters and six digits'),
        ({"CLUES": "X" * 99}, "clues-malformed", f'CLUES: "{"X" * 40}…" is not five letters and six digits'),
        ({"CLUES": "\x1b[2J"}, "clues-malformed", 'CLUES: "?[2J" is not five letters and six digits'),
        ({"CLUES": "ZZIMB900011"}, "clues-state", 'CLUES: "ZZIMB900011" begins with "ZZ", which is no state'),
        ({"NOMBRE_DE_LA_UNIDAD": " "}, "clinic-name-missing", "NOMBRE DE LA UNIDAD is empty"),
        (
            {"ESTATUS_DE_OPERACION": "QUIZA", "CLAVE_ESTATUS_DE_OPERACION": "7"},
            "clinic-status",
            'ESTATUS DE OPERACION: "QUIZA" is not one of EN OPERACION, PENDIENTE DE ENTRAR EN OPERACION, '
            "FUERA DE OPERACION, EN PROCESO DE CONSTRUCCION",
        ),
        (
            {"ESTATUS_DE_OPERACION": "", "CLAVE_ESTATUS_DE_OPERACION": "7"},
            "clinic-status",
            'CLAVE ESTATUS DE OPERACION: "7" is not one of 1, 2, 3, 4',
        ),
    ],
)
def test_a_row_that_says_too_little_is_rejected_with_its_reason(
    changes: dict[str, object], slug: str, said: str
) -> None:
    with pytest.raises(Malformed) as caught:
        read(row(**changes))
    assert (caught.value.slug, caught.value.detail) == (slug, said)


@pytest.mark.parametrize("last", range(10))
def test_the_last_digit_of_a_key_is_never_judged(last: int) -> None:
    assert read(row(CLUES=f"HGIMB90001{last}")).clues == f"HGIMB90001{last}"


@pytest.mark.parametrize(
    "changes",
    [
        {"ESTATUS_DE_OPERACION": "FUERA DE OPERACION"},
        {"ESTATUS_DE_OPERACION": "PENDIENTE DE ENTRAR EN OPERACION"},
        {"CLAVE_DE_TIPOLOGIA": "P"},
        {"CLAVE_DE_TIPOLOGIA": "HM"},
        {"CLAVE_DE_TIPOLOGIA": "OFI"},
        {"CLAVE_DE_TIPOLOGIA": "ALM01"},
        {"CLAVE_DE_TIPOLOGIA": "LAB"},
        {"CLAVE_DE_TIPOLOGIA": "OTR_A"},
        {"NIVEL_ATENCION": "NO APLICA", "CLAVE_NIVEL_ATENCION": ""},
        {"CLUES": "HGSMP900011", "CLAVE_DE_LA_INSTITUCION": "SMP"},
        {"LATITUD": "0"},
        {"LONGITUD": ""},
        {"LATITUD": "40.7", "LONGITUD": "-74.0"},
        {"LONGITUD": "98.740023"},
    ],
)
def test_units_that_a_person_cannot_be_sent_to_do_not_count(changes: dict[str, object]) -> None:
    assert not read(row(**changes)).counts_for_nearest


def test_a_place_outside_mexico_is_a_warning() -> None:
    cells = row(LATITUD="40.7", LONGITUD="-74.0")
    columns = columns_of(list(cells))
    assert columns is not None
    assert Reader(columns).read(list(cells.values())).warning == "location-outside-mexico"


@pytest.mark.parametrize(
    "changes", [{"LATITUD": "999"}, {"LONGITUD": "-181"}, {"LATITUD": "norte"}, {"LONGITUD": "1e9"}]
)
def test_a_place_that_cannot_be_is_rejected_and_does_not_take_the_good_ones(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="location-malformed") as rejected:
        read(row(**changes))
    ((column, value),) = changes.items()
    assert column in rejected.value.detail
    assert str(value) in rejected.value.detail
