"""A Plotly figure, drawn in place by the browser's own Plotly as it comes into sight."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from dashboard import served
from dashboard.components.register import component

_MOUNT = component("figure", shares=("figure_links",), isolated=False)


def figure(drawn: dict[str, Any], *, alt: str, key: str) -> None:
    """Draw a figure as Plotly reads it, with a `layout.height`; `alt` says it in words.

    Dates may stand in it as they are. Colours are the stand-ins of `dashboard.charts.roles`, for
    which the browser puts those of the theme.
    """
    text = json.dumps(drawn, default=_text, separators=(",", ":"), allow_nan=False)
    height = drawn["layout"]["height"]
    _MOUNT(key=key, data={"figure": text, "height": height, "alt": alt, "library": served.plotly()})


def _text(value: object) -> str:
    if isinstance(value, date):  # and a moment
        return value.isoformat()
    raise TypeError(f"a figure can't hold a {type(value).__name__}")
