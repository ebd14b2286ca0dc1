"""The nearest clinic against SciPy's bare tree, exactness against geodesics, the workbook import against reading."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import xlsxwriter
from geographiclib.geodesic import Geodesic
from python_calamine import CalamineWorkbook
from scipy.spatial import cKDTree

from amate.config import Settings
from amate.context import open_context
from amate.core.geo import to_ecef
from amate.db.engine import open_engine
from amate.db.migrate import migrate
from amate.features.clinics import actions
from amate.features.clinics.model import OPERATING, Clinic, Directory
from tests.bench.measure import Row, in_turn

CLINICS = 40_000
ROWS = 64_000
POINTS = 10_000
MEXICO = ((14.6, 32.6), (-117.0, -86.8))
COLUMNS = 67
HEADER = [
    "CLUES", "CLAVE DE LA INSTITUCION", "NOMBRE DE LA INSTITUCION", "CLAVE DE LA ENTIDAD", "ENTIDAD",
    "CLAVE DEL MUNICIPIO", "MUNICIPIO", "CLAVE DE LA LOCALIDAD", "LOCALIDAD", "CLAVE DE TIPOLOGIA",
    "NOMBRE DE LA UNIDAD", "CLAVE ESTATUS DE OPERACION", "ESTATUS DE OPERACION", "CLAVE NIVEL ATENCION",
    "NIVEL ATENCION", "LATITUD", "LONGITUD",
]  # fmt: skip


def clinic(number: int, lat: float, lon: float) -> Clinic:
    """A synthetic first-level unit of IMSS-Bienestar."""
    return Clinic(
        f"HGIMB{number:06d}", f"Unidad {number}", "IMB", "HG", "001", "Uno", "0001", "Uno", 1, lat, lon,
        "A", OPERATING, None, True, "", "", None, None,
    )  # fmt: skip


def points(count: int, seed: int) -> list[tuple[float, float]]:
    """Random points in the rectangle around Mexico."""
    chance = random.Random(seed)
    return [(chance.uniform(*MEXICO[0]), chance.uniform(*MEXICO[1])) for _ in range(count)]


def run() -> list[Row]:
    """Three rows."""
    clinics = [clinic(n, lat, lon) for n, (lat, lon) in enumerate(points(CLINICS, 1))]
    directory = Directory(clinics)
    return [bench_nearest(clinics, directory), bench_exactness(clinics, directory), bench_import()]


def bench_nearest(clinics: list[Clinic], directory: Directory) -> Row:
    """The whole answer (conversion, query, distances, clinics) against the bare query of SciPy's tree."""
    asked = points(1000, 2)
    tree = cKDTree([to_ecef(c.lat or 0, c.lon or 0) for c in clinics])
    converted = [to_ecef(*point) for point in asked]

    def ours() -> None:
        for lat, lon in asked:
            directory.nearest(lat, lon, limit=5)

    def bare() -> None:
        for point in converted:
            tree.query(point, 5)

    ours_s, bare_s = in_turn(ours, bare, times=1, rounds=15)
    name = f"nearest 5 of {CLINICS:,}"
    return Row(name, ours_s * 1000, "µs", "SciPy cKDTree query", bare_s * 1000, 1.5, at_most=True)


def bench_exactness(clinics: list[Clinic], directory: Directory) -> Row:
    """Share of points whose first place is that of WGS-84 geodesics.

    The candidates are the 12 nearest by chord: chord and geodesic differ by less than one part in a hundred below
    1,000 km, and the 12th lies further than that.
    """
    tree = cKDTree([to_ecef(c.lat or 0, c.lon or 0) for c in clinics])
    same = 0
    for lat, lon in points(POINTS, 3):
        chords, rows = tree.query(to_ecef(lat, lon), 12)
        if chords[-1] < chords[0] * 1.01:
            raise AssertionError("too few candidates for a proof")
        by_geodesic = min(rows, key=lambda i: geodesic_m(lat, lon, clinics[i]))
        same += directory.nearest(lat, lon, limit=1)[0].clinic is clinics[by_geodesic]
    return Row("first place as by geodesics", same, "points", "all points", POINTS, 0.999, at_most=False)


def geodesic_m(lat: float, lon: float, unit: Clinic) -> float:
    """Metres by geographiclib, an implementation that is not ours."""
    metres: float = Geodesic.WGS84.Inverse(lat, lon, unit.lat, unit.lon, Geodesic.DISTANCE)["s12"]
    return metres


def write_workbook(path: Path, rows: int) -> None:
    """A workbook of the official file's shape: codes as text, 67 columns."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("CLUES_202601")
    sheet.write_row(0, 0, HEADER + [f"OTRA COLUMNA {n}" for n in range(COLUMNS - len(HEADER))])
    for number, (lat, lon) in enumerate(points(rows, 4), start=1):
        row = [
            f"HGIMB{number:06d}", "IMB", "SERVICIOS DE SALUD IMSS BIENESTAR ", "13", "HIDALGO", "048", "PACHUCA",
            "0001", "PACHUCA", "A", f"CENTRO DE SALUD {number}", "1", "EN OPERACION", "1", "PRIMER NIVEL",
            f"{lat:.6f}", f"{lon:.6f}",
        ]  # fmt: skip
        sheet.write_row(number, 0, row + ["DATO"] * (COLUMNS - len(row)))
    book.close()


def bench_import() -> Row:
    """Rows a second of the whole import against only reading the cells."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clues.xlsx"
        write_workbook(path, ROWS)
        started = time.perf_counter()
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        cells = sum(len(row) for row in sheet.iter_rows())
        reading_s = time.perf_counter() - started
        settings = Settings(home=Path(folder) / "home", env="test")
        engine = open_engine(settings.database_url)
        migrate(engine)
        started = time.perf_counter()
        with open_context(engine, settings) as ctx:
            report = actions.import_catalogue(ctx, path)
        import_s = time.perf_counter() - started
        engine.dispose()
        if report.added != ROWS or cells != (ROWS + 1) * COLUMNS:
            raise AssertionError(f"imported {report.added} of {ROWS}")
    name, against = f"import of {ROWS:,} rows × {COLUMNS} columns", "only reading the cells"
    return Row(name, ROWS / import_s, "rows/s", against, ROWS / reading_s, 0.5, at_most=False)
