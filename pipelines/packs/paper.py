"""A pack on paper: a tagged PDF (PDF/UA-1), set by Typst from the pack's content as data.

Chosen among fpdf2 (tags by hand), reportlab (no tags in the open edition) and weasyprint (wants
libraries of the system): Typst comes as one wheel, tags by itself, and refuses to write a PDF/UA
file that lacks a title, a language or a chart's words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst

from pipelines import format as fmt
from pipelines.packs.content import (
    Block,
    Cell,
    Chart,
    Pack,
    Page,
    Points,
    Row,
    Table,
    defined_for,
    more_words,
    notes_in,
)
from pipelines.packs.drawing import drawn
from pipelines.packs.fit import widths_of
from pipelines.packs.look import BORDER, CONCERN, FONTS, MUTED, TEXT, shortened, wrapped

TEMPLATE = Path(__file__).with_name("paper.typ")
MARGIN = 0.6 * 72
SIZES = {"us-letter": (612.0, 792.0), "a4": (595.3, 841.9)}
COLUMN_GAP = 0.35 * 72
NOTE, NOTE_LINES = 8.0, 3
SMALL, HEAD, SIDE = 7.5, 8.5, 3.0  # points: of the foot, of headings, beside a cell's text
TITLES = (20.0, 18.0, 16.0)
LOOK = {"text": TEXT, "muted": MUTED, "concern": CONCERN, "border": BORDER}
DENSE = 6  # columns from which a table wants more than half of the page


def paper(pack: Pack) -> bytes:
    """The pack as a .pdf file: a visit stands upright on two pages, the others lie."""
    told = json.dumps(_told(pack))
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"pack": told},
        pdf_standards=["ua-1"],
        timestamp=int(pack.published.timestamp()),
    )
    return bytes(made)


def _told(pack: Pack) -> dict[str, Any]:
    size = "us-letter" if _currency(pack) == "USD" else "a4"
    lying = pack.audience != "site"
    across = SIZES[size][1 if lying else 0] - 2 * MARGIN
    return {
        "title": pack.title,
        "group": pack.group,
        "filters": pack.filters,
        "paper": size,
        "landscape": lying,
        "look": LOOK,
        "rests": f"{pack.filters}. As of {fmt.moment(pack.published)}. {pack.coverage}.",
        "pages": [_page(pack, page, across, lying=lying) for page in pack.pages],
    }


def _currency(pack: Pack) -> str:
    return next((key[0] for key in pack.totals.costs), "USD")


def _page(pack: Pack, page: Page, across: float, *, lying: bool) -> dict[str, Any]:
    columns, shares = _columns(page.blocks, lying=lying)
    size = 9.5 if len(page.blocks) < 3 else 8.5
    free = across - COLUMN_GAP * (len(columns) - 1)
    meant = " ".join(f"{one.title}: {one.definition}" for one in defined_for(pack, page))
    return {
        "title": page.title,
        "size": next(
            (s for s in TITLES if len(wrapped(page.title, s, across, bold=True)) == 1), TITLES[-1]
        ),
        "lead": page.lead,
        "shares": shares,
        "columns": [
            [
                _block(block, wide, size, lying=lying, taken=_noted(blocks, wide))
                for block in blocks
            ]
            for blocks, wide in zip(
                columns, (free * share / sum(shares) for share in shares), strict=True
            )
        ],
        "meant": shortened(meant, SMALL, across - 50, lines=3),
    }  # fmt: skip


def _columns(
    blocks: tuple[Block, ...], *, lying: bool
) -> tuple[list[tuple[Block, ...]], list[float]]:
    """Which blocks stand in which column, and the columns' shares of the width."""
    lines = [block for block in blocks if isinstance(block, Chart) and block.kind == "lines"]
    if not lying or len(blocks) < 2 or (len(blocks) == 2 and lines):
        return [blocks], [1.0]
    if len(blocks) > 2:
        half = _half(blocks)
        return [blocks[:half], blocks[half:]], [1.0, 1.0]
    dense = [isinstance(b, Table) and len(b.columns) >= DENSE for b in blocks]
    shares = [1.25, 1.0] if dense[0] else [1.0, 1.25] if dense[1] else [1.0, 1.0]
    return [blocks[:1], blocks[1:]], shares


def _half(blocks: tuple[Block, ...]) -> int:
    """How many blocks stand left, so that neither column is much longer."""

    def longer(half: int) -> float:
        return max(sum(map(_lines_of, part)) for part in (blocks[:half], blocks[half:]))

    return min(range(1, len(blocks)), key=longer)


def _lines_of(block: Block) -> float:
    """About how many lines a block takes, its heading included."""
    if isinstance(block, Table):
        deep = sum(any(one.second for one in row) for row in block.rows[: block.shown])
        return 4.0 + min(len(block.rows), block.shown) + deep + len(block.total)
    return 14.0


def _noted(blocks: Sequence[Block], across: float) -> float:
    """How many points the notes of a column's tables take: so much less is left for its chart."""
    rows = [
        row for block in blocks if isinstance(block, Table)
        for row in (*block.rows[: block.shown], *block.total) if notes_in(row)
    ]  # fmt: skip
    lines = [min(NOTE_LINES, len(wrapped(notes_in(row), NOTE, across - 30))) for row in rows]
    return sum(count * NOTE * 1.3 + 8 for count in lines)


def _block(
    block: Block, across: float, size: float, *, lying: bool, taken: float = 0.0
) -> dict[str, Any]:
    if isinstance(block, Points):
        return {"kind": "points", "title": block.title, "subtitle": "", "said": block.said}
    told = {"title": block.title, "subtitle": block.subtitle}
    if isinstance(block, Chart):
        svg = drawn(block, across, max(120.0, 225.0 - taken) if lying else 120.0)
        return told | {"kind": "chart", "svg": svg, "alt": block.alt}
    widths = widths_of(block, across, size, HEAD, SIDE)
    return told | {
        "kind": "table",
        "empty": block.empty,
        "size": size,
        "columns": [
            {"label": c.label, "right": c.right, "width": wide}
            for c, wide in zip(block.columns, widths, strict=True)
        ],
        "rows": [_row(row, across) for row in block.rows[: block.shown]],
        "total": [_row(row, across) for row in block.total],
        "more": more_words(block, min(block.shown, len(block.rows))),
    }


def _row(row: Row, across: float) -> dict[str, Any]:
    return {
        "cells": [_cell(one) for one in row],
        "note": shortened(notes_in(row), NOTE, across - 30, lines=NOTE_LINES),
    }


def _cell(one: Cell) -> dict[str, str]:
    text = one.text if len(one.text) <= 320 else f"{one.text[:319].rstrip()}…"
    return {"text": text, "second": one.second, "tone": one.tone}
