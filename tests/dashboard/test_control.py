"""Charts of counts, ranges that start anew and the form that decides it, as a page shows them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard import control
from dashboard.desk import child
from pipelines.analysis.signals import charted
from pipelines.calendar import add_months
from pipelines.metrics import find
from pipelines.warehouse.rebases import Rebase
from tests.dashboard.opening import Opened, opened

MONTHS = [add_months(date(2024, 11, 1), i) for i in range(24)]
HOME = "CDH"


def series_of(metric: str, above: list[float], rebases: tuple[Rebase, ...] = ()) -> Any:
    values = [count / 1000 for count in above] if find(metric).denominator else above
    return charted(metric, HOME, MONTHS, values, above, [1000.0] * 24, rebases=rebases)


def test_the_reason_for_the_range_of_a_count_stands_below(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    page = opened("facilities")
    assert "so few that chance alone moves the figure a lot" in page.words
    assert "wider where there was less to count among" in page.words


def test_a_range_that_started_anew_is_told_with_its_reason_and_is_a_trial() -> None:
    begun = Rebase("agency_share", HOME, MONTHS[16], "A wing opened.", "Ann", datetime(2026, 9, 1))
    above = [20.0, 22.0] * 8 + [200.0, 210.0] * 4
    series = series_of("agency_share", above, (begun,))
    said = control._note(find("agency_share"), series, series.chart)
    assert said == (
        "From Mar 2026 on it has a range of its own (Ann, 1 Sep 2026): A wing opened. "
        "The range rests on 8 months, and is a trial until there are 13."
    )
    drawn = control._frame(series, series.chart)
    assert drawn["upper"].null_count() == 0
    assert set(drawn["type"]) == {"common_cause"}


def test_too_few_months_have_no_range() -> None:
    values = [None] * 14 + [20.0, 22.0] * 5
    above = [None if v is None else v * 1000 for v in values]
    series = charted("agency_share", HOME, MONTHS, values, above, [1000.0] * 24)
    drawn = control._frame(series, series.chart)
    assert drawn["upper"].null_count() == drawn.height
    assert control._note(find("agency_share"), series, series.chart) == ""


@pytest.fixture
def form(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Opened, list[tuple[str, ...]]]:
    """The page of the home that lives on agency staff, and what the app asks the commands to do."""
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    asked: list[tuple[str, ...]] = []

    def run(home: Any, *arguments: str, **_: Any) -> child.Said:
        asked.append(arguments)
        return child.Said(0)

    monkeypatch.setattr(child, "run", run)
    return opened("staffing", sites="Cedar Hill Nursing Home"), asked


def test_a_lasting_shift_is_told_and_its_range_started_anew_with_a_reason(
    form: tuple[Opened, list[tuple[str, ...]]],
) -> None:
    page, asked = form
    assert "Since Mar 2026, 8 months, it has stood near" in page.words
    page.test.text_input(key="agency-reason").set_value("A wing opened")
    page.test.text_input(key="agency-name").set_value("Ann")
    [button] = [one for one in page.test.button if one.label == "New range from Mar 2026 on"]
    button.click()
    page.test.run()
    assert asked == [
        ("rebase", "--reason=A wing opened", "--by=Ann", "--", "agency_share", HOME, "2026-03")
    ]
    assert "The range starts anew with Mar 2026." in page.words
