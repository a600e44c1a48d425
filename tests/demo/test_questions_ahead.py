"""The questions that look ahead, follow an action, or hand on: R9, D1, D3, D7, D8, A4, A8."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from pipelines.analysis.causes.flex import flex_budget
from pipelines.analysis.control.spc import xmr
from pipelines.analysis.outlook.landing import landing
from pipelines.analysis.outlook.study import study
from pipelines.analysis.scenarios.drivers import baseline_of
from pipelines.analysis.scenarios.foreseen import foreseen
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.analysis.scenarios.what_if import what_if
from pipelines.analysis.signals import series_by_site
from pipelines.calendar import Period, month_span
from pipelines.demo import DemoGroup, Story
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.codes import map_site, unmapped
from pipelines.warehouse.reader import Reader, open_build
from tests.demo.conftest import TODAY
from tests.loading import load_text, record_of, rounds

Read = Callable[[str], pl.DataFrame]
Code = Callable[[str, str], str]
Tell = Callable[[str], Story]
MONTH = month_span(TODAY)
YEAR = Period(date(2025, 11, 1), TODAY)
AHEAD = 2  # months of the fiscal year to come


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Reader:
    return open_build(Home(demo_home))


def test_r9_did_the_action_work(demo: Reader, story: Tell) -> None:
    """A run chart rebased at the day of an action: before and after have limits of their own.

    The surge of overtime stands for an action that moved it the wrong way: the months since hold
    to their new mean, and no longer pull the old one along.
    """
    told = story("overtime_surge")
    series = series_by_site(demo, "overtime_share", TODAY, {})[told.sites[0]]
    known = [(m, v) for m, v in zip(series.months, series.values, strict=True) if v is not None]
    chart = xmr(
        [value for _, value in known],
        dates=[month for month, _ in known],
        direction="down",
        rebase=[told.period[0]],
    )
    before, after = chart.groups
    assert chart.unmatched == ()
    assert before.limits.mean == pytest.approx(told.figures["usual_share"], abs=0.005)
    assert after.limits.mean == pytest.approx(told.figures["share"], abs=0.005)
    assert {p.group for p in chart.points if p.label >= told.period[0]} == {after.number}  # type: ignore[operator]
    assert chart.variation == "common_cause"


def test_d1_where_do_we_land_at_year_end(demo: Reader) -> None:
    """So far and to come, with a range; sites add up; and what people thought in August."""
    found = study(demo)
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    [whole] = landing(demo, found, year).frame.to_dicts()
    spent = ask(demo, "total_cost", period=Period(year.start, TODAY)).value
    assert whole["actual"] == round(spent, 2)  # type: ignore[arg-type]
    assert whole["actual"] + whole["ahead"] == whole["landing"]
    assert whole["low"] < whole["landing"] < whole["high"]
    sites = landing(demo, found, year, by=("site",)).frame
    assert abs(sites["landing"].sum() - whole["landing"]) < 1
    [earlier] = landing(demo, found, year, until=date(2026, 8, 1)).frame.to_dicts()
    assert earlier["actual"] < whole["actual"]
    assert abs(earlier["landing"] - whole["landing"]) < whole["landing"] / 50
    # The page What if starts from the same landing.
    base = foreseen(baseline_of(demo), landing(demo, found, year))
    assert abs(base.landing("USD") - whole["landing"]) < 1


def test_d3_how_much_is_volume(
    demo: Reader, read: Read, group: DemoGroup, code: Code, story: Tell
) -> None:
    """From budgets, visits and residents as written; what volume excuses of the surge is little."""
    flex = flex_budget(demo, MONTH)
    budget = pl.read_excel(group.folder / "budget/budget_FY2026.xlsx", infer_schema_length=0)
    month = budget.filter(
        pl.col("month").str.slice(0, 10) == "2026-10-01", pl.col("account") == "staffing"
    )
    planned = {r["site"]: (float(r["amount"]), float(r["volume"])) for r in month.to_dicts()}
    came = _volumes(read, code, list(planned))
    found = flex.frame.filter(pl.col("subject") == "staffing")
    assert found.height > 5
    for row in found.to_dicts():
        amount, volume = planned[row["site"]]
        expected = amount * row["variable"] * (came[row["site"]] / volume - 1)
        assert float(row["volume"]) == pytest.approx(expected, abs=0.01), row["site"]
    gap = ask(demo, "budget_variance", period=MONTH).value
    [whole] = flex.by().to_dicts()
    assert whole["volume"] + whole["spending"] == gap
    [surged] = found.filter(pl.col("site") == story("overtime_surge").sites[0]).to_dicts()
    assert surged["spending"] > 4 * abs(surged["volume"])


def _volumes(read: Read, code: Code, sites: list[str]) -> dict[str, float]:
    """Visits of October, or resident days where a site counts residents."""
    day = pl.col("date").str.to_date()
    visits = read("volumes/*.csv").filter(
        pl.col("measure") == "visits", day.is_between(MONTH.start, TODAY)
    )
    seen = visits.group_by("site").agg(pl.col("count").cast(pl.Float64).sum())
    pbj = read("payroll/pbj/*.csv").filter(pl.col("WorkDate").str.starts_with("202610"))
    lived = pbj.group_by("PROVNUM").agg(pl.col("MDScensus").cast(pl.Float64).sum())
    by_number = dict(lived.iter_rows())
    counts = dict(seen.iter_rows())
    for site in sites:
        if site not in counts:
            counts[site] = by_number[code("cms_pbj", site)]
    return counts


def test_d7_if_we_cut_agency_a_fifth_at_four_sites(
    demo: Reader, read: Read, paychex: pl.DataFrame, code: Code
) -> None:
    """From timesheets and payrolls as written: a fifth of the hours, at what own people cost.

    Own people cost their straight rate with leave in proportion: this payroll states no employer
    cost. The run rate of twelve months, for the two that are left of the year.
    """
    sheets = read("payroll/agency/*.csv").with_columns(
        pl.col("hours", "amount").cast(pl.Float64), day=pl.col("period_start").str.to_date()
    )
    sheets = sheets.filter(pl.col("day").is_between(YEAR.start, YEAR.stop))
    most = sheets.group_by("site").agg(pl.col("amount").sum()).sort("amount", descending=True)
    sites = most["site"].to_list()[:4]
    lines = paychex.filter(pl.col("month").is_between(YEAR.start, YEAR.stop))
    expected = 0.0
    for site in sites:
        own = lines.filter(pl.col("Org") == code("paychex_flex", site))
        hired = sheets.filter(pl.col("site") == site).group_by("role").agg(
            pl.col("hours", "amount").sum()
        )  # fmt: skip
        for role, hours, amount in hired.iter_rows():
            pay = own.filter(pl.col("Labor Assignment") == role).group_by("Pay Component").agg(
                pl.col("Hours", "Amount").sum()
            )  # fmt: skip
            paid = {name: (h, a) for name, h, a in pay.iter_rows()}
            straight, leave = paid["Regular"], paid["Holiday"][1] + paid["PTO"][1]
            hour = straight[1] / straight[0] * (1 + leave / straight[1])
            expected += -0.2 * AHEAD / 12 * (amount - hours * hour)
    text = f"agency:-20%@site={'/'.join(sites)},from=2026-11"
    outcome = what_if(baseline_of(demo), Scenario.parse(text))
    assert expected < -1000
    assert float(outcome.change("USD")) == pytest.approx(expected, abs=0.05)
    assert outcome.landing("USD") - outcome.baseline.landing("USD") == outcome.change("USD")
    changed = outcome.frame()
    assert set(changed["site"]) == set(sites)
    assert set(changed["subject"]) == {"staffing"}


def test_d8_what_if_volume_falls_five_per_cent(demo: Reader) -> None:
    """Labour falls by the share that follows volume, bonuses not at all; supplies by 90 %."""
    baseline = baseline_of(demo)
    outcome = what_if(baseline, Scenario.parse("volume:-5"))
    fell = {
        (site, subject): float(amount)
        for site, subject, amount in outcome.frame()
        .group_by("site", "subject")
        .agg(pl.col("amount").sum())
        .iter_rows()
    }
    assert {subject for _, subject in fell} == {"staffing", "supplies"}
    staffed = {c.site: float(c.variable) for c in baseline.cells if c.subject == "staffing"}
    for subject, metric in (("staffing", "labor_cost"), ("supplies", "supply_burn")):
        found = _monthly(demo, metric)
        bonus = _monthly(demo, metric, {"pay_class": ["bonus"]}) if subject == "staffing" else {}
        for site in {s for s, sub in fell if sub == subject}:
            share = staffed[site] if subject == "staffing" else 0.9
            follows = found[site] - bonus.get(site, 0.0)
            assert fell[site, subject] == pytest.approx(-0.05 * share * AHEAD * follows, abs=0.05)
    homes = [s for s in staffed if baseline.places[s].kind == "Nursing home"]
    assert homes
    for site in homes:  # residents come and go too little to tell: the setting stands
        assert staffed[site] == 0.4
    labour = sum(amount for (_, subject), amount in fell.items() if subject == "staffing")
    whole = sum(float(c.amount) for c in baseline.cells if c.subject == "staffing")
    assert -0.05 * whole < labour < 0


def test_the_baseline_is_what_the_months_cost_to_the_cent(demo: Reader) -> None:
    """Hours times rates, put together again, are the mean of the months' cost, at every site."""
    cells = [c for c in baseline_of(demo).cells if c.month == date(2026, 11, 1)]
    for subject, metric in (("staffing", "labor_cost"), ("supplies", "supply_burn")):
        means = _monthly(demo, metric)
        made = {c.site: float(c.amount) for c in cells if c.subject == subject}
        assert len(made) > 5
        assert made == {site: pytest.approx(means[site], abs=0.005) for site in made}


