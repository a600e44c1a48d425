"""Every page as of an earlier load shows what it showed before the later files came.

A home of two clinics is loaded and published, and each page is kept as it stands. Then later files
state pay, prices, invoices, shelves, repairs and a contract anew. As of the last of the first loads
each page must be what was kept, to the last cell and link; without that, it must not.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal
from streamlit.testing.v1 import AppTest

from dashboard import then
from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.earlier import earlier
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import open_build
from tests.dashboard.opening import Opened, opened, published
from tests.loading import load_text

pytestmark = pytest.mark.xdist_group("then")  # its home is loaded once
PAGES = ("overview", "site", "staffing", "supplies", "facilities", "contracts", "budget",
         "what_if")  # fmt: skip
OFTEN = ("overview", "staffing", "budget", "what_if")  # the others rest on the same, and are soaked
SITES = """site,name,kind,region,beds,opened
OAK,Oakdale,Clinic,North,0,2019-01-01
ELM,Elmwood,Clinic,South,0,2019-01-01
"""
MONTHS = range(1, 11)
OURS = ("OAK", "ELM")


def days(month: int) -> tuple[str, str]:
    return f"2026-{month:02}-01", f"2026-{month:02}-{monthrange(2026, month)[1]}"


def labor(oak: int, elm: int) -> str:
    """Each month 1,440 hours of employees, and a tenth of all hours by an agency at a fifth more
    money an hour than the pay."""
    rows = ["site,period_start,period_end,role,kind,pay_class,hours,amount,currency"]
    for month in MONTHS:
        for site, amount in (("OAK", oak), ("ELM", elm)):
            when = ",".join(days(month))
            rows.append(f"{site},{when},RN,employee,regular,1440,{amount},USD")
            rows.append(f"{site},{when},RN,agency,regular,160,{amount // 5},USD")
    return "\n".join(rows) + "\n"


def moves(cost: int) -> str:
    return "site,date,reference,item,item_name,kind,quantity,unit,unit_cost,currency\n" + "".join(
        f"{site},2026-{month:02}-10,{site}{month},GLV,Gloves,issue,100,box,{cost},USD\n"
        for site in OURS for month in MONTHS
    )  # fmt: skip


def visits() -> str:
    return "site,date,measure,count\n" + "".join(
        f"{site},2026-{month:02}-{day:02},visits,{20 + month}\n"
        for site in OURS for month in MONTHS for day in range(1, monthrange(2026, month)[1] + 1)
    )  # fmt: skip


def spend(amount: int) -> str:
    return "site,document,line,date,account,area,supplier,contract,amount,currency\n" + "".join(
        f"{site},{site}-{month},1,2026-{month:02}-05,6210,Contracts,Brite,C1,{amount},USD\n"
        for site in OURS for month in MONTHS
    )  # fmt: skip


def budget(amount: int) -> str:
    return "site,version,account,month,amount,currency\n" + "".join(
        f"{site},FY2026 original,{account},2026-{month:02}-01,{amount},USD\n"
        for site in OURS for month in range(1, 13)
        for account in ("staffing", "supplies", "contracts")
    )  # fmt: skip


def stock(oak: int) -> str:
    return (
        "site,as_of,item,item_name,quantity,unit\n"
        f"OAK,2026-10-31,GLV,Gloves,{oak},box\nELM,2026-10-31,GLV,Gloves,900,box\n"
    )


def works(state: str, done: str) -> str:
    return (
        "site,work_order,title,kind,priority,category,risk,status,created,due,completed\n"
        "OAK,1,Autoclave leaks,repair,High,Biomedical,high,open,2026-10-21 09:00,"
        "2026-10-28 17:00,\n"
        f"ELM,4,Drain blocked,repair,Low,Plumbing,low,{state},2026-10-01 09:00,"
        f"2026-10-30 17:00,{done}\n"
    )


def contracts(revision: int, value: int) -> str:
    return (
        "site,contract,revision,title,vendor,kind,status,start,end,notice_days,auto_renew,"
        "renewal_months,annual_value,currency\n"
        f"OAK,C1,{revision},Cleaning,Brite,vendor,active,2025-01-01,2026-12-31,30,yes,12,{value},"
        "USD\n"
    )


FIRST = {
    "sites.csv": SITES, "labor.csv": labor(48_000, 24_000), "moves.csv": moves(10),
    "visits.csv": visits(), "spend.csv": spend(1_000), "budget.csv": budget(40_000),
    "stock.csv": stock(4), "works.csv": works("open", ""), "contracts.csv": contracts(0, 12_000),
}  # fmt: skip
LATER = {
    "labor2.csv": labor(58_000, 24_000), "moves2.csv": moves(12), "spend2.csv": spend(1_500),
    "stock2.csv": stock(700), "works2.csv": works("complete", "2026-10-20 09:00"),
    "contracts2.csv": contracts(1, 30_000),
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A home, the last of its first loads, and each page as it stood after that."""

    home: Path
    event: int
    pages: dict[str, list[str]]


