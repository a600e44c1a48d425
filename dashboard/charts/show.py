"""Puts a chart on a page: the finding, what is measured, the picture, the figures behind it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.charts.chart import Chart, Figures
from dashboard.charts.ready import Ready
from dashboard.components import Column, Link, Row, responsive_table
from dashboard.markup import escape, muted

FIGURES_WIDTH = 600
_CONFIG = {"displayModeBar": False, "scrollZoom": False, "responsive": True}


def show(
    chart: Chart,
    title: str,
    subtitle: str,
    key: str,
    *,
    table: Figures | None = None,
    note: str = "",
    links: Sequence[Link | None] = (),
) -> None:
    """Draw a chart under its finding.

    `title` is the finding, a sentence without a full stop; `subtitle` says measure, unit, place
    and period; `note` stands below. All three are plain text. The figures behind the chart are
    one click away: those of the chart, or `table` in their stead; each row leads to its one
    of `links`, if there are any. `key` is unique on the page.
    """
    with st.container(gap="xsmall", key=f"{key}-chart"):
        st.subheader(escape(title), anchor=False)
        if subtitle:
            st.markdown(muted(subtitle))
        figure = Ready(chart.figure)
        st.plotly_chart(figure, alt=chart.alt, key=key, config=_CONFIG, theme="streamlit")
        if note:
            st.markdown(muted(note))
        figures = table or chart.table
        if figures.rows:
            _offer(figures, title, key, links)


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
