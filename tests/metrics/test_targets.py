"""Targets beside values: which one holds for a row, worked out by hand in the docstrings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.calendar import Period, month_span
from pipelines.metrics import METRICS, Aggregation, targeted
from pipelines.metrics.ask import ask
from pipelines.metrics.targets import WORDS, Target, known
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Home6, Load

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))

SITES = """
site name      region kind
ELM  Elmwood   North  Clinic
OAK  Oakdale   North  Clinic
RIV  Riverside South  Nursing+home
"""
# Worked hours of January: 100, 300 and 600; of February, 100 at ELM and 100 at RIV.
LABOR = """
site period_start period_end pay_class role hours amount currency
ELM  2026-01-01   2026-01-31 regular   RN   90    900    .
ELM  2026-01-01   2026-01-31 overtime  RN   10    150    .
OAK  2026-01-01   2026-01-31 regular   RN   300   3000   CAD
RIV  2026-01-01   2026-01-31 regular   RN   600   6000   .
ELM  2026-02-01   2026-02-28 regular   RN   100   1000   .
RIV  2026-02-01   2026-02-28 regular   RN   100   1000   .
"""
VISITS = """
site date       grain measure count
ELM  2026-01-01 month visits  240
OAK  2026-01-01 month visits  310
RIV  2026-01-01 month visits  20
ELM  2026-02-01 month visits  250
OAK  2026-02-01 month visits  300
RIV  2026-02-01 month visits  30
"""


def targets(
    reader: Reader, metric: str, by: Sequence[str] = (), months: int = 1, **more: Any
) -> Any:
    """The target of each row by its dimensions, or the one there is."""
    period = month_span(JAN, months)
    frame = ask(reader, metric, period=period, by=by, compare=("target",), **more).frame
    if not by:
        return frame["target"].item()
    names = ["start" if name == "month" else name for name in by]
    return {tuple(row[n] for n in names): row["target"] for row in frame.iter_rows(named=True)}


@pytest.fixture
def shares(load: Load) -> Reader:
    """4 % at ELM, 6 % in the North, 8 % for all."""
    return load(sites=SITES, labor=LABOR, volume=VISITS, targets="""
metric         site region from_month to_month   value unit
overtime_share ELM  .      2026-01-01 .          4     %
overtime_share .    North  2026-01-01 2026-01-31 6     percent
overtime_share .    .      2025-06-01 .          0.08  share
""")  # fmt: skip


def test_the_most_specific_target_of_a_level_holds(shares: Reader) -> None:
    assert targets(shares, "overtime_share", ("site",)) == {
        ("ELM",): 0.04, ("OAK",): 0.06, ("RIV",): 0.08,
    }  # fmt: skip
    assert targets(shares, "overtime_share", ("region",)) == {("North",): 0.06, ("South",): 0.08}
    assert targets(shares, "overtime_share") == 0.08
    # The region's ended in January.
    assert targets(shares, "overtime_share", ("site", "month"), 2)["OAK", FEB] == 0.08


def test_several_sites_weigh_their_targets_by_denominator(shares: Reader) -> None:
    """Clinics: (4 % × 100 + 6 % × 300) / 400 = 5.5 %, where the mean of the two is 5."""
    found = targets(shares, "overtime_share", ("site_kind",))
    assert found[("Clinic",)] == pytest.approx(0.055, abs=1e-12)
    assert found[("Nursing home",)] == 0.08
    both = targets(shares, "overtime_share", where={"site": ["ELM", "RIV"]})
    assert both == pytest.approx((4 + 48) / 700, abs=1e-12)
    assert targets(shares, "overtime_share", where={"region": ["North"]}) == 0.06
    assert targets(shares, "overtime_share", where={"region": ["North", "South"]}) == 0.08


def test_a_level_over_two_months_weighs_them_too(shares: Reader) -> None:
    """The North: 6 % of January's 400 hours, and in February ELM's 4 % of its 100 alone."""
    found = targets(shares, "overtime_share", ("region",), 2)
    assert found[("North",)] == pytest.approx((24 + 4) / 500, abs=1e-12)
    assert found[("South",)] == 0.08


def test_a_level_holds_in_a_week_too(shares: Reader) -> None:
    week = Period(date(2026, 1, 29), date(2026, 2, 4))
    answer = ask(shares, "overtime_share", period=week, by=("site",), compare=("target",))
    assert dict(answer.frame.select("site", "target").iter_rows())["ELM"] == 0.04


def test_no_role_has_a_target(shares: Reader) -> None:
    assert targets(shares, "overtime_share", ("role",)) == {("RN",): None}
    assert targets(shares, "overtime_share", where={"role": ["RN"]}) is None
    assert targets(shares, "agency_share") is None


def test_a_site_without_a_target_leaves_several_without_one(load: Load) -> None:
    """ELM has 4 %, OAK none: together they have none; RIV, of which nothing is known, needs none.

    The target of ELM alone would be met or missed by both.
    """
    reader = load(sites=SITES, labor=LABOR, targets="""
