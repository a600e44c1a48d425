"""Landings whose figures are worked out by hand (see `tests.landings`), and parts that add up."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.outlook.landing import Landing, fiscal_months, landing
from pipelines.analysis.outlook.study import Study, origins_of, study
from pipelines.analysis.outlook.year import at_pace
from pipelines.calendar import Period, add_months
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build
from pipelines.wording import landings
from tests.landings import YEAR, build, planned
from tests.loading import rounds
from tests.metrics.conftest import load_folder, write


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    folder = tmp_path_factory.mktemp("landing")
    return build(folder / "files", folder / "home")


@pytest.fixture(scope="module")
def found(reader: Reader) -> Study:
    return study(reader)


def line(told: Landing, *names: str, **where: str) -> list[object]:
    row = told.frame
    for name, value in where.items():
        row = row.filter(pl.col(name) == value)
    assert row.height == 1
    return [row[name].item() for name in names]


def test_a_landing_is_what_was_paid_and_what_is_forecast(reader: Reader, found: Study) -> None:
    """OAK's contracts: 1,240 and 100 for each month's number: 17,900 to October, 4,780 after it."""
    told = landing(reader, found, YEAR, by=("site", "subject"))
    assert (told.until, told.left) == (date(2026, 10, 1), 2)
    names = "actual", "ahead", "landing", "budget", "gap", "estimated"
    assert line(told, *names, site="OAK", subject="contracts") == [
        Decimal(17900), Decimal(4780), Decimal(22680), Decimal(21600), Decimal(1080), 0,
    ]  # fmt: skip


def test_a_month_that_never_came_is_estimated_and_not_nothing(reader: Reader, found: Study) -> None:
    """ELM: 23,950 to October, 2,520 of it in August; 29,340 in all."""
    told = landing(reader, found, YEAR, by=("site",))
    names = "actual", "ahead", "landing", "budget", "estimated"
    assert line(told, *names, site="ELM") == [
        Decimal(21430), Decimal(7910), Decimal(29340), None, 1,
    ]  # fmt: skip


def test_where_the_invoices_came_and_none_is_of_a_subject_it_cost_nothing(
    reader: Reader, found: Study
) -> None:
    told = landing(reader, found, YEAR, by=("subject",), where={"site": ["OAK"]})
    assert line(told, "actual", "estimated", subject="facilities") == [Decimal(90), 0]


def test_a_closed_site_costs_nothing_after_its_end(reader: Reader, found: Study) -> None:
    told = landing(reader, found, YEAR, by=("site",))
    names = "actual", "landing", "low", "high"
    assert line(told, *names, site="CLO") == [Decimal(3000)] * 4


def test_the_gap_is_of_what_has_a_budget_only(reader: Reader, found: Study) -> None:
    """22,680 of OAK, 29,340 of ELM and 3,000 of CLO; only OAK's have a budget."""
    told = landing(reader, found, YEAR, where={"subject": ["contracts"]})
    names = "landing", "compared", "budget", "gap"
    assert line(told, *names) == [
        Decimal(55020), Decimal(22680), Decimal(21600), Decimal(1080),
    ]  # fmt: skip
    assert told.path["value"].sum() == Decimal(22680)
    assert told.path["known"].to_list() == [True] * 10 + [False] * 2


def test_a_budget_of_half_a_year_is_compared_with_that_half(home: Path, tmp_path: Path) -> None:
    """OAK's contracts cost 1,240 and 100 for each month's number: 9,540 to June, for 10,800.

    All of that is known, and so has no range, though the year's landing of 22,680 has one.
    """
    reader = build(tmp_path / "files", home, planned("contracts", 1800, range(1, 7)))
    told = landing(reader, study(reader), YEAR, where={"site": ["OAK"], "subject": ["contracts"]})
    names = "landing", "budget", "compared", "gap", "compared_low", "compared_high"
    assert line(told, *names) == [
        Decimal(22680), Decimal(10800), Decimal(9540), Decimal(-1260), Decimal(9540), Decimal(9540),
    ]  # fmt: skip
    assert line(told, "unplanned_months") == [6]
    assert told.path["month"].to_list() == [date(2026, month, 1) for month in range(1, 7)]
    assert told.path["value"].sum() - told.path["budget"].sum() == Decimal(-1260)
    assert landings.finding(told, told.frame.row(0, named=True)) == (
        "2026 lands at about $23k; without the 6 months that have no budget, it is $1k under budget"
    )


def test_a_month_without_a_budget_among_others_has_none_planned(home: Path, tmp_path: Path) -> None:
    """OAK has a budget of its facilities in March, ELM one of its contracts: March is planned.

    So OAK's contracts, planned at 1,800 in eleven months and at nothing in March, are compared
    with what the whole year of them costs. ELM's of March alone are compared with March: 2,270.
    """
    rows = [
        *planned("contracts", 1800, [1, 2, *range(4, 13)]),
        *planned("facilities", 25, [3]),
        *planned("contracts", 2000, [3], site="ELM"),
    ]
    reader = build(tmp_path / "files", home, rows)
    told = landing(reader, study(reader), YEAR, by=("site", "subject"))
    names = "budget", "compared", "gap", "unplanned_months"
    assert line(told, *names, site="OAK", subject="contracts") == [
        Decimal(19800), Decimal(22680), Decimal(2880), 0,
    ]  # fmt: skip
    assert line(told, *names, site="ELM", subject="contracts") == [
        Decimal(2000), Decimal(2270), Decimal(270), 11,
    ]  # fmt: skip


