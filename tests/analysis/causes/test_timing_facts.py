"""Timing of whole homes: each cause as the exports bring it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.analysis.causes.timing_facts import compared, tags, timing_between
from pipelines.calendar import Period, add_months, month_span
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build
from tests.metrics.conftest import Load, load

__all__ = ["load"]

OCTOBER = month_span(date(2026, 10, 1))
SITES = "site name\nELM Elmwood"


def budget(amounts: Sequence[float], account: str, first: date = date(2026, 1, 1)) -> list[Any]:
    return [
        {"site": "ELM", "version": "Original", "account": account,
         "month": add_months(first, at).isoformat(), "amount": amount}
        for at, amount in enumerate(amounts)
    ]  # fmt: skip


def invoice(
    day: date, amount: float, supplier: str = "Bright", contract: str = ""
) -> dict[str, Any]:
    return {
        "site": "ELM", "document": f"{supplier}-{day}", "line": 1, "date": day.isoformat(),
        "account": "contracts", "supplier": supplier, "contract": contract, "amount": amount,
    }  # fmt: skip


def parts(reader: Reader, period: Period = OCTOBER) -> dict[str, Decimal]:
    [one] = timing_between(reader, period)
    return {str(name): amount for name, amount in one.told.parts.items() if amount}


def monthly(*days: date, amount: float = 100) -> list[dict[str, Any]]:
    return [invoice(day, amount) for day in days]


FIFTHS = [date(2026, month, 5) for month in range(1, 10)]


def test_an_invoice_that_is_late_is_to_come(load: Load) -> None:
    """Bright bills 100 a month, and not in October; a handyman cost 30 where 20 was planned."""
    bills = [*monthly(*FIFTHS), invoice(date(2026, 10, 20), 30, "Handyman")]
    reader = load(sites=SITES, spend=bills, budget=budget([100, 120] * 6, "contracts"))
    assert parts(reader) == {"to_come": -100, "run_rate": 10}
    [one] = timing_between(reader, OCTOBER)
    assert [reason.sentence for reason in one.told.reasons] == [
        "Bright bills every month, and has not billed this one"
    ]


def test_september_s_invoice_in_october_is_of_another_month(load: Load) -> None:
    late = [*FIFTHS[:-1], date(2026, 10, 2), date(2026, 10, 6)]
    reader = load(sites=SITES, spend=monthly(*late), budget=budget([95, 105] * 6, "contracts"))
    assert parts(reader) == {"other_months": 100, "run_rate": -5}
    assert parts(reader, month_span(date(2026, 8, 1))) == {"run_rate": -5}


def test_a_month_that_is_running_waits_for_what_usually_comes_later(load: Load) -> None:
    """Everything is known up to 12 October; the bill usually comes on the 22nd."""
    days = [date(2026, month, 22) for month in range(1, 10)]
    bills = [*monthly(*days), invoice(date(2026, 10, 12), 20, "Handyman")]
    reader = load(sites=SITES, spend=bills, budget=budget([120, 220] * 6, "contracts"))
    [one] = timing_between(reader, OCTOBER)
    assert one.told.reasons[0].sentence == "Bright usually bills by the 22nd: it is not due yet"
    assert one.told.timing == -100


def test_a_repair_larger_than_a_usual_month_is_one_off_unless_it_comes_each_year(
    load: Load,
) -> None:
    """A month costs 100; the roof costs 900 this October, the insurance 800 every October."""
    bills = monthly(*[add_months(date(2025, 9, 5), at) for at in range(14)])
    bills += [
        invoice(date(2025, 10, 9), 780, "Insurer"), invoice(date(2026, 10, 9), 800, "Insurer"),
        invoice(date(2026, 10, 10), 900, "Roofer"),
    ]  # fmt: skip
    plan = budget([100] * 9 + [900] + [100] * 2, "contracts")
    assert parts(load(sites=SITES, spend=bills, budget=plan)) == {"one_off": 900}


def test_a_flat_budget_against_a_season(load: Load) -> None:
    """A year's 1,800 with 240 in October, 1.6 twelfths: 60 of 75 over 100 a month are phasing."""
    before = [240, *[110] * 6, *[180] * 5]
    bills = [
        invoice(add_months(date(2025, 10, 5), at), amount, f"S{at}")
        for at, amount in enumerate(before)
    ]
    bills.append(invoice(date(2026, 10, 5), 175, "S99"))
    reader = load(sites=SITES, spend=bills, budget=budget([100] * 12, "contracts"))
    assert parts(reader) == {"phasing": Decimal("60.00"), "run_rate": Decimal("15.00")}


