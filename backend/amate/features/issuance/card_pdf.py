"""A printed card: name and QR code as vectors, black on white with their quiet zone, in the size of a bank card.

Source: ISO/IEC 7810 (ID-1: 85.60 × 53.98 mm), ISO/IEC 18004 (quiet zone of four modules).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import segno

if TYPE_CHECKING:
    from fpdf import FPDF

CR80_MM: Final = (85.6, 53.98)
A4_MM: Final = (210.0, 297.0)
SHEETS: Final = ("cr80", "a4")
QUIET_MODULES: Final = 4
QR_MM: Final = 48.0  # with its quiet zone: at version 11 a module is 0.69 mm, far above what cheap cameras resolve
MARGIN_MM: Final = 3.0
INK: Final = (31, 26, 23)
COCHINEAL: Final = (159, 34, 65)
FONT: Final = "helvetica"


@dataclass(frozen=True, slots=True)
class Front:
    """What a card shows; `text` is the digits of its QR code."""

    name: str
    text: str
    expires_at: int
    env: str


@dataclass(frozen=True, slots=True)
class Run:
    """A horizontal run of dark modules, in modules from the top left corner of the quiet zone."""

    x: int
    y: int
    width: int


def qr_runs(text: str) -> tuple[int, list[Run]]:
    """The modules of a QR code at error correction M: its side with the quiet zone, and the dark runs."""
    code = segno.make(text, mode="numeric", error="m", micro=False, boost_error=False)
    rows = [bytes(row) for row in code.matrix_iter(border=QUIET_MODULES)]
    return len(rows), [run for y, row in enumerate(rows) for run in _runs_of(row, y)]


def draw(front: Front, sheet: str) -> bytes:
    """The PDF of a card.

    sheet: `cr80` for a card printer; `a4` to cut out and fold, with the back beside the front
    """
    from fpdf import FPDF  # takes a moment to load, which only who prints need wait

    size = CR80_MM if sheet == "cr80" else A4_MM
    pdf = FPDF(orientation="portrait", unit="mm", format=size)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title("Credencial de salud")
    pdf.set_creation_date(datetime.fromtimestamp(0, UTC))
    pdf.add_page()
    if sheet == "cr80":
        _draw_front(pdf, front, 0.0, 0.0)
        pdf.add_page()
        _draw_back(pdf, 0.0, 0.0)
    else:
        _draw_sheet(pdf, front)
    return bytes(pdf.output())


def latin(text: str) -> str:
    """Text in the letters that the built-in fonts have; Spanish names lose nothing."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _runs_of(row: bytes, y: int) -> Iterator[Run]:
    start = None
    for x, module in enumerate((*row, 0)):
        if module and start is None:
            start = x
        elif not module and start is not None:
            yield Run(start, y, x - start)
            start = None


def _draw_sheet(pdf: FPDF, front: Front) -> None:
    """Front and back side by side around the fold, under the instruction."""
    left, top = (A4_MM[0] - 2 * CR80_MM[0]) / 2, 30.0
    _say(pdf, "Recorte por la línea y doble por la mitad.", left, 18.0, size=12)
    _draw_front(pdf, front, left, top)
    _draw_back(pdf, left + CR80_MM[0], top)
    pdf.set_draw_color(150)
    pdf.set_line_width(0.2)
    pdf.rect(left, top, 2 * CR80_MM[0], CR80_MM[1])
    pdf.set_dash_pattern(dash=2, gap=2)
    pdf.line(left + CR80_MM[0], top, left + CR80_MM[0], top + CR80_MM[1])
    pdf.set_dash_pattern()


def _draw_front(pdf: FPDF, front: Front, x: float, y: float) -> None:
    qr_y = y + (CR80_MM[1] - QR_MM) / 2
    _draw_qr(pdf, front.text, x + MARGIN_MM, qr_y)
    column, width = x + 2 * MARGIN_MM + QR_MM, CR80_MM[0] - 3 * MARGIN_MM - QR_MM
    _say(pdf, "Credencial de salud", column, y + 5, size=8, width=width, bold=True, color=COCHINEAL)
    _say(pdf, front.name, column, y + 13, size=10, width=width, bold=True)
    until = datetime.fromtimestamp(front.expires_at, UTC).strftime("%d/%m/%Y")
    _say(pdf, f"Vence {until}", column, y + 36, size=7, width=width)
    _say(pdf, "Solo vale escaneada", column, y + 40, size=7, width=width, bold=True)
    note = "Proyecto independiente" if front.env == "production" else "DEMO sin validez"
    _say(pdf, note, column, y + 46, size=6, width=width)


def _draw_back(pdf: FPDF, x: float, y: float) -> None:
    said = (
        ("En la clínica", True),
        ("Muestre el código y una identificación. La atención de urgencias no se le niega a nadie.", False),
        ("Si la pierde", True),
        ("Avise en su módulo: se cancela y le dan otra. Una copia no vale sin su identificación.", False),
    )
    at = y + 8.0
    for text, bold in said:
        _say(pdf, text, x + 6, at, size=9, width=CR80_MM[0] - 12, bold=bold)
        at += 5.0 if bold else 14.0


def _draw_qr(pdf: FPDF, text: str, x: float, y: float) -> None:
    side, runs = qr_runs(text)
    module = QR_MM / side
    pdf.set_fill_color(255, 255, 255)
    pdf.rect(x, y, QR_MM, QR_MM, style="F")
    pdf.set_fill_color(0, 0, 0)
    for run in runs:
        pdf.rect(x + run.x * module, y + run.y * module, run.width * module, module, style="F")


def _say(
    pdf: FPDF,
    text: str,
    x: float,
    y: float,
    *,
    size: float,
    width: float = 0.0,
    bold: bool = False,
    color: tuple[int, int, int] = INK,
) -> None:
    pdf.set_font(FONT, "B" if bold else "", size)
    pdf.set_text_color(*color)
    pdf.set_xy(x, y)
    pdf.multi_cell(width, size * 0.45, latin(text), align="L")
