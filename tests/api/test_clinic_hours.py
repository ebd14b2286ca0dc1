"""Opening hours: imported from a file of their own, asked over HTTP, carried in the pack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner
from flask.testing import FlaskClient

from amate.cli import cli
from amate.config import Settings
from amate.context import Context
from amate.core.hours import WEEK
from amate.errors import Malformed
from amate.features.audit import actions as audit
from amate.features.clinics import actions
from amate.features.clinics.pack import directory_of
from tests.api.test_clinics import FAR, NEW, OLD, as_csv
from tests.conftest import Clock

HEAD = "CLUES,DIA,ABRE,CIERRA\n"
NEAR_BOTH = "/api/v1/clinics/nearest?lat=20.14&lon=-98.74"
TUESDAY = 1_767_711_600  # 2026-01-06T09:00:00-06:00


@pytest.fixture(autouse=True)
def catalogue(ctx: Context, tmp_path: Path) -> None:
    """Two units in operation, and the closed key of one of them."""
    actions.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [NEW, OLD, FAR]))


def tell(ctx: Context, tmp_path: Path, lines: str) -> actions.ImportedHours:
    (tmp_path / "hours.csv").write_text(HEAD + lines, encoding="utf-8")
    return actions.import_hours(ctx, tmp_path / "hours.csv")


def test_hours_are_added_updated_kept_and_taken_away(ctx: Context, tmp_path: Path) -> None:
    first = tell(ctx, tmp_path, "HGIMB900011,LUNES A VIERNES,08:00,14:30\nHGIMS900023,LUNES,08:00,20:00\n")
    assert (first.rows, first.added, first.updated, first.unchanged, first.version) == (2, 2, 0, 0, 2)
    again = tell(ctx, tmp_path, "HGIMB900011,LUNES A VIERNES,08:00,14:30\nHGIMS900023,MARTES,08:00,20:00\n")
    assert (again.added, again.updated, again.unchanged, again.version) == (0, 1, 1, 3)
    same = tell(ctx, tmp_path, "HGIMB900011,LUNES A VIERNES,08:00,14:30\n")
    assert (same.unchanged, same.version) == (1, 3), "nothing new, nothing to publish"
    gone = tell(ctx, tmp_path, "HGIMB900011,,,\n")
    assert (gone.forgotten, gone.version) == (1, 4)
    assert actions.hours_of(ctx, "HGIMB900011") is None
    kept = actions.hours_of(ctx, "HGIMS900023")
    assert kept is not None
    assert kept.week == ((1920, 2640),)


def test_a_new_catalogue_does_not_touch_hours(ctx: Context, tmp_path: Path) -> None:
    tell(ctx, tmp_path, "HGIMB900011,LUNES,08:00,14:30\n")
    actions.import_catalogue(ctx, as_csv(tmp_path / "2.csv", [NEW | {"NOMBRE DE LA UNIDAD": "OTRO NOMBRE"}]))
    assert actions.hours_of(ctx, "HGIMB900011") is not None


def test_an_old_key_tells_of_the_unit_that_took_its_place_unless_that_tells_itself(
    ctx: Context, tmp_path: Path
) -> None:
    tell(ctx, tmp_path, "HGSSA900016,LUNES,08:00,14:30\n")
    told = actions.hours_of(ctx, "HGIMB900011")
    assert told is not None
    assert told.week == ((480, 870),)
    tell(ctx, tmp_path, "HGSSA900016,LUNES,08:00,14:30\nHGIMB900011,LUNES,09:00,10:00\n")
    told = actions.hours_of(ctx, "HGIMB900011")
    assert told is not None
    assert told.week == ((540, 600),)


def test_every_line_that_is_not_taken_is_told_and_the_rest_is_in(ctx: Context, tmp_path: Path) -> None:
    good = "HGIMB900011,LUNES,08:00,14:30\nHGIMS900023,LUNES,08:00,20:00\n"
    report = tell(ctx, tmp_path, f"{good}HGIMB900011,MARTES,8,14:30\nHGIMB999999,LUNES,8:00,9:00\n")
    assert [(f.line, f.clues, f.reason) for f in report.rejected] == [
        (2, "HGIMB900011", "unit-not-whole"),
        (4, "HGIMB900011", "hours-malformed"),
        (5, "HGIMB999999", "unknown-clinic"),
    ]
    assert (report.rows, report.added, report.imported) == (4, 1, 1)
    assert actions.hours_of(ctx, "HGIMB900011") is None


@pytest.mark.parametrize("bad", ["HGSSA900016,LUNES,08:00,", "HGIMB900011,,,"])
def test_of_a_unit_with_a_bad_line_nothing_is_taken_under_whatever_key(ctx: Context, tmp_path: Path, bad: str) -> None:
    """Nor where a line takes away what another tells."""
    report = tell(ctx, tmp_path, f"HGIMB900011,MARTES,08:00,14:30\n{bad}\n")
    assert [finding.line for finding in report.rejected] == [2, 3]
    assert (report.imported, actions.hours_of(ctx, "HGIMB900011")) == (0, None)


def test_hours_outlive_the_key_under_which_they_were_told(ctx: Context, tmp_path: Path) -> None:
    open_old = OLD | {
        "CLAVE ESTATUS DE OPERACION": "1",
        "ESTATUS DE OPERACION": "EN OPERACION",
        "CLAVE MOTIVO BAJA": "",
    }
    before = {"CLUES": "HGSSA900028", "FECHA EFECTIVA DE BAJA": "", "LATITUD": "20.4"}
    actions.import_catalogue(ctx, as_csv(tmp_path / "1.csv", [open_old | before]))
    tell(ctx, tmp_path, "HGSSA900028,LUNES,08:00,14:30\n")
    after = [OLD | {"CLUES": "HGSSA900028", "LATITUD": "20.4"}, NEW | {"CLUES": "HGIMB900037", "LATITUD": "20.4"}]
    assert actions.import_catalogue(ctx, as_csv(tmp_path / "2.csv", after)).linked == 1
    told = actions.hours_of(ctx, "HGIMB900037")
    assert told is not None
    assert told.week == ((480, 870),)
    assert tell(ctx, tmp_path, "HGIMB900037,LUNES,08:00,14:30\n").unchanged == 1
    assert tell(ctx, tmp_path, "HGIMB900037,LUNES,09:00,14:30\n").updated == 1
    assert tell(ctx, tmp_path, "HGIMB900037,,,\n").forgotten == 1
    assert actions.hours_of(ctx, "HGIMB900037") is None


@pytest.mark.parametrize("form", ["[h]:mm:ss", "[h]:mm", "h:mm"])
def test_a_workbook_tells_them_too(ctx: Context, tmp_path: Path, form: str) -> None:
    """In whatever sheet, and with a sheet's own times."""
    path = tmp_path / "horarios.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("CLUES_202608").write_row(0, 0, ["CLUES", "NOMBRE DE LA UNIDAD"])
        page = book.add_worksheet("HORARIOS_202608")
        page.write_row(0, 0, ["CLUES", "DÍA", "ABRE", "CIERRA"])
        page.write_row(1, 0, ["HGIMB900011", "LUNES", "08:00", "14:30"])
        page.write_row(2, 0, ["HGIMS900023", "LUNES A DOMINGO"])
        page.write_number(2, 2, 0, book.add_format({"num_format": "h:mm"}))
        page.write_number(2, 3, 1, book.add_format({"num_format": form}))
    assert actions.import_hours(ctx, path).added == 2
    told = actions.hours_of(ctx, "HGIMS900023")
    assert told is not None
    assert told.week == ((0, WEEK),)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", "file-empty"),
        ("%PDF-1.7", "file-is-pdf"),
        ("A,B\n1,2\n", "missing-columns"),
        ("CLUES,DIA\nHGIMB900011,LUNES\n", "missing-columns"),
        (HEAD, "no-rows"),
    ],
)
def test_a_file_that_tells_no_hours_is_refused(ctx: Context, tmp_path: Path, text: str, slug: str) -> None:
    (tmp_path / "hours.csv").write_text(text)
    with pytest.raises(Malformed) as refused:
        actions.import_hours(ctx, tmp_path / "hours.csv")
    assert refused.value.slug == slug