def told(page: Opened) -> list[str]:
    """All that a page says, draws and links to, without when it was published."""
    parts = [page.title, *page.words.splitlines()]
    parts += [one.proto.json for one in page.test.get("bidi_component")]
    parts = [re.sub(r"[?&]as-of=\d+", "", re.sub(r"as-of=\d+&", "", part)) for part in parts]
    apart = ("As of ", "As it was known after load", "Meeting packs are made", "The pack of all ")
    return [part for part in parts if not part.startswith(apart)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    home = tmp_path_factory.mktemp("then") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROUNDS_HOME", str(home))
        load_all(home, FIRST)
        pages = {page: told(opened(page)) for page in PAGES}
        event = open_build(Home(home)).about.event
        load_all(home, LATER)
        yield Kept(home, event, pages)


@pytest.fixture(autouse=True)
def named(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(kept.home))


def load_all(home: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        outcome = load_text(home, text, name)
        assert outcome.status == "loaded", outcome
    published(Home(home))


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=() if p in OFTEN else pytest.mark.soak) for p in PAGES]
)
def test_a_page_as_of_a_load_is_what_it_was_then(kept: Kept, page: str) -> None:
    was = kept.pages[page]
    now = told(opened(page))
    assert now != was
    past = opened(page, **{then.PARAMETER: str(kept.event)})
    assert told(past) == was
    assert f"As it was known after load {kept.event}" in past.words


def test_its_figures_are_those_of_the_files_then(kept: Kept) -> None:
    """48,000 and 24,000 with a fifth of each for the agency: 86,400; later 98,400.

    Against 80,000 of budget that is 6,400 over, and later 18,400.
    """
    past, now = opened("staffing", **{then.PARAMETER: str(kept.event)}), opened("staffing")
    assert past.title == "Staffing cost $86k, $6k over budget in Oct 2026"
    assert now.title == "Staffing cost $98k, $18k over budget in Oct 2026"


def test_single_questions_say_the_same(kept: Kept) -> None:
    """What is made whole for pages is what `ask` works out from the rows believed then."""
    whole = open_build(Home(kept.home))
    period, by = Period(date(2026, 1, 1), date(2026, 10, 31)), ("site", "month")
    past = earlier(whole, kept.event)
    for metric in ("agency_share", "supply_burn", "open_issues", "total_cost", "hours_per_visit"):
        made = ask(past, metric, period=period, by=by).frame
        assert_frame_equal(made, ask(whole, metric, period=period, by=by, as_of=kept.event).frame)


def test_whoever_sees_one_site_sees_one_site_of_then(kept: Kept) -> None:
    seen = earlier(open_build(Home(kept.home)), kept.event).limited(
        Limits(sites=frozenset({"ELM"}))
    )
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    found = ask(seen, "labor_cost", period=october, by=("site",)).frame
    assert found.select("site", "value").rows() == [("ELM", Decimal(28_800))]
    assert seen.query("SELECT DISTINCT site FROM labor")["site"].to_list() == ["ELM"]


def test_links_and_numbers_keep_the_load(kept: Kept) -> None:
    past = opened("overview", **{then.PARAMETER: str(kept.event)})
    hrefs = re.findall(r'"(/[^"]*)"', " ".join(
        one.proto.json for one in past.test.get("bidi_component")))  # fmt: skip
    assert len(hrefs) >= 20
    inside = [href for href in hrefs if not href.startswith("/app/")]
    assert [href for href in inside if f"as-of={kept.event}" not in href] == []


def test_the_way_back_drops_the_load_alone(kept: Kept) -> None:
    past = opened("staffing", month="Sep 2026", **{then.PARAMETER: str(kept.event)})
    past.test.button(key="known-now").click().run()
    assert past.test.query_params["month"] in ("Sep 2026", ["Sep 2026"])
    assert then.PARAMETER not in past.test.query_params
    assert Opened(past.test).title.startswith("Staffing cost $98k")


def test_a_number_leads_back_to_the_scope_one_came_with(kept: Kept) -> None:
    test = AppTest.from_string(
        "import streamlit as st\nfrom dashboard import scope\n"
        "st.session_state[scope.CAME_WITH] = {'region': ['North'], 'as-of': ['1']}\n"
        "st.json(scope.remembered())\n"
    )
    test.query_params[then.PARAMETER] = str(kept.event)
    test.run()
    told = json.loads(test.json[0].value)
    assert {name: values for name, values in told.items() if values} == {
        "region": ["North"], then.PARAMETER: [str(kept.event)],
    }  # fmt: skip


def test_the_latest_load_shows_what_is_known_now(kept: Kept) -> None:
    latest = str(open_build(Home.find()).about.event)
    page = opened("staffing", **{then.PARAMETER: latest})
    assert page.title == opened("staffing").title
    assert "As it was known" not in page.words


@pytest.mark.parametrize("text", ["yesterday", "0", "1999-01-01"])
def test_what_is_no_load_is_answered_in_a_sentence(kept: Kept, text: str) -> None:
    test = AppTest.from_string(
        "from dashboard.guard import guarded\nfrom dashboard.views import staffing\n"
        "guarded(staffing.page)()\n",
        default_timeout=60,
    )
    test.query_params[then.PARAMETER] = text
    test.run()
    assert [fault.message for fault in test.exception] == []
    assert test.title[0].value == "This page can't be shown"
    assert test.button(key="known-now")
