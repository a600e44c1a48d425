"""Forecasts of public series: a part of what `make bench` measures whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.analysis.outlook.backtest import choice, judged, tried
from tests.real.panels import cote_divoire, nursing_hours

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]


def test_consumption_six_months_ahead(realdata: Path) -> None:
    """Half of these months are 0: nothing beats the median, and it is used."""
    panel = cote_divoire(realdata, 150)
    trial = tried(panel, list(range(18, panel.steps - 5)), 6)
    told = judged(trial, since=24)
    assert told is not None
    assert min(told.outcomes, told.ranged) > 1000
    assert told.relative < 0.9
    assert 0.75 <= told.inside <= 0.85
    assert choice(trial, panel.members("units"), panel.steps)[0] == "median"


def test_nursing_hours_fourteen_days_ahead(realdata: Path) -> None:
    panel = nursing_hours(realdata, 20)
    trial = tried(panel, list(range(16, panel.steps - 13)), 14)
    told = judged(trial, since=28)
    assert told is not None
    assert min(told.outcomes, told.ranged) > 1000
    assert told.relative < 0.95
    assert 0.75 <= told.inside <= 0.85
    assert choice(trial, np.arange(20), panel.steps)[0] == "seasonal smoothing"


def test_a_month_that_was_not_reported_is_unknown(realdata: Path) -> None:
    """35,753 rows are 35,753 known values; counted by hand, no site reports a month twice."""
    assert int(np.isfinite(cote_divoire(realdata).values).sum()) == 35_753
