"""Notice dates, ceilings, price rises and open orders, on registers that fit on a screen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.contracts.commitments import ceilings, notices
from pipelines.analysis.contracts.obligations import escalators, open_orders
from pipelines.calendar import Period, month_span
from pipelines.fiscal import Fiscal
from pipelines.ingest.run import ingest
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.metrics.conftest import Load, load

__all__ = ["load"]

DAY = date(2026, 10, 31)
SITES = "site name\nELM Elmwood"


def register(load: Load, rows: str) -> dict[str, dict[str, object]]:
    reader = load(sites=SITES, contracts=rows)
    found = notices(reader, DAY, {}, within=365).to_dicts()
    return {row["contract"]: row for row in found}


@pytest.mark.parametrize(
    ("end", "months", "ends", "follows"),
    [
        ("2026-12-31", 12, date(2026, 12, 31), date(2027, 12, 31)),  # not yet renewed
        ("2025-12-31", 12, date(2026, 12, 31), date(2027, 12, 31)),
        ("2026-09-30", 1, date(2026, 10, 31), date(2026, 11, 30)),  # it ends today
        ("2020-08-31", 6, date(2027, 2, 28), date(2027, 8, 31)),  # clamped, and back again
        ("2024-02-29", 12, date(2027, 2, 28), date(2028, 2, 29)),  # a leap day
        ("2025-02-28", 12, date(2027, 2, 28), date(2028, 2, 29)),
        # Three months from 31 October to 30 January; the next from 31 January, and the one after
        # begins on 30 April.
        ("2026-10-30", 3, date(2027, 1, 30), date(2027, 4, 29)),
        ("2025-10-31", 12, date(2026, 10, 31), date(2027, 10, 31)),
    ],
)
def test_what_renewed_by_itself_has_a_next_end(
    load: Load, end: str, months: int, ends: date, follows: date
) -> None:
    row = register(
        load,
        f"""
        site contract start      end   notice_days auto_renew renewal_months
        ELM  C-1      2019-01-01 {end} 0           yes        {months}
        ELM  C-2      2019-01-01 {end} 1           yes        {months}
        """,
    ).get("C-2")
    assert row is not None
    assert (row["end"], row["next_end"]) == (ends, follows)
    assert row["renewed"] == (date.fromisoformat(end) < DAY)


def test_a_contract_without_an_end_has_its_next_anniversary(load: Load) -> None:
    """Begun on 1 March 2024: its year ends on 28 February, and notice is due 60 days before."""
    rows = register(
        load,
        """
        site contract start      end notice_days auto_renew renewal_months
        ELM  C-1      2024-03-01 .   60          yes        .
        ELM  C-2      2024-03-01 .   60          no         .
        """,
    )
    assert set(rows) == {"C-1"}
    assert (rows["C-1"]["end"], rows["C-1"]["notice_date"]) == (
        date(2027, 2, 28),
        date(2026, 12, 30),
    )
    assert (rows["C-1"]["open_ended"], rows["C-1"]["next_end"]) == (True, None)


def test_business_days_of_notice_are_counted_back_from_the_term_s_end(load: Load) -> None:
    """Ten business days before Thursday, 31 December 2026, asked on 1 November.

    In dollars 30, 29, 28, 24, 23, 22, 21, 18, 17 and 16 December, for the 25th is a holiday; in
    euros the 17th is the tenth. C-3 renewed a year ago: its term ends on Saturday, 31 October
    2026, and then on Sunday, 31 October 2027; five business days before are 25 to 29 October.
    C-4 counts ten calendar days.
    """
    reader = load(
        sites=SITES,
        contracts="""
        site contract start end notice_days notice_unit auto_renew renewal_months currency
        ELM  C-1      2024-01-01 2026-12-31 10          business+days yes 12 USD
        ELM  C-2      2024-01-01 2026-12-31 10          business+days yes 12 EUR
        ELM  C-3      2023-11-01 2025-10-31 5           business+days yes 12 USD
        ELM  C-4      2024-01-01 2026-12-31 10          days yes 12 USD
        """,
    )
    found = notices(reader, date(2026, 11, 1), {}, within=365)
    told = dict(found.select("contract", "notice_date").iter_rows())
    assert told == {
        "C-1": date(2026, 12, 16),
        "C-2": date(2026, 12, 17),
        "C-3": date(2027, 10, 25),
        "C-4": date(2026, 12, 21),
    }
    due = ask(reader, "renewals_due", period=Period(date(2026, 9, 1), date(2026, 9, 17)))
    assert due.frame["value"][0] == 2  # until 16 December: C-1, and C-3 of the term to October


def test_months_of_notice_are_counted_back_anew_for_each_term(load: Load) -> None:
    """Asked on 31 October 2026; the days are those before the stated end.

    C-1's first term ended on 30 January 2026 and it renews by the month, so that the present term
    ends on 29 November: a month before is 29 October. C-2's ends on 31 December 2026: three months
    before is 30 September. C-3's first term ended on 30 April, 90 days after 30 January; the next
    nine months end on 31 January 2027: three months before is 31 October, and 90 days would be
    2 November. C-4's term ends on 31 May 2027: three months before is the last of February, which
    has no 31st. C-5's ends on 29 February 2028: twelve months before is 28 February 2027. C-6 is
    evergreen from 31 March 2024: its year ends on 30 March 2027, and a month before is the last of
    February again.
    """
    rows = register(
        load,
        """
        site contract start      end        notice_days notice_months auto_renew renewal_months
        ELM  C-1      2025-01-31 2026-01-30 30          1             yes        1
        ELM  C-2      2025-01-01 2025-12-31 92          3             yes        12
        ELM  C-3      2025-05-01 2026-04-30 90          3             yes        9
        ELM  C-4      2024-06-01 2025-05-31 92          3             yes        12
        ELM  C-5      2026-03-01 2028-02-29 366         12            yes        12
        ELM  C-6      2024-03-31 .          .           1             yes        .
        """,
    )
    assert {name: (row["end"], row["notice_date"]) for name, row in rows.items()} == {
        "C-1": (date(2026, 11, 29), date(2026, 10, 29)),
        "C-2": (date(2026, 12, 31), date(2026, 9, 30)),
        "C-3": (date(2027, 1, 31), date(2026, 10, 31)),
        "C-4": (date(2027, 5, 31), date(2027, 2, 28)),
        "C-5": (date(2028, 2, 29), date(2027, 2, 28)),
        "C-6": (date(2027, 3, 30), date(2027, 2, 28)),
    }


def test_the_group_s_own_holidays_are_no_business_days(load: Load, tmp_path: Path) -> None:
    """The table of the test above once more, for a group that is closed on three days.

    Tuesday the 22nd is in its settings, and Monday the 21st and Saturday the 19th in its file. In
    dollars ten business days before 31 December are then 30, 29, 28, 24, 23, 18, 17, 16, 15 and 14
    December; in euros, where the 25th is one, the last is the 15th. C-3 counts calendar days, and
    its notice, due on the 21st, is sent on Friday the 18th.
    """
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "settings.toml").write_text("[calendar]\nholidays = [2026-12-22]\n")
    (tmp_path / "small" / "holidays.csv").write_text(
        "date,name\n2026-12-21,Founders' day\n2026-12-19,Stocktaking\n"
    )
    reader = load(
        sites=SITES,
        contracts="""
        site contract start end notice_days notice_unit auto_renew renewal_months currency
        ELM  C-1      2024-01-01 2026-12-31 10          business+days yes 12 USD
        ELM  C-2      2024-01-01 2026-12-31 10          business+days yes 12 EUR
        ELM  C-3      2024-01-01 2026-12-31 10          days yes 12 EUR
        """,
    )
    found = notices(reader, date(2026, 11, 1), {}, within=365).sort("contract")
    assert found["notice_date"].to_list() == [
        date(2026, 12, 14), date(2026, 12, 15), date(2026, 12, 21),
    ]  # fmt: skip
    assert found["send_by"][2] == date(2026, 12, 18)
    due = ask(reader, "renewals_due", period=Period(date(2026, 9, 1), date(2026, 9, 15)))
    assert due.frame["value"][0] == 1  # until 14 December: C-1


def test_a_notice_due_on_a_sunday_is_sent_on_friday(load: Load) -> None:
    """25 days before the end of the year is Sunday 6 December; Thanksgiving is 35 days before."""
    rows = register(
        load,
        """
        site contract start      end        notice_days auto_renew currency
        ELM  C-1      2024-01-01 2026-12-31 25          yes        USD
        ELM  C-2      2024-01-01 2026-12-31 35          yes        USD
        ELM  C-3      2024-01-01 2026-12-31 35          yes        GBP
        """,
    )
    sent = {name: row["send_by"] for name, row in rows.items()}
    assert sent == {"C-1": date(2026, 12, 4), "C-2": date(2026, 11, 25), "C-3": date(2026, 11, 26)}


def test_the_measures_count_what_renewed_by_itself(load: Load) -> None:
    """At 31 October: C-1, whose stated end was a year ago, needs notice by 1 December; C-2's was
    missed on 1 October and locks it to 30 November 2027; C-3 lapsed; C-4 was terminated.
    """
    reader = load(
        sites=SITES,
        contracts="""
            site contract end        notice_days auto_renew renewal_months annual_value status
            ELM  C-1      2025-12-31 30          yes        12             100          active
            ELM  C-2      2024-11-30 60          yes        12             200          active
            ELM  C-3      2025-12-31 30          no         12             400          active
            ELM  C-4      2025-12-31 30          yes        12             800          terminated
        """,
    )
    october = month_span(DAY)
    values = {
        name: ask(reader, name, period=october).value
        for name in ("renewals_due", "renewals_due_value", "locked_renewals", "auto_renew_value")
    }
    assert values == {
        "renewals_due": 1, "renewals_due_value": 100, "locked_renewals": 1,
        "auto_renew_value": 300,
    }  # fmt: skip
    rows = {row["contract"]: row for row in notices(reader, DAY, {}).to_dicts()}
    assert set(rows) == {"C-1", "C-2"}
    assert (rows["C-2"]["locked"], rows["C-2"]["next_end"]) == (True, date(2027, 11, 30))


def spent(*amounts: int) -> str:
    """Invoices of C-1 on the last day of the months from January 2026."""
    ends = (
        "01-31",
        "02-28",
        "03-31",
        "04-30",
        "05-31",
        "06-30",
        "07-31",
        "08-31",
        "09-30",
        "10-31",
    )
    lines = [
        f"ELM D-{at} 1 2026-{end} A C-1 {amount}"
        for at, (end, amount) in enumerate(zip(ends, amounts, strict=False))
    ]
    return "site document line date supplier contract amount\n" + "\n".join(lines)


CEILING = """
    site contract start      end        ceiling
    ELM  C-1      2026-01-01 2026-12-31 3640
