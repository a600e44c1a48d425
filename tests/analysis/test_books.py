"""Pay and bills against the general ledger, on figures that can be added up by eye.

6000 and 6100 are accounts of staffing, 6200 is one of supplies: the accounts that come with Rounds
say so. 1500 and 7000 are in nobody's plan; bills are booked to 1500, none to 7000.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.analysis.books import NO_BILLS, NO_LEDGER, NO_PAY, STAFFING, books
from pipelines.calendar import Period
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import Reader
from tests.analysis.test_lists import build
from tests.loading import rounds

AUTUMN = Period(date(2026, 9, 1), date(2026, 10, 31))
SITES = "site,name,kind,region\nOAK,Oakdale,Clinic,North\nELM,Elmwood,Clinic,South\n"
LABOR = """site,period_start,period_end,role,kind,pay_class,hours,amount,currency
OAK,2026-09-01,2026-09-30,RN,employee,regular,100,1000.00,USD
OAK,2026-09-01,2026-09-30,RN,agency,regular,10,200.00,USD
OAK,2026-10-01,2026-10-31,RN,employee,regular,100,1100.40,USD
ELM,2026-10-01,2026-10-31,RN,employee,regular,100,900.00,USD
"""
SPEND = """site,document,line,date,account,supplier,amount,currency
OAK,A,1,2026-09-10,6200,Acme,50.00,USD
OAK,B,1,2026-10-10,6200,Acme,70.00,USD
OAK,C,1,2026-10-12,6200,Acme,-20.00,USD
OAK,D,1,2026-10-12,1500,Acme,500.00,USD
ELM,E,1,2026-10-12,6100,Acme,40.00,USD
"""
LEDGER = """site,account,month,amount,currency
OAK,6000,2026-09-01,1000.00,USD
OAK,6100,2026-09-01,200.00,USD
OAK,6200,2026-09-01,45.00,USD
OAK,6000,2026-10-01,1100.00,USD
OAK,6200,2026-10-01,50.00,USD
OAK,7000,2026-10-01,333.00,USD
ELM,6000,2026-09-01,880.00,USD
"""


@pytest.fixture
def reader(home: Path) -> Reader:
    return build(home, sites=SITES, labor=LABOR, spend=SPEND, ledger=LEDGER)


def test_each_line_is_compared_to_the_cent(reader: Reader) -> None:
    """September: 1,000 + 200 of pay on both sides, 50 of bills against 45: 5 more.

    October at OAK: 1,100.40 against 1,100.00 (0.40 is rounding), 70 − 20 of supplies against 50,
    and 500 of which the ledger has nothing. ELM's ledger of October and pay of September are not
    there; an agency's bill is no line of its own, for it is a part of staffing.
    """
    told = {
        (row["site"], row["month"].month, row["account"]): (
            row["ledger"], row["ours"], row["apart"], row["reason"],
        )
        for row in books(reader, AUTUMN).rows.iter_rows(named=True)
    }  # fmt: skip
    d = Decimal
    assert told == {
        ("OAK", 9, None): (d(1200), d(1200), d(0), None),
        ("OAK", 9, "6200"): (d(45), d(50), d(5), None),
        ("OAK", 10, None): (d(1100), d("1100.4"), d("0.4"), None),
        ("OAK", 10, "6200"): (d(50), d(50), d(0), None),
        ("OAK", 10, "1500"): (d(0), d(500), d(500), None),
        ("ELM", 9, None): (d(880), None, None, NO_PAY),
        ("ELM", 10, None): (None, d(900), None, NO_LEDGER),
    }


def test_the_furthest_apart_come_first_and_rounding_is_no_difference(reader: Reader) -> None:
    off = books(reader, AUTUMN).off
    assert off.select("account", "apart").rows() == [("1500", Decimal(500)), ("6200", Decimal(5))]


def test_accounts_are_summed_over_what_can_be_compared(reader: Reader) -> None:
    """Pay: 1,200 + 1,100 against 1,200 + 1,100.40; supplies: 45 + 50 against 50 + 50."""
    accounts = books(reader, AUTUMN).accounts.select("title", "ledger", "ours", "tie", "months")
    assert accounts.rows() == [
        (STAFFING, Decimal(2300), Decimal("2300.4"), 2, 2),
        ("1500", Decimal(0), Decimal(500), 0, 1),
        ("Medical supplies", Decimal(95), Decimal(100), 1, 2),
    ]


def test_accounts_that_nothing_speaks_of_are_named_apart(reader: Reader) -> None:
    others = books(reader, AUTUMN).others
    assert others.rows() == [("7000", "7000", "USD", Decimal(333))]


def test_a_month_without_any_invoice_is_not_one_of_zero(home: Path) -> None:
    """Bills have come for September only: what the ledger has of October can't be compared."""
    spend = "\n".join(SPEND.splitlines()[:2]) + "\n"
    found = books(build(home, sites=SITES, spend=spend, ledger=LEDGER), AUTUMN)
    october = found.rows.filter(account="6200", month=date(2026, 10, 1))
    assert october.select("ledger", "ours", "reason").rows() == [(Decimal(50), None, NO_BILLS)]


def test_sites_are_chosen_as_everywhere(reader: Reader) -> None:
    found = books(reader, AUTUMN, {"region": ["South"]})
    assert set(found.rows["site"]) == {"ELM"}


def test_who_may_not_see_pay_sees_no_ledger(reader: Reader) -> None:
    """The ledger holds salaries by account: it is theirs alone who may see pay."""
    found = books(reader.limited(Limits(pay=False)), AUTUMN)
    assert (found.rows.height, found.others.height) == (0, 0)


def test_the_command_says_how_many_agree(reader: Reader, home: Path) -> None:
    told = rounds("reconcile", "--home", home, "--from", "2026-09-01", "--to", "2026-10-31")
    assert told.exit_code == 0, told.output
    assert "3 of 5 sums of a site, month and account agree" in told.output
    months = ("--from", "2026-09-01", "--to", "2026-10-31")
    listed = rounds("reconcile", "--home", home, *months, "--rows", "--format", "csv")
    assert [line.split(",")[2] for line in listed.output.splitlines()[1:]] == ["1500", "6200"]


def test_without_a_ledger_the_command_says_what_to_load(home: Path) -> None:
    build(home, sites=SITES, spend=SPEND)
    told = rounds("reconcile", "--home", home)
    assert told.exit_code != 0
    assert "No general ledger has been loaded yet" in told.output
