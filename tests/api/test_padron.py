"""Extracts of affiliations: bad lines are reported, the rest imported; again is an update; nobody is doubled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from amate.cli import cli
from amate.config import Settings
from amate.context import Context
from amate.core import curp as curps
from amate.errors import Malformed, Refused
from amate.features.audit import actions as audit
from amate.features.clinics import actions as clinics
from amate.features.entitlement import actions
from tests.api.test_clinics import NEW, OLD, as_csv

HEADER = "curp,role,relation,clinic,since,until\n"
ONE, TWO = "SABC560626MDFLRN01", "HEGG560427MVZRRL04"


def many(count: int) -> list[str]:
    """CURPs of people who were born on as many days."""
    names = ("Juana", "Pérez", "Soto")
    return [
        curps.build(*names, birth_date=date(1980, 1 + n // 28, 1 + n % 28), sex="M", state="HG") for n in range(count)
    ]


@dataclass(frozen=True)
class Somebody:
    curp: str


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "padron.csv"
    path.write_text(
        f"{HEADER}{ONE},titular,,HGIMS900110,2018-01-01,\n{TWO},beneficiary,spouse,,2018-01-01,2026-10-15\n"
    )
    return path


def test_an_extract_gives_people_their_entitlements(ctx: Context, extract: Path) -> None:
    report = actions.import_padron(ctx, extract, 2)
    assert (report.lines, report.added, report.rejected) == (2, 2, [])
    assert [tuple(row) for row in actions.entitlements_for_pass(ctx, Somebody(ONE))] == [(2, 1, None)]
    assert actions.assigned_by_institution(ctx, Somebody(ONE)) == "HGIMS900110"
    assert actions.entitlements_for_pass(ctx, Somebody("BOXW310820HNERXN09")) == ()


def test_the_same_extract_again_changes_nothing(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 2)
    report = actions.import_padron(ctx, extract, 2)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 2)


def test_a_later_extract_updates(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 2)
    extract.write_text(f"{HEADER}{ONE},titular,,,2018-01-01,2026-12-31\n")
    report = actions.import_padron(ctx, extract, 2)
    assert (report.added, report.updated) == (0, 1)
    assert len(actions.affiliations_of(ctx, Somebody(ONE))) == 1


def test_a_partial_extract_keeps_whom_it_leaves_out_and_a_full_one_does_not(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 2)
    ctx.now += 60
    extract.write_text(f"{HEADER}{ONE},titular,,,2018-01-01,\n")
    assert actions.import_padron(ctx, extract, 2).removed == 0
    assert actions.import_padron(ctx, extract, 2, is_full=True).removed == 1
    assert actions.affiliations_of(ctx, Somebody(TWO)) == ()


def test_a_full_extract_removes_nobody_while_a_line_is_rejected(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 2)
    ctx.now += 60
    extract.write_text(f"{HEADER}{ONE},titular,,,2018-01-01,\n{TWO},beneficiary,spouse,,2018-13-01,\n")
    report = actions.import_padron(ctx, extract, 2, is_full=True)
    assert (report.removed, len(report.rejected)) == (0, 1)
    assert len(actions.affiliations_of(ctx, Somebody(TWO))) == 1


def test_a_full_extract_that_was_cut_off_is_refused_whole(ctx: Context, extract: Path) -> None:
    rows = [f"{curp},titular,,,2018-01-01,\n" for curp in many(40)]
    extract.write_text(HEADER + "".join(rows))
    actions.import_padron(ctx, extract, 2)
    ctx.commit()
    ctx.now += 60
    extract.write_text(HEADER + "".join(rows[:10]) + f"{ONE},titular,,,2018-01-01,\n")
    with pytest.raises(Refused, match="this would remove 30 of 41"):
        actions.import_padron(ctx, extract, 2, is_full=True)
    ctx.tx.rollback()
    assert actions.affiliations_of(ctx, Somebody(ONE)) == ()
    assert actions.import_padron(ctx, extract, 2, is_full=True, most_removed=30).removed == 30


def test_a_column_with_a_letter_wrong_is_refused_and_others_are_named(ctx: Context, extract: Path) -> None:
    extract.write_text(f"curp,role,untill\n{ONE},titular,2026-02-01\n")
    with pytest.raises(Malformed, match='no column "untill": is it until'):
        actions.import_padron(ctx, extract, 2)
    extract.write_text(f"curp,role,salario,until\n{ONE},titular,7,2026-12-31\n")
    assert actions.import_padron(ctx, extract, 2).ignored == ["salario"]


def test_somebody_may_belong_to_two_institutions(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 3)
    actions.import_padron(ctx, extract, 2)
    assert {a.institution for a in actions.affiliations_of(ctx, Somebody(ONE))} == {2, 3}


def test_bad_lines_are_reported_with_their_number_and_the_rest_imported(ctx: Context, extract: Path) -> None:
    with extract.open("a") as file:
        file.write(f"NOTACURP,titular,,,,\n{ONE},titular,,,,\nBEML920313HMCLNS09,titular,,,2020-01-01,\n")
    report = actions.import_padron(ctx, extract, 2)
    assert report.added == 3
    assert [(f.line, f.reason) for f in report.rejected] == [(4, "curp-length"), (5, "line-repeated")]


def test_a_line_with_more_cells_than_columns_is_not_guessed_at(ctx: Context, extract: Path) -> None:
    """A comma that nobody quoted moves the cells: what stands under `until` then is not what was meant."""
    extract.write_text(f"{HEADER}{ONE},titular,,,2020-01-01,,2026-12-31\n{TWO},titular,,,2020-01-01,,,\n")
    report = actions.import_padron(ctx, extract, 2)
    ((line, column, reason, detail),) = report.rejected
    assert (line, column, reason) == (2, "line", "cells-surplus")
    assert "7 cells" in detail
    assert "6 columns" in detail
    assert report.added == 1, "a delimiter at the end, as spreadsheets leave it, moves nothing"


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "file-empty"),
        (b"name,role\nX,1\n", "columns-missing"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "file-is-pdf"),
        (b"\n%PDF-1.4\n1 0 obj << >>" + b"\n" * 20_000, "file-is-pdf"),
        (b"PK\x03\x04\x14\x00" + b"x" * 20_000, "file-is-workbook"),
        (b"SQLite format 3\x00" + b"x" * 20_000, "file-not-a-table"),
        (b"curp,role\n\xff\xfe\x00", "file-not-a-table"),
        (b"curp,role\n", "no-rows"),
        (b"curp,role\n\n\n", "no-rows"),
    ],
)
def test_a_file_that_is_no_extract_is_refused_whole(ctx: Context, tmp_path: Path, content: bytes, slug: str) -> None:
    path = tmp_path / "padron.csv"
    path.write_bytes(content)
    with pytest.raises(Malformed) as caught:
        actions.import_padron(ctx, path, 2)
    assert caught.value.slug == slug
    assert len(caught.value.detail) > 30, "what is wrong, and what to do"


def test_a_clinic_of_no_unit_is_rejected_and_a_closed_one_stands_for_its_successor(
    ctx: Context, extract: Path, tmp_path: Path
) -> None:
    clinics.import_catalogue(ctx, as_csv(tmp_path / "clues.csv", [NEW, OLD]))
    extract.write_text(
        f"{HEADER}{ONE},titular,,XXIMS999999,,\n{TWO},titular,,HGSSA900016,,\nBEML920313HMCLNS09,1,,HGIMB900011,,\n"
    )
    report = actions.import_padron(ctx, extract, 10)
    (rejected,) = report.rejected
    assert (report.added, rejected.line, rejected.column, rejected.reason) == (2, 2, "clinic", "unknown-clinic")
    assert '"XXIMS999999"' in rejected.detail
    assert "amate clinics import" in rejected.detail
    assert actions.assigned_by_institution(ctx, Somebody(TWO)) == "HGIMB900011"
    assert actions.affiliations_of(ctx, Somebody(ONE)) == ()


def test_before_the_first_catalogue_any_clinic_is_taken(ctx: Context, extract: Path) -> None:
    assert actions.import_padron(ctx, extract, 2).rejected == []


def test_an_unknown_institution_is_refused(ctx: Context, extract: Path) -> None:
    with pytest.raises(Malformed, match="institution-unknown"):
        actions.import_padron(ctx, extract, 77)


def test_an_import_is_in_the_log_without_names(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 2)
    assert audit.verify(ctx) == (1, [])


class Terminal:
    """`amate padron import` on the test's own database."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AMATE_HOME", str(settings.home))
        monkeypatch.setenv("AMATE_DATABASE_URL", settings.database_url)

    def run(self, path: Path, *options: str) -> Result:
        return CliRunner().invoke(cli, ["padron", "import", str(path), "--institution", "2", *options])


