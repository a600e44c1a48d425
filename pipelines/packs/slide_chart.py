"""Native charts on slides: they open in the office program with their figures behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)  # fmt: skip
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt
from xlsxwriter import Workbook

from pipelines import format as fmt
from pipelines.packs.book import OPTIONS, number_format
from pipelines.packs.content import Chart, Line
from pipelines.packs.look import FONT, GRID, INK, MUTED, QUIET, TEXT, width
from pipelines.packs.scale import scale, spread
from pipelines.packs.slide_theme import colour, describe

SIZE = 10.0  # points of labels
ROLES = {"ink": INK, "concern": "#AE4C0A", "quiet": QUIET, "target": MUTED, "band": QUIET}
DASHES = {"target": MSO_LINE.ROUND_DOT, "band": MSO_LINE.DASH}
TOP, BOTTOM = 0.03, 0.11  # of a chart's height, above and below its plot


class _Writer(CategoryWorkbookWriter):  # type: ignore[misc]
    """The figures behind a chart, in which no text can become a formula."""

    @contextmanager
    def _open_worksheet(self, xlsx_file: Any) -> Iterator[tuple[Any, Any]]:
        with Workbook(xlsx_file, OPTIONS) as book:
            yield book, book.add_worksheet()


class _Figures(CategoryChartData):  # type: ignore[misc]
    @property
    def _workbook_writer(self) -> _Writer:
        return _Writer(self)


def add_chart(slide: Any, chart: Chart, place: tuple[float, float, float, float]) -> None:
    """A chart at left, top, width and height, in inches."""
    figures = _Figures(number_format="General")
    figures.categories = chart.dates or chart.categories
    for line in chart.series:
        figures.add_series(line.name, line.values)
    kind = XL_CHART_TYPE.LINE if chart.kind == "lines" else XL_CHART_TYPE.BAR_CLUSTERED
    frame = slide.shapes.add_chart(kind, *map(Inches, place), figures)
    describe(frame, chart.alt, f"Chart: {chart.title}")
    drawn = frame.chart
    drawn.has_title = drawn.has_legend = False
    drawn.font.size, drawn.font.name = Pt(SIZE), FONT
    drawn.font.color.rgb = colour(MUTED)
    if chart.kind == "lines":
        _lines(drawn, chart, place)
    else:
        _bars(drawn, chart, place)


def _lines(drawn: Any, chart: Chart, place: tuple[float, float, float, float]) -> None:
    known = [v for line in chart.series for v in line.values if v is not None]
    low, high, step = scale(known, zero=chart.zero)
    axis = drawn.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, step
    _quiet(axis, grid=True)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = (
        number_format(chart, fmt.currency_symbol(chart.currency).strip()), False
    )  # fmt: skip
    months = drawn.category_axis
    _quiet(months, grid=False)
    months.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    _dated(months, chart, place[2])
    texts = [f"{line.name} {line.last}".strip() if line.last else "" for line in chart.series]
    room = max([0.0, *(width(text, SIZE) / 72 for text in texts)]) + (0.16 if any(texts) else 0.05)
    left = max(width(_tick(chart, end), SIZE) for end in (low, high)) / 72 + 0.12
    height = 1 - TOP - BOTTOM
    _plot(drawn, left / place[2], TOP, 1 - (left + room) / place[2], height)
    ends = [_end(line) for line in chart.series]
    heights = [
        None if not text or end is None else (high - end[1]) / (high - low) * height
        for text, end in zip(texts, ends, strict=True)
    ]
    moved = spread(heights, (SIZE * 1.25 / 72) / place[3])
    for at, (line, series) in enumerate(zip(chart.series, drawn.plots[0].series, strict=True)):
        _line(series, line)
        end, height_at, to = ends[at], heights[at], moved[at]
        if texts[at] and end is not None and height_at is not None and to is not None:
            _end_label(series, end[0], texts[at], line, to - height_at)


def _end(line: Line) -> tuple[int, float] | None:
    found = [(at, value) for at, value in enumerate(line.values) if value is not None]
    return found[-1] if found else None


def _tick(chart: Chart, value: float) -> str:
    """About what a tick's label looks like: its room is measured by it."""
    if chart.kind_of != "money":
        return fmt.count(value)
    mark = fmt.currency_symbol(chart.currency).strip()
    for size, word in ((1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            return f"−{mark}{abs(value) / (1e6 if word == 'm' else 1e3):,.1f}{word}"
    return f"−{mark}{abs(value):,.0f}"


def _line(series: Any, line: Line) -> None:
    look = series.format.line
    look.color.rgb = colour(ROLES[line.role])
    look.width = Pt(2.0 if line.role == "ink" else 1.25)
    if line.role in DASHES:
        look.dash_style = DASHES[line.role]
    series.smooth = False
    marker = series.marker
    marker.style = None
    made = series._element.get_or_add_marker()
    for child in list(made):
        made.remove(child)
    etree.SubElement(made, qn("c:symbol"), val="none")


def _end_label(series: Any, at: int, text: str, line: Line, down: float) -> None:
    label = series.points[at].data_label
    run = label.text_frame.paragraphs[0].add_run()
    run.text = text
    run.font.size, run.font.name = Pt(SIZE), FONT
    run.font.bold = line.role == "ink"
    run.font.color.rgb = colour(TEXT if line.role == "ink" else MUTED)
    label.position = XL_LABEL_POSITION.RIGHT
    body = label._dLbl.find(f".//{qn('a:bodyPr')}")
    body.set("wrap", "none")
    if abs(down) < 0.001:
        return
    # An offset from where the label would stand, as a share of the chart.
    element = label._dLbl
    layout = etree.Element(qn("c:layout"))
    manual = etree.SubElement(layout, qn("c:manualLayout"))
    etree.SubElement(manual, qn("c:x"), val="0")
    etree.SubElement(manual, qn("c:y"), val=f"{down:.4f}")
    element.find(qn("c:idx")).addnext(layout)


def _bars(drawn: Any, chart: Chart, place: tuple[float, float, float, float]) -> None:
    [line] = chart.series
    known = [value for value in line.values if value is not None]
    low, high, _ = scale(known, zero=True)
    longest = max((width(label, SIZE) / 72 for label in chart.labels), default=0.4) + 0.12
    names = min(max(width(name, SIZE) / 72 for name in chart.categories) + 0.2, 0.42 * place[2])
    inner = place[2] - names - 0.05
    low, high = _with_room(known, inner, longest)
    axis = drawn.value_axis
    axis.minimum_scale, axis.maximum_scale = low, high
    axis.visible = False
    axis.has_major_gridlines = False
    sites = drawn.category_axis
    sites.reverse_order = True
    sites.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    sites.major_tick_mark = XL_TICK_MARK.NONE
    sites.format.line.color.rgb = colour(QUIET)
    sites.tick_labels.font.size = Pt(SIZE)
    sites.tick_labels.font.color.rgb = colour(TEXT)
    _plot(drawn, names / place[2], 0.02, inner / place[2], 0.96)
    plot = drawn.plots[0]
    plot.gap_width = 55
    plot.vary_by_categories = False
    series = plot.series[0]
    series.invert_if_negative = False
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = colour(QUIET)
    for at, name in enumerate(chart.categories):
        if name in chart.marked:
            fill = series.points[at].format.fill
            fill.solid()
            fill.fore_color.rgb = colour(INK)
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format = signed_format(chart.currency, known)
    labels.number_format_is_linked = False
    labels.position = XL_LABEL_POSITION.OUTSIDE_END
    labels.font.size, labels.font.name = Pt(SIZE), FONT
    labels.font.color.rgb = colour(TEXT)
    labels.show_value = True


def _with_room(known: Sequence[float], inner: float, label: float) -> tuple[float, float]:
    """The axis' ends, with room for a label beyond the longest bar of each side."""
    low, high = min([0.0, *known]), max([0.0, *known])
    whole = (high - low) or 1.0
    share = min(0.35, label / inner)
    sides = (low < 0) + (high > 0)
    stretched = whole / (1 - share * max(1, sides))
    beyond = share * stretched
    return (low - beyond if low < 0 else 0.0), (high + beyond if high > 0 else 0.0)


def signed_format(currency: str, known: Sequence[float]) -> str:
    """Amounts as the screen writes them, in a spreadsheet's notation: with sign and scale."""
    mark = fmt.currency_symbol(currency).strip().replace('"', "")
    if max((abs(value) for value in known), default=0.0) >= 999_500:
        return f'[>=5000]"+{mark}"0.00,,"m";[<=-5000]"−{mark}"0.00,,"m";"{mark}"0'
    return f'[>=500]"+{mark}"#,##0,"k";[<=-500]"−{mark}"#,##0,"k";"{mark}"0'


def _quiet(axis: Any, *, grid: bool) -> None:
    axis.has_major_gridlines = grid
    if grid:
        axis.major_gridlines.format.line.color.rgb = colour(GRID)
        axis.major_gridlines.format.line.width = Pt(0.75)
    axis.format.line.fill.background()
    axis.major_tick_mark = axis.minor_tick_mark = XL_TICK_MARK.NONE
    axis.tick_labels.font.size = Pt(SIZE)
    axis.tick_labels.font.color.rgb = colour(MUTED)


def _dated(axis: Any, chart: Chart, across: float) -> None:
    """Days on the axis, as many as have room, written level."""
    labels = axis.tick_labels
    weekly = (chart.dates[1] - chart.dates[0]).days < 28
    labels.number_format = "d mmm" if weekly else "mmm yyyy"
    labels.number_format_is_linked = False
    each = -(-len(chart.dates) * 0.85 // max(1.0, across - 1.6))
    element = axis._element
    for name in ("c:baseTimeUnit", "c:majorUnit", "c:majorTimeUnit"):
        for old in element.findall(qn(name)):
            element.remove(old)
    unit = "days" if weekly else "months"
    step = each * 7 if weekly else min((n for n in (1, 2, 3, 4, 6, 12) if n >= each), default=12)
    told = {"baseTimeUnit": unit, "majorUnit": str(int(step)), "majorTimeUnit": unit}
    for name, value in told.items():
        etree.SubElement(element, qn(f"c:{name}"), val=value)
    element.find(f"{qn('c:txPr')}/{qn('a:bodyPr')}").attrib.update({"rot": "0", "vert": "horz"})


def _plot(drawn: Any, left: float, top: float, across: float, height: float) -> None:
    """Where the plot itself stands, as shares of the chart: labels lie around it."""
    area = drawn._chartSpace.find(f".//{qn('c:plotArea')}")
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    layout = etree.Element(qn("c:layout"))
    manual = etree.SubElement(layout, qn("c:manualLayout"))
    told = {"layoutTarget": "inner", "xMode": "edge", "yMode": "edge", "x": f"{left:.4f}",
            "y": f"{top:.4f}", "w": f"{across:.4f}", "h": f"{height:.4f}"}  # fmt: skip
    for name, value in told.items():
        etree.SubElement(manual, qn(f"c:{name}"), val=value)
    area.insert(0, layout)
