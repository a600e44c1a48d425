"""The house's look outside the browser: colours, typefaces, and how wide a text is.

Slides and workbooks name Arial, which every machine with an office program has, and which is no
wider than the Plex that texts are measured in here; paper carries Plex in the file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

FONT = "Arial"
FONTS = Path(__file__).parent / "fonts"
FACES = {
    False: FONTS / "IBMPlexSans_400Regular.ttf",
    True: FONTS / "IBMPlexSans_600SemiBold.ttf",
}
TEXT, MUTED, ACCENT = "#16201D", "#5A6663", "#0B5C58"
CONCERN, IMPROVEMENT = "#AE4C0A", "#1A5FB4"
INK, QUIET, LIMIT = "#33413E", "#8A9692", "#7F8B87"
BORDER, GRID, TINT, PAGE = "#DCE1DF", "#E6EAE8", "#F4F6F5", "#FFFFFF"
UNITS = 1000  # the size at which texts are measured


@cache
def _face(bold: bool) -> Any:
    return ImageFont.truetype(str(FACES[bold]), UNITS)


@cache
def _word(text: str, bold: bool) -> float:
    # Arial Bold is up to 3 % wider than the Plex that stands for it here.
    return float(_face(bold).getlength(text)) / UNITS * (1.03 if bold else 1.0)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is on one line, in the unit of `size`."""
    return _word(text, bold) * size


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The lines that a text takes in a width; a word longer than that is broken."""
    lines, line = [], ""
    for word in text.split(" "):
        for part in _broken(word, size, room, bold):
            joined = f"{line} {part}" if line else part
            if line and width(joined, size, bold=bold) > room:
                lines.append(line)
                line = part
            else:
                line = joined
    return [*lines, line]


def _broken(word: str, size: float, room: float, bold: bool) -> list[str]:
    if width(word, size, bold=bold) <= room:
        return [word]
    parts, part = [], ""
    for letter in word:
        if part and width(part + letter, size, bold=bold) > room:
            parts.append(part)
            part = letter
        else:
            part += letter
    return [*parts, part]


def shortened(text: str, size: float, room: float, *, lines: int = 1, bold: bool = False) -> str:
    """A text that fits in so many lines, with an ellipsis where it was cut."""
    kept = wrapped(text, size, room, bold=bold)
    if len(kept) <= lines:
        return text
    cut = " ".join(kept[:lines]).rstrip()
    while cut and len(wrapped(f"{cut}…", size, room, bold=bold)) > lines:
        cut = cut[:-1].rstrip(" ,;:.")
    return f"{cut}…"
