"""Wrong numbers that would be silent. Each docstring holds the small table to check one with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines.calendar import Period, month_span
from pipelines.metrics.ask import Missing, ask
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Load

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))


def month(first: date, count: int = 1) -> Period:
    return month_span(first, count)


def rows(reader: Reader, metric: str, period: Period, by: Sequence[str] = (), **more: Any) -> Any:
    """Each row's dimensions (a period by its first day) and value; the value alone if it is one."""
    frame = ask(reader, metric, period=period, by=by, **more).frame
    if not by:
        return frame["value"].item()
    names = ["start" if name in ("day", "week", "month", "quarter") else name for name in by]
    return {tuple(row[n] for n in names): row["value"] for row in frame.iter_rows(named=True)}


# Ratios


def test_a_ratio_is_one_of_sums_not_a_mean_of_ratios(told: Reader) -> None:
    """North has 10 + 10 overtime hours of 100 + 900: 2 %, where the mean of 10 % and 1.1 % is 5.6.

    sites:
    site name   region kind
    ELM  Elmwood North Clinic
    OAK  Oakdale North Clinic

    labor:
    site period_start period_end pay_class hours
    ELM  2025-01-01   2025-01-31 regular   90
    ELM  2025-01-01   2025-01-31 overtime  10
    OAK  2025-01-01   2025-01-31 regular   890
    OAK  2025-01-01   2025-01-31 overtime  10
    """
    assert rows(told, "overtime_share", month(JAN), ["region"]) == {("North",): 0.02}
    assert rows(told, "overtime_share", month(JAN), ["site"]) == {
        ("ELM",): 0.1,
        ("OAK",): pytest.approx(10 / 900),
    }


def test_weekend_hours_stand_against_weekend_residents_only(load: Load) -> None:
    """30 residents every day; 120 LPN hours on a weekday, 60 and 30 of an RN on a weekend's day.

    January 2025 has 23 weekdays and 8 days of weekends: weekends 90 / 30 = 3.0, the month
    (23 × 120 + 8 × 90) / (31 × 30), LPNs (23 × 120 + 8 × 60) / (31 × 30).
    """
    days = [date(2025, 1, day) for day in range(1, 32)]
    labor = [("LPN", day, 60 if day.weekday() > 4 else 120) for day in days]
    labor += [("RN", day, 30) for day in days if day.weekday() > 4]
    reader = load(
        sites=[{"site": "ELM", "name": "Elmhaus", "region": "North", "kind": "Nursing home"}],
        labor=[{"site": "ELM", "period_start": day, "period_end": day, "role": role,
                "basis": "return", "hours": hours} for role, day, hours in labor],
        volume=[{"site": "ELM", "date": day, "grain": "day", "measure": "resident_days",
                 "count": 30} for day in days],
    )  # fmt: skip
    assert rows(reader, "weekend_hprd", month(JAN)) == 3.0
    assert rows(reader, "nursing_hprd", month(JAN)) == pytest.approx(3480 / 930)
    assert rows(reader, "lpn_hprd", month(JAN)) == pytest.approx(3240 / 930)
    assert rows(reader, "aide_hprd", month(JAN)) == 0.0


def test_a_month_without_payroll_leaves_its_visits_out_too(told: Reader) -> None:
    """200 hours over 100 visits, not 200 over 150: February's visits stand against no hours.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-31 200   4000
    OAK  2025-02-01   2025-02-28 90    1800

    volume:
    site date       grain measure count
    ELM  2025-01-01 month visits  100
    ELM  2025-02-01 month visits  50
    """
    answer = ask(told, "hours_per_visit", period=month(JAN, 2), where={"site": ["ELM"]})
    assert (answer.value, answer.missing) == (2.0, (Missing("ELM", FEB, "labor"),))


def test_a_missing_export_is_null_with_a_reason_and_never_0(told: Reader) -> None:
    """ELM's February payroll is not there; OAK's shows that one was due.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-31 200   4000
    OAK  2025-02-01   2025-02-28 90    1800
    """
    frame = ask(told, "labor_cost", period=month(JAN, 2), by=["site", "month"]).frame
    assert frame.select("site", "start", "value", "reason", "expected", "present").rows() == [
        ("ELM", JAN, Decimal(4000), None, 1, 1),
        ("ELM", FEB, None, "pay did not arrive", 1, 0),
        ("OAK", FEB, Decimal(1800), None, 1, 1),
    ]


