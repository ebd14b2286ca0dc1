"""The rows of a file: an official workbook, or text with separators, whatever its name says it is."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from amate.errors import Malformed
from amate.features.clinics.catalogue import Row, columns_of

SHEET: Final = re.compile(r"CLUES_\d{6}", re.IGNORECASE)
WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, and xls of before 2007
DELIMITERS: Final = ",;|\t"
HEADER_WITHIN: Final = 20  # rows: re-published files put titles above the header
BLOCK: Final = 1 << 16

Finder = Callable[[Row], dict[str, int] | None]  # where the columns stand in a row, if it is a header


@dataclass(frozen=True, slots=True)
class Table:
    """A header's columns, and the rows under it with the number of their line.

    about: how many rows to expect, where the file tells
    """

    columns: dict[str, int]
    rows: Iterator[tuple[int, Row]]
    about: int | None


def open_table(path: Path, find: Finder = columns_of) -> Table:
    """The table of medical units in a file, or another one with a header that `find` knows.

    Raises: Malformed("file-empty" | "file-is-pdf" | "file-not-a-table" | "file-unreadable" | "no-clues-column")
    """
    try:
        with path.open("rb") as file:
            head = file.read(BLOCK)
    except OSError as error:
        raise Malformed("file-unreadable", f"{path}: {error.strerror}", where="file") from error
    if not head.strip():
        raise Malformed("file-empty", "The file is empty: download it again.", where="file")
    if head.lstrip().startswith(b"%PDF"):
        raise Malformed("file-is-pdf", "This is a PDF, whatever its name says: use the XLSX or CSV.", where="file")
    if head.startswith(WORKBOOKS):
        return _open_workbook(path, find)
    if b"\0" in head:
        said = "This is neither an XLSX workbook nor CSV text: save it as one of them."
        raise Malformed("file-not-a-table", said, where="file")
    return _open_text(path, find)


def _open_workbook(path: Path, find: Finder) -> Table:
    try:
        workbook = CalamineWorkbook.from_path(path)
        for name in _in_order(workbook.sheet_names):
            sheet = workbook.get_sheet_by_name(name)
            if (table := _sheet_table(sheet, find)) is not None:
                return table
    except CalamineError as error:
        said = f"The workbook cannot be opened ({error}): download it again or save it as XLSX."
        raise Malformed("file-not-a-table", said, where="file") from error
    raise _no_column()


def _in_order(names: Sequence[str]) -> list[str]:
    """Sheets named CLUES_YYYYMM first, the newest of them before the others."""
    official = sorted((n for n in names if SHEET.fullmatch(n.strip())), reverse=True)
    return official + [n for n in names if n not in official]


def _sheet_table(sheet: CalamineSheet, find: Finder) -> Table | None:
    numbered = enumerate(sheet.iter_rows(), start=1)  # iter_rows begins at the first row, also where it is empty
    for line, row in numbered:
        if (columns := find(row)) is not None:
            return Table(columns, numbered, max(0, sheet.total_height - line))
        if line >= HEADER_WITHIN:
            return None
    return None


def _open_text(path: Path, find: Finder) -> Table:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = [file.readline() for _ in range(HEADER_WITHIN)]
    for above, line in enumerate(head):
        delimiter = max(DELIMITERS, key=line.count)
        if find(next(csv.reader([line], delimiter=delimiter), [])) is not None:
            return _text_table(_text_rows(path, encoding, delimiter, above), find)
    raise _no_column()


def _text_table(rows: Iterator[tuple[int, Row]], find: Finder) -> Table:
    _line, header = next(rows)
    columns = find(header)
    if columns is None:
        raise _no_column()
    return Table(columns, rows, None)


def _text_rows(path: Path, encoding: str, delimiter: str, above: int) -> Iterator[tuple[int, Row]]:
    """Rows with the line on which each begins; a row may go over several lines inside quotes."""
    with path.open(encoding=encoding, newline="") as file:
        for _ in range(above):
            file.readline()
        table = csv.reader(file, delimiter=delimiter)
        begins = above + 1
        try:
            for row in table:
                yield begins, row
                begins = above + table.line_num + 1
        except csv.Error as error:
            raise Malformed("file-not-a-table", f"Line {begins}: {error}.", where="file") from error


def _encoding(path: Path) -> str:
    """UTF-8, with or without its mark, where the whole file is; else Latin-1."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return "latin-1"
    return "utf-8-sig"


def _no_column() -> Malformed:
    said = "No sheet or line has a column named CLUES: use the file as the DGIS publishes it."
    return Malformed("no-clues-column", said, where="file")
