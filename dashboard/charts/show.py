"""Puts a chart on a page: the finding, what is measured, the picture, the figures behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.charts.chart import Chart, Figures, Json
from dashboard.charts.remarks import HEADING
from dashboard.components import Column, Link, Row, figure, responsive_table
from dashboard.markup import escape, muted

FIGURES_WIDTH = 600
MARKED = "A triangle below a month marks what somebody noted; its words are in the figures too."


def show(
    chart: Chart,
    title: str,
    subtitle: str,
    key: str,
    *,
    table: Figures | None = None,
    note: str = "",
    links: Sequence[Link | None] = (),
    points: Mapping[str, Link] | None = None,
) -> None:
    """Draw a chart under its finding.

    `title` is the finding, a sentence without a full stop; `subtitle` says measure, unit, place
    and period; `note` stands below. All three are plain text. The figures behind the chart are
    one click away: those of the chart, or `table` in their stead; each row leads to its one
    of `links`, if there are any, and so does the point or bar of that row. `points` are links of
    points that aren't rows, by their ids. `key` is unique on the page.
    """
    with st.container(gap="xsmall", key=f"{key}-chart"):
        st.subheader(escape(title), anchor=False)
        if subtitle:
            st.markdown(muted(subtitle))
        figure(_leading(chart, links, points or {}), alt=chart.alt, key=key)
        figures = table or chart.table
        if HEADING in figures.columns:
            note = f"{note} {MARKED}".strip()
        if note:
            st.markdown(muted(note))
        if figures.rows:
            _offer(figures, title, key, links)


def _leading(chart: Chart, links: Sequence[Link | None], points: Mapping[str, Link]) -> Json:
    """The figure with the addresses that its points lead to, by their ids.

    The browser's part (components/figure_links.js) follows them as it follows any link: no run of
    the script is spent on a click.
    """
    hrefs = {str(at): one.href for at, one in enumerate(links) if one}
    hrefs |= {name: one.href for name, one in points.items()}
    if not hrefs:
        return chart.figure
    return {**chart.figure, "layout": {**chart.figure["layout"], "meta": {"links": hrefs}}}


def _offer(figures: Figures, title: str, key: str, links: Sequence[Link | None]) -> None:
    with (
        st.popover("See the figures", icon=":material/table_rows:"),
        st.container(width=FIGURES_WIDTH),
    ):
        columns = [
            Column(head, align="left" if at == 0 or _words(figures, at) else "right")
            for at, head in enumerate(figures.columns)
        ]
        rows = [
            Row(row, link=links[at] if at < len(links) else None)
            for at, row in enumerate(figures.rows)
        ]
        responsive_table(columns, rows, key=f"{key}-figures", label=title)


def _words(figures: Figures, at: int) -> bool:
    """Whether a column holds words rather than figures."""
    cells: Sequence[str] = [row[at] for row in figures.rows]
    return not any(any(character.isdigit() for character in cell) for cell in cells)