def test_agency_timesheets_alone_are_not_a_site_s_month(told: Reader) -> None:
    """February has 20 agency hours and no payroll: neither 100 % agency, nor a cheap month.

    sites:
    site name
    RIV  Riverside
    OAK  Oakdale

    labor:
    site period_start period_end kind     hours amount
    RIV  2025-01-01   2025-01-31 employee 180   3600
    RIV  2025-01-01   2025-01-31 agency   20    800
    RIV  2025-02-01   2025-02-28 agency   20    800
    OAK  2025-02-01   2025-02-28 employee 100   2000

    volume:
    site date       grain measure count
    RIV  2025-01-01 month visits  100
    RIV  2025-02-01 month visits  100

    budget:
    site version  account  month      amount
    RIV  original staffing 2025-01-01 4000
    RIV  original staffing 2025-02-01 4000
    """
    two, riv = month(JAN, 2), {"site": ["RIV"]}
    assert rows(told, "agency_share", two, where=riv) == 0.1
    assert rows(told, "hours_per_visit", two, where=riv) == 2.0
    assert rows(told, "labor_cost", two, ["month"], where=riv) == {(JAN,): 4400, (FEB,): None}
    assert rows(told, "budget_variance", two, where=riv) == 400
    assert ask(told, "labor_cost", period=two, where=riv, compare=["budget"]).frame[
        "budget"
    ].item() == Decimal(4000)


def test_a_pay_period_that_reaches_into_a_month_is_not_that_month(told: Reader) -> None:
    """Seven of February's days are paid: 50 hours against 100 visits would be half the truth.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-24 171   3420
    ELM  2025-01-25   2025-02-07 100   2000

    volume:
    site date       grain measure count
    ELM  2025-01-01 month visits  100
    ELM  2025-02-01 month visits  100

    budget:
    site version  account  month      amount
    ELM  original staffing 2025-01-01 4400
    ELM  original staffing 2025-02-01 4400
    """
    assert rows(told, "hours_per_visit", month(JAN, 2), ["month"]) == {(JAN,): 2.21, (FEB,): None}
    assert rows(told, "budget_variance", month(JAN, 2)) == 3420 + 1000 - 4400
    answer = ask(told, "hours_per_visit", period=month(FEB))
    assert answer.reason == "paid hours and visits did not arrive for all days"
    # What was paid is still shown, and flagged.
    cost = ask(told, "labor_cost", period=month(FEB))
    assert (cost.value, cost.missing) == (Decimal(1000), (Missing("ELM", FEB, "labor.pay"),))


def test_a_pay_period_missing_in_between_is_noticed(told: Reader) -> None:
    """The period of 15 to 28 January was never loaded: both its months' ratios leave it out.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-14 100   2000
    ELM  2025-01-29   2025-02-11 100   2000
    ELM  2025-02-12   2025-02-28 120   2400

    volume:
    site date       grain measure count
    ELM  2025-01-01 month visits  50
    ELM  2025-02-01 month visits  50
    """
    answer = ask(told, "hours_per_visit", period=month(JAN, 2), by=["month"])
    assert answer.frame["value"].is_null().to_list() == [True, False]
    assert answer.missing == (Missing("ELM", JAN, "labor"),)


def test_days_of_a_closed_clinic_are_no_missing_export(told: Reader) -> None:
    """Nobody came from 24 December to 1 January, and the month was there all the same.

    sites:
    site name
    ELM  Elmwood

    volume:
    site date       measure count
    ELM  2024-12-03 visits  10
    ELM  2024-12-12 visits  10
    ELM  2024-12-20 visits  10
    ELM  2024-12-23 visits  10
    ELM  2025-01-02 visits  10
    ELM  2025-01-11 visits  10
    ELM  2025-01-20 visits  10
    ELM  2025-01-29 visits  10
    """
    answer = ask(told, "visits", period=month(date(2024, 12, 1), 2))
    assert (answer.value, answer.missing) == (Decimal(80), ())


def test_a_closed_site_is_no_longer_expected(told: Reader) -> None:
    """OAK closed in January: its February is not missing.

    sites:
    site name    closed
    ELM  Elmwood .
    OAK  Oakdale 2025-01-31

    labor:
    site period_start period_end hours
    ELM  2025-01-01   2025-02-28 200
    OAK  2025-01-01   2025-01-31 90
    """
    answer = ask(told, "paid_hours", period=month(JAN, 2), by=["site", "month"])
    assert answer.missing == ()
    assert answer.frame.select("site", "start").rows() == [("ELM", JAN), ("ELM", FEB), ("OAK", JAN)]


