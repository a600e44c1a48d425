"""Payments: invoices that look paid twice, and prices that creep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

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

    Compares the median of the last three months with that of the same three months a year before.
    Columns: item, item_name, before, now, rise (share), extra (money over the last twelve months
    at the units received), currency.
    """
    conditions, values = Scope(where).conditions(reader.columns["supply_moves"])
    return reader.query(
        "WITH p AS (SELECT CAST(? AS DATE) AS stop), bought AS ("
        "  SELECT f.item, f.item_name, f.unit_cost, f.quantity, f.date, f.currency, p.stop "
        "  FROM supply_moves f JOIN sites s ON s.site = f.site, p "
        "  WHERE f.kind = 'receipt' AND f.unit_cost > 0 AND f.date <= p.stop "
        f"  AND f.date > p.stop - INTERVAL 15 MONTH AND {conditions}), priced AS ("
        "  SELECT item, any_value(item_name) AS item_name, currency, "
        "  median(unit_cost) FILTER (date <= stop - INTERVAL 12 MONTH) AS before, "
        "  median(unit_cost) FILTER (date > stop - INTERVAL 3 MONTH) AS now, "
        "  sum(quantity) FILTER (date > stop - INTERVAL 12 MONTH) AS units, "
        "  sum(quantity * unit_cost) FILTER (date > stop - INTERVAL 12 MONTH) AS paid "
        "  FROM bought GROUP BY item, currency) "
        "SELECT item, item_name, CAST(before AS DOUBLE) AS before, CAST(now AS DOUBLE) AS now, "
        "CAST(now / before - 1 AS DOUBLE) AS rise, paid - units * before AS extra, currency "
        "FROM priced WHERE before > 0 AND now / before - 1 >= ? ORDER BY extra DESC",
        [stop, *values, least],
    )
