"""What a clinic's camera sees: pictures of a phone's screen as an MJPEG file that Chromium plays as a camera."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from PIL import Image, ImageFilter

FRAME = (1280, 720)
FRAMES = 30
TABLE = (96, 88, 80)


def blank_feed(path: Path) -> None:
    """A camera that looks at an empty table."""
    write_feed(path, Image.new("RGB", FRAME, TABLE))


def feed_of(path: Path, screenshot: bytes, *, angle: float = 4) -> None:
    """A camera that looks at a phone's screen, of which `screenshot` is a PNG."""
    write_feed(path, frame_of(screenshot, angle=angle))


def frame_of(screenshot: bytes, *, width: int = 430, angle: float = 4, blur: float = 0.6) -> Image.Image:
    """One picture of a camera that looks at a phone's screen.

    screenshot: PNG of the code as the phone shows it, quiet zone included
    width:      how wide it stands in the frame, in pixels
    """
    phone = Image.open(io.BytesIO(screenshot)).convert("RGB")
    phone = phone.resize((width, round(width * phone.height / phone.width)), Image.Resampling.BICUBIC)
    phone = phone.rotate(angle, expand=True, fillcolor=TABLE, resample=Image.Resampling.BICUBIC)
    frame = Image.new("RGB", FRAME, TABLE)
    frame.paste(phone, ((FRAME[0] - phone.width) // 2, (FRAME[1] - phone.height) // 2))
    return frame.filter(ImageFilter.GaussianBlur(blur))


def picture_of(text: str) -> bytes:
    """A code as a printer or another phone would draw it: PNG, black on white, with its quiet zone."""
    out = io.BytesIO()
    segno.make(text, micro=False, error="l", boost_error=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def write_feed(path: Path, *frames: Image.Image) -> None:
    """Each of the pictures, or the same for a second; Chromium plays them again and again."""
    out = io.BytesIO()
    for frame in frames:
        frame.save(out, "JPEG", quality=85)
    path.write_bytes(out.getvalue() * (FRAMES // len(frames)))