def paid(checks: Sequence[date], *, cash: bool) -> list[dict[str, Any]]:
    """1,400 on each check date, for the fourteen days to it, or with no days stated."""
    return [
        {"site": "ELM", "company": "C", "basis": "payroll", "check_date": day.isoformat(),
         "period_start": (day if cash else day - timedelta(13)).isoformat(),
         "period_end": day.isoformat(), "role": "RN", "pay_class": "regular", "hours": 40,
         "amount": 1400}
        for day in checks
    ]  # fmt: skip


CHECKS = [date(2026, 1, 9) + timedelta(14 * at) for at in range(25)]  # three of them in October


def test_a_month_with_three_pay_dates(load: Load) -> None:
    """2, 16 and 30 October: 4,200 paid, of which 31 days hold 3,100."""
    assert [day for day in CHECKS if day.month == 10] == [
        date(2026, 10, 2), date(2026, 10, 16), date(2026, 10, 30),
    ]  # fmt: skip
    plan = budget([3000] * 12, "staffing")
    reader = load(sites=SITES, labor=paid(CHECKS, cash=True), budget=plan)
    found = timing_between(reader, Period(date(2026, 10, 1), date(2026, 10, 31)))
    [one] = found
    assert one.told.parts["pay_dates"] == 1100
    assert one.told.parts["run_rate"] == 100


def test_pay_by_days_worked_has_no_timing(load: Load) -> None:
    plan = budget([3000] * 12, "staffing")
    reader = load(sites=SITES, labor=paid(CHECKS, cash=False), budget=plan)
    [one] = timing_between(reader, month_span(date(2026, 9, 1)))
    assert one.told.parts["pay_dates"] == 0


def test_only_subjects_and_sites_choose_rows(load: Load) -> None:
    reader = load(sites=SITES, spend=monthly(*FIFTHS), budget=budget([100] * 12, "contracts"))
    september = month_span(date(2026, 9, 1))
    assert len(timing_between(reader, september, {"subject": ["contracts"]})) == 1
    assert timing_between(reader, september, {"subject": ["staffing"]}) == []
    with pytest.raises(UsageProblem, match="can't be chosen by supplier"):
        timing_between(reader, september, {"supplier": ["Bright"]})
    with pytest.raises(UsageProblem, match="first and last days of months"):
        timing_between(reader, Period(date(2026, 9, 1), date(2026, 9, 15)))


def test_the_demo_group_s_gap_to_budget_is_all_told(demo_home: Path) -> None:
    """The parts of all sites and subjects add up to the measure; nothing was planted as timing."""
    reader = open_build(Home(demo_home))
    year = Period(date(2026, 1, 1), date(2026, 10, 31))
    timed = timing_between(reader, year)
    gap = ask(reader, "budget_variance", period=year).value
    assert sum(one.told.variance for one in timed) == gap
    by_subject = tags(timed, "subject")
    assert by_subject.select("timing", "one_off", "run_rate").sum_horizontal().sum() == gap
    bridges, _ = compared(reader, year)
    for bridge in bridges.bridges("site").values():
        assert sum(amount or 0 for amount in bridge.parts.values()) == bridge.total
    staffing = by_subject.filter(subject="staffing")
    # Overtime and agency go on; the payroll is allocated to the days worked.
    assert staffing["run_rate"].item() == staffing["variance"].item() > 0
