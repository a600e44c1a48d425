"""The contracts page: notice dates, ceilings, suppliers, what looks paid twice, missing feeds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.analysis.contracts.commitments import ceilings
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened

# Notice for the cleaning was possible until 1 November, for the waste until 21 October.
REGISTER = """\
site,contract,title,vendor,start,end,notice_days,auto_renew,renewal_months,annual_value,ceiling,escalator
OAK,C1,Cleaning,Brightway,2026-01-01,2026-12-31,60,yes,12,24000,24000,3
ELM,C2,Lift service,LiftCo,2026-01-01,2027-01-30,30,no,,6000,,
OAK,C3,Waste,Cleanhaul,2025-11-21,2026-11-20,30,yes,12,1200,,
ELM,C4,Laundry,Whites,2026-01-01,2027-10-30,30,yes,24,,,
"""
# 21,000 of 24,000 for C1 in 304 of its 365 days: the ceiling comes on day 348.
INVOICES = """\
site,document,line,date,account,supplier,contract,amount
OAK,B-1,1,2026-01-05,contracts,Brightway,C1,12000
OAK,B-2,1,2026-10-05,contracts,Brightway,C1,9000
ELM,INV-7,1,2026-10-10,contracts,LiftCo,,500
ELM,INV-7A,1,2026-10-20,contracts,LiftCo,,500
"""
BUDGET = """\
site,version,account,month,amount
OAK,Original,contracts,2026-10-01,8500
ELM,Original,contracts,2026-10-01,900
"""


@pytest.fixture
def page(home: Path) -> Opened:
    load(home, register=REGISTER, invoices=INVOICES, budget=BUDGET)
    return opened("contracts")


def load(home: Path, **texts: str) -> None:
    small.load_all(home, {"sites.csv": small.SITES, **{f"{n}.csv": t for n, t in texts.items()}})


def test_what_price_rises_cost_is_told_as_far_as_it_is_known(home: Path) -> None:
    """By hand, from 1 January 2027: C1 of 240,000 rises by 3 % or 7,200; C2 by 10,000.

    C3 of 100,000 rises with an index that nobody supplied, by 2 to 5 %: 2,000 to 5,000. Of C4
    nothing is known, so that together it is 19,200 to 22,200 and C4.
    """
    register = """\
