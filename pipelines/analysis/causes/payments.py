"""Payments: invoices that look paid twice, and prices that creep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

NEAR = 45  # days between two invoices that may be the same


def paid_twice(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Invoices of one supplier with the same amount and nearly the same number.

    Numbers are compared without blanks, punctuation and a trailing letter, which is how a second
    entry of the same paper usually differs. Columns: site, site_name, supplier, document, date,
    other_document, other_date, amount, currency. Dearest first.
    """
    conditions, values = Scope(where).conditions(reader.columns["spend"])
    return reader.query(
        "WITH invoices AS ("
        "  SELECT f.system, f.site, s.name AS site_name, f.supplier, f.document, f.currency, "
        "  min(f.date) AS date, sum(f.amount) AS amount "
        "  FROM spend f JOIN sites s ON s.site = f.site "
        # Both invoices lie within NEAR days, so older lines can't be part of a pair.
        f"  WHERE f.date BETWEEN CAST(? AS DATE) - INTERVAL {NEAR} DAY AND ? AND {conditions} "
        "  GROUP BY ALL), "
        # Numbers are only looked at where a supplier sent one amount twice.
        "alike AS ("
        "  SELECT *, regexp_replace(regexp_replace(upper(document), '[^A-Z0-9]', '', 'g'), "
        "  '[A-Z]$', '') AS bare FROM invoices "
        "  QUALIFY count(*) OVER (PARTITION BY system, supplier, currency, amount) > 1) "
        "SELECT a.site, a.site_name, a.supplier, a.document, a.date, b.document AS other_document, "
        "b.date AS other_date, b.amount, b.currency FROM alike a JOIN alike b "
        "ON b.system = a.system AND b.supplier = a.supplier AND b.bare = a.bare "
        "AND b.amount = a.amount AND b.currency = a.currency AND b.document <> a.document "
        "AND (b.date, b.document) > (a.date, a.document) "
        f"AND b.date <= a.date + INTERVAL {NEAR} DAY "
        "WHERE b.date BETWEEN ? AND ? AND b.amount > 0 AND length(a.bare) > 2 "
        "ORDER BY b.amount DESC, b.date",
        [start, stop, *values, start, stop],
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