def test_so_far_is_the_budget_s_gap_without_what_is_estimated(home: Path, tmp_path: Path) -> None:
    """OAK costs 1,000 a month of 900, ELM 2,000 of 1,500; ELM's supplies of August never came.

    To October OAK is 1,000 over and ELM 9 x 500 = 4,500: 5,500 so far. The estimate of August has
    the 500 more of ELM, and the landing 1,200 and 6,000 over.
    """
    months = [add_months(date(2024, 1, 1), step) for step in range(34)]
    moves = [
        {"site": site, "date": month.isoformat(), "reference": f"{site}{month}", "item": "GLV",
         "kind": "issue", "quantity": "1", "unit": "box", "value": amount, "currency": "USD"}
        for site, amount in (("OAK", "1000"), ("ELM", "2000"))
        for month in months
        if (site, month) != ("ELM", date(2026, 8, 1))
    ]  # fmt: skip
    budget = [
        {"site": site, "version": "Original", "account": "supplies", "currency": "USD",
         "month": add_months(YEAR.start, step).isoformat(), "amount": amount}
        for site, amount in (("OAK", "900"), ("ELM", "1500"))
        for step in range(12)
    ]  # fmt: skip
    sites = [{"site": "OAK", "name": "Oakdale"}, {"site": "ELM", "name": "Elmwood"}]
    for feed, rows in {"sites": sites, "supply_moves": moves, "budget": budget}.items():
        write(tmp_path / "files", feed, rows)
    reader = load_folder(tmp_path / "files", Home(home))
    told = landing(reader, study(reader), YEAR)
    to_october = Period(YEAR.start, date(2026, 10, 31))
    assert ask(reader, "budget_variance", period=to_october).value == 5500
    assert told.path["so_far"].to_list()[6:] == [4200, 4300, 4900, 5500, None, None]
    assert line(told, "gap", "estimated") == [Decimal(7200), 1]


def test_the_plain_rule_stands_beside_the_forecast(reader: Reader, found: Study) -> None:
    """Last year's months at this year's pace, where both are known.

    OAK: 17,900 to October, 16,700 a year before; November and December then cost 2,220 and 2,320.
    ELM: August is not there, so 21,430 against 20,890 in nine months; it cost 2,460 and 2,610 and
    2,660 in the last two. CLO has no month left.
    """
    told = landing(reader, found, YEAR, by=("site",), where={"subject": ["contracts"]})
    cents = [(Decimal(cost) * 17900 / 16700).quantize(Decimal("0.01")) for cost in (2220, 2320)]
    assert line(told, "plain", "plain_compared", site="OAK") == [17900 + sum(cents)] * 2
    cents = [
        (Decimal(cost) * 21430 / 20890).quantize(Decimal("0.01")) for cost in (2460, 2610, 2660)
    ]
    assert line(told, "plain", site="ELM") == [21430 + sum(cents)]
    assert line(told, "plain", site="CLO") == [Decimal(3000)]


def test_the_plain_rule_where_a_pace_is_lacking() -> None:
    """Nothing of last year: this year's mean; nothing of this year: last year's; neither: none."""
    one, three = Decimal(1), Decimal(3)
    assert at_pace([one, three, None], [None, None, None]) == [one, three, Decimal("2.00")]
    assert at_pace([None, None], [one, three]) == [Decimal("1.00"), Decimal("3.00")]
    assert at_pace([None], [None]) == [None]


def test_a_fiscal_year_lands_in_the_next_calendar_year(reader: Reader, found: Study) -> None:
    """April to December 2026 as above, 18,360; January to March 2027 at 1,360 and 100 a month."""
    year = fiscal_months(Fiscal(month=4).year(2027))
    told = landing(reader, found, year, where={"site": ["OAK"], "subject": ["contracts"]})
    assert (told.left, line(told, "landing")) == (5, [Decimal(23040)])


def test_a_year_that_is_over_is_told_without_any_forecast(reader: Reader, found: Study) -> None:
    """OAK in 2024, of which too little went before to forecast it: 12 x 1,000 and 7,800."""
    year = Period(date(2024, 1, 1), date(2024, 12, 31))
    told = landing(reader, found, year, by=("site",), where={"subject": ["contracts"]})
    names = "actual", "ahead", "low", "high"
    assert told.left == 0
    assert line(told, *names, site="OAK") == [Decimal(19800), 0, Decimal(19800), Decimal(19800)]


def test_seen_from_june_the_year_lands_at_the_same_sum(reader: Reader, found: Study) -> None:
    told = landing(
        reader, found, YEAR, until=date(2026, 6, 1), where={"subject": ["contracts"]}, by=("site",)
    )
    assert told.left == 6
    assert line(told, "actual", "landing", site="OAK") == [Decimal(9540), Decimal(22680)]


