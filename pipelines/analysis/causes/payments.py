"""Payments: invoices that look paid twice, and prices that creep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.calendar import add_months, month_end
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader


def paid_twice(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Invoices of one supplier with the same amount and nearly the same number.

    They are found when the read model is made (`pipelines.warehouse.rollups`): both by the rows
    of all their lines, both of the scope's sites, the second of them between two days. Columns:
    site, site_name, supplier, document, date, other_document, other_date, amount, currency.
    Dearest first.
    """
    conditions, values = Scope(where).conditions(frozenset())
    return reader.query(
        f"WITH within AS (SELECT s.site, s.name FROM sites s WHERE {conditions}) "
        "SELECT f.site, s.name AS site_name, f.supplier, f.document, f.date, f.other_document, "
        "f.other_date, f.amount, f.currency FROM paid_twice f JOIN within s ON s.site = f.site "
        "WHERE f.other_date BETWEEN ? AND ? AND f.other_site IN (SELECT site FROM within) "
        "ORDER BY f.amount DESC, f.other_date",
        [*values, start, stop],
    )


def price_creep(
    reader: Reader, stop: date, where: Mapping[str, Sequence[str]], *, least: float = 0.08
) -> pl.DataFrame:
    """Items whose unit cost at receipt rose over twelve months by at least a share, dearest first.

    Compares the median of the last three months with that of the same three months a year before;
    up to the end of a month they are calendar months. Columns: item, item_name, before, now, rise
    (share), extra (money over the last twelve months at the units received), currency.
    """
    bounds = [_back(stop, months) for months in (15, 12, 3)]
    ahead = stop == month_end(stop) and not any(where.values())
    prices, values = (_AHEAD, []) if ahead else _bought(reader, where)
    return reader.query(
        f"WITH p AS (SELECT {_BOUNDS}), prices AS ({prices}), {_CREEP}",
        [stop, *bounds, *values, least],
    )


def _back(stop: date, months: int) -> date:
    """The day so many months earlier; from the end of a month, the end of that one."""
    then = add_months(stop, -months)
    return month_end(then) if stop == month_end(stop) else then


def _bought(reader: Reader, where: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Prices at receipt as the facts have them, and the parameters of the query."""
    conditions, values = Scope(where).conditions(reader.columns["supply_moves"])
    return _FACTS.format(conditions=conditions), values


_BOUNDS = (
    "CAST(? AS DATE) AS stop, CAST(? AS DATE) AS first, CAST(? AS DATE) AS year, "
    "CAST(? AS DATE) AS quarter"
)
# How often each price was paid, and for how many units: a month, or a day.
_AHEAD = """
SELECT f.item, f.currency, f.month AS date, f.unit_cost, f.receipts, f.quantity
FROM item_prices f
"""
_FACTS = """
SELECT f.item, f.currency, f.date, f.unit_cost, 1 AS receipts, f.quantity
FROM supply_moves f JOIN sites s ON s.site = f.site
WHERE f.kind = 'receipt' AND f.unit_cost > 0 AND {conditions}
"""
# The median of what was paid is the price at which half of the receipts are reached; where that
# falls between two prices, it is the mean of both.
_CREEP = """
priced AS (
  SELECT f.item, f.currency, f.unit_cost,
    coalesce(sum(f.receipts) FILTER (f.date <= p.year), 0) AS early,
    coalesce(sum(f.receipts) FILTER (f.date > p.quarter), 0) AS late,
    sum(f.quantity) FILTER (f.date > p.year) AS units
  FROM prices f, p WHERE f.date <= p.stop AND f.date > p.first GROUP BY ALL
), reached AS (
  SELECT *, sum(early) OVER upto AS early_upto, sum(early) OVER whole AS early_all,
    sum(late) OVER upto AS late_upto, sum(late) OVER whole AS late_all
  FROM priced WINDOW whole AS (PARTITION BY item, currency),
    upto AS (PARTITION BY item, currency ORDER BY unit_cost
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), medians AS (
  SELECT item, currency,
    CAST((min(unit_cost) FILTER (early > 0 AND 2 * early_upto >= early_all)
      + min(unit_cost) FILTER (early > 0 AND 2 * early_upto > early_all)) / 2 AS DECIMAL(18,4))
      AS before,
    CAST((min(unit_cost) FILTER (late > 0 AND 2 * late_upto >= late_all)
      + min(unit_cost) FILTER (late > 0 AND 2 * late_upto > late_all)) / 2 AS DECIMAL(18,4))
      AS now,
    sum(units) AS units, sum(units * unit_cost) AS paid
  FROM reached GROUP BY item, currency
)
SELECT m.item, i.item_name, CAST(m.before AS DOUBLE) AS before, CAST(m.now AS DOUBLE) AS now,
  CAST(m.now / m.before - 1 AS DOUBLE) AS rise, m.paid - m.units * m.before AS extra, m.currency
FROM medians m LEFT JOIN supply_items i ON i.item = m.item
WHERE m.before > 0 AND m.now / m.before - 1 >= ? ORDER BY extra DESC
"""