"""


def test_a_ceiling_is_reached_on_a_day_with_a_range(load: Load) -> None:
    """3,040 in the 304 days to October: 10 a day, so the other 600 last 60 days, to 30 December."""
    uneven = load(
        sites=SITES,
        contracts=CEILING,
        spend=spent(310, 180, 410, 300, 210, 400, 210, 310, 400, 310),
    )
    [row] = ceilings(uneven, DAY, {}).to_dicts()
    assert (row["spent"], row["reached"]) == (3040, date(2026, 12, 30))
    assert row["a_year"] == pytest.approx(3650)
    assert row["early"] < row["reached"]
    assert row["late"] is None  # it may also not be reached in this term


def test_a_steady_charge_reaches_its_ceiling_on_one_day(load: Load) -> None:
    """Steps of thirty days hold one charge of 300 each but the last two, which share August's."""
    reader = load(sites=SITES, contracts=CEILING.replace("3640", "3100"), spend=spent(*[300] * 10))
    [row] = ceilings(reader, DAY, {}).to_dicts()
    assert row["early"] <= row["reached"] <= row["late"]
    assert (row["late"] - row["early"]).days <= 7


def test_a_ceiling_out_of_reach_or_passed_has_no_day(load: Load) -> None:
    far = load(sites=SITES, contracts=CEILING, spend=spent(*[100] * 10))
    [row] = ceilings(far, DAY, {}).to_dicts()
    assert (row["reached"], row["early"], row["late"]) == (None, None, None)


