"""A pack as slides: a finding as title, native charts and tables, and what they rest on below."""

from __future__ import annotations

import io
from typing import Any

from pptx.util import Inches, Pt

from pipelines import format as fmt
from pipelines.packs.content import Block, Chart, Pack, Page, Table, defined_for
from pipelines.packs.look import MUTED, TEXT, shortened, wrapped
from pipelines.packs.slide_chart import add_chart
from pipelines.packs.slide_table import Place, add_table, natural
from pipelines.packs.slide_theme import MARGIN, TITLE, WIDTH, box, deck, rule, write

ACROSS = WIDTH - 2 * MARGIN
GAP, BETWEEN = 0.45, 0.25  # inches between columns, and between the blocks of one
FOOT = 6.86  # inches from the top
HEAD, SUB, LEAD, SMALL = 13.0, 10.0, 12.0, 8.5  # points
LEADING = 1.22
DENSE = 6  # columns from which a table wants more than half of the slide


def slides(pack: Pack) -> bytes:
    """The pack as a .pptx file."""
    made = deck()
    told = made.core_properties
    told.title, told.subject, told.author = pack.title, pack.filters, pack.group
    told.language, told.comments = "en-US", f"As of build {pack.build}"
    told.created = told.modified = pack.published.replace(tzinfo=None)
    for number, page in enumerate(pack.pages, 1):
        _slide(made, pack, page, number)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def _slide(made: Any, pack: Pack, page: Page, number: int) -> None:
    slide = made.slides.add_slide(made.slide_layouts[0])
    top = _heading(slide, page)
    for block, place in zip(page.blocks, places(page.blocks, top), strict=True):
        _block(slide, block, place)
    _foot(slide, pack, page, number)
    slide.notes_slide.notes_text_frame.text = _notes(pack, page)


def _heading(slide: Any, page: Page) -> float:
    """The title and the lead; where the blocks begin."""
    room = TITLE[2] * 72
    size = next(
        (s for s in (24.0, 21.0, 18.0) if len(wrapped(page.title, s, room, bold=True)) == 1), 18.0
    )
    lines = min(2, len(wrapped(page.title, size, room, bold=True)))
    title = slide.shapes.title
    write(
        title.text_frame.paragraphs[0],
        shortened(page.title, size, room, lines=2, bold=True), size, bold=True, tone=TEXT,
    )  # fmt: skip
    high = lines * size * LEADING / 72
    title.left, title.top, title.width = (Inches(value) for value in TITLE[:3])
    title.height = Inches(high)
    title.text_frame.paragraphs[0].alignment = 1  # left
    top = TITLE[1] + high + 0.06
    if page.lead:
        told = shortened(page.lead, LEAD, room, lines=2)
        high = len(wrapped(told, LEAD, room)) * LEAD * LEADING / 72
        frame = box(slide, MARGIN, top, ACROSS, high, "Explanation")
        write(frame.paragraphs[0], told, LEAD, tone=MUTED)
        top += high
    return top + 0.2


def places(blocks: tuple[Block, ...], top: float) -> list[Place]:
    """Where each block stands, in inches: in one column or in two, each as high as it needs."""
    high = FOOT - 0.12 - top
    if not blocks:  # who doesn't see a page's subjects has its heading alone
        return []
    if len(blocks) == 1 or _stacked(blocks):
        return _column(blocks, (MARGIN, top, ACROSS, high))
    left = (ACROSS - GAP) * _shares(blocks)
    right = ACROSS - GAP - left
    sides = ((MARGIN, left), (MARGIN + left + GAP, right))
    half = _half(blocks, left, right)
    parts = (blocks[:half], blocks[half:])
    return [
        place
        for (start, across), members in zip(sides, parts, strict=True)
        for place in _column(members, (start, top, across, high))
    ]


def _half(blocks: tuple[Block, ...], left: float, right: float) -> int:
    """How many blocks stand in the left column, so that neither is much higher."""

    def higher(half: int) -> float:
        sides = ((blocks[:half], left), (blocks[half:], right))
        return max(sum(_need(block, across) for block in part) for part, across in sides)

    return min(range(1, len(blocks)), key=higher)


def _stacked(blocks: tuple[Block, ...]) -> bool:
    """Whether two blocks stand below each other: a line over time beside a short table."""
    tables = [block for block in blocks if isinstance(block, Table)]
    lines = [block for block in blocks if isinstance(block, Chart) and block.kind == "lines"]
    return len(blocks) == 2 and len(lines) == 1 and sum(len(t.rows) for t in tables) <= 6