metric         site region from_month value unit
overtime_share ELM  .      2026-01-01 4     %
overtime_share RIV  .      2026-01-01 8     %
""")  # fmt: skip
    assert targets(reader, "overtime_share", ("region",)) == {("North",): None, ("South",): 0.08}
    assert targets(reader, "overtime_share") is None
    # February has ELM's hours and RIV's alone: (4 % × 100 + 8 % × 100) / 200.
    frame = ask(reader, "overtime_share", period=month_span(FEB), compare=("target",)).frame
    assert frame["target"].item() == pytest.approx(0.06, abs=1e-12)


def test_a_sum_s_target_is_that_of_its_total(load: Load) -> None:
    """North 500, OAK 200 of them, RIV 30: ELM has none of its own, the group 500 + 30."""
    reader = load(sites=SITES, volume=VISITS, targets="""
metric site region from_month value unit
visits .    North  2026-01-01 500   count
visits OAK  .      2026-01-01 200   .
visits RIV  .      2026-01-01 30    .
visits RIV  .      2026-02-01 35    .
""")  # fmt: skip
    assert targets(reader, "visits", ("site",)) == {("ELM",): None, ("OAK",): 200, ("RIV",): 30}
    assert targets(reader, "visits", ("region",)) == {("North",): 500, ("South",): 30}
    assert targets(reader, "visits") == 530
    assert targets(reader, "visits", months=2) == 500 + 30 + 500 + 35
    # Of the clinics OAK alone has a target: it is not that of both.
    kinds = targets(reader, "visits", ("site_kind",))
    assert kinds == {("Clinic",): None, ("Nursing home",): 30}
    days = Period(JAN, date(2026, 1, 30))
    frame = ask(reader, "visits", period=days, by=("site",), compare=("target",)).frame
    assert frame["target"].to_list() == [None, None, None]


def test_a_state_s_target_is_that_of_the_last_month(load: Load) -> None:
    reader = load(sites=SITES, work_orders="""
work_order site kind   created          status
W-1        ELM  repair 2026-01-03+09:00 open
""", targets="""
metric      site region from_month value
open_issues .    .      2026-01-01 8
open_issues .    .      2026-02-01 5
""")  # fmt: skip
    assert targets(reader, "open_issues", months=2) == 5
    assert targets(reader, "open_issues", ("month",), 2) == {(JAN,): 8, (FEB,): 5}


def test_money_s_target_is_of_its_currency(load: Load) -> None:
    reader = load(sites=SITES, labor=LABOR, targets="""
metric     site region from_month value unit currency
labor_cost .    .      2026-01-01 7000  USD  .
labor_cost OAK  .      2026-01-01 2900  .    CAD
""")  # fmt: skip
    frame = ask(reader, "labor_cost", period=month_span(JAN), compare=("target",)).frame
    found = dict(frame.select("currency", "target").iter_rows())
    assert found == {"USD": Decimal(7000), "CAD": Decimal(2900)}


def test_a_target_that_can_t_be_meant_is_listed_with_its_reason(load: Load) -> None:
    reader = load(sites=SITES, labor=LABOR, targets="""
metric         site region from_month value unit
overtime_share .    .      2026-01-01 6     .
overtime_share ELM  .      2026-01-01 6     hours
overtime_chair .    .      2026-01-01 6     %
overtime_share OAK  North  2026-01-01 6     %
overtime_share XXX  .      2026-01-01 6     %
hourly_cost    ELM  .      2026-01-01 41.5  EUR
""")  # fmt: skip
    problems = [t.problem for t in known(reader)]
    assert None not in problems
    assert len(problems) == 6
    assert sum("is a share" in str(p) for p in problems) == 1
    assert sum("another unit" in str(p) for p in problems) == 2
    assert "there is no measure of this name" in problems
    assert "it names a site and a region" in problems
    assert "its site's code is not mapped" in problems
    assert targets(reader, "overtime_share", ("site",)) == dict.fromkeys(
        [("ELM",), ("OAK",), ("RIV",)]
    )


def test_a_later_file_takes_a_target_s_place_and_the_vintage_keeps_it(load: Load) -> None:
    sheet = "metric from_month value unit\novertime_share 2026-01-01 {} %"
    load(sites=SITES, labor=LABOR, targets=sheet.format(6))
    reader = load(targets=sheet.format(5))
    assert targets(reader, "overtime_share") == 0.05
    first = reader.query("SELECT max(event) AS e FROM loads")["e"][0] - 1
    assert targets(reader, "overtime_share", as_of=first) == 0.06


def test_every_unit_has_words_for_its_targets() -> None:
    assert {metric.unit for metric in METRICS.values()} <= set(WORDS)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_can_have_a_target(
    group: Home6, metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = [
        Target(
            metric, place, JAN, None, Decimal(value), None, "ana", datetime(2026, 1, 2), "", None
        )
        for place, value in ((("site", "ELM"), 2), (("all", ""), 3))
    ]
    monkeypatch.setattr(targeted, "known", lambda *_: stated)
    period = month_span(JAN, 3)
    frame = ask(group.after, metric, period=period, by=("site",), compare=("target",)).frame
    adds = METRICS[metric].aggregation in targeted.ADDED
    months = 3 if METRICS[metric].aggregation is Aggregation.SUM else 1
    for site, target in frame.select("site", "target").iter_rows():
        if site.startswith("~"):
            assert target is None
        elif site == "ELM":
            assert target == 2 * months
        else:
            assert target == (None if adds else 3)