# Pay


def test_pay_across_a_month_s_end_is_split_by_days_to_the_cent(told: Reader) -> None:
    """14 days of 1,000.01: 9 in January are 642.86 (1000.01 × 9/14), the other 5 the rest.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end hours   amount  employer_cost
    ELM  2025-01-23   2025-02-05 75.0001 1000.01 76.5050
    """
    by_month = rows(told, "labor_cost", month(JAN, 2), ["month"])
    assert by_month == {
        (JAN,): Decimal("642.86") + Decimal("49.18"),
        (FEB,): Decimal("357.15") + Decimal("27.3250"),
    }
    assert sum(by_month.values()) == rows(told, "labor_cost", month(JAN, 2)) == Decimal("1076.5150")
    assert rows(told, "paid_hours", month(JAN, 2)) == Decimal("75.0001")


def test_a_pay_period_counts_in_each_of_its_weeks(told: Reader) -> None:
    """140 hours over 14 days are 10 a day, not 140 in the week in which the period began.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end hours
    ELM  2025-01-08   2025-01-21 140
    """
    span = Period(date(2025, 1, 6), date(2025, 1, 26))
    assert rows(told, "paid_hours", span, ["week"]) == {
        (date(2025, 1, 6),): 50,
        (date(2025, 1, 13),): 70,
        (date(2025, 1, 20),): 20,
    }
    assert rows(told, "paid_hours", span) == 140


def test_a_month_s_count_is_not_one_day_s(told: Reader) -> None:
    """310 visits of January are 10 a day; all on the 1st would make a wild first week.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    volume:
    site date       grain measure count
    ELM  2025-01-01 month visits  310
    OAK  2025-01-01 .     visits  31
    OAK  2025-02-01 .     visits  28
    """
    first_days = Period(JAN, date(2025, 1, 7))
    assert rows(told, "visits", first_days, ["site"]) == {("ELM",): 70, ("OAK",): 7}
    assert sum(rows(told, "visits", month(JAN), ["week"]).values()) == 341


def test_staffing_returns_count_only_without_payroll_and_timesheets(told: Reader) -> None:
    """January: payroll's 160 hours, not 160 + 150. February has only the return's 140.

    sites:
    site name      kind
    RIV  Riverside Home

    labor:
    site period_start period_end role  basis   hours
    RIV  2025-01-01   2025-01-31 RN    payroll 100
    RIV  2025-01-01   2025-01-31 Cook  payroll 60
    RIV  2025-01-01   2025-01-31 RN    return  150
    RIV  2025-02-01   2025-02-28 RN    return  140

    volume:
    site date       grain measure       count
    RIV  2025-01-01 month resident_days 50
    RIV  2025-02-01 month resident_days 50
    """
    assert rows(told, "paid_hours", month(JAN, 2), ["month"]) == {(JAN,): 160, (FEB,): 140}
    # Nursing hours are the return's where there is one: it knows who nurses.
    assert rows(told, "nursing_hprd", month(JAN, 2), ["month"]) == {(JAN,): 3.0, (FEB,): 2.8}


def test_agency_invoices_are_no_saving_where_no_payroll_has_come(told: Reader) -> None:
    """Riverside's payroll was never loaded, its agency's invoice of 900 was: that is no month of
    3,100 under budget. Oakdale is 100 over its own.

    sites:
    site name
    RIV  Riverside
    OAK  Oakdale

    labor:
    site period_start period_end kind     hours amount
    OAK  2025-01-01   2025-01-31 employee 100   2100

    spend:
    site document line date       account  supplier amount
    RIV  S-1      1    2025-01-31 staffing StaffNow 900

    budget:
    site version  account  month      amount
    RIV  original staffing 2025-01-01 4000
    OAK  original staffing 2025-01-01 2000
    """
    assert rows(told, "budget_variance", month(JAN)) == 100
    by_site = rows(told, "budget_variance", month(JAN), ["site"])
    assert {site: gap for (site,), gap in by_site.items() if gap is not None} == {"OAK": 100}


