"""The workbook's ground: formats, cells that can't become formulas, and sheets with a heading.

Text from files is only ever written as text: a site called `=HYPERLINK(…)` is shown, not run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from pipelines.packs.content import Chart, Kind, Line, Pack
from pipelines.packs.look import BORDER, CONCERN, FONT, INK, MUTED, QUIET, TEXT
from pipelines.packs.rows import Sheet, plain
from pipelines.packs.scale import scale

OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
    "strings_to_numbers": False, "nan_inf_to_errors": True,
}  # fmt: skip
NUMBERS: dict[str, str] = {
    "text": "@",
    "right": "@",
    "money": "#,##0;−#,##0;0",
    "exact": "#,##0.00;−#,##0.00;0.00",
    "gap": "+#,##0;−#,##0;0",
    "price": "#,##0.00",
    "percent": "0.0%",
    "gap share": "+0.0%;−0.0%;0.0%",
    "count": "#,##0",
    "hours": "#,##0",
    "days": "#,##0",
    "number": "#,##0.00",
    "day": "d mmm yyyy",
    "month": "mmm yyyy",
}
ROLES = {"ink": INK, "concern": CONCERN, "quiet": QUIET, "target": MUTED, "band": QUIET}


class Book:
    """A workbook under way."""

    def __init__(self, target: Any, pack: Pack) -> None:
        self.book = xlsxwriter.Workbook(target, OPTIONS)
        self.pack = pack
        self._formats: dict[tuple[str, bool, str], Any] = {}
        self._names: set[str] = set()
        self.book.set_properties(
            {"title": pack.title, "subject": pack.filters, "author": pack.group,
             "comments": f"As of build {pack.build}", "created": pack.published}
        )  # fmt: skip
        self.book.set_calc_mode("auto")

    def look(self, kind: str = "text", *, bold: bool = False, tone: str = "plain") -> Any:
        """The format of a cell of a kind."""
        key = (kind, bold, tone)
        if key not in self._formats:
            colour = {"muted": MUTED, "concern": CONCERN, "head": MUTED}.get(tone, TEXT)
            told: dict[str, Any] = {
                "font_name": FONT, "font_size": 10, "font_color": colour, "valign": "top",
                "num_format": NUMBERS[kind], "bold": bold or tone in ("strong", "concern"),
            }  # fmt: skip
            if tone == "head":
                told |= {"bottom": 1, "bottom_color": BORDER, "text_wrap": True, "valign": "bottom"}
            told["align"] = "left" if kind == "text" else "right"
            if tone == "title":
                told |= {"font_size": 16, "bold": True}
            if tone == "section":
                told |= {"font_size": 12, "bold": True}
            if bold and tone == "plain":
                told |= {"top": 1, "top_color": BORDER}
            self._formats[key] = self.book.add_format(told)
        return self._formats[key]

    def sheet(self, name: str, title: str, note: str = "", *, colour: str = "") -> Any:
        """A sheet with its finding in A1 and a note below; the table begins in row 4 or later."""
        sheet = self.book.add_worksheet(self._free(name), Sheet)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(1 if self.pack_currency == "USD" else 9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8{self._told(self.pack.filters)}&R&8&P / &N")
        if colour:
            sheet.set_tab_color(colour)
        sheet.write_string(0, 0, plain(title), self.look(tone="title"))
        sheet.set_row(0, 24)
        if note:
            sheet.write_string(1, 0, plain(note), self.look(tone="muted"))
        return sheet

    @property
    def pack_currency(self) -> str:
        """The currency of the first total; dollars where no money is known."""
        return next((key[0] for key in self.pack.totals.costs), "USD")

    def _free(self, name: str) -> str:
        short = "".join(" " if c in "[]:*?/\\'" else c for c in name)[:28].strip() or "Sheet"
        free, at = short, 2
        while free.lower() in self._names:
            free, at = f"{short} {at}", at + 1
        self._names.add(free.lower())
        return free

    @staticmethod
    def _told(text: str) -> str:
        """A text for a footer, in which & begins a code."""
        return text.replace("&", "&&")[:200]

    def head(self, sheet: Any, row: int, labels: Sequence[str], right: Sequence[bool] = ()) -> None:
        """A row of headings; `right` says which stand over numbers."""
        for at, label in enumerate(labels):
            over = "count" if at < len(right) and right[at] else "text"
            sheet.write_string(row, at, label, self.look(over, tone="head"))

    def put(
        self, sheet: Any, row: int, column: int, value: Any, kind: str = "text",
        *, bold: bool = False, tone: str = "plain",
    ) -> None:  # fmt: skip
        """A value as what it is: text stays text, whatever it begins with."""
        look = self.look(kind, bold=bold, tone=tone)
        if value is None:
            sheet.write_blank(row, column, None, look)
        elif isinstance(value, str):
            told = kind if kind == "right" else "text"
            sheet.write_string(row, column, plain(value), self.look(told, bold=bold, tone=tone))
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, look)
        else:
            sheet.write_number(row, column, float(value), look)

    def formula(
        self, sheet: Any, row: int, column: int, formula: str, value: Decimal | float | None,
        kind: str, *, bold: bool = False,
    ) -> None:  # fmt: skip
        """A live formula of ours, with the value that it comes to for who doesn't recalculate."""
        told = "" if value is None else float(value)
        sheet.write_formula(row, column, formula, self.look(kind, bold=bold), told)

    def chart(
        self, sheet: Any, place: tuple[int, int], chart: Chart, ranges: Sequence[Any],
        categories: Any, *, size: tuple[int, int] = (720, 320),
    ) -> None:  # fmt: skip
        """A native chart over cells: `ranges` are those of its series, in order."""
        kind = {"lines": {"type": "line"}, "bars": {"type": "bar"}}[chart.kind]
        drawn = self.book.add_chart(kind)
        for line, cells in zip(chart.series, ranges, strict=True):
            drawn.add_series(self._series(chart, line, cells, categories))
        font = {"name": FONT, "size": 9, "color": MUTED}
        grid = {"visible": True, "line": {"color": BORDER, "width": 0.75}}
        label = {"num_font": font, "line": {"none": True}}
        axis = number_format(chart)
        if chart.kind == "bars":
            # The first category on top turns the other axis to the top, where "high" is low.
            drawn.set_y_axis({**label, "reverse": True, "label_position": "low"})
            drawn.set_x_axis(
                {**label, "major_gridlines": grid, "num_format": axis, "label_position": "high"}
            )
        else:
            each = max(1, len(chart.categories) // 8)
            drawn.set_x_axis({**label, "interval_unit": each, "label_position": "low"})
            drawn.set_y_axis({**label, "major_gridlines": grid, "num_format": axis})
        drawn.set_title(
            {"name": chart.title, "overlay": False,
             "name_font": {"name": FONT, "size": 11, "bold": True, "color": TEXT}}
        )  # fmt: skip
        shown = len(chart.series) > 1
        drawn.set_legend({"position": "bottom", "font": font} if shown else {"none": True})
        drawn.set_size({"width": size[0], "height": size[1]})
        drawn.set_chartarea({"border": {"none": True}})
        drawn.show_blanks_as("gap")
        sheet.insert_chart(*place, drawn, {"description": chart.alt, "object_position": 2})

    @staticmethod
    def _series(chart: Chart, line: Line, cells: Any, categories: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"name": line.name, "categories": categories, "values": cells}
        colour = ROLES[line.role]
        if chart.kind == "bars":
            points = [
                {"fill": {"color": INK if name in chart.marked else QUIET}}
                for name in chart.categories
            ]
            return told | {"fill": {"color": QUIET}, "gap": 60, "points": points}
        dash = {"target": "round_dot", "band": "dash"}.get(line.role)
        look: dict[str, Any] = {"color": colour, "width": 2 if line.role == "ink" else 1.25}
        return told | {"line": look | ({"dash_type": dash} if dash else {})}

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


def number_format(chart: Chart, mark: str = "") -> str:
    """How the figures of a chart's axis are written, in a spreadsheet's own notation.

    `mark` is the currency's, where it stands before the figures. Two ticks never look alike.
    """
    known = [v for line in chart.series for v in line.values if v is not None]
    _, top, step = scale(known, zero=chart.zero or chart.kind == "bars")
    lead = f'"{mark}"' if mark else ""
    if chart.kind_of == "money":
        for size, commas, word in ((1e6, ",,", '"m"'), (1e4, ",", '"k"'), (0.0, "", "")):
            if max(abs(v) for v in [top, *known]) >= size:
                unit = {",,": 1e6, ",": 1e3}.get(commas, 1.0)
                places = next((n for n in (0, 1) if (step / unit * 10**n) % 1 < 1e-9), 2)
                told = f"#,##0{'.' if places else ''}{'0' * places}{commas}{word}"
                return f'{lead}{told};"−"{lead}{told};{lead}0'
    return {"percent": "0%"}.get(chart.kind_of, "#,##0;−#,##0;0")


def span(sheet: str, first: tuple[int, int], last: tuple[int, int]) -> str:
    """An absolute range of a sheet, for formulas."""
    ends = ":".join(xl_rowcol_to_cell(*end, row_abs=True, col_abs=True) for end in (first, last))
    return f"'{sheet}'!{ends}"


def kind_of(kind: Kind) -> str:
    """The number format of a cell's kind."""
    return "exact" if kind == "money" else kind