def test_rises_by_fiscal_year(load: Load) -> None:
    """C-1 of 36,500 rises by 3 % each 1 January: 0, 1,095 and 2,222.85 more in 2026, 2027 and 2028.

    C-2 ends in June 2027: 181 days of 100 with 3 % on top. C-3 is a payer's.
    """
    reader = load(
        sites=SITES,
        contracts="""
            site contract start      end        auto_renew annual_value escalator kind
            ELM  C-1      2024-01-01 2027-06-30 yes        36500        3         vendor
            ELM  C-2      2024-01-01 2027-06-30 no         36500        3         lease
            ELM  C-3      2024-01-01 2027-06-30 yes        36500        3         payer
        """,
    )
    found = escalators(reader, DAY, {}).select("fiscal_year", "contract", "base", "rise").rows()
    assert found == [
        (2026, "C-1", Decimal("36500.00"), Decimal("0.00")),
        (2026, "C-2", Decimal("36500.00"), Decimal("0.00")),
        (2027, "C-1", Decimal("36500.00"), Decimal("1095.00")),
        (2027, "C-2", Decimal("18100.00"), Decimal("543.00")),
        (2028, "C-1", Decimal("36500.00"), Decimal("2222.85")),
        (2028, "C-2", Decimal("0.00"), Decimal("0.00")),
    ]
    july = escalators(reader, DAY, {}, fiscal=Fiscal(month=7), years=1)
    assert july["start"].to_list() == [date(2026, 7, 1)] * 2
    # From 1 January 2027, in the fiscal year to June 2027: 181 days of 3 a day.
    assert july["rise"].to_list() == [Decimal("543.00")] * 2


