"""The printed card: its QR code decodes, its sheets have their size, and a demo says that it is one."""

from __future__ import annotations

import io
import random
import re
import zlib

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from amate.core import encoding
from amate.features.issuance import card_pdf
from amate.features.issuance.card_pdf import A4_MM, CR80_MM, QR_MM, Front

TEXT = encoding.text_from_bytes(random.Random(7).randbytes(240))
FRONT = Front("María Guadalupe Hernández Güemes", TEXT, 2_100_000_000, "test")
POINTS_PER_MM = 72 / 25.4


def streams(pdf: bytes) -> list[str]:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    said = []
    for raw in found:
        try:
            # One stream in 256 ends with the byte of a line's end, which went with it: only its checksum lacks that.
            said.append(zlib.decompressobj().decompress(raw).decode("latin-1"))
        except zlib.error:
            said.append(raw.decode("latin-1"))
    return said


def image_of(page: str, height_mm: float) -> Image.Image:
    """The filled rectangles of a page, drawn as a printer would at 600 dpi."""
    scale = 600 / 72
    width = int(A4_MM[0] * POINTS_PER_MM * scale)
    height = int(height_mm * POINTS_PER_MM * scale)
    image = Image.new("L", (width, height), 200)
    draw = ImageDraw.Draw(image)
    color = 0
    for line in page.splitlines():
        gray = re.fullmatch(r"([\d.]+) g", line.strip())
        rgb = re.fullmatch(r"([\d.]+) ([\d.]+) ([\d.]+) rg", line.strip())
        rect = re.fullmatch(r"(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re f", line.strip())
        if gray or rgb:
            color = round(float((gray or rgb or [])[1]) * 255)
        elif rect:
            x, y, w, h = (float(n) * scale for n in rect.groups())
            top, bottom = sorted((height - y, height - y - h))
            draw.rectangle([round(x), round(top), round(x + w) - 1, round(bottom) - 1], fill=color)
    return image


@pytest.mark.parametrize(("sheet", "height"), [("cr80", CR80_MM[1]), ("a4", A4_MM[1])])
def test_the_drawn_qr_code_decodes_with_its_quiet_zone(sheet: str, height: float) -> None:
    page = next(s for s in streams(card_pdf.draw(FRONT, sheet)) if " re" in s)
    found = zxingcpp.read_barcode(image_of(page, height), formats=zxingcpp.BarcodeFormat.QRCode)
    assert found is not None
    assert found.text == TEXT


def test_a_card_is_version_11_at_most_at_m_and_its_modules_are_big_enough() -> None:
    side, runs = card_pdf.qr_runs(TEXT)
    assert side - 2 * card_pdf.QUIET_MODULES <= 17 + 4 * 11
    assert QR_MM / side >= 0.6
    assert all(run.x >= 4 and run.y >= 4 and run.x + run.width <= side - 4 for run in runs)


def test_sheets_have_their_size() -> None:
    def boxes(pdf: bytes) -> list[bytes]:
        return re.findall(rb"/MediaBox \[0 0 ([\d.]+ [\d.]+)\]", pdf)

    assert boxes(card_pdf.draw(FRONT, "cr80"))[0] == b"242.65 153.01"
    assert boxes(card_pdf.draw(FRONT, "a4"))[0].startswith(b"595.28")


def test_a_card_says_what_it_is_for() -> None:
    said = "".join(streams(card_pdf.draw(FRONT, "cr80")))
    assert "Solo vale escaneada" in said
    assert "DEMO sin validez" in said
    real = "".join(streams(card_pdf.draw(Front(FRONT.name, TEXT, FRONT.expires_at, "production"), "cr80")))
    assert "DEMO" not in real
    assert "Proyecto independiente" in real


@pytest.mark.parametrize("name", ["Ñandú Güémez Ávila", "Jülie Ṁačić", "李小龍", "x" * 300, "A"])
def test_any_name_prints(name: str) -> None:
    for sheet in card_pdf.SHEETS:
        pdf = card_pdf.draw(Front(name, TEXT, FRONT.expires_at, "test"), sheet)
        assert io.BytesIO(pdf).read(5) == b"%PDF-"