def test_agency_staff_are_paid_once(told: Reader) -> None:
    """January's 900 stand on the timesheet and on the invoice; February's only on the invoice.

    sites:
    site name
    RIV  Riverside

    labor:
    site period_start period_end kind     hours amount
    RIV  2025-01-01   2025-01-31 employee 100   2000
    RIV  2025-02-01   2025-02-28 employee 100   2000
    RIV  2025-01-01   2025-01-31 agency   20    900

    spend:
    site document line date       account  supplier amount
    RIV  S-1      1    2025-01-31 staffing StaffNow 900
    RIV  S-2      1    2025-02-27 staffing StaffNow 950
    """
    by_month = rows(told, "labor_cost", month(JAN, 2), ["month"])
    assert by_month == {(JAN,): 2900, (FEB,): 2950}
    assert rows(told, "total_cost", month(JAN, 2)) == 5850
    assert rows(told, "spend", month(JAN, 2)) == 1850


def test_an_invoice_counts_where_the_timesheets_carry_hours_only(told: Reader) -> None:
    """The timesheet's 20 hours have no charge, so the invoice of 900 is the cost.

    sites:
    site name
    RIV  Riverside

    labor:
    site period_start period_end kind     hours amount
    RIV  2025-01-01   2025-01-31 employee 100   2000
    RIV  2025-01-01   2025-01-31 agency   20    .

    spend:
    site document line date       account  supplier amount
    RIV  S-1      1    2025-01-31 staffing StaffNow 900
    """
    assert rows(told, "labor_cost", month(JAN)) == 2900
    assert rows(told, "agency_share", month(JAN)) == pytest.approx(20 / 120)


def test_hours_without_pay_have_no_cost(told: Reader) -> None:
    """OAK's payroll carries hours, a bonus and employer cost, and no pay: its cost is unknown.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    labor:
    site period_start period_end pay_class hours amount employer_cost
    ELM  2025-01-01   2025-01-31 regular   100   2000   150
    OAK  2025-01-01   2025-01-31 regular   100   .      150
    OAK  2025-01-01   2025-01-31 bonus     .     300    .
    """
    answer = ask(told, "labor_cost", period=month(JAN), by=["site"])
    assert answer.frame.select("site", "value", "reason").rows() == [
        ("ELM", Decimal(2150), None),
        ("OAK", None, "no export has brought pay for this yet"),
    ]
    assert rows(told, "hourly_cost", month(JAN)) == 21.5


# Issues and maintenance


def test_open_issues_are_rebuilt_for_each_past_date(told: Reader) -> None:
    """W-2 is closed today and was open at January's end; W-4 was cancelled, W-5 was never open.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    work_orders:
    work_order site kind   created          completed        cancelled status
    W-1        ELM  repair 2025-01-10+09:00 .                .         open
    W-2        ELM  repair 2025-01-31+23:59 2025-02-01+00:05 .         complete
    W-3        OAK  repair 2025-02-28+23:59 .                .         open
    W-4        OAK  repair 2025-01-02+08:00 .                2025-03-05 cancelled
    W-5        OAK  repair 2025-01-02+08:00 .                .         complete
    W-6        ELM  repair 2025-03-03+08:00 2025-03-31+18:00 .         complete
    """
    assert rows(told, "open_issues", month(JAN, 3), ["site", "month"]) == {
        ("ELM", JAN): 2, ("ELM", FEB): 1, ("ELM", MAR): 1,
        ("OAK", JAN): 1, ("OAK", FEB): 2, ("OAK", MAR): 1,
    }  # fmt: skip
    # A state adds over sites and not over time: the quarter's is March's.
    assert rows(told, "open_issues", month(JAN, 3)) == 2


def test_nothing_happened_is_0_and_nothing_known_is_null(told: Reader) -> None:
    """OAK had no new issue in February: 0. April's file has not come: null.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    work_orders:
    work_order site kind   created          completed        status
    W-1        ELM  repair 2025-02-10+09:00 .                open
    W-2        OAK  repair 2025-01-10+09:00 2025-01-12+09:00 complete
    """
    assert rows(told, "issues_opened", month(FEB), ["site"]) == {("ELM",): 1, ("OAK",): 0}
    assert rows(told, "open_issues", month(FEB), ["site"]) == {("ELM",): 1, ("OAK",): 0}
    days = Period(date(2025, 2, 9), date(2025, 2, 11))
    assert list(rows(told, "issues_opened", days, ["day"]).values()) == [0, 1, 0]
    for metric in ("issues_opened", "open_issues", "open_issue_age"):
        answer = ask(told, metric, period=month(APR))
        assert (answer.value, answer.reason) == (
            None,
            "no export has brought work orders for this yet",
        )