def _column(blocks: tuple[Block, ...], place: Place) -> list[Place]:
    """Blocks below each other: tables as high as they need, charts share what is left."""
    left, top, across, high = place
    free = high - BETWEEN * (len(blocks) - 1)
    needs = [_need(block, across) for block in blocks]
    charts = sum(isinstance(block, Chart) for block in blocks)
    if sum(needs) > free:
        needs = _shared(needs, free)
    elif charts:
        more = (free - sum(needs)) / charts
        needs = [
            need + (more if isinstance(block, Chart) else 0.0)
            for need, block in zip(needs, blocks, strict=True)
        ]
    found = []
    for need in needs:
        found.append((left, top, across, need))
        top += need + BETWEEN
    return found


def _shared(needs: list[float], free: float) -> list[float]:
    """Less than is needed, so shared that the small get theirs and the large give way."""
    given: dict[int, float] = {}
    for left, at in enumerate(sorted(range(len(needs)), key=lambda at: needs[at])):
        given[at] = min(needs[at], (free - sum(given.values())) / (len(needs) - left))
    return [given[at] for at in range(len(needs))]


def _need(block: Block, across: float) -> float:
    """How high a block is with its heading, in inches."""
    heading = _heading_height(block, across)
    if isinstance(block, Table):
        return heading + natural(block, across) + 0.02
    if isinstance(block, Chart):
        return heading + (min(_tall(block), 2.2) if block.kind == "bars" else 1.6)
    lines = sum(len(wrapped(said, SUB + 1, across * 72)) for said in block.said)
    return heading + lines * (SUB + 1) * LEADING / 72 + 0.06 * len(block.said)


def _heading_height(block: Block, across: float) -> float:
    title, told = _heading_texts(block, across * 72)
    lines = len(wrapped(title, HEAD, across * 72, bold=True))
    below = len(wrapped(told, SUB, across * 72)) if told else 0
    return (lines * HEAD + below * SUB) * LEADING / 72 + 0.08


def _heading_texts(block: Block, room: float) -> tuple[str, str]:
    title = shortened(block.title, HEAD, room, lines=2, bold=True)
    subtitle = "" if not isinstance(block, Table | Chart) else block.subtitle
    return title, shortened(subtitle, SUB, room, lines=2) if subtitle else ""


def _shares(blocks: tuple[Block, ...]) -> float:
    """The left column's part of the width."""
    if len(blocks) != 2:
        return 0.5
    dense = [isinstance(b, Table) and len(b.columns) >= DENSE for b in blocks]
    return 0.56 if dense[0] else 0.44 if dense[1] else 0.5


def _block(slide: Any, block: Block, place: Place) -> None:
    left, top, across, high = place
    title, told = _heading_texts(block, across * 72)
    used = _heading_height(block, across)
    frame = box(slide, left, top, across, used - 0.08, "Heading")
    write(frame.paragraphs[0], title, HEAD, bold=True)
    if told:
        write(frame.add_paragraph(), told, SUB, tone=MUTED)
    inner = (left, top + used, across, high - used)
    if isinstance(block, Table):
        add_table(slide, block, inner)
    elif isinstance(block, Chart):
        add_chart(slide, block, (left, top + used, across, min(high - used, _tall(block))))
    else:
        frame = box(slide, *inner, "Points")
        for at, said in enumerate(block.said):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(4)
            write(paragraph, said, SUB + 1)


def _tall(chart: Chart) -> float:
    """Bars have a height of their own; lines take what there is."""
    return 0.3 + 0.42 * len(chart.categories) if chart.kind == "bars" else 10.0


def _foot(slide: Any, pack: Pack, page: Page, number: int) -> None:
    """Filters, as-of, coverage and definitions, on every slide."""
    rule(slide, MARGIN, FOOT, ACROSS)
    room = (ACROSS - 0.6) * 72
    first = f"{pack.filters}. As of {fmt.moment(pack.published)}. {pack.coverage}."
    frame = box(slide, MARGIN, FOOT + 0.05, ACROSS - 0.6, 0.45, "What this rests on")
    write(frame.paragraphs[0], shortened(first, SMALL, room), SMALL, tone=MUTED)
    meant = " ".join(f"{one.title}: {one.definition}" for one in defined_for(pack, page))
    if meant:
        write(frame.add_paragraph(), shortened(meant, SMALL, room, lines=2), SMALL, tone=MUTED)
    page_number = box(slide, WIDTH - MARGIN - 0.5, FOOT + 0.05, 0.5, 0.2, "Page")
    paragraph = page_number.paragraphs[0]
    paragraph.alignment = 3  # right
    write(paragraph, str(number), SMALL, tone=MUTED)


def _notes(pack: Pack, page: Page) -> str:
    """What a speaker may be asked: the definitions whole, and where the figures come from."""
    lines = [
        f"{pack.filters}. As of {fmt.moment(pack.published)}. {pack.coverage}.",
        *(f"{one.title}: {one.definition} {one.formula}" for one in defined_for(pack, page)),
        *(block.alt for block in page.blocks if isinstance(block, Chart)),
        f"Build {pack.build}.",
    ]
    return "\n".join(lines)