def test_steps_and_indexes_by_fiscal_year(load: Load, tmp_path: Path) -> None:
    """C-1 of 36,500 rises by 10 % on 1 January 2027, then by 1,000: 3,650 more, then 4,650.

    C-2 follows CPI-U from 1 January: its Novembers of 2025 and 2026 are 200 and 205, 2.5 % or
    912.50 more; with 2 to 4 % in 2028 it costs 36,500 x 1.025 x 1.02 - 36,500 = 1,660.75 to
    2,409.00 more. C-3 follows it without bounds: 2028 is not known. None of them is in the measure
    of one yearly step, which has C-4's 3 % of 1,000.
    """
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "indexes.csv").write_text(
        "index,month,value\nCPI-U,2025-11,200\nCPI-U,2026-11,205\n"
    )
    rows = [
        {"site": "ELM", "contract": "C-1", "annual_value": "36500", "escalator": "3",
         "escalator_steps": "2027-01-01 10%; 2028-01-01 by 1000"},
        {"site": "ELM", "contract": "C-2", "annual_value": "36500", "escalator_index": "CPI-U",
         "escalator_floor": "2", "escalator_cap": "4"},
        {"site": "ELM", "contract": "C-3", "annual_value": "36500", "escalator_index": "cpi u"},
        {"site": "ELM", "contract": "C-4", "annual_value": "1000", "escalator": "3"},
    ]  # fmt: skip
    span = {"start": "2024-01-01", "end": "2030-12-31"}
    reader = load(sites=SITES, contracts=[row | span for row in rows])
    found = escalators(reader, DAY, {}).filter(pl.col("contract") != "C-4").sort("contract")
    names = "contract", "fiscal_year", "rise", "low", "high"
    assert found.filter(pl.col("fiscal_year") > 2026).select(names).rows() == [
        ("C-1", 2027, Decimal("3650.00"), Decimal("3650.00"), Decimal("3650.00")),
        ("C-1", 2028, Decimal("4650.00"), Decimal("4650.00"), Decimal("4650.00")),
        ("C-2", 2027, Decimal("912.50"), Decimal("912.50"), Decimal("912.50")),
        ("C-2", 2028, None, Decimal("1660.75"), Decimal("2409.00")),
        ("C-3", 2027, Decimal("912.50"), Decimal("912.50"), Decimal("912.50")),
        ("C-3", 2028, None, None, None),
    ]
    assert ask(reader, "escalator_cost", period=month_span(DAY)).value == 30


def test_steps_that_are_none_and_bounds_that_cross_are_set_aside(tmp_path: Path) -> None:
    head = "contract,escalator_steps,escalator_floor,escalator_cap"
    lines = [
        "C-1,2027-07-01 3%; 2028-07-01 by 1200; 2029-07-01 to 90000.50,2,5",
        "C-2,3% a year,,", "C-3,2027-02-30 3%,,", "C-4,,5,2",
    ]  # fmt: skip
    (tmp_path / "contracts.csv").write_text("\n".join([head, *lines]) + "\n")
    with Record.open(Home(tmp_path / "home")) as record:
        ingest(record, [tmp_path / "contracts.csv"])
        aside = record.rows('SELECT record, "column" FROM quarantine ORDER BY record')
    # Records are counted from the headings on.
    assert aside == [(3, "escalator_steps"), (4, "escalator_steps"), (5, "escalator_cap")]


def test_open_orders_stand_on_the_account_of_their_contract_or_supplier(load: Load) -> None:
    reader = load(
        sites=SITES,
        spend="""
            site document line date       account supplier contract amount
            ELM  D-1      1    2026-09-30 Rent     Acme     C-1      50
            ELM  D-2      1    2026-09-30 Supplies Acme     .        900
        """,
        purchases="""
            site order line ordered_on supplier item quantity invoiced unit_price contract
            ELM  P-1   1    2026-10-02 Acme     GLV  10       4        5          .
            ELM  P-2   1    2026-10-03 Acme     GLV  10       0        7          C-1
            ELM  P-3   1    2026-10-04 Newco    GLV  10       0        1          .
            ELM  P-4   1    2026-11-04 Acme     GLV  10       0        9          .
            ELM  P-5   1    2026-10-04 Acme     GLV  10       12       9          .
        """,
    )
    found = open_orders(reader, DAY, {}).select("supplier", "account", "amount").rows()
    assert found == [("Acme", "Rent", 70), ("Acme", "Supplies", 30), ("Newco", None, 10)]
    assert ask(reader, "open_commitments", period=month_span(DAY)).value == 110


def test_the_demo_group_s_open_orders_are_its_commitments(demo_home: Path) -> None:
    reader = open_build(Home(demo_home))
    total = ask(reader, "open_commitments", period=month_span(DAY)).value
    found = open_orders(reader, DAY, {})
    assert found["amount"].sum() == total
    assert set(found["account"]) == {"Medical supplies"}