def test_a_median_is_made_from_the_orders(told: Reader) -> None:
    """Ages 1, 2, 30 at ELM and 3, 4, 10, 11 at OAK: 4 in all, where the sites' 2 and 7 tell 4.5.

    sites:
    site name    region
    ELM  Elmwood North
    OAK  Oakdale North

    work_orders:
    work_order site kind   created          status
    W-1        ELM  repair 2025-01-30+23:00 open
    W-2        ELM  repair 2025-01-29+09:00 open
    W-3        ELM  repair 2025-01-01+09:00 open
    W-4        OAK  repair 2025-01-21+09:00 open
    W-5        OAK  repair 2025-01-20+09:00 open
    W-6        OAK  repair 2025-01-28+09:00 open
    W-7        OAK  repair 2025-01-27+09:00 open
    """
    assert rows(told, "open_issue_age", month(JAN), ["site"]) == {("ELM",): 2.0, ("OAK",): 7.0}
    assert rows(told, "open_issue_age", month(JAN), ["region"]) == {("North",): 4.0}


def test_maintenance_counts_in_the_month_it_was_due_by_risk(told: Reader) -> None:
    """Nine low-risk checks on time and one high-risk one late: 90 %, and 0 % where it matters.

    sites:
    site name
    ELM  Elmwood

    assets:
    site asset name       risk
    ELM  A-1   Autoclave  high
    ELM  A-2   Scales     low

    work_orders:
    work_order site kind    asset created    due              completed        status
    P-1        ELM  planned A-1   2025-01-01 2025-01-31+17:00 2025-02-01+08:00 complete
    P-2        ELM  planned A-2   2025-01-01 2025-01-31+17:00 2025-01-31+23:00 complete
    P-3        ELM  planned A-2   2025-01-01 2025-01-30+17:00 2025-01-20+23:00 complete
    P-4        ELM  planned A-2   2025-01-01 2025-02-28+17:00 2025-01-20+23:00 complete
    W-1        ELM  repair  .     2025-02-28 .                .                open
    """
    assert rows(told, "pm_compliance", month(JAN, 2), ["month"]) == {
        (JAN,): pytest.approx(2 / 3),
        (FEB,): 1.0,
    }
    assert rows(told, "pm_compliance", month(JAN), ["risk"]) == {("high",): 0.0, ("low",): 1.0}
    assert rows(told, "pm_compliance_high_risk", month(JAN)) == 0.0


def test_maintenance_that_is_not_yet_due_is_not_late(told: Reader) -> None:
    """The export knows nothing after 10 February: P-2 may yet be done, and P-3's month is unknown.

    sites:
    site name
    ELM  Elmwood

    work_orders:
    work_order site kind    created    due        completed  status
    P-1        ELM  planned 2025-02-01 2025-02-05 2025-02-04 complete
    P-2        ELM  planned 2025-02-01 2025-02-20 .          open
    P-3        ELM  planned 2025-02-01 2025-03-20 .          open
    W-1        ELM  repair  2025-02-10 .          .          open
    """
    assert rows(told, "pm_compliance", month(FEB, 2), ["month"]) == {(FEB,): 1.0, (MAR,): None}


# Supplies


def test_no_use_gives_no_days_on_hand(told: Reader) -> None:
    """ELM used 90 in 90 days and holds 45: 45 days. OAK's shelf of 1,000 was never touched.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    supply_moves:
    site date       reference item kind    quantity unit_cost
    ELM  2025-01-02 T-1       GLV  issue   30       1.00
    ELM  2025-01-11 T-2       GLV  issue   0        1.00
    ELM  2025-01-20 T-3       GLV  issue   0        1.00
    ELM  2025-01-29 T-4       GLV  waste   0        1.00
    ELM  2025-02-07 T-5       GLV  issue   30       1.00
    ELM  2025-02-16 T-6       GLV  issue   0        1.00
    ELM  2025-02-25 T-7       GLV  issue   0        1.00
    ELM  2025-03-06 T-8       GLV  waste   30       1.00
    ELM  2025-03-15 T-9       GLV  issue   0        1.00
    ELM  2025-03-23 T-10      GLV  issue   0        1.00
    ELM  2025-03-30 T-11      GLV  issue   0        1.00
    OAK  2025-03-30 T-12      GLV  receipt 1000     1.00

    stock:
    site as_of      item quantity unit_cost
    ELM  2025-03-31 GLV  45       1.00
    OAK  2025-03-31 GLV  1000     1.00
    """
    answer = ask(told, "days_on_hand", period=month(MAR), by=["site"])
    assert answer.frame.select("site", "value", "denominator").rows() == [
        ("ELM", 45.0, 1.0),
        ("OAK", None, None),
    ]
    assert rows(told, "days_on_hand", month(MAR)) == 45.0
    reason = answer.frame["reason"][1]
    assert reason == "nothing to divide by"
    # In February the movements don't reach back 90 days yet.
    assert rows(told, "days_on_hand", month(FEB)) is None