def test_the_method_is_told_with_what_it_was_worth(reader: Reader, found: Study) -> None:
    told = landing(reader, found, YEAR)
    [contracts, facilities] = told.families
    assert (contracts.method, contracts.naive) == ("growth", True)
    assert contracts.judged is not None
    assert contracts.judged.relative < 0.2  # the first choices knew less
    assert contracts.errors["growth"] == pytest.approx(0, abs=1e-9)
    assert facilities.subject == "facilities"


def test_a_year_of_weeks_is_taken_by_the_months_it_mostly_is() -> None:
    """The 52 weeks of 2026 begin on Sunday 28 December 2025 or 4 January 2026."""
    assert fiscal_months(Period(date(2025, 12, 28), date(2026, 12, 26))) == YEAR
    assert fiscal_months(Period(date(2026, 1, 4), date(2027, 1, 2))) == YEAR


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": ("vendor",)}, "A landing knows no vendor"),
        ({"where": {"account": ["1"]}}, "A landing knows no account"),
        ({"year": Period(date(2028, 1, 1), date(2028, 12, 31))}, "No whole month of that year"),
        ({"until": date(2024, 2, 1), "year": Period(date(2024, 1, 1), date(2024, 12, 31))},
         "Too few months"),
    ],
)  # fmt: skip
def test_what_can_t_be_landed_is_said(
    reader: Reader, found: Study, options: dict[str, object], said: str
) -> None:
    year = options.pop("year", YEAR)
    with pytest.raises(UsageProblem, match=said):
        landing(reader, found, year, **options)  # type: ignore[arg-type]


def test_what_was_kept_beside_the_build_gives_the_same(reader: Reader, found: Study) -> None:
    file = reader.path.with_name(f"outlook-{reader.build}.npz")
    assert file.exists()
    again = study(reader)
    assert again.actual.equals(found.actual)
    assert landing(reader, again, YEAR, by=("site",)).frame.equals(
        landing(reader, found, YEAR, by=("site",)).frame
    )
    file.write_bytes(b"no archive")
    assert study(reader).actual.equals(found.actual)


def test_as_of_a_load_before_the_invoices_nothing_can_be_landed(reader: Reader) -> None:
    first = reader.query("SELECT min(event) AS event FROM loads")["event"][0]
    with pytest.raises(UsageProblem, match="No month of costs"):
        study(reader, as_of=first)


def test_forecasts_are_tried_from_a_season_on() -> None:
    assert origins_of(35) == list(range(12, 36))
    assert origins_of(20) == list(range(9, 21))
    assert origins_of(3) == [1, 2, 3]


# The invented group: fourteen months at this size, too short to try anything.


@pytest.mark.parametrize("by", ["site", "subject", "region", "site_kind"])
def test_parts_add_up_to_the_group_to_the_cent(demo_home: Path, by: str) -> None:
    reader = open_build(Home(demo_home))
    found = study(reader)
    whole = landing(reader, found, YEAR).frame
    parts = landing(reader, found, YEAR, by=(by,)).frame
    for name in ("actual", "ahead", "landing", "budget", "compared", "gap"):
        assert parts[name].sum() == whole[name].item(), name
    assert (parts["low"] <= parts["landing"]).all()
    assert (parts["landing"] <= parts["high"]).all()
    width = (whole["high"] - whole["low"]).item()
    # Each end is rounded to the cent.
    assert 0 < width <= (parts["high"] - parts["low"]).sum() + Decimal("0.01") * parts.height


def test_costs_so_far_are_those_that_ask_gives(demo_home: Path) -> None:
    reader = open_build(Home(demo_home))
    told = landing(reader, study(reader), YEAR)
    answer = ask(reader, "total_cost", period=Period(YEAR.start, date(2026, 10, 31)))
    assert told.until == date(2026, 10, 1)
    # A month that did not arrive whole is estimated: what came of it is not in "so far".
    assert line(told, "estimated") == [len({(m.site, m.month) for m in answer.missing})]
    if not answer.missing:
        assert line(told, "actual") == [answer.value]


def test_the_command_says_what_its_figures_rest_on(demo_home: Path) -> None:
    told = rounds("landing", "--by", "region", "--home", demo_home).stdout
    assert told.startswith("Landing of 2026: costs to Oct 2026, 2 months forecast")
    assert "staffing: the average of last year plus growth and exponential smoothing" in told
    assert "not backtested, too few months are known" in told
    answer = json.loads(rounds("landing", "--year", "FY2026", "--json", "--home", demo_home).stdout)
    [row] = answer["rows"]
    assert Decimal(row["actual"]) + Decimal(row["ahead"]) == Decimal(row["landing"])
    assert (row["backtested"], answer["months_ahead"], answer["range"]) == (False, 2, 0.8)
    assert {one["subject"]: one["backtested"] for one in answer["methods"]} == dict.fromkeys(
        ("contracts", "facilities", "staffing", "supplies"), False
    )
