"""Spoilt pictures of codes: how many are still read of ours, of a SMART Health Card and of an EU certificate.

Each code is as wide as the others, before the same camera, and is read by the decoder of the clinic's face (zxing-cpp).
A stream of twelve seconds, twelve frames, counts as read when one of them is. Our card holds what the others hold: the
person, one affiliation, the assigned clinic and the issuer's signature. So does the code that a phone lends to another:
it is what we show of that content on a screen, and so what is compared where the screen is cracked. Our phone's own
code holds the phone's key and its proof besides, for which the others have no place; its curve stands beside them,
without a limit. On a screen ours turn by a quarter every three seconds (QrPanel); a card, and
the others' codes, stand still.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import segno
import zxingcpp
from PIL import Image
from rich.console import Console
from rich.table import Table

from amate.core import encoding
from tests.bench import damage
from tests.bench.measure import Row
from tests.bench.other_codes import digital_certificate, smart_health_card
from tests.vectors.generators import _world

STREAMS, FRAMES, WORKERS = 24, 12, 2
DAMAGES: dict[str, tuple[Callable[[damage.Stream, float], damage.Frame], tuple[float, ...]]] = {
    "blur": (damage.blur, (1.4, 1.6, 1.8, 2.0, 2.2)),
    "noise": (damage.noise, (30, 40, 50, 60, 70)),
    "glare": (damage.glare, (0.05, 0.1, 0.15, 0.2, 0.25)),
    "rotation": (damage.rotation, (10, 20, 30, 40, 50)),
    "low light": (damage.low_light, (0.4, 0.3, 0.2, 0.15, 0.12)),
    "cracked screen": (damage.cracked, (2, 4, 6, 8, 10)),
}
SAID = {
    "curp": _world.PERSON.curp,
    "given": "MARÍA GUADALUPE",
    "family": "HERNÁNDEZ GARCÍA",
    "birth_date": "1956-04-27",
    "institution": "2",
    "role": "1",
    "until": "2027-03-01",
    "clinic": _world.CLINIC,
    "iat": _world.IAT,
}
CARD, LENT, PHONE = "our card", "our lent code", "our phone's code"
SHC, DCC = "SMART Health Card", "EU certificate"
Code = tuple[Image.Image, str]
TURNING = {LENT, PHONE}
ON_SCREENS = {"cracked screen"}
Curve = list[int]


def run() -> list[Row]:
    """One row a damage: at the level where ours leads least. The curves are printed."""
    codes = all_codes()
    curves = {name: dict(zip(codes, curves_of(name, codes), strict=True)) for name in DAMAGES}
    Console(file=sys.stderr).print(table_of(codes, curves))
    return [row_of(name, each) for name, each in curves.items()]


def all_codes() -> dict[str, Code]:
    """The picture and the text of each, by name."""
    return {
        CARD: drawn(encoding.text_from_bytes(_world.pass_of(3)), "m"),
        LENT: drawn(encoding.text_from_bytes(_world.pass_of(2)), "m"),
        PHONE: drawn(encoding.text_from_bytes(_world.shown()), "l"),
        SHC: smart_health_card(SAID, _world.ISSUER),
        DCC: digital_certificate(SAID, _world.ISSUER),
    }


def drawn(text: str, level: str) -> Code:
    """Digits as the wallet and the card draw them."""
    out = io.BytesIO()
    segno.make(text, micro=False, error=level, boost_error=False).save(out, kind="png", scale=8, border=4)
    return Image.open(out), text


def curves_of(name: str, codes: dict[str, Code]) -> Iterator[Curve]:
    """How many streams of each code are read, by level."""
    _, levels = DAMAGES[name]
    with ProcessPoolExecutor(WORKERS) as pool:
        for kind, code in codes.items():
            asked = [(level, seed) for level in levels for seed in range(STREAMS)]
            found = list(pool.map(partial(is_read, code, name, kind in TURNING), asked, chunksize=8))
            yield [sum(found[n * STREAMS : (n + 1) * STREAMS]) for n in range(len(levels))]


def is_read(code: Code, name: str, turns: bool, asked: tuple[float, int]) -> bool:
    """Whether one frame of a stream gives the code's text."""
    picture, text = code
    spoil, _ = DAMAGES[name]
    level, seed = asked
    stream = damage.Stream(picture, seed, turns=turns)
    return any(text in texts_in(spoil(stream, level)) for _ in range(FRAMES))


def texts_in(frame: damage.Frame) -> list[str]:
    """What the decoder reads, by the options of the clinic's worker."""
    pixels = np.clip(frame, 0, 255).astype(np.uint8)
    found = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode, try_rotate=False)
    return [each.text for each in found]


def row_of(name: str, curves: dict[str, Curve]) -> Row:
    """Ours against the better of the others, where it leads least; levels that no code survives tell nothing."""
    compared = LENT if name in ON_SCREENS else CARD
    levels = zip(curves[compared], curves[SHC], curves[DCC], strict=True)
    pairs = [(ours, max(others)) for ours, *others in levels if max(ours, *others) > 0]
    ours, best = min(pairs, key=lambda pair: pair[0] / max(pair[1], 1))
    against = "the better of SHC and EU DCC, where we lead least"
    what = f"{compared.removeprefix('our ')} read, {name}"
    return Row(what, ours, f"of {STREAMS}", against, max(best, 1), 1.0, at_most=False)


def table_of(codes: dict[str, Code], curves: dict[str, dict[str, Curve]]) -> Table:
    """All curves, in percent."""
    table = Table("damage", "level", *codes)
    for name, each in curves.items():
        for n, level in enumerate(DAMAGES[name][1]):
            table.add_row(name, f"{level:g}", *(f"{each[code][n] / STREAMS:.0%}" for code in codes))
    return table