def test_monthly_sums_of_movements_reach_over_their_month(told: Reader) -> None:
    """31 + 28 + 31 a month are 1 a day: 90 in the 90 days to 31 March, not the 59 of two firsts.

    sites:
    site name
    ELM  Elmwood

    supply_moves:
    site date       reference item kind  quantity unit_cost
    ELM  2025-01-01 T-1       GLV  issue 31       1.00
    ELM  2025-02-01 T-2       GLV  issue 28       1.00
    ELM  2025-03-01 T-3       GLV  issue 31       1.00

    stock:
    site as_of      item quantity unit_cost
    ELM  2025-03-31 GLV  60       1.00
    """
    assert rows(told, "days_on_hand", month(MAR)) == 60.0
    assert rows(told, "supply_burn", Period(date(2025, 1, 10), date(2025, 1, 19))) == 10


def test_stock_is_not_summed_over_time_and_gets_stale(told: Reader) -> None:
    """Two counts of 100 are 100 on the shelf. ELM's of January is stale in April (62 days).

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    stock:
    site as_of      item quantity unit_cost
    ELM  2025-01-15 GLV  100      1.00
    ELM  2025-01-31 GLV  100      1.00
    OAK  2025-04-30 GLV  7        1.00
    """
    assert rows(told, "stock_value", month(JAN)) == 100
    assert rows(told, "stock_value", month(JAN, 4), ["site", "month"]) == {
        ("ELM", JAN): 100, ("ELM", FEB): 100, ("ELM", MAR): 100, ("ELM", APR): None,
        ("OAK", APR): 7,
    }  # fmt: skip
    assert rows(told, "stock_value", month(JAN, 4)) == 7


def test_stock_without_a_price_is_worth_what_it_then_cost(told: Reader) -> None:
    """January's 10 gloves had cost 2.00; that they cost 9.00 in February doesn't change January.
    The Canadian price is no price in dollars.

    sites:
    site name
    ELM  Elmwood

    supply_moves:
    site date       reference item kind    quantity unit_cost currency
    ELM  2025-01-02 T-1       GLV  receipt 1        2.00      USD
    ELM  2025-01-20 T-2       GLV  receipt 1        5.00      CAD
    ELM  2025-02-20 T-3       GLV  receipt 1        9.00      USD

    stock:
    site as_of      item quantity currency
    ELM  2025-01-31 GLV  10       USD
    ELM  2025-02-28 GLV  10       USD
    ELM  2025-02-28 CAP  10       USD
    """
    assert rows(told, "stock_value", month(JAN, 2), ["month"]) == {(JAN,): 20, (FEB,): 90}


def test_lots_of_an_item_count_together_against_its_par(told: Reader) -> None:
    """40 + 30 of GLV are above 60, though either lot lies below: one of two items is short.

    sites:
    site name
    ELM  Elmwood

    stock:
    site as_of      item lot quantity minimum
    ELM  2025-01-31 GLV  L1  40       60
    ELM  2025-01-31 GLV  L2  30       60
    ELM  2025-01-31 SYR  .   10       60
    ELM  2025-01-31 CAP  .   10       .
    """
    assert rows(told, "below_par", month(JAN)) == 0.5


# Contracts


def test_the_notice_date_counts_not_the_end(told: Reader) -> None:
    """At 31 January: C-1's notice (1 March) and C-2's (1 May) lie within 90 days, and C-6's (1 Feb,
    28 days before March); C-3's has passed and locks it; C-4 ended, C-5 is far off.

    sites:
    site name
    ELM  Elmwood

    contracts:
    site contract start      end        notice_days auto_renew annual_value status
    ELM  C-1      2024-01-01 2025-03-31 30          no         100          active
    ELM  C-2      2024-06-01 2025-05-31 30          yes        200          active
    ELM  C-3      2024-03-01 2025-02-28 60          yes        400          active
    ELM  C-4      2024-01-01 2025-01-30 0           yes        800          active
    ELM  C-5      2024-01-01 2026-12-31 30          yes        1600         active
    ELM  C-6      2024-03-01 2025-03-01 28          no         .            active
    ELM  C-7      2024-01-01 2025-03-31 30          yes        3200         terminated
    """
    assert rows(told, "renewals_due", month(JAN)) == 3
    assert rows(told, "renewals_due_value", month(JAN)) == 300
    assert rows(told, "locked_renewals", month(JAN), ["contract"]) == {("C-3",): 1}
    # Nobody signed anything in April, and the register is known all the same.
    assert rows(told, "locked_renewals", month(APR)) == 0


