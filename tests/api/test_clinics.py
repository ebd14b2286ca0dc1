"""The catalogue of medical units, imported from files as they come, and asked over HTTP."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from amate.cli import cli
from amate.config import Settings
from amate.context import Context
from amate.demo import clinics as demo_clinics
from amate.errors import Malformed, Unavailable
from amate.features.audit import actions as audit
from amate.features.clinics import actions
from amate.features.clinics.pack import directory_of, keys_in
from amate.features.trust.codings import BROTLI
from amate.features.trust.model import encode
from tests.conftest import SHARED
from tests.unit.features.clinics.units import row

Rows = list[dict[str, object]]
UNITS, REPLACING = 41_845, 8_339  # in operation in January 2025, and those of them that took a closed one's place
HIDALGO = SHARED / "data" / "clues" / "ESTABLECIMIENTO_SALUD_202501_HIDALGO.xlsx"

OLD = row(
    CLUES="HGSSA900016",
    CLAVE_DE_LA_INSTITUCION="SSA",
    ESTATUS_DE_OPERACION="FUERA DE OPERACION",
    CLAVE_ESTATUS_DE_OPERACION="3",
    CLAVE_MOTIVO_BAJA="9",
    FECHA_EFECTIVA_DE_BAJA="18/07/2024",
)
NEW = row()
FAR = row(CLUES="HGIMS900023", CLAVE_DE_LA_INSTITUCION="IMS", NOMBRE_DE_LA_UNIDAD="UMF DE PRUEBA", LATITUD="20.30")

PRIVATE = row(CLUES="HGSMP900011", CLAVE_DE_LA_INSTITUCION="SMP")


def as_csv(path: Path, rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def as_xlsx(path: Path, rows: Rows, *, sheet: str = "CLUES_202608", above: int = 0) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("HORARIOS_202608").write_row(0, 0, ["UNIDAD", "HORA"])
        page = book.add_worksheet(sheet)
        page.write_row(above, 0, list(rows[0]))
        for n, cells in enumerate(rows, start=above + 1):
            page.write_row(n, 0, list(cells.values()))
    return path


def test_a_workbook_is_imported_and_again_changes_nothing(ctx: Context, tmp_path: Path) -> None:
    file = as_xlsx(tmp_path / "clues.xlsx", [NEW, OLD, FAR])
    first = actions.import_catalogue(ctx, file)
    assert (first.rows, first.added, first.rejected, first.linked) == (3, 3, [], 1)
    assert (first.in_operation, first.closed, first.version) == (2, 1, 1)
    again = actions.import_catalogue(ctx, file)
    assert (again.added, again.updated, again.unchanged, again.linked, again.version) == (0, 0, 3, 1, 1)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_text_of_any_separator_and_encoding_says_the_same(
    ctx: Context, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [row(NOMBRE_DE_LA_UNIDAD="ÑÚ, DE; PRUEBA"), OLD]
    report = actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", rows, delimiter=delimiter, encoding=encoding))
    assert (report.added, report.rejected) == (2, [])
    found = actions.find(ctx, "HGIMB900011")
    assert found is not None
    assert found.name == "ÑÚ, DE; PRUEBA"


def test_a_header_below_titles_and_in_another_sheet_is_found(ctx: Context, tmp_path: Path) -> None:
    file = as_xlsx(tmp_path / "clues.xlsx", [NEW, row(CLUES="bad")], sheet="Hoja1", above=3)
    report = actions.import_catalogue(ctx, file)
    assert report.added == 1
    assert report.rejected[0].line == 6


def test_bad_rows_are_reported_with_their_line_and_the_rest_imported(ctx: Context, tmp_path: Path) -> None:
    rows = [
        NEW,
        row(CLUES="XXIMB900011"),
        row(CLUES="HGIMB900011"),
        row(CLUES="HGIMB900023", ESTATUS_DE_OPERACION="?", CLAVE_ESTATUS_DE_OPERACION=""),
        row(CLUES="HGIMB900035", LATITUD="0", LONGITUD="0"),
        row(CLUES="HGIMB900047", NOMBRE_DE_LA_UNIDAD="DOS\nLINEAS", LATITUD="40.1", LONGITUD="-70"),
        row(CLUES=""),
    ]
    report = actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", rows))
    assert [(f.line, f.clues, f.reason) for f in report.rejected] == [
        (3, "XXIMB900011", "clues-state"),
        (4, "HGIMB900011", "clues-repeated"),
        (5, "HGIMB900023", "clinic-status"),
        (9, "", "clues-missing"),
    ]
    assert [(f.line, f.reason) for f in report.warnings] == [(6, "location-missing"), (7, "location-outside-mexico")]
    assert report.added == 3


def test_a_changed_unit_is_updated_and_old_links_outlive_a_move(ctx: Context, tmp_path: Path) -> None:
    actions.import_catalogue(ctx, as_csv(tmp_path / "1.csv", [NEW, OLD]))
    moved = row(LATITUD="20.2", NOMBRE_DE_LA_UNIDAD="OTRO NOMBRE")
    report = actions.import_catalogue(ctx, as_csv(tmp_path / "2.csv", [moved]))
    assert (report.added, report.updated, report.version) == (0, 1, 2)
    found = actions.find(ctx, "HGSSA900016")
    assert found is not None
    assert (found.clues, found.name) == ("HGIMB900011", "OTRO NOMBRE")


def test_an_old_key_in_the_database_is_linked_by_a_file_that_brings_only_the_new_one(
    ctx: Context, tmp_path: Path
) -> None:
    actions.import_catalogue(ctx, as_csv(tmp_path / "1.csv", [OLD]))
    actions.import_catalogue(ctx, as_csv(tmp_path / "2.csv", [NEW]))
    found = actions.find(ctx, "HGSSA900016")
    assert found is not None
    assert found.clues == "HGIMB900011"


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "file-empty"),
        (b" \n", "file-empty"),
        (b"%PDF-1.7\n...", "file-is-pdf"),
        (b"PK\x03\x04 but no workbook", "file-not-a-table"),
        (b"\x00\x01\x02\x03", "file-not-a-table"),
        (b"nombre,lat\nA,1\n", "no-clues-column"),
        (b"CLUES,NOMBRE DE LA UNIDAD\nHGIMB900011,A\n", "missing-columns"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_and_changes_nothing(
    ctx: Context, tmp_path: Path, content: bytes, slug: str
) -> None:
    file = tmp_path / "ESTABLECIMIENTO_SALUD_202608.xlsx"
    file.write_bytes(content)
    with pytest.raises(Malformed) as caught:
        actions.import_catalogue(ctx, file)
    assert caught.value.slug == slug
    assert len(caught.value.detail) > 20
    assert actions.all_for_pack(ctx)["version"] == 0


def test_a_workbook_without_the_column_and_one_without_rows_are_refused(ctx: Context, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no-clues-column"):
        actions.import_catalogue(ctx, as_xlsx(tmp_path / "1.xlsx", [{"CLAVE": "1"}]))
    file = as_csv(tmp_path / "2.csv", [row()])
    file.write_text(file.read_text().partition("\n")[0] + "\n")
    with pytest.raises(Malformed, match="no-rows: the file has a header and no rows"):
        actions.import_catalogue(ctx, file)


def test_a_full_disk_says_so_and_leaves_nothing_half_done(engine: Engine, ctx: Context, tmp_path: Path) -> None:
    if engine.dialect.name != "sqlite":
        return  # PostgreSQL's disk cannot be made full from here; the words of its error are tested with the guard
    pages = ctx.tx.execute(text("PRAGMA page_count")).scalar_one()
    ctx.tx.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    rows = [row(CLUES=f"HGIMB{900000 + n}") for n in range(3000)]
    with pytest.raises(Unavailable) as caught:
        actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", rows))
    assert caught.value.slug == "storage-full"
    ctx.tx.rollback()
    assert keys_in(actions.all_for_pack(ctx)) == []
    assert audit.verify(ctx) == (0, [])


def test_the_pack_answers_as_the_database_does(ctx: Context, tmp_path: Path) -> None:
    actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [NEW, OLD, FAR, PRIVATE]))
    pack = json.loads(json.dumps(actions.all_for_pack(ctx)))
    assert sorted(keys_in(pack)) == ["HGIMB900011", "HGIMS900023", "HGSMP900011"]
    directory = directory_of(pack)
    here = [(n.clinic.clues, n.distance_m) for n in actions.directory(ctx).nearest(20.1, -98.7)]
    assert [(n.clinic.clues, n.distance_m) for n in directory.nearest(20.1, -98.7)] == here
    found = directory.find("HGSSA900016")
    assert found is not None
    assert found.clues == "HGIMB900011"


def test_an_import_is_seen_at_once_and_a_rolled_back_one_never(ctx: Context, tmp_path: Path) -> None:
    actions.import_catalogue(ctx, as_csv(tmp_path / "1.csv", [NEW]))
    ctx.commit()
    assert len(actions.directory(ctx).nearest(20.1, -98.7)) == 1
    actions.import_catalogue(ctx, as_csv(tmp_path / "2.csv", [FAR]))
    assert len(actions.directory(ctx).nearest(20.1, -98.7)) == 2
    ctx.tx.rollback()
    assert len(actions.directory(ctx).nearest(20.1, -98.7)) == 1
    actions.import_catalogue(ctx, as_csv(tmp_path / "3.csv", [row(CLUES="HGIMS900035", LATITUD="20.5")]))
    assert [n.clinic.clues for n in actions.directory(ctx).nearest(20.1, -98.7)] == ["HGIMB900011", "HGIMS900035"]


def test_a_person_is_assigned_to_their_own_institution_or_to_who_attends_everybody(
    ctx: Context, tmp_path: Path
) -> None:
    state = row(CLUES="JCSSA900011", CLAVE_DE_LA_INSTITUCION="SSA", LATITUD="20.67", LONGITUD="-103.35")
    issste = row(CLUES="HGIST900011", CLAVE_DE_LA_INSTITUCION="IST", LATITUD="20.11")
    closer = row(CLUES="HGSSA900024", CLAVE_DE_LA_INSTITUCION="SSA", LATITUD="20.101")
    specialists = row(CLUES="HGIMB900047", CLAVE_DE_TIPOLOGIA="UNE", LATITUD="20.1")
    actions.import_catalogue(ctx, as_csv(tmp_path / "c.csv", [NEW, FAR, state, issste, closer, specialists]))

    def assigned(lat: float, lon: float, *institutions: str) -> str | None:
        near = actions.assign(ctx, lat=lat, lon=lon, institutions=institutions, federalised=frozenset({"HG", "CS"}))
        return near.clinic.clues if near else None

    assert assigned(20.1, -98.74, "IMS") == "HGIMS900023"
    assert assigned(20.1, -98.74) == "HGIMB900011"
    assert assigned(20.1, -98.74, "PMX") == "HGIMB900011"
    assert assigned(20.6, -103.3) == "JCSSA900011"


def test_nobody_is_assigned_where_there_is_nothing(ctx: Context) -> None:
    assert actions.assign(ctx, lat=20.1, lon=-98.74, institutions=("IMS",)) is None


@pytest.fixture
def some_clinics(ctx: Context, tmp_path: Path) -> None:
    hospital = row(CLUES="HGIMB900059", NIVEL_ATENCION="SEGUNDO NIVEL", CLAVE_NIVEL_ATENCION="2", LATITUD="20.145")
    actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [NEW, OLD, FAR, hospital]))
    ctx.commit()


@pytest.mark.usefixtures("some_clinics")
def test_anyone_may_ask_for_the_nearest(client: FlaskClient) -> None:
    answer = client.get("/api/v1/clinics/nearest?lat=20.144656&lon=-98.740023")
    assert answer.status_code == 200
    assert answer.json is not None
    assert [c["clues"] for c in answer.json["clinics"]] == ["HGIMB900011", "HGIMB900059", "HGIMS900023"]
    assert answer.json["clinics"][0] == {
        "clues": "HGIMB900011",
        "name": "UNIDAD DE PRUEBA",
        "institution": "IMB",
        "level": 1,
        "lat": 20.144656,
        "lon": -98.740023,
        "distance_m": 0,
        "is_open": None,
    }
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("some_clinics")
def test_the_nearest_may_be_of_one_institution_or_level(client: FlaskClient) -> None:
    def asked(more: str) -> list[str]:
        answer = client.get(f"/api/v1/clinics/nearest?lat=20.1&lon=-98.7&{more}").json
        assert answer is not None
        return [c["clues"] for c in answer["clinics"]]

    assert asked("institution=IMS") == ["HGIMS900023"]
    assert asked("institution=IMS,IMB&level=1&limit=1") == ["HGIMB900011"]
    assert asked("level=3") == []


@pytest.mark.parametrize(
    "query", ["", "lat=91&lon=0", "lat=x&lon=1", "lat=nan&lon=1", "lat=20&lon=-98&limit=0", "lat=20&lon=-98&level=9"]
)
def test_a_question_that_cannot_be_understood_is_a_problem(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/clinics/nearest?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


@pytest.mark.usefixtures("some_clinics")
def test_an_old_key_answers_with_its_successor_and_says_so(client: FlaskClient) -> None:
    answer = client.get("/api/v1/clinics/hgssa900016").json
    assert answer is not None
    assert (answer["clues"], answer["asked_for"], answer["in_operation"]) == ("HGIMB900011", "HGSSA900016", True)
    same = client.get("/api/v1/clinics/HGIMB900011").json
    assert same is not None
    assert same["asked_for"] is None


def test_an_unknown_unit_is_not_found(client: FlaskClient) -> None:
    assert client.get("/api/v1/clinics/HGIMB999999").status_code == 404
    assert client.get("/api/v1/clinics/x").status_code == 422


@pytest.mark.usefixtures("some_clinics")
def test_places_are_those_that_have_units(client: FlaskClient) -> None:
    assert client.get("/api/v1/places").json == {"states": [{"code": "HG", "name": "Hidalgo"}]}
    answer = client.get("/api/v1/places?state=HG").json
    assert answer is not None
    (pachuca,) = answer["municipalities"]
    assert (pachuca["key"], pachuca["name"]) == ("048", "PACHUCA DE SOTO")
    assert pachuca["localities"][0]["name"] == "PACHUCA DE SOTO"
    assert client.get("/api/v1/places?state=XX").status_code == 422


def test_the_demonstrations_towns_are_not_taken_for_real_ones(ctx: Context, tmp_path: Path) -> None:
    demo = tmp_path / "demo.csv"
    demo.write_text(demo_clinics.catalogue(), encoding="utf-8")
    real = row(CLAVE_DEL_MUNICIPIO="002", MUNICIPIO="ACAXOCHITLAN", LOCALIDAD="ACAXOCHITLAN")
    actions.import_catalogue(ctx, demo)
    invented = {town["key"] for state in ("HG", "CS", "JC") for town in actions.places(ctx, state)}
    assert len(invented) == 75
    assert min(invented) > "570", "INEGI counts the municipalities of Oaxaca up to there, and of no state further"
    actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [real]))
    (town,) = (town for town in actions.places(ctx, "HG") if town["key"] == "002")
    assert [place["name"] for place in town["localities"]] == [town["name"]] == ["ACAXOCHITLAN"]


def test_the_command_reports_as_json_and_as_a_file(
    settings: Settings, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMATE_HOME", str(settings.home))
    monkeypatch.setenv("AMATE_DATABASE_URL", settings.database_url)
    file = as_csv(tmp_path / "clues.csv", [NEW, row(CLUES="nope"), OLD])
    arguments = ["clinics", "import", str(file), "--report", str(tmp_path / "bad.csv")]
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 7, result.output
    said = json.loads(result.stdout)
    assert (said["rows"], said["added"], said["linked"]) == (3, 2, 1)
    assert (said["imported_count"], said["rejected_count"], said["warnings_count"]) == (2, 1, 0)
    assert said["rejected"][0] == {
        "line": 3,
        "clues": "nope",
        "reason": "clues-malformed",
        "detail": 'CLUES: "nope" is not five letters and six digits',
    }
    assert "clues-malformed" in (tmp_path / "bad.csv").read_text()
    text_result = CliRunner().invoke(cli, arguments)
    assert "2 unchanged, 1 rejected" in text_result.stdout
    assert 'line 3: CLUES: "nope" is not five letters and six digits [clues-malformed]' in text_result.stdout
    assert CliRunner().invoke(cli, ["clinics", "import", str(as_csv(file, [NEW, OLD]))]).exit_code == 0


@pytest.mark.skipif(not HIDALGO.exists(), reason="the real sample is not here")
def test_the_real_catalogue_of_hidalgo_is_imported_whole(ctx: Context) -> None:
    report = actions.import_catalogue(ctx, HIDALGO)
    assert (report.rows, report.added, report.rejected, report.warnings) == (1023, 1023, [], [])
    assert (report.in_operation, report.closed, report.linked) == (512, 511, 511)
    linked = actions.find(ctx, "HGSSA000016")
    assert linked is not None
    assert linked.clues == "HGIMB000011"
    # From Pachuca's main square: 20.1273 N, 98.7319 W. By hand: El Arbolito (20.135254, -98.730385) is 0.9 km away, La
    # Alcantarilla (20.132681, -98.727362) 0.76 km; the mobile units at (20.12403, -98.74164) do not count.
    first, second = actions.directory(ctx).nearest(20.1273, -98.7319, limit=2)
    assert (first.clinic.clues, second.clinic.clues) == ("HGIMB002350", "HGIMB002362")
    assert first.distance_m == pytest.approx(762, abs=3)


@pytest.mark.skipif(not HIDALGO.exists(), reason="the real sample is not here")
def test_the_country_at_a_real_states_bytes_a_unit_fits_into_the_pack(ctx: Context) -> None:
    """A lone state shares fewer words than the country, so that its bytes a unit bound the country's from above.

    Less what this file does not have, other institutions and hours: the country of `tests.bench country` has them.
    """
    actions.import_catalogue(ctx, HIDALGO)
    file = actions.all_for_pack(ctx)
    units, old = len(keys_in(file)), len(file["aliases"]["clues"])
    whole = len(BROTLI.packed(encode(file)))
    alone = len(BROTLI.packed(encode({**file, "aliases": {"clues": [], "unit": []}})))
    assert alone / units * UNITS + (whole - alone) / old * REPLACING <= 670_000


def test_a_file_of_which_nothing_can_be_used_tells_each_line(
    ctx: Context, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMATE_HOME", str(settings.home))
    monkeypatch.setenv("AMATE_DATABASE_URL", settings.database_url)
    file, report = as_csv(tmp_path / "clues.csv", [row(CLUES=""), row(CLUES="X")]), tmp_path / "bad.csv"
    ctx.commit()
    result = CliRunner().invoke(cli, ["clinics", "import", str(file), "--report", str(report)])
    assert result.exit_code == 1
    assert result.stdout.startswith("2 rows: 0 added, 0 updated, 0 unchanged, 2 rejected\n")
    assert [line.split(":")[0] for line in result.stdout.splitlines()[2:]] == ["line 2", "line 3"]
    assert result.stderr.startswith("amate: no-usable-rows (file): none of the 2 rows can be imported")
    assert [line[:10] for line in report.read_text().splitlines()] == ["kind,line,", "rejected,2", "rejected,3"]
    said = json.loads(CliRunner().invoke(cli, ["clinics", "import", str(file), "--json"]).stdout)
    assert (said["imported_count"], said["rejected_count"]) == (0, 2)
    assert actions.all_for_pack(ctx)["version"] == 0
