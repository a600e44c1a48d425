"""What packs say: the findings, and that their figures are the screen's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines import format as fmt
from pipelines.calendar import month_span
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.packs.content import Chart, Pack, Page, Table
from pipelines.packs.make import packs
from pipelines.settings import Group
from pipelines.warehouse.reader import Reader
from tests.dashboard.opening import opened
from tests.metrics.conftest import Load
from tests.packs.conftest import BUDGET, OCTOBER, SITES, SPEND, made


def page(pack: Pack, name: str) -> Page:
    [found] = [one for one in pack.pages if one.name == name]
    return found


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in (*table.rows, *table.total)]


def tables(page: Page) -> list[Table]:
    return [block for block in page.blocks if isinstance(block, Table)]


@pytest.fixture
def two(load: Load) -> Reader:
    return load(sites=SITES, spend=SPEND, budget=BUDGET)


def test_a_small_group_s_month_and_year(two: Reader) -> None:
    """October: 1,400 against 1,400. September: 1,250 against 1,400, so 150 under in the year."""
    pack = made(two)
    month, year = page(pack, "Month"), page(pack, "Year to date")
    assert month.title == "October 2026 cost $1k, on budget"
    assert year.title == "January to October 2026 cost $3k, $150 under budget"
    [table] = tables(month)
    assert [row[0].text for row in table.rows] == ["Contracts"]
    values = [cell.value for cell in table.total[0]]
    assert values[1:4] == [Decimal(1400), Decimal(1400), Decimal(0)]
    [chart] = [block for block in page(pack, "Sites").blocks if isinstance(block, Chart)]
    # Oakdale: 1,800 against 1,800; Elmwood: 850 against 1,000.
    assert chart.categories == ("Oakdale", "Elmwood")
    assert chart.series[0].values == (0.0, -150.0)
    assert chart.labels == ("$0", "−$150")


def test_the_first_page_says_what_the_screen_says(
    demo_home: Path, director: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    screen = opened("overview", month="Oct 2026")
    assert director.title == screen.title
    shown = [(item["sentence"], item["money"]) for item in screen.items("attention_list")]
    [table] = tables(page(director, "Attention"))
    assert len(shown) == 8  # the others are one click away
    assert [(row[1].text, row[2].text) for row in table.rows][:8] == shown


def test_the_year_s_pages_say_what_the_budget_page_says(
    demo_home: Path, director: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    screen = opened("budget", month="Oct 2026")
    year = page(director, "Year to date")
    assert year.title == screen.title
    shown = [row[:5] for row in screen.rows("Budget and actual by subject")]
    assert texts(tables(year)[0]) == shown
    landed = [row[:5] for row in screen.rows("Landing by subject")]
    assert texts(tables(page(director, "Landing"))[0]) == landed
    assert page(director, "Landing").title in screen.headings
    flexed = screen.rows("The budget for the volume")
    assert texts(tables(page(director, "Volume"))[0]) == flexed


def test_figures_are_the_answers_of_ask(demo: Reader, director: Pack) -> None:
    whole = ask(demo, "total_cost", period=month_span(OCTOBER), compare=("budget", "year"))
    row = whole.frame.row(0, named=True)
    [table] = tables(page(director, "Month"))
    assert [cell.value for cell in table.total[0]][1:4] == [row["value"], row["budget"], row["gap"]]
    assert table.total[0][1].text == fmt.thousands(row["value"])
    assert sum(r[1].value for r in table.rows) == row["value"]


def test_every_page_has_a_finding_and_every_chart_its_words(director: Pack) -> None:
    assert len({one.name for one in director.pages}) == len(director.pages)
    for one in director.pages:
        assert len(one.title.split()) > 3
        assert one.title != one.name
        for chart in (block for block in one.blocks if isinstance(block, Chart)):
            assert any(character.isdigit() for character in chart.alt)
            assert {len(line.values) for line in chart.series} == {len(chart.categories)}


def test_definitions_cover_what_the_pages_use(director: Pack) -> None:
    uses = {name for one in director.pages for name in one.uses}
    assert len(director.definitions) == len(uses) > 5
    assert all(one.definition.endswith(".") for one in director.definitions)


def test_a_regional_pack_covers_its_region_and_no_other(demo: Reader) -> None:
    made_all = list(packs(demo, Group(), OCTOBER, "regional"))
    regions = [pack.place for pack in made_all]
    assert regions == sorted(set(regions))
    sites = [set(pack.facts.costs["site"]) for pack in made_all]
    assert all(not (a & b) for i, a in enumerate(sites) for b in sites[:i])
    cost = sum(pack.totals.costs["USD", "All subjects", "month"]["cost"] for pack in made_all)
    whole = ask(demo, "total_cost", period=month_span(OCTOBER)).value
    group_level = ask(
        demo, "total_cost", period=month_span(OCTOBER), where={"region": ["Group level"]}
    ).value
    assert cost + (group_level or 0) == whole


def test_a_visit_is_two_pages_of_the_site_alone(demo: Reader) -> None:
    pack = made(demo, audience="site", site="WLB")
    assert [one.name for one in pack.pages] == ["Visit", "What waits"]
    assert pack.place == "Willow Bend Nursing Home"
    assert set(pack.facts.costs["site"]) == {"WLB"}


def test_a_group_without_budget_or_payroll_has_a_pack_too(load: Load) -> None:
    pack = made(load(sites=SITES, spend=SPEND))
    assert pack.title == "October 2026 cost $1k"
    assert "Year to date" not in [one.name for one in pack.pages]
    [table] = tables(page(pack, "Month"))
    assert [cell.text for cell in table.total[0]][2:4] == ["–", "–"]


@pytest.mark.parametrize(
    ("audience", "of", "said"),
    [
        ("regional", {"region": "Nowhere"}, "no region of that name"),
        ("site", {}, "Say which site"),
        ("site", {"site": "Nowhere"}, "No site has that code or name"),
        ("board", {}, "There is no pack for board"),
    ],
)
def test_a_scope_that_isn_t_there_is_refused(
    two: Reader, audience: str, of: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageProblem, match=said):
        list(packs(two, Group(), OCTOBER, audience, **of))


def test_a_month_without_data_is_refused(two: Reader) -> None:
    with pytest.raises(UsageProblem, match="Nothing is known of Jan 2020"):
        list(packs(two, Group(), date(2020, 1, 1), "director"))