def test_what_is_open_now_is_asked_over_http(ctx: Context, tmp_path: Path, client: FlaskClient, clock: Clock) -> None:
    clock.now = TUESDAY
    tell(ctx, tmp_path, "HGIMB900011,LUNES,08:00,14:30\nHGIMS900023,MARTES,08:00,20:00\n")
    ctx.commit()
    told = [(c["clues"], c["is_open"]) for c in client.get(NEAR_BOTH).json["clinics"]]
    assert told == [("HGIMB900011", False), ("HGIMS900023", True)]
    told = [c["clues"] for c in client.get(f"{NEAR_BOTH}&open_now=true").json["clinics"]]
    assert told == ["HGIMS900023"]
    unit = client.get("/api/v1/clinics/HGSSA900016").json
    assert (unit["is_open"], unit["hours"]) == (False, [{"day": 1, "opens": "08:00", "closes": "14:30"}])
    assert client.get(f"{NEAR_BOTH}&open_now=perhaps").status_code == 422


def test_where_hours_are_not_known_nothing_is_said_to_be_closed(client: FlaskClient, ctx: Context) -> None:
    ctx.commit()
    told = [(c["clues"], c["is_open"]) for c in client.get(f"{NEAR_BOTH}&open_now=true").json["clinics"]]
    assert told == [("HGIMB900011", None), ("HGIMS900023", None)]
    unit = client.get("/api/v1/clinics/HGIMB900011").json
    assert (unit["is_open"], unit["hours"]) == (None, None)