@pytest.fixture
def terminal(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(settings, monkeypatch)


def test_the_exit_code_says_whether_every_line_is_in(terminal: Terminal, extract: Path) -> None:
    assert terminal.run(extract).exit_code == 0
    with extract.open("a") as file:
        file.write("BEML920313HMCLNS09,titular,,,31/02/2025,\n")
    result = terminal.run(extract)
    assert result.exit_code == 7
    assert "3 lines: 0 added, 0 updated, 2 unchanged, 0 removed, 1 rejected" in result.stdout
    assert 'line 4: since: "31/02/2025" is not a date (YYYY-MM-DD) [date-malformed]' in result.stdout
    said = json.loads(terminal.run(extract, "--json").stdout)
    assert (said["imported_count"], said["rejected_count"], len(said["rejected"])) == (2, 1, 1)
    assert said["rejected"][0]["reason"] == "date-malformed"


def test_a_file_of_which_nothing_can_be_used_tells_each_line(terminal: Terminal, extract: Path) -> None:
    extract.write_text(f"{HEADER}{ONE},jefa suprema,,,,\nNOTACURP,titular,,,,\n")
    result = terminal.run(extract)
    assert result.exit_code == 1
    assert result.stdout.startswith("2 lines: 0 added, 0 updated, 0 unchanged, 0 removed, 2 rejected\n")
    assert "line 2: role: the value (12 characters, not shown" in result.stdout
    assert "line 3: curp: " in result.stdout
    assert result.stderr.startswith("amate: no-usable-rows (file): none of the 2 lines can be imported")
    result = terminal.run(extract, "--json", "--full")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["imported_count"], [f["line"] for f in said["rejected"]]) == (1, 0, [2, 3])