contract,title,vendor,start,end,annual_value,escalator,escalator_index,escalator_floor,escalator_cap,escalator_steps
C1,Cleaning,Brightway,2024-01-01,2029-12-31,240000,3,,,,
C2,Lift service,LiftCo,2024-01-01,2029-12-31,100000,,,,,2027-01-01 by 10000
C3,Waste,Cleanhaul,2024-01-01,2029-12-31,100000,,CPI-U,2,5,
C4,Laundry,Whites,2024-01-01,2029-12-31,100000,,CPI-U,,,
"""
    load(home, register=register, invoices=INVOICES, budget=BUDGET)
    page = opened("contracts")
    total = "$19k to $22k"
    assert f"Price rises cost {total} in 2027, of 1 contract not known yet" in page.headings
    rows = page.rows("Price rises by fiscal year")
    assert [row[:4] for row in rows] == [
        ["Lift service", "agreed steps", "$0", "$10k"],
        ["Cleaning", "+3.0\u202f%", "$0", "$7k"],
        ["Waste", "as CPI-U", "$0", "$2k to $5k"],
        ["Laundry", "as CPI-U", "$0", "not known yet"],
        ["All contracts in USD", "", "$0", f"{total}, 1 not known yet"],
    ]


def test_the_title_is_the_cost_and_its_gap(page: Opened) -> None:
    assert page.title == "Contracts cost $10k in October 2026, $600 over budget"
    assert "10.0\u202f% of what was spent on services, rent and repairs names no" in page.words


def test_notices_stand_soonest_first_with_what_follows(page: Opened) -> None:
    assert "2 contracts need notice within 90 days, $30k a year" in page.headings
    assert page.rows("Contracts by notice date") == [
        ["Cleaning", "$24k", "1 Nov 2026", "1 day left", "Oakdale", "+3.0\u202f%",
         "renews until 31 Dec 2027"],
        ["Lift service", "$6k", "31 Dec 2026", "61 days left", "Elmwood", "–",
         "lapses 30 Jan 2027"],
    ]  # fmt: skip
    tones = [row[3].get("tone", "plain") for row in page.cells("Contracts by notice date")]
    assert tones == ["concern", "plain"]
    assert "Days are counted from 31 October 2026." in page.words


def test_a_missed_notice_is_named_with_the_end_of_its_next_term(page: Opened) -> None:
    assert "1 renewal can no longer be stopped, $1k a year" in page.headings
    [row] = page.rows("Renewals that can no longer be stopped")
    assert row[:5] == ["Waste", "$1k", "21 Oct 2026", "20 Nov 2026", "20 Nov 2027"]


def test_a_ceiling_is_reached_on_a_day(page: Opened) -> None:
    assert "Cleaning reaches its ceiling on 14 December 2026 at the pace so far" in page.headings
    [row] = page.rows("Spend against ceilings")
    assert row == ["Cleaning", "$24k", "87.5\u202f%", "83.3\u202f%", "14 Dec 2026"]


def test_suppliers_stand_with_their_share_and_what_names_no_contract(page: Opened) -> None:
    assert page.rows("Spend by supplier") == [
        ["Brightway", "$9k", "90.0\u202f%", "0.0\u202f%"],
        ["LiftCo", "$1k", "10.0\u202f%", "100.0\u202f%"],
        ["All invoices in USD", "$10k", "100.0\u202f%", "10.0\u202f%"],
    ]


def test_both_invoices_stand_as_evidence(page: Opened) -> None:
    assert "1 invoice looks paid twice, $500.00 to recover" in page.headings
    [row] = page.cells("Invoices that look paid twice")
    assert [cell["text"] for cell in row] == ["LiftCo", "$500.00", "INV-7", "INV-7A", "Elmwood"]
    assert [row[2]["second"], row[3]["second"]] == ["10 Oct 2026", "20 Oct 2026"]


def test_currencies_are_never_one_sum(home: Path) -> None:
    pounds = INVOICES.replace("amount", "amount,currency").replace("00\n", "00,USD\n")
    pounds += "OAK,P-1,1,2026-10-07,contracts,Thames,,7000,GBP\n"
    load(home, register=REGISTER, invoices=pounds)
    page = opened("contracts")
    assert page.title == "Contracts cost £7k and $10k in October 2026"
    totals = [row for row in page.rows("Spend by supplier") if row[0].startswith("All")]
    assert [row[:2] for row in totals] == [
        ["All invoices in USD", "$10k"],
        ["All invoices in GBP", "£7k"],
    ]


def test_accounts_that_nobody_mapped_are_shown_as_invoices(home: Path) -> None:
    load(home, invoices=INVOICES.replace("contracts", "(86300) Bought care"))
    page = opened("contracts")
    assert page.title == "Invoices came to $10k in October 2026"
    assert "None of their accounts is mapped to a subject yet" in page.words
    assert page.rows("Spend by expense type")[0][:2] == ["(86300) Bought care", "$10k"]
    assert "no export has brought contracts register yet" in page.words


def test_a_register_without_values_and_periods_lists_its_ends(home: Path) -> None:
    bare = "site,contract,title,vendor,start,end\n,77,Software,Clever,2026-01-01,2026-12-31\n"
    load(home, invoices=INVOICES, register=bare)
    page = opened("contracts")
    assert "1 contract ends within 90 days" in page.headings
    assert page.rows("Contracts by notice date") == [
        ["Software", "31 Dec 2026", "61 days left", "Group level", "renewal not stated"]
    ]


def test_a_register_alone_is_the_page(home: Path) -> None:
    load(home, register=REGISTER)
    page = opened("contracts")
    assert "rounds template spend" in page.words
    assert "spend" not in page.labels


def test_without_both_one_sentence_says_what_would_fill_the_page(home: Path) -> None:
    small.sites(home)
    page = opened("contracts")
    assert page.title == "No contracts or invoices yet"
    assert "rounds template spend" in page.words


def test_a_term_older_than_the_invoices_is_an_estimate(home: Path) -> None:
    """From 1 July 2025 C9 has 730 days; invoices since October 2025 say 3,960 in 396 of 488 days.

    10 a day are 4,880 for the 488 days, of 7,000: 69.7 %, and the ceiling on day 700 of 730.
    """
    register = "site,contract,start,end,ceiling\nOAK,C9,2025-07-01,2027-06-30,7000\n"
    lines = "OAK,1,1,2025-10-01,contracts,A,C9,1000\nOAK,2,1,2026-10-01,contracts,A,C9,2960\n"
    head = "site,document,line,date,account,supplier,contract,amount\n"
    load(home, register=register, invoices=head + lines)
    [row] = ceilings(open_build(Home(home)), date(2026, 10, 31), {}).to_dicts()
    assert (row["whole"], row["spent"], row["since"]) == (False, 3960, date(2025, 10, 1))
    assert row["share"] == pytest.approx(4880 / 7000)
    assert row["reached"] == date(2027, 5, 31)


def test_the_planted_stories_stand_on_the_page(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    page = opened("contracts")
    first, *_ = page.rows("Contracts by notice date")
    assert first[0] == "Cleaning, Hazel Green"
    assert first[2:4] == ["12 Nov 2026", "12 days left"]
    [locked] = page.rows("Renewals that can no longer be stopped")
    assert locked[0] == "Cleaning, Elmwood"
    assert locked[3:5] == ["9 Nov 2026", "9 Nov 2027"]
    [twice] = page.rows("Invoices that look paid twice")
    assert twice[1] == "$2,480.00"
    assert twice[4] == "Harbor Point Urgent Care"


def test_what_payers_bring_in_is_not_added_to_what_contracts_cost(home: Path) -> None:
    head = "site,contract,title,vendor,kind,start,end,notice_days,annual_value\n"
    rows = "OAK,C1,Cleaning,Brightway,vendor,2026-01-01,2026-12-31,30,24000\n"
    rows += ",P1,Agreement,Bluefield,payer,2026-01-01,2026-12-31,30,9000000\n"
    load(home, invoices=INVOICES, register=head + rows)
    page = opened("contracts")
    assert "2 contracts need notice within 90 days, $24k a year" in page.headings
    payer, _ = page.cells("Contracts by notice date")
    assert payer[0]["second"] == "Bluefield · P1 · brings money in"


def test_a_long_list_ends_and_says_what_it_leaves_out(home: Path) -> None:
    """120 contracts need notice by 2 December 2026; the register of C1 to C4 lies beside."""
    more = "".join(
        f"ELM,N{number},Lease {number:03},Landlord,2026-01-01,2027-01-01,30,no,,100,,\n"
        for number in range(120)
    )
    load(home, register=REGISTER + more, invoices=INVOICES)
    page = opened("contracts")
    assert "122 contracts need notice within 90 days, $42k a year" in page.headings
    assert len(page.rows("Contracts by notice date")) == 100
    assert (
        "The first 100 of 122: choose a region, a kind of site or a site to see those of its own."
        in page.words
    )
    north = opened("contracts", region="North")
    assert len(north.rows("Contracts by notice date")) == 1
    assert "The first 100" not in north.words
