"""Spoilt pictures of codes: how many are still read of ours, of a SMART Health Card and of an EU certificate.

Each code is as wide as the others, before the same camera, and is read by the reader of the clinic's face itself, which
also puts together what no picture gives alone; a counter does that for passes, here it is done for all. A stream of
twelve seconds, twelve frames, counts as read when the text is. Our card holds what the others hold: the person, one
affiliation, the assigned clinic and the issuer's signature. So does the code that a phone lends to another: it is what
we show of that content on a screen, and so what is compared where the screen is cracked. Our phone's own code holds the
phone's key and its proof besides, for which the others have no place. On a screen ours turn by a quarter every three
seconds (QrPanel); a card, and the others' codes, stand still.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

import numpy as np
import segno
from PIL import Image
from rich.console import Console
from rich.table import Table

from amate.core import encoding
from tests.bench import damage
from tests.bench.measure import Row
from tests.bench.other_codes import digital_certificate, smart_health_card
from tests.bench.pages import PWA, found_node
from tests.vectors.generators import _world

STREAMS, FRAMES, WORKERS = 24, 12, 2
# To where the codes, ours too, are no longer read: a level that all of them survive tells nothing.
DAMAGES: dict[str, tuple[Callable[[damage.Stream, float], damage.Frame], tuple[float, ...]]] = {
    "blur": (damage.blur, (1.4, 1.7, 2.0, 2.2, 2.4)),
    "noise": (damage.noise, (30, 50, 70, 90, 110)),
    "glare": (damage.glare, (0.25, 0.35, 0.45, 0.55, 0.65)),
    "rotation": (damage.rotation, (10, 30, 50, 55, 60)),
    "low light": (damage.low_light, (0.4, 0.2, 0.15, 0.12, 0.1)),
    "cracked screen": (damage.cracked, (2, 6, 10, 14, 18)),
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
    """Two rows a damage, the content's and the phone's: where ours leads least. The curves are printed."""
    codes = all_codes()
    curves = {name: dict(zip(codes, curves_of(name, codes), strict=True)) for name in DAMAGES}
    Console(file=sys.stderr).print(table_of(codes, curves))
    return [row for name, each in curves.items() for row in rows_of(name, each)]


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
    """Whether the frames of a stream, alone or together, give the code's text."""
    picture, text = code
    spoil, _ = DAMAGES[name]
    level, seed = asked
    stream = damage.Stream(picture, seed, turns=turns)
    return any(text == text_of(spoil(stream, level), is_first=n == 0) for n in range(FRAMES))


def text_of(frame: damage.Frame, *, is_first: bool) -> str | None:
    """What the counter's reader answers to the next frame of its stream."""
    reader = counter_reader()
    if reader.stdin is None or reader.stdout is None:
        raise AssertionError("no pipes")
    reader.stdin.write(bytes([is_first]) + np.clip(frame, 0, 255).astype(np.uint8).tobytes())
    reader.stdin.flush()
    text: str | None = json.loads(reader.stdout.readline())
    return text


@cache
def counter_reader() -> subprocess.Popen[bytes]:
    """The reader of this process; it ends with its standard input."""
    command = [found_node(), str(PWA / "scripts" / "frame-texts.mjs")]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PWA)


def rows_of(name: str, curves: dict[str, Curve]) -> Iterator[Row]:
    """Ours against the better of the others, where it leads least; with the curves of all.

    A level that all three survive, or none, tells nothing, where there is any that does.
    """
    for ours in (LENT if name in ON_SCREENS else CARD, PHONE):
        levels = list(zip(curves[ours], curves[SHC], curves[DCC], strict=True))
        telling = [level for level in levels if max(level) > 0 and min(level) < STREAMS] or levels
        least, best = min(((own, max(others)) for own, *others in telling), key=lambda pair: pair[0] / max(pair[1], 1))
        against = "the better of SHC and EU DCC, where we lead least"
        what = f"{ours.removeprefix('our ')} read, {name}"
        shown = {"level": list(DAMAGES[name][1]), **{code: curves[code] for code in (ours, SHC, DCC)}}
        yield Row(what, least, f"of {STREAMS}", against, max(best, 1), 1.0, at_most=False, curves=shown)


def table_of(codes: dict[str, Code], curves: dict[str, dict[str, Curve]]) -> Table:
    """All curves, in percent."""
    table = Table("damage", "level", *codes)
    for name, each in curves.items():
        for n, level in enumerate(DAMAGES[name][1]):
            table.add_row(name, f"{level:g}", *(f"{each[code][n] / STREAMS:.0%}" for code in codes))
    return table
