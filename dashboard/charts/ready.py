"""A figure as the browser gets it, without Plotly's classes around it."""

from __future__ import annotations

from typing import Any

from plotly.basedatatypes import BaseFigure

Json = dict[str, Any]

# Streamlit puts its template of some 3 kB into every figure. Our charts say all else themselves.
TEMPLATE: Json = {"data": {"scatter": [{"marker": {"line": {"width": 0}}}]}}


class Ready(BaseFigure):  # type: ignore[misc]
    """A dict that needs no checking, so that Plotly takes it as it is.

    `st.plotly_chart` builds a dict into a tree of objects that check each property, 10 to 40 ms a
    chart in every run, and takes it apart again. The tests have Plotly check every chart.
    """

    def __init__(self, figure: Json) -> None:
        self._ready = {**figure, "layout": {"template": TEMPLATE, **figure["layout"]}}

    def to_dict(self) -> Json:
        """The figure; Plotly doesn't change what it is given here."""
        return self._ready
