"""Charts: functions from a frame to a figure in the house style, without Streamlit.

Each returns a `Chart` (figure dict, alt text made from the numbers, height, and the table behind
it), which `dashboard.charts.show.show` puts on a page under its finding.
"""

from dashboard.charts.bars import age_bars, bars
from dashboard.charts.bridge import bridge
from dashboard.charts.chart import Chart, Figures
from dashboard.charts.funnel import funnel
from dashboard.charts.heat import heat
from dashboard.charts.landing import landing
from dashboard.charts.lines import Line, lines
from dashboard.charts.trend import trend
from dashboard.charts.xmr import xmr

__all__ = [
    "Chart",
    "Figures",
    "Line",
    "age_bars",
    "bars",
    "bridge",
    "funnel",
    "heat",
    "landing",
    "lines",
    "trend",
    "xmr",
]
