"""What is promised already: price rises by fiscal year, and what was ordered and not billed.

Both are for money that no invoice shows yet (DOMAIN.md, C4 and C7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.analysis.contracts.rises import Levels, Rising, cost_in, rises_of
from pipelines.fiscal import Fiscal
from pipelines.metrics.compile import Scope
from pipelines.metrics.contracts import BOUND, end_at
from pipelines.warehouse.reader import Reader

MONEY = pl.Decimal(38, 2)

KEPT = (
    "site", "site_name", "contract", "title", "vendor", "currency", "annual_value", "escalator",
    "escalator_index", "escalator_steps",
)  # fmt: skip
_RISING = """
SELECT f.site, s.name AS site_name, f.contract, f.title, f.vendor, f.kind, f.currency, f.auto_renew,
  f.start, {end} AS "end", f.annual_value, f.escalator, f.escalator_index, f.escalator_floor,
  f.escalator_cap, f.escalator_steps
FROM contracts f JOIN sites s ON s.site = f.site, (SELECT CAST(? AS DATE) AS day) p
WHERE f.latest AND {bound} AND coalesce({end}, DATE '9999-12-31') >= p.day
  AND f.start <= p.day AND f.annual_value IS NOT NULL AND {conditions}
  AND (f.escalator IS NOT NULL OR f.escalator_index IS NOT NULL OR f.escalator_steps IS NOT NULL)
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
    """What the rises of running contracts cost in the fiscal year of a day and those after.

    A yearly rate and an index raise the price on each anniversary of the contract's start, agreed
    steps on their days; rises rise on rises unless `simple`. An index that is not known yet counts
    with the contract's floor and cap (see `rises`). A contract that renews by itself goes on;
    another costs nothing more after its end. Contracts with payers bring money in and are left
    out. Columns: fiscal_year, start, stop, site, site_name, contract, title, vendor, currency,
    annual_value, escalator, escalator_index, escalator_steps, base (what it costs in the year at
    today's price), rise (what the rises add to that; null where it is not known yet), low and high
    (between what it lies; null is no bound). To the cent; the dearest rise of a year first.
    """
    conditions, values = Scope(where).conditions(reader.columns["contracts"])
    sql = _RISING.format(end=end_at("p.day"), bound=BOUND, conditions=conditions)
    contracts = reader.query(sql, [day, *values]).filter(pl.col("kind") != "payer")
    calendar = fiscal or Fiscal()
    first, levels = calendar.number(day), index_levels(reader)
    until = calendar.year(first + years - 1).stop
    rows = []
    for row in contracts.iter_rows(named=True):
        one = Rising(
            row["annual_value"],
            row["start"],
            rises_of(row, levels, day, until, simple=simple),
            None if row["auto_renew"] else row["end"],
        )
        for number in range(first, first + years):
            year = calendar.year(number)
            cost = cost_in(one, year, simple=simple)
            rise = cost.low if cost.low == cost.high else None
            rows.append(
                [number, year.start, year.stop, *(row[name] for name in KEPT), cost.base, rise,
                 cost.low, cost.high]
            )  # fmt: skip
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "fiscal_year": pl.Int64, "start": pl.Date, "stop": pl.Date,
        **{name: contracts.schema[name] for name in KEPT},
        "base": MONEY, "rise": MONEY, "low": MONEY, "high": MONEY,
    }  # fmt: skip
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.sort(
        "fiscal_year", "rise", "contract", descending=[False, True, False], nulls_last=True
    )


def index_levels(reader: Reader) -> Levels:
    """What the group's file says of each price index and month."""
    kept = reader.once('SELECT "index", month, value FROM index_values')
    return {(name, month): value for name, month, value in kept.iter_rows()}


def open_orders(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """What was ordered by a day and has not been invoiced, by site, supplier and account.

    Columns: site, site_name, supplier, account (that of the order's contract, else the one that
    most of its supplier's invoices are on; null where there is neither), currency, lines, oldest
    (the day of the oldest order) and amount; the sum is the measure `open_commitments`. Largest
    first.
    """
    conditions, values = Scope(where).conditions(reader.columns["purchases"])
    return reader.query(_OPEN.format(conditions=conditions), [day, *values])
