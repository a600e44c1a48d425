"""From typed columns to the rows of feeds: constants, counts, shifts, slices, several feeds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from pipelines.ingest.facts import build_facts
from tests.ingest.reading import PROFILES, conformed, found, profile_of

SECRET = b"k" * 32
BILLS = """
[columns.supplier]
headings = ["Supplier"]
[columns.number]
headings = ["No"]
[columns.end]
headings = ["Period end"]
kind = "date"
[columns.hours]
headings = ["Hours"]
kind = "number"
[columns.amount]
headings = ["Amount"]
kind = "money"
[columns.money]
headings = ["Currency"]
"""


def built(folder: Path, facts: str, text: str, top: str = "") -> dict[str, pl.DataFrame]:
    profile = profile_of(folder, f"{top}\n{BILLS}\n{facts}")
    table, _ = conformed(found(folder, text), profile)
    return build_facts(table.values, profile, currency="USD", secret=SECRET)


LINES = "Supplier,No,Amount,Currency\nA,1,5,\nA,1,6,gbp\nB,1,7,EUR\nA,2,x,\nA,1,8,\n"
SPEND = """
[[facts]]
feed = "spend"
document = "number"
line = { count = ["supplier", "number"] }
description = "{supplier} {number}"
amount = "amount"
currency = "money"
"""


def test_lines_are_counted_texts_composed_and_currencies_filled(tmp_path: Path) -> None:
    rows = built(tmp_path, SPEND, LINES)["spend"]
    assert rows.select("record", "line", "description", "currency").rows() == [
        (2, "1", "A 1", "USD"),
        (3, "2", "A 1", "GBP"),
        (4, "1", "B 1", "EUR"),
        (5, "1", "A 2", "USD"),
        (6, "3", "A 1", "USD"),
    ]
    assert rows.schema["amount"] == pl.Decimal(18, 4)


def test_a_profiles_currency_wins_over_the_groups(tmp_path: Path) -> None:
    rows = built(tmp_path, SPEND, LINES, 'currency = "CHF"')["spend"]
    assert rows["currency"].to_list() == ["CHF", "GBP", "EUR", "CHF", "CHF"]


LABOR = """
[[facts]]
feed = "labor"
site = "supplier"
period_start = { column = "end", shift = -13 }
period_end = { column = "end", month_end = true }
skip_blank = "hours"
across = [
  { hours = "hours", pay_class = "=regular" },
  { hours = { column = "hours", negate = true }, pay_class = "=other" },
  { amount = "amount", pay_class = "=bonus" },
]
"""


def test_across_shift_month_end_negate_and_skipped_blanks(tmp_path: Path) -> None:
    text = "Supplier,Period end,Hours,Amount\nE,2026-10-03,8,1\nF,2026-10-03,,2\n"
    rows = built(tmp_path, LABOR, text)["labor"]
    shown = rows.select("record", "fact", "period_start", "period_end", "hours", "amount").rows()
    start, end = date(2026, 9, 20), date(2026, 10, 31)
    assert [tuple(str(c) for c in row) for row in shown] == [
        tuple(str(c) for c in row)
        for row in [
            (2, 1, start, end, "8.0000", None),
            (2, 2, start, end, "-8.0000", None),
            (2, 3, start, end, None, "1.0000"),
            (3, 3, start, end, None, "2.0000"),
        ]
    ]


def test_shifts_of_a_column_that_the_file_has_not(tmp_path: Path) -> None:
    rows = built(tmp_path, LABOR, "Supplier,Hours\nE,8\n")["labor"]
    assert rows["period_end"].to_list() == [None, None, None]


def test_a_slice_is_what_the_profile_says_and_never_runs_together(tmp_path: Path) -> None:
    text = "Supplier,No,Period end\na|b,c,2026-10-03\na,b|c,2026-10-03\na,b|c,\n"
    rows = built(tmp_path, SPEND, text, 'slice = ["supplier", "number", "@month:end"]')["spend"]
    first, second, third = rows["slice"].to_list()
    assert len({first, second, third}) == 3
    assert "2026-10-01" in first


def test_the_file_month_is_the_one_most_rows_fall_in(tmp_path: Path) -> None:
    text = "Supplier,Period end\nA,2026-10-03\nA,2026-11-01\nB,2026-10-30\n"
    top = 'slice = ["supplier", "@file_month"]\nfile_month = "end"'
    rows = built(tmp_path, SPEND, text, top)["spend"]
    a, again, b = rows["slice"].to_list()
    assert a == again != b
    assert a.endswith("2026-10-01")


def test_one_record_fills_several_feeds(tmp_path: Path) -> None:
    text = (
        "year,month,site_code,product_code,stock_initial,stock_received,stock_distributed,"
        "stock_adjustment,stock_end\n2026,2,ELM,G,1,2,3,4,5\n"
    )
    profile = PROFILES["usaid_stock"]
    table, _ = conformed(found(tmp_path, text), profile)
    rows = build_facts(table.values, profile, currency="USD", secret=SECRET)
    assert {feed: frame.height for feed, frame in rows.items()} == {"supply_moves": 4, "stock": 1}
    assert rows["stock"]["as_of"].to_list() == [date(2026, 2, 28)]
    assert rows["supply_moves"]["reference"].to_list()[0] == "2026-2-ELM-G-opening"


def test_what_is_left_of_a_total_and_what_a_factor_makes_of_a_number(tmp_path: Path) -> None:
    facts = """
[[facts]]
feed = "labor"
site = "supplier"
period_start = { column = "end", months = -12, shift = 1 }
amount = { column = "amount", less = ["hours"] }
hours = { column = "hours", times = "10.76391042" }
"""
    text = "Supplier,Period end,Hours,Amount\nA,2016-06-30,2,10.5\nB,2017-02-28,3,3\nC,,,4\n"
    rows = built(tmp_path, facts, text)["labor"]
    shown = rows.select("period_start", "amount", "hours").rows()
    assert [tuple(None if c is None else str(c) for c in row) for row in shown] == [
        ("2015-07-01", "8.5000", "21.5278"),  # 10.5 − 2; 2 m² are 21.5278 sq ft
        ("2016-02-29", None, "32.2917"),  # nothing is left
        (None, "4.0000", None),  # nothing was taken off
    ]