def test_a_ceiling_stands_against_its_own_contract_s_spend(told: Reader) -> None:
    """C-1's lines at both sites count against its 1,000 at ELM; C-2 was terminated, so neither its
    ceiling nor its lines count; C-3's Canadian dollars are on their own; C-4 is unspent.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    contracts:
    site contract start      end        ceiling status     currency
    ELM  C-1      2025-01-01 2025-12-31 1000    active     USD
    ELM  C-2      2025-01-01 2025-12-31 500     terminated USD
    OAK  C-3      2025-01-01 2025-12-31 200     active     CAD
    OAK  C-4      2025-01-01 2025-12-31 100     active     USD

    spend:
    site document line date       supplier contract amount currency
    ELM  D-0      1    2024-12-31 Bright   C-1      999    USD
    ELM  D-1      1    2025-01-15 Bright   C-1      150    USD
    OAK  D-2      1    2025-01-15 Bright   C-1      50     USD
    ELM  D-3      1    2025-01-15 Bright   C-2      400    USD
    OAK  D-4      1    2025-01-15 Bright   C-3      100    CAD
    """
    found = ask(told, "ceiling_used", period=month(JAN), by=["site"]).frame
    assert found.select("site", "currency", "numerator", "denominator", "value").rows() == [
        ("ELM", "USD", Decimal(200), Decimal(1000), 0.2),
        ("OAK", "CAD", Decimal(100), Decimal(200), 0.5),
        ("OAK", "USD", Decimal(0), Decimal(100), 0.0),
    ]


# Currencies, sites, budgets


def test_two_currencies_are_never_summed_nor_share_a_denominator(told: Reader) -> None:
    """USD 1,000 over ELM's 100 visits and CAD 900 over TOR's 30; not 1,900, nor 1,000 over 130.

    sites:
    site name
    ELM  Elmwood
    TOR  Toronto

    labor:
    site period_start period_end hours amount currency
    ELM  2025-01-01   2025-01-31 50    1000   USD
    TOR  2025-01-01   2025-01-31 30    900    CAD

    supply_moves:
    site date       reference item kind  quantity unit_cost currency
    ELM  2025-01-01 T-1       GLV  issue 100      2.00      USD
    TOR  2025-01-01 T-2       GLV  issue 30       3.00      CAD

    volume:
    site date       grain measure count
    ELM  2025-01-01 month visits  100
    TOR  2025-01-01 month visits  30
    """
    for metric, found in {
        "labor_cost": {("CAD",): 900, ("USD",): 1000},
        "hourly_cost": {("CAD",): 30.0, ("USD",): 20.0},
        "supply_cost_per_visit": {("CAD",): 3.0, ("USD",): 2.0},
        "total_cost": {("CAD",): 990, ("USD",): 1200},
    }.items():
        assert rows(told, metric, month(JAN), ["currency"]) == found
        answer = ask(told, metric, period=month(JAN))
        assert (answer.value, answer.currency) == (None, None)
        assert answer.reason == "there are several values"
    assert rows(told, "supply_cost_per_visit", month(JAN), where={"currency": ["CAD"]}) == 3.0


def test_unmapped_codes_stand_in_the_total_under_their_own_name(told: Reader) -> None:
    """ZZZ is no site of the register: 40 hours under `~unmapped`, and in the total; no visits are
    known to belong to them.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end pay_class hours amount
    ELM  2025-01-01   2025-01-31 regular   160   3200
    ZZZ  2025-01-01   2025-01-31 overtime  40    800

    volume:
    site date       grain measure count
    ELM  2025-01-01 month visits  80
    YYY  2025-01-01 month visits  30

    spend:
    site document line date       supplier amount
    .    D-1      1    2025-01-15 Bright   10
    """
    by_site = rows(told, "labor_cost", month(JAN), ["site"])
    assert by_site == {("ELM",): 3200, ("~unmapped",): 800}
    assert sum(by_site.values()) == rows(told, "labor_cost", month(JAN)) == 4000
    assert rows(told, "overtime_share", month(JAN)) == 0.2
    assert rows(told, "hours_per_visit", month(JAN)) == 2.0
    spend = rows(told, "spend", month(JAN), ["site"])
    assert (spend["~group",], sum(spend.values())) == (10, 10)


