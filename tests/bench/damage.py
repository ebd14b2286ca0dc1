"""A phone's code before a camera, and what spoils the picture: six damages, each in five levels.

A code may turn by a quarter from frame to frame, as those of the wallet do within seconds. A frame is grey, float,
0 black to 255 white, 1280 × 720. What belongs to the screen, a crack, stays through a stream of frames; what belongs to
the hand, the light and the sensor is drawn anew for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

Frame = NDArray[np.float64]
SIZE = (1280, 720)
SIDE = 300  # pixels of the picture across the code with its quiet zone, as at a counter: an arm's length
TABLE = 90
SHAKE_DEGREES, SOFTNESS, GRAIN = 2.0, 0.6, 3.0
FULL_SCALE = 255.0


@dataclass
class Hold:
    """How the phone is held, and its screen."""

    angle: float = 0.0  # degrees in the plane of the picture
    tilt: float = 0.0  # how much narrower its far side is, of 1
    cracks: int = 0


class Stream:
    """The frames of one phone in one hand; the same for the same seed, whatever code is on the screen."""

    def __init__(self, code: Image.Image, seed: int, *, turns: bool = False) -> None:
        self.chance = np.random.default_rng(seed)
        self._code = code.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
        self._turns = turns
        self._seen = 0
        self._hit = self.chance.uniform(0.15, 0.85, 2) * SIDE
        self._rays = self.chance.uniform(0, 2 * np.pi, 64)

    def frame(self, hold: Hold) -> Frame:
        """What the camera sees now, sharp and well lit."""
        screen = self._shown(hold.cracks)
        to_screen = _perspective(self._corners(hold))
        alpha = Image.new("L", screen.size, 255).transform(SIZE, Image.Transform.PERSPECTIVE, to_screen)
        seen = screen.transform(SIZE, Image.Transform.PERSPECTIVE, to_screen, Image.Resampling.BICUBIC)
        picture = Image.new("L", SIZE, TABLE)
        picture.paste(seen, mask=alpha)
        return ndimage.gaussian_filter(np.asarray(picture, dtype=np.float64), SOFTNESS)

    def _shown(self, cracks: int) -> Image.Image:
        quarters = self._seen % 4 if self._turns else 0
        self._seen += 1
        screen = self._code.rotate(90 * quarters)
        draw = ImageDraw.Draw(screen)
        for number, ray in enumerate(self._rays[:cracks]):
            end = self._hit + 1.5 * SIDE * np.array([np.cos(ray), np.sin(ray)])
            # Broken glass shines or hides, one line as the other.
            draw.line([*self._hit, *end], fill=255 if number % 2 else 20, width=2)
        return screen

    def _corners(self, hold: Hold) -> NDArray[np.float64]:
        half = SIDE / 2
        square = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
        square[:2, 0] *= 1 - hold.tilt  # its far side
        square[:2, 1] *= 1 - hold.tilt
        turn = np.deg2rad(hold.angle + self.chance.normal(0, SHAKE_DEGREES))
        rotation = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
        return square @ rotation.T + np.array(SIZE) / 2 + self.chance.normal(0, 3, 2)


def _perspective(corners: NDArray[np.float64]) -> list[float]:
    """The eight coefficients by which a point of the picture is one of the screen (Pillow's PERSPECTIVE)."""
    rows, sides = [], []
    for (x, y), (u, v) in zip(corners, [(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        sides += [u, v]
    solved: list[float] = np.linalg.solve(np.array(rows), np.array(sides)).tolist()
    return solved


def _grainy(frame: Frame, stream: Stream, sigma: float) -> Frame:
    return frame + stream.chance.normal(0, sigma, frame.shape)


def blur(stream: Stream, level: float) -> Frame:
    """A camera out of focus; level: standard deviation in pixels."""
    return _grainy(ndimage.gaussian_filter(stream.frame(Hold()), level), stream, GRAIN)


def noise(stream: Stream, level: float) -> Frame:
    """A poor sensor; level: standard deviation in grey values."""
    return _grainy(stream.frame(Hold()), stream, level)


def glare(stream: Stream, level: float) -> Frame:
    """A lamp in the glass, elsewhere in each frame as the hand moves; level: its radius, of the code's side."""
    frame = stream.frame(Hold())
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    x, y = np.array(SIZE) / 2 + stream.chance.uniform(-0.5, 0.5, 2) * SIDE
    away = np.hypot(across - x, down - y) / (level * SIDE)
    shine = 1 / (1 + away**6)
    return _grainy(frame * (1 - shine) + FULL_SCALE * shine, stream, GRAIN)


def rotation(stream: Stream, level: float) -> Frame:
    """A phone held askew; level: degrees in the plane, and a hundredth as much out of it."""
    return _grainy(stream.frame(Hold(angle=level, tilt=level / 100)), stream, GRAIN)


def low_light(stream: Stream, level: float) -> Frame:
    """A dark room and a dim screen; level: the share of the light that is left, by which the grain grows, too."""
    frame = stream.frame(Hold()) * level
    return np.round(_grainy(frame, stream, GRAIN / np.sqrt(level)))


def cracked(stream: Stream, level: float) -> Frame:
    """A cracked screen; level: how many cracks run from where it was hit."""
    return _grainy(stream.frame(Hold(cracks=round(level))), stream, GRAIN)
