"""What is promised already: yearly price rises by fiscal year, and what was ordered and not billed.

Both are for money that no invoice shows yet (DOMAIN.md, C4 and C7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.analysis.contracts.terms import Rising, cost_in
from pipelines.fiscal import Fiscal
from pipelines.metrics.compile import Scope
from pipelines.metrics.contracts import BOUND, end_at
from pipelines.warehouse.reader import Reader

MONEY = pl.Decimal(38, 2)

_RISING = """
SELECT f.site, s.name AS site_name, f.contract, f.title, f.vendor, f.kind, f.currency, f.auto_renew,
  f.start, {end} AS "end", f.annual_value, f.escalator
FROM contracts f JOIN sites s ON s.site = f.site, (SELECT CAST(? AS DATE) AS day) p
WHERE f.latest AND {bound} AND coalesce({end}, DATE '9999-12-31') >= p.day
  AND f.start <= p.day AND f.annual_value IS NOT NULL AND f.escalator IS NOT NULL AND {conditions}
"""
# An order's account is that of its contract's invoices, else the one that its supplier's are
# mostly on.
_OPEN = """
SELECT f.site, s.name AS site_name, f.supplier, coalesce(c.account, u.account) AS account,
  f.currency, count(*) AS lines, min(f.date) AS oldest,
  sum(CAST(greatest(f.quantity - f.invoiced, 0) * f.unit_price AS DECIMAL(18,4))) AS amount
FROM purchases f JOIN sites s ON s.site = f.site
  LEFT JOIN billed_accounts c ON c.whose = 'contract' AND c.code = f.contract
  LEFT JOIN billed_accounts u ON u.whose = 'supplier' AND u.code = f.supplier
WHERE f.latest AND f.date <= ? AND f.quantity > f.invoiced AND f.unit_price IS NOT NULL
  AND {conditions}
GROUP BY ALL ORDER BY amount DESC, f.site, f.supplier
"""


def escalators(
    reader: Reader,
    day: date,
    where: Mapping[str, Sequence[str]],
    *,
    fiscal: Fiscal | None = None,
    years: int = 3,
    simple: bool = False,
) -> pl.DataFrame:
    """What the yearly rises of running contracts cost in the fiscal year of a day and those after.

    A register states one rate a year: the price rises on each anniversary of the contract's start,
    and rises on rises unless `simple`. A contract that renews by itself goes on; another costs
    nothing more after its end. Contracts with payers bring money in and are left out. Columns:
    fiscal_year, start, stop, site, site_name, contract, title, vendor, currency, annual_value,
    escalator, base (what it costs in the year at today's price), rise (what the rises add to
    that). To the cent; the dearest rise of a year first.
    """
    conditions, values = Scope(where).conditions(reader.columns["contracts"])
    sql = _RISING.format(end=end_at("p.day"), bound=BOUND, conditions=conditions)
    contracts = reader.query(sql, [day, *values]).filter(pl.col("kind") != "payer")
    calendar = fiscal or Fiscal()
    first = calendar.number(day)
    rows = [
        _risen(row, number, calendar, day, simple)
        for row in contracts.iter_rows(named=True)
        for number in range(first, first + years)
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "fiscal_year": pl.Int64, "start": pl.Date, "stop": pl.Date,
        **{n: contracts.schema[n] for n in ("site", "site_name", "contract", "title", "vendor",
                                            "currency", "annual_value", "escalator")},
        "base": MONEY, "rise": MONEY,
    }  # fmt: skip
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.sort(
        "fiscal_year", "rise", "contract", descending=[False, True, False], nulls_last=True
    )


def _risen(
    row: Mapping[str, Any], number: int, calendar: Fiscal, day: date, simple: bool
) -> list[Any]:
    year = calendar.year(number)
    one = Rising(
        row["annual_value"],
        row["escalator"] / Decimal(100),
        row["start"],
        day,
        None if row["auto_renew"] else row["end"],
    )
    kept = ("site", "site_name", "contract", "title", "vendor", "currency", "annual_value",
            "escalator")  # fmt: skip
    return [
        number, year.start, year.stop, *(row[name] for name in kept),
        *cost_in(one, year, simple=simple),
    ]  # fmt: skip


def open_orders(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """What was ordered by a day and has not been invoiced, by site, supplier and account.

    Columns: site, site_name, supplier, account (that of the order's contract, else the one that
    most of its supplier's invoices are on; null where there is neither), currency, lines, oldest
    (the day of the oldest order) and amount; the sum is the measure `open_commitments`. Largest
    first.
    """
    conditions, values = Scope(where).conditions(reader.columns["purchases"])
    return reader.query(_OPEN.format(conditions=conditions), [day, *values])