def _monthly(
    demo: Reader, metric: str, where: dict[str, list[str]] | None = None
) -> dict[str, float]:
    """A cost's mean over the year's months whose export came whole, by site."""
    whole = ask(demo, metric, period=YEAR, by=("site", "month")).frame
    whole = whole.filter(pl.col("value").is_not_null(), pl.col("present") >= pl.col("expected"))
    months = dict(whole.group_by("site").len().iter_rows())
    found = ask(demo, metric, period=YEAR, by=("site", "month"), where=where).frame
    kept = found.drop_nulls("numerator").join(whole.select("site", "start"), on=["site", "start"])
    sums = kept.group_by("site").agg(pl.col("numerator").cast(pl.Float64).sum())
    return {site: amount / months[site] for site, amount in sums.iter_rows()}


UNPLACED = """\
site,document,line,date,account,supplier,amount,currency
NEW,Z-1,1,2026-10-05,5999,Brightway,1234.50,USD
NEW,Z-2,1,2026-10-06,5999,Brightway,100.00,USD
"""


def test_a4_which_codes_are_unmapped_and_how_much_hangs_on_them(
    demo: Reader, demo_home: Path, tmp_path: Path
) -> None:
    """The group's own codes are all placed; a new site's invoices wait with their money."""
    assert unmapped(demo).is_empty()
    home = Home(tmp_path / "copy")
    copytree(demo_home, home.root, ignore=lambda folder, _: ["inbox"])
    spent = ask(demo, "spend", period=MONTH).value
    outcome = load_text(home.root, UNPLACED, "invoices_new.csv")
    assert outcome.status == "loaded"
    queue = {row["kind"]: row for row in unmapped(_published(home)).to_dicts()}
    assert queue["site"]["code"] == "NEW"
    assert queue["account"]["code"] == "5999"
    assert {row["money"] for row in queue.values()} == {Decimal("1334.50")}
    reader = open_build(home)
    assert ask(reader, "spend", period=MONTH).value == spent + Decimal("1334.50")  # type: ignore[operator]
    map_site(reader, home, str(queue["site"]["system"]), "NEW", "ELM")
    assert unmapped(_published(home))["kind"].to_list() == ["account"]


def _published(home: Home) -> Reader:
    from pipelines.warehouse.publish import publish

    with record_of(home.root) as record:
        publish(record)
    return open_build(home)


def test_a8_can_i_have_the_data(demo: Reader, demo_home: Path, tmp_path: Path) -> None:
    """As CSV and as Parquet, with the page's filters: the same rows as the question's."""
    asked = ask(
        demo, "labor_cost", period=YEAR, by=("site", "month"), where={"site_kind": ["Clinic"]}
    ).frame
    assert asked.height > 50
    chosen = ("kpi", "labor_cost", "--by", "site,month", "--where", "site_kind=Clinic",
              "--from", "2025-11-01", "--to", "2026-10-31", "--home", demo_home)  # fmt: skip
    path = tmp_path / "cost.parquet"
    assert rounds(*chosen, "--format", "parquet", "--out", path).exit_code == 0
    taken = pl.read_parquet(path)
    assert taken["site"].to_list() == asked["site"].to_list()
    assert taken["value"].to_list() == asked["value"].to_list()
    text = rounds(*chosen, "--format", "csv").stdout
    rows = pl.read_csv(io.StringIO(text), infer_schema=False)
    assert [Decimal(v) if v else None for v in rows["value"]] == asked["value"].to_list()
