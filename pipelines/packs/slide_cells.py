"""A slide's table as XML: made whole, where the library would set it property by property.

Texts are escaped here and nowhere else; what XML can't hold is left out of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from pipelines.packs.look import BORDER, CONCERN, FONT, MUTED, TEXT

SIZE, SECOND, HEAD = 10.5, 9.0, 9.5  # points
SIDE, ABOVE = 0.05, 0.035  # inches within a cell
LANGUAGE = "en-US"
INCH = 914_400  # of the file's units
POINT = 12_700
PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style, no grid
TONES = {"plain": TEXT, "muted": MUTED, "strong": TEXT, "concern": CONCERN}
SPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"
_UNHEARD = re.compile("[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARGINS = f'marL="{SIDE * INCH:.0f}" marR="{SIDE * INCH:.0f}" marT="{ABOVE * INCH:.0f}" ' \
    f'marB="{ABOVE * INCH:.0f}"'  # fmt: skip


def run(text: str, size: float, *, bold: bool = False, tone: str = TEXT) -> str:
    """A run of text; an empty one would stand in the office program's own size."""
    told = escape(_UNHEARD.sub("", text)) or "\u00a0"
    return (
        f'<a:r><a:rPr lang="{LANGUAGE}" sz="{size * 100:.0f}" b="{int(bold)}"><a:solidFill>'
        f'<a:srgbClr val="{tone[1:]}"/></a:solidFill><a:latin typeface="{FONT}"/></a:rPr>'
        f"<a:t>{told}</a:t></a:r>"
    )


def cell(
    runs: Sequence[str], *, right: bool, line: tuple[str, float] = ("lnB", 0.5), low: bool = False
) -> str:
    """A cell of a paragraph for each run; `line` is its border's side and thickness in points."""
    side = "r" if right else "l"
    end = f'<a:endParaRPr lang="{LANGUAGE}" sz="{SECOND * 100:.0f}"/>'
    body = "".join(f'<a:p><a:pPr algn="{side}"/>{one}{end}</a:p>' for one in runs)
    border = (
        ""
        if not line[1]
        else (
            f'<a:{line[0]} w="{line[1] * POINT:.0f}" cap="flat" cmpd="sng" algn="ctr"><a:solidFill>'
            f'<a:srgbClr val="{BORDER[1:]}"/></a:solidFill></a:{line[0]}>'
        )
    )
    return (
        f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{body}</a:txBody>"
        f'<a:tcPr {_MARGINS} anchor="{"b" if low else "t"}">{border}</a:tcPr></a:tc>'
    )


def across_all(told: str, columns: int, inside: float = 0.0) -> list[str]:
    """The cells of a row that is one: a run across all columns, so many inches further in."""
    whole = cell([told], right=False).replace("<a:tc>", f'<a:tc gridSpan="{columns}">', 1)
    whole = whole.replace(f'marL="{SIDE * INCH:.0f}"', f'marL="{(SIDE + inside) * INCH:.0f}"', 1)
    hidden = '<a:tc hMerge="1"><a:txBody><a:bodyPr/><a:lstStyle/><a:p/></a:txBody><a:tcPr/></a:tc>'
    return [whole, *[hidden] * (columns - 1)]


def fill(frame: Any, widths: Sequence[float], rows: Sequence[tuple[float, Sequence[str]]]) -> None:
    """Put rows (a height in inches, and cells) into a table's frame, in place of its own."""
    columns = "".join(f'<a:gridCol w="{size * INCH:.0f}"/>' for size in widths)
    told = "".join(f'<a:tr h="{high * INCH:.0f}">{"".join(cells)}</a:tr>' for high, cells in rows)
    table = parse_xml(
        f'<a:tbl xmlns:a="{SPACE}"><a:tblPr firstRow="1" bandRow="0">'
        f"<a:tableStyleId>{PLAIN}</a:tableStyleId></a:tblPr><a:tblGrid>{columns}</a:tblGrid>"
        f"{told}</a:tbl>"
    )
    old: etree._Element = frame._element.find(f".//{qn('a:tbl')}")
    old.getparent().replace(old, table)