def test_the_pack_carries_them(ctx: Context, tmp_path: Path) -> None:
    tell(ctx, tmp_path, "HGIMB900011,LUNES,08:00,14:30\n")
    carried = directory_of(json.loads(json.dumps(actions.all_for_pack(ctx))))
    assert carried.hours("HGIMB900011") == actions.hours_of(ctx, "HGIMB900011")
    assert carried.hours("HGIMS900023") is None


def test_the_command(ctx: Context, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx.commit()
    monkeypatch.setenv("AMATE_HOME", str(settings.home))
    monkeypatch.setenv("AMATE_ENV", settings.env)
    monkeypatch.setenv("AMATE_DATABASE_URL", settings.database_url)
    (tmp_path / "hours.csv").write_text(f"{HEAD}HGIMB900011,LUNES,08:00,14:30\nHGIMS900023,LUNES,?,20:00\n")
    run = CliRunner()
    done = run.invoke(cli, ["clinics", "hours", str(tmp_path / "hours.csv")])
    assert done.exit_code == 7, done.output
    assert "2 lines: hours of 1 units added" in done.output
    assert 'line 3: HGIMS900023: ABRE: "?" is not a time from 00:00 to 24:00 [hours-malformed]' in done.output
    assert "amate trust publish" in done.output
    said = json.loads(run.invoke(cli, ["clinics", "hours", str(tmp_path / "hours.csv"), "--json"]).stdout)
    assert (said["unchanged"], said["rejected_count"], said["imported_count"]) == (1, 1, 1)
    (tmp_path / "bad.csv").write_text(f"{HEAD}HGIMS900023,LUNES,?,20:00\nHGIMS900023,MARTES,08:00,20:00\n")
    bad = ["clinics", "hours", str(tmp_path / "bad.csv"), "--report", str(tmp_path / "report.csv")]
    done = run.invoke(cli, bad)
    assert (done.exit_code, "none of the 2 lines" in done.output) == (1, True), done.output
    assert (tmp_path / "report.csv").read_text().count("rejected,") == 2


def test_the_log_has_that_they_were_imported_and_nothing_when_nothing_was(ctx: Context, tmp_path: Path) -> None:
    before, _ = audit.verify(ctx)
    tell(ctx, tmp_path, "HGIMB900011,LUNES,08:00,14:30\n")
    tell(ctx, tmp_path, "HGIMB900011,?,08:00,14:30\n")
    assert audit.verify(ctx) == (before + 1, [])
