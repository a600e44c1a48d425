"""The deck's ground: 16:9, the house's colours and typeface, and one layout with a title."""

from __future__ import annotations

from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from pipelines.packs.look import (
    ACCENT,
    BORDER,
    CONCERN,
    FONT,
    IMPROVEMENT,
    INK,
    LIMIT,
    MUTED,
    QUIET,
    TEXT,
    TINT,
)  # fmt: skip
from pipelines.packs.slide_cells import SPACE, run

WIDTH, HEIGHT = 13.333, 7.5  # inches
MARGIN = 0.55
TITLE = (MARGIN, 0.38, WIDTH - 2 * MARGIN, 0.62)  # left, top, width, height
THEME = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/theme"
SCHEME = {
    "dk1": TEXT, "lt1": "#FFFFFF", "dk2": INK, "lt2": TINT, "accent1": INK, "accent2": CONCERN,
    "accent3": IMPROVEMENT, "accent4": ACCENT, "accent5": QUIET, "accent6": LIMIT,
    "hlink": ACCENT, "folHlink": MUTED,
}  # fmt: skip


def deck() -> Any:
    """A presentation without slides, in the house's look, with one layout: a title."""
    made = Presentation()
    made.slide_width, made.slide_height = Inches(WIDTH), Inches(HEIGHT)
    _theme(made)
    layouts = made.slide_layouts
    kept = layouts.get_by_name("Title Only")
    for layout in [one for one in layouts if one is not kept]:
        layouts.remove(layout)
    kept.name = "Finding"
    for level in made.slide_master.element.xpath(".//p:titleStyle/a:lvl1pPr"):
        level.set("algn", "l")
    for place in (made.slide_master, kept):
        for shape in list(place.placeholders):
            if shape.placeholder_format.type == 1:  # the title
                _title(shape)
            else:
                shape.element.getparent().remove(shape.element)
    return made


def _theme(made: Any) -> None:
    """The house's colours and typeface in place of the template's."""
    part = made.slide_master.part.part_related_by(THEME)
    root = etree.fromstring(part.blob)
    root.set("name", "Rounds")
    colours = root.find(f".//{qn('a:clrScheme')}")
    colours.set("name", "Rounds")
    for name, colour in SCHEME.items():
        slot = colours.find(qn(f"a:{name}"))
        for child in list(slot):
            slot.remove(child)
        etree.SubElement(slot, qn("a:srgbClr"), val=colour[1:])
    fonts = root.find(f".//{qn('a:fontScheme')}")
    fonts.set("name", "Rounds")
    for which in ("a:majorFont", "a:minorFont"):
        fonts.find(f"{qn(which)}/{qn('a:latin')}").set("typeface", FONT)
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _title(shape: Any) -> None:
    left, top, width, height = TITLE
    shape.left, shape.top = Inches(left), Inches(top)
    shape.width, shape.height = Inches(width), Inches(height)
    frame = shape.text_frame
    bare(frame)
    frame.vertical_anchor = MSO_ANCHOR.TOP
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT


def bare(frame: Any) -> None:
    """A text frame without margins, that neither grows nor shrinks: what is in it was measured."""
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    frame.word_wrap = True
    body = frame._txBody.find(qn("a:bodyPr"))
    for child in list(body):
        body.remove(child)


def colour(text: str) -> Any:
    """A colour as the library has it."""
    return RGBColor.from_string(text[1:])


def write(paragraph: Any, text: str, size: float, *, bold: bool = False, tone: str = TEXT) -> None:
    """A run of text in a paragraph."""
    made = parse_xml(f'<a:p xmlns:a="{SPACE}">{run(text, size, bold=bold, tone=tone)}</a:p>')[0]
    paragraph._p.insert_element_before(made, "a:endParaRPr")


def box(slide: Any, left: float, top: float, width: float, height: float, name: str) -> Any:
    """A text box, in inches; its frame."""
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    shape.name = name
    bare(shape.text_frame)
    return shape.text_frame


def rule(slide: Any, left: float, top: float, width: float, *, thick: float = 0.75) -> None:
    """A hairline; decorative, so that a screen reader passes over it."""
    line = slide.shapes.add_connector(
        1, Inches(left), Inches(top), Inches(left + width), Inches(top)
    )
    line.line.color.rgb, line.line.width = colour(BORDER), Pt(thick)
    line.name = "Rule"
    style = line._element.find(qn("p:style"))
    if style is not None:  # the template's line casts a shadow
        line._element.remove(style)
    decorative(line)


def decorative(shape: Any) -> None:
    """Mark a shape as decoration."""
    found = shape._element.xpath(".//p:cNvPr")[0]
    uri = "{C183D7F6-B498-43B3-948B-1728B52AA6E4}"
    space = "http://schemas.microsoft.com/office/drawing/2017/decorative"
    extensions = etree.SubElement(found, qn("a:extLst"))
    extension = etree.SubElement(extensions, qn("a:ext"), uri=uri)
    etree.SubElement(extension, f"{{{space}}}decorative", val="1")


def describe(frame: Any, words: str, name: str) -> None:
    """The alternative text of a chart or table, and its name in the list of objects."""
    found = frame._element.xpath(".//p:cNvPr")[0]
    found.set("descr", words)
    found.set("name", name)
