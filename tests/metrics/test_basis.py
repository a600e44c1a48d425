"""Pay by day worked and by check date: both hold the same money, in other months."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.calendar import Period, month_span
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics import METRICS
from pipelines.metrics.ask import ask
from pipelines.metrics.basis import by_check_date
from pipelines.metrics.rows import rows
from pipelines.warehouse.reader import Reader
from tests.loading import load_text, rounds
from tests.metrics.conftest import Home6, Load

SITES = "site name region kind\nELM Elmwood North Clinic\nOAK Oakdale South Clinic"
JUNE, JULY, AUGUST, SEPTEMBER = (month_span(date(2026, month, 1)) for month in (6, 7, 8, 9))
ALL = Period(date(2026, 1, 1), date(2026, 12, 31))
CHECKS = [date(2026, 6, 5) + timedelta(14 * step) for step in range(8)]  # to 11 September


def lines(checks: list[date], **more: Any) -> list[dict[str, Any]]:
    """1,400 for the two weeks that end six days before each check: 100 a day."""
    return [
        {"site": "ELM", "check_date": check, "period_start": check - timedelta(19),
         "period_end": check - timedelta(6), "role": "RN", "pay_class": "regular", "hours": 56,
         "amount": 1400, **more}
        for check in checks
    ]  # fmt: skip


def by_month(reader: Reader, basis: str, metric: str = "labor_cost", **more: Any) -> dict[int, Any]:
    frame = ask(reader, metric, period=ALL, by=("month",), basis=basis, **more).frame
    return {
        row["start"].month: row["value"]
        for row in frame.iter_rows(named=True)
        if row["value"] is not None
    }


@pytest.fixture
def fortnights(load: Load) -> Reader:
    return load(sites=SITES, labor=lines(CHECKS))


def test_three_pay_dates_show_by_check_date_only(fortnights: Reader) -> None:
    """Checks of 5 and 19 June, 3, 17 and 31 July, 14 and 28 August, 11 September, 1,400 each.

    Worked were 17 to 31 May (15 days), all of June to August, and 1 to 5 September, 100 a day.
    """
    assert by_month(fortnights, "check") == {6: 2800, 7: 4200, 8: 2800, 9: 1400}
    assert by_month(fortnights, "worked") == {5: 1500, 6: 3000, 7: 3100, 8: 3100, 9: 500}
    hours = by_month(fortnights, "check", "paid_hours")
    assert hours == {6: 112, 7: 168, 8: 112, 9: 56}
    # 25 an hour on either basis: three pay dates make no hour dearer.
    assert by_month(fortnights, "check", "hourly_cost")[7] == 25.0


def test_a_month_whose_last_check_is_still_to_come_is_not_whole(fortnights: Reader) -> None:
    """The check of 25 September has not come; that of 22 May was of a month before the first."""
    frame = ask(fortnights, "labor_cost", period=ALL, by=("month",), basis="check").frame
    told = {r["start"].month: (r["expected"], r["present"]) for r in frame.iter_rows(named=True)}
    assert {month: told[month] for month in (5, 6, 7, 8, 9)} == {
        5: (0, 0), 6: (1, 1), 7: (1, 1), 8: (1, 1), 9: (1, 0),
    }  # fmt: skip
    # By day worked May and September are in part.
    frame = ask(fortnights, "labor_cost", period=ALL, by=("month",)).frame
    told = {r["start"].month: (r["expected"], r["present"]) for r in frame.iter_rows(named=True)}
    assert [month for month in told if told[month] == (1, 1)] == [6, 7, 8]


@pytest.mark.parametrize(("gone", "month"), [(3, 7), (1, 6), (0, 6)])
def test_a_check_that_did_not_arrive_leaves_its_month_in_part(
    load: Load, gone: int, month: int
) -> None:
    """Without the check of 17 July; without that of 19 June; with 19 June as the first known.

    The first check known is the second of its month: an earlier one of 5 June must have been.
    """
    reader = load(sites=SITES, labor=lines([c for at, c in enumerate(CHECKS) if at != gone]))
    answer = ask(reader, "labor_cost", period=Period(JUNE.start, AUGUST.stop), basis="check")
    assert [(m.site, m.month.month) for m in answer.missing] == [("ELM", month)]


def test_what_states_no_check_date_stays_in_the_month_of_the_work(load: Load) -> None:
    """Agency nights of 30 June cost 500, and are paid by invoice whenever that is.

    OAK's payroll states no check date for 31 May to 13 June: 1,300 of its 1,400 are June's.
    """
    agency = {
        "site": "ELM", "check_date": date(2026, 7, 20), "period_start": date(2026, 6, 30),
        "period_end": date(2026, 6, 30), "role": "RN", "kind": "agency", "hours": 8, "amount": 500,
    }  # fmt: skip
    oak = {**lines(CHECKS[1:2])[0], "site": "OAK", "check_date": ""}
    reader = load(sites=SITES, labor=[*lines(CHECKS), agency, oak])
    assert by_month(reader, "check")[6] == 2800 + 500 + 1300
    assert by_month(reader, "check", where={"kind": ["agency"]}) == {
        5: 0, 6: 500, 7: 0, 8: 0, 9: 0,
    }  # fmt: skip


def test_visits_are_never_divided_by_what_is_paid_out(fortnights: Reader) -> None:
    for name in ("hours_per_visit", "visits", "fte", "supply_burn", "nursing_hprd"):
        answer = ask(fortnights, name, period=JULY, basis="check")
        assert answer.basis == "worked"
    told = {name for name, metric in METRICS.items() if by_check_date(metric)}
    assert told == {
        "labor_cost", "paid_hours", "worked_hours", "hourly_cost", "overtime_share",
        "agency_share", "leave_share", "overtime_pay", "total_cost", "budget_variance",
        "budget_variance_share",
    }  # fmt: skip


def test_parts_of_months_are_known_by_day_worked_only(fortnights: Reader) -> None:
    days = Period(date(2026, 7, 1), date(2026, 7, 15))
    with pytest.raises(UsageProblem, match="known by check date for whole months only"):
        ask(fortnights, "paid_hours", period=days, basis="check")
    usual = ask(fortnights, "paid_hours", period=days, fiscal=Fiscal(pay_basis="check"))
    assert (usual.basis, usual.value) == ("worked", 15 * 4)
    whole = ask(fortnights, "labor_cost", period=JULY, fiscal=Fiscal(pay_basis="check"))
    assert (whole.basis, whole.value) == ("check", 4200)
    with pytest.raises(UsageProblem, match="no such basis"):
        ask(fortnights, "labor_cost", period=JULY, basis="paid")


def test_a_budget_stands_beside_pay_of_the_same_month(load: Load) -> None:
    reader = load(sites=SITES, labor=lines(CHECKS), budget="""
