"""What is wrong with a line of the catalogue, in words that are fit for a terminal. PURE."""

from __future__ import annotations

from typing import Final, NamedTuple

MAX_SHOWN: Final = 40  # characters


class Finding(NamedTuple):
    """What is wrong with one line of a file; a rejected line is not imported, a line with a warning is."""

    line: int
    clues: str
    reason: str
    detail: str

    @property
    def said(self) -> str:
        """The finding in one line, for people."""
        unit = f"{self.clues}: " if self.clues and self.clues not in self.detail else ""
        return f"line {self.line}: {unit}{self.detail} [{self.reason}]"


def shown(cell: object) -> str:
    """What a cell holds, fit for a terminal: its beginning, without what would steer the terminal."""
    text = str(cell).strip()
    kept = "".join(c if c.isprintable() else "?" for c in text[:MAX_SHOWN])
    return kept if len(text) <= MAX_SHOWN else f"{kept}…"