def test_a_variance_leaves_out_months_without_an_actual(told: Reader) -> None:
    """January is 200 over; February's payroll is missing and is not 4,000 under.

    sites:
    site name
    ELM  Elmwood
    OAK  Oakdale

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-31 200   4200
    OAK  2025-02-01   2025-02-28 90    1800

    budget:
    site version  account  month      amount
    ELM  original staffing 2025-01-01 4000
    ELM  original staffing 2025-02-01 4000
    """
    assert rows(told, "budget_variance", month(JAN, 2), ["month"]) == {(JAN,): 200, (FEB,): None}
    assert rows(told, "budget_variance_share", month(JAN, 2)) == 0.05
    cost = ask(told, "labor_cost", period=month(JAN, 2), by=["site"], compare=["budget"])
    assert cost.frame.select("site", "value", "budget").rows() == [
        ("ELM", Decimal(4200), Decimal(4000)),
        ("OAK", Decimal(1800), None),
    ]
    # A budget is not known by role, so no part of it stands beside a role's cost.
    by_role = ask(told, "labor_cost", period=month(JAN), where={"role": ["RN"]}, compare=["budget"])
    assert by_role.frame["budget"].to_list() == [None]


def test_a_revision_of_one_subject_leaves_the_others_in_force(told: Reader) -> None:
    """The revision raises staffing to 5,000; the contracts' 1,000 stay as they were.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-31 200   5100

    spend:
    site document line date       account   supplier amount
    ELM  D-1      1    2025-01-15 contracts Bright   900

    budget:
    site version  account   month      amount
    ELM  original staffing  2025-01-01 4000
    ELM  original contracts 2025-01-01 1000

    budget again:
    site version account  month      amount
    ELM  revised staffing 2025-01-01 5000
    """
    assert rows(told, "budget_variance", month(JAN), ["subject"]) == {
        ("contracts",): -100,
        ("staffing",): 100,
    }
    answer = ask(told, "total_cost", period=month(JAN), compare=["budget"])
    assert (answer.value, answer.frame["budget"].item()) == (6000, 6000)


def test_what_was_shown_then_is_still_known(told: Reader) -> None:
    """The payroll of January was restated from 4,000 to 4,444; the first load still says 4,000.

    sites:
    site name
    ELM  Elmwood

    labor:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-31 200   4000

    labor again:
    site period_start period_end hours amount
    ELM  2025-01-01   2025-01-31 200   4444
    """
    assert rows(told, "labor_cost", month(JAN)) == 4444
    assert rows(told, "labor_cost", month(JAN), as_of=2) == 4000
    assert rows(told, "hourly_cost", month(JAN), as_of=2) == 20.0
    assert rows(told, "labor_cost", month(JAN), as_of=3) == 4444


def test_what_was_there_then_and_is_gone_still_counts_in_the_comparison(told: Reader) -> None:
    """OAK closed: by site its 90 hours of January stand beside February's, so the columns add up.

    sites:
    site name    closed
    ELM  Elmwood .
    OAK  Oakdale 2025-01-31

    labor:
    site period_start period_end role hours
    ELM  2025-01-01   2025-02-28 RN   590
    OAK  2025-01-01   2025-01-31 MA   90
    """
    frame = ask(told, "paid_hours", period=month(FEB), by=["site"], compare=["previous"]).frame
    assert frame.select("site", "value", "previous").rows() == [
        ("ELM", Decimal(280), Decimal(310)),
        ("OAK", None, Decimal(90)),
    ]
    frame = ask(told, "paid_hours", period=month(FEB), by=["role"], compare=["previous"]).frame
    assert frame.select("role", "value", "previous").rows() == [
        ("MA", Decimal(0), Decimal(90)),
        ("RN", Decimal(280), Decimal(310)),
    ]


def test_a_leap_day_s_neighbours_are_not_counted_twice(told: Reader) -> None:
    """28 and 29 February 2024 both look back at 28 February 2023, which had 7 visits, not 14.

    sites:
    site name
    ELM  Elmwood

    volume:
    site date       grain measure count
    ELM  2023-02-28 day   visits  7
    ELM  2024-02-28 day   visits  8
    ELM  2024-02-29 day   visits  9
    """
    span = Period(date(2024, 2, 28), date(2024, 2, 29))
    frame = ask(told, "visits", period=span, by=["day"], compare=["year"]).frame
    assert frame.select("value", "year").rows() == [(8, 7), (9, 7)]