site version month      account  amount
ELM  plan    2026-07-01 staffing 3100
""")  # fmt: skip
    for basis, gap in (("worked", 0), ("check", 1100)):
        answer = ask(reader, "labor_cost", period=JULY, compare=("budget",), basis=basis)
        assert answer.frame.select("budget", "gap").row(0) == (3100, gap)
        assert ask(reader, "budget_variance", period=JULY, basis=basis).value == gap


def test_what_was_known_then_is_known_by_check_date_too(load: Load) -> None:
    load(sites=SITES, labor=lines(CHECKS))
    reader = load(labor=lines(CHECKS[3:4], amount=2000))
    assert by_month(reader, "check")[7] == 1400 + 2000 + 1400
    first = reader.query("SELECT max(event) AS e FROM loads")["e"][0] - 1
    assert by_month(reader, "check", as_of=first) == {6: 2800, 7: 4200, 8: 2800, 9: 1400}


def test_the_rows_behind_are_those_of_the_checks(fortnights: Reader) -> None:
    found = rows(fortnights, "labor_cost", period=JULY, basis="check")
    assert found["numerator"].sum() == 4200
    assert ask(fortnights, "labor_cost", period=JULY, basis="check").value == 4200
    with pytest.raises(UsageProblem, match="as of now only"):
        rows(fortnights, "labor_cost", period=JULY, basis="check", as_of=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_parts_add_up_to_the_payroll_on_both_bases(load: Load, seed: int) -> None:
    """Any lines, of any length, paid at any time or never: each cent stands in one month."""
    draw = random.Random(seed)
    drawn = []
    for _ in range(150):
        start = date(2026, 3, 1) + timedelta(draw.randrange(120))
        stop = start + timedelta(draw.choice([0, 6, 13, 13, 14, 30, 45]))
        drawn.append({
            "site": draw.choice(["ELM", "OAK", "XXX"]), "period_start": start, "period_end": stop,
            "check_date": draw.choice(["", stop + timedelta(draw.randrange(-3, 40))]),
            "role": draw.choice(["RN", "CNA"]), "kind": draw.choice(["employee", "agency"]),
            "pay_class": draw.choice(["regular", "overtime", "bonus"]),
            "hours": Decimal(draw.randrange(1, 10_000)) / 100,
            "amount": Decimal(draw.randrange(-5_000, 500_000)) / 100,
            "employer_cost": Decimal(draw.randrange(0, 40_000)) / 100,
        })  # fmt: skip
    reader = load(sites=SITES, labor=drawn)
    for metric, of in (
        ("labor_cost", lambda line: line["amount"] + line["employer_cost"]),
        ("paid_hours", lambda line: line["hours"]),
    ):
        expected: Counter[str] = Counter()
        for line in drawn:
            expected[line["role"]] += of(line)
        for basis in ("worked", "check"):
            frame = ask(reader, metric, period=ALL, by=("role", "month"), basis=basis).frame
            parts: Counter[str] = Counter()
            for role, number in frame.select("role", "numerator").iter_rows():
                parts[role] += number or 0
            assert parts == expected
            whole = ask(reader, metric, period=ALL, basis=basis).frame["numerator"].item()
            assert whole == sum(expected.values())


@pytest.mark.parametrize("metric", ["labor_cost", "paid_hours", "total_cost", "overtime_pay"])
def test_the_six_sites_have_the_same_total_on_both_bases(group: Home6, metric: str) -> None:
    span = Period(date(2024, 1, 1), date(2027, 12, 31))
    totals = [
        ask(group.after, metric, period=span, by=("currency",), basis=basis).frame["numerator"]
        for basis in ("worked", "check")
    ]
    assert totals[0].to_list() == totals[1].to_list()


def test_the_group_s_settings_say_which_is_usual(home: Path) -> None:
    head = "site,check_date,period_start,period_end,hours,amount\n"
    text = head + "".join(
        f"ELM,{line['check_date']},{line['period_start']},{line['period_end']},56,1400\n"
        for line in lines(CHECKS)
    )
    load_text(home, "site,name\nELM,Elmwood\n", "sites.csv")
    load_text(home, text, "labor.csv")
    (home / "settings.toml").write_text('[calendar]\npay_basis = "check"\n', encoding="utf-8")
    rounds("publish")
    asked = ("kpi", "labor_cost", "--from", "2026-07-01", "--to", "2026-07-31", "--format", "csv")
    assert ",4200.0000," in rounds(*asked).stdout
    assert ",3100.0000," in rounds(*asked, "--basis", "worked").stdout
    assert "4200.00" in rounds(*asked, "--passport").stdout
    (home / "settings.toml").write_text('[calendar]\npay_basis = "paid"\n', encoding="utf-8")
    assert "calendar.pay_basis is one of worked, check" in rounds(*asked).stderr
