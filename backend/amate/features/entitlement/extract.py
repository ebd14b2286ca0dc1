"""The lines of an institution's extract: CSV text in UTF-8, whatever the file's name says it is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from amate.errors import Malformed
from amate.features.entitlement.model import COLUMNS, REQUIRED

BLOCK: Final = 1 << 16
WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, and xls of before 2007
CLOSE: Final = 0.75
Row = dict[str | Any, str | Any]
REMEDY: Final = "save it as CSV text in UTF-8, or ask for it as that."


def lines(path: Path, note: Callable[[list[str]], object]) -> Iterator[tuple[int, Row]]:
    """The rows under the header by column, each with the number of its line; cells beyond the columns under None.

    note:   hears the names of columns that nobody reads
    Raises: Malformed("file-empty" | "file-is-pdf" | "file-is-workbook" | "file-not-a-table" | "file-unreadable" |
            "columns-missing" | "column-misspelt")
    """
    try:
        _check_kind(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            delimiter = max(",;|\t", key=head.count)
            names = [name.strip().lower() for name in next(csv.reader([head], delimiter=delimiter), [])]
            _check_spelling(names)
            if missing := [name for name in REQUIRED if name not in names]:
                said = f"the first line names no column {', '.join(missing)}; columns are {', '.join(COLUMNS)}"
                raise Malformed("columns-missing", said, where="file")
            unread = [name for name in names if name not in COLUMNS]
            if unread:
                note(unread)
            reader = csv.DictReader(file, names, delimiter=delimiter)
            for row in reader:
                yield reader.line_num + 1, row
    except UnicodeDecodeError as error:
        raise Malformed("file-not-a-table", f"this is not CSV text in UTF-8: {REMEDY}", where="file") from error
    except csv.Error as error:
        raise Malformed("file-not-a-table", f"this is not CSV text ({error}): {REMEDY}", where="file") from error
    except OSError as error:
        raise Malformed("file-unreadable", f"{path.name}: {error.strerror}", where="file") from error


def check_cells(row: Row) -> None:
    """That no value stands beyond the columns: a delimiter inside another one has then moved all that follow it.

    Raises: Malformed("cells-surplus")
    """
    surplus = row.get(None, [])
    if any(cell.strip() for cell in surplus):
        columns = len(row) - 1
        said = f"{columns + len(surplus)} cells under {columns} columns: quote a value that holds a delimiter"
        raise Malformed("cells-surplus", said, where="line")


def _check_spelling(names: list[str]) -> None:
    """That no column is a known one with a letter wrong: whoever has `untill` would have rights without an end."""
    absent = [name for name in COLUMNS if name not in names]
    for name in names:
        close = [] if name in COLUMNS else get_close_matches(name, absent, n=1, cutoff=CLOSE)
        if close:
            said = f'there is no column "{name}": is it {close[0]}? Columns are {", ".join(COLUMNS)}'
            raise Malformed("column-misspelt", said, where="file")


def _check_kind(path: Path) -> None:
    """Name what is sent in place of text: much of a PDF is text, so that only its beginning tells."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
    if not head.strip():
        raise Malformed("file-empty", "the file is empty: ask for it again.", where="file")
    if head.lstrip().startswith(b"%PDF"):
        raise Malformed("file-is-pdf", f"this is a PDF, whatever its name says: {REMEDY}", where="file")
    if head.startswith(WORKBOOKS):
        raise Malformed("file-is-workbook", f"this is a workbook, whatever its name says: {REMEDY}", where="file")
    if b"\0" in head:
        raise Malformed("file-not-a-table", f"this is no text: {REMEDY}", where="file")