def test_a_full_extract_of_which_nothing_can_be_used_removes_nobody(ctx: Context, extract: Path) -> None:
    actions.import_padron(ctx, extract, 2)
    ctx.now += 60
    extract.write_text(f"{HEADER}NOTACURP,titular,,,,\n")
    report = actions.import_padron(ctx, extract, 2, is_full=True)
    assert (report.imported, report.removed) == (0, 0)
    assert len(actions.affiliations_of(ctx, Somebody(TWO))) == 1


def test_no_curp_and_no_name_is_printed_whatever_stands_in_a_line(terminal: Terminal, extract: Path) -> None:
    """Rows with a column too many, too few, and in another order."""
    names = ("Juana", "Pérez Soto", "PEREZ", ONE, TWO.lower(), f"{ONE} Juana")
    with extract.open("a") as file:
        for text in names:
            for place in range(6):
                cells = [TWO, "pensioner", "", "", "", ""]
                file.write(",".join([*cells[:place], text, *cells[place:]]) + "\n")
                file.write(",".join([*cells[:place], text, *cells[place + 1 :]]) + "\n")
    for options in ((), ("--json",)):
        result = terminal.run(extract, *options)
        assert result.exit_code == 7
        for text in names:
            assert text.lower() not in (result.stdout + result.stderr).lower(), text
