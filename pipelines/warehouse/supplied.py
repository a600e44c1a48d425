"""Supplies summed ahead: by item and month, at month ends, and prices at receipt.

Movements are the largest feed after payroll, and counts of shelves are asked for at the end of
every month. Nothing here says more than the facts do: questions that these tables can't serve, and
those about an earlier vintage, go to the facts.
"""

from __future__ import annotations

from pipelines.warehouse.shares import share

USED_DAYS = 90  # days before a month's end over which use is summed

# `unpriced` keeps apart what has no value, so that a quantity with a value can be summed too.
SUPPLY_ITEM_MONTH = """
SELECT site, month, month AS date, item, item_name, category, kind, unit, currency, system,
  value IS NULL AS unpriced, sum(quantity) AS quantity, sum(value) AS value
FROM supply_moves GROUP BY ALL ORDER BY month, site
"""

# The latest name and category of each item.
SUPPLY_ITEMS = """
SELECT item, arg_max(item_name, (date, load, record)) AS item_name,
  arg_max(category, (date, load, record)) AS category
FROM (SELECT item, item_name, category, date, load, record FROM supply_moves
  UNION ALL SELECT item, item_name, category, date, load, record FROM supply_moves_history)
GROUP BY item
"""

# What was paid at receipt over all sites: how often each price, and for how many units.
ITEM_PRICES = """
SELECT item, currency, month, unit_cost, count(*) AS receipts, sum(quantity) AS quantity
FROM supply_moves WHERE kind = 'receipt' AND unit_cost > 0 GROUP BY ALL ORDER BY month, item
"""

# The counts in force at the end of each month; `month` is that of the count. A sum of which no row
# is part is null: nothing has expired, and nothing was counted, are told apart.
STOCK_ENDS = """
WITH held AS (
  SELECT *, last_day(CAST(month + to_months(CAST(unnest(range(0, datediff('month', as_of, until)))
    AS INTEGER)) AS DATE)) AS stop
  FROM (SELECT site, as_of, until, month, category, currency, system, value, quantity, expiry,
    first_lot, on_hand, par FROM stock)
)
SELECT site, stop, month, category, currency, system, sum(value) AS value,
  sum(value) FILTER (quantity > 0 AND expiry <= stop + INTERVAL 90 DAY) AS expiring,
  sum(value) FILTER (quantity > 0 AND expiry <= stop) AS expired,
  nullif(count(*) FILTER (first_lot), 0) AS counted,
  nullif(count(*) FILTER (first_lot AND on_hand <= 0), 0) AS empty,
  nullif(count(*) FILTER (first_lot AND par IS NOT NULL), 0) AS with_par,
  nullif(count(*) FILTER (first_lot AND on_hand < par), 0) AS below_par
FROM held GROUP BY ALL ORDER BY stop, site
"""

# The value used in the days before each month's end. What reaches over several days counts by its
# share, row by row: rounded shares of a sum are not the sum of rounded shares.
_SINCE = f"CAST(p.stop - INTERVAL {USED_DAYS - 1} DAY AS DATE)"
SUPPLY_ENDS = f"""
WITH daily AS (
  SELECT site, category, currency, system, date, last, sum(value) AS value FROM supply_moves
  WHERE kind IN ('issue', 'waste') AND value IS NOT NULL AND last = date GROUP BY ALL
  UNION ALL
  SELECT site, category, currency, system, date, last, value FROM supply_moves
  WHERE kind IN ('issue', 'waste') AND value IS NOT NULL AND last <> date
), ends AS (
  SELECT last_day(CAST(m.first + to_months(CAST(step AS INTEGER)) AS DATE)) AS stop
  FROM (SELECT min(date) AS first, datediff('month', min(date), max(last)) AS months FROM daily) m,
    range(0, m.months + 4) steps(step)
)
SELECT f.site, p.stop, f.category, f.currency, f.system, sum({share("f.value", _SINCE)}) AS used
FROM ends p JOIN daily f ON f.date <= p.stop AND f.last >= {_SINCE}
GROUP BY ALL ORDER BY p.stop, f.site
"""

TABLES: dict[str, str] = {
    "supply_item_month": SUPPLY_ITEM_MONTH,
    "supply_items": SUPPLY_ITEMS,
    "item_prices": ITEM_PRICES,
    "stock_ends": STOCK_ENDS,
    "supply_ends": SUPPLY_ENDS,
}

# What each holds, and the same of the facts, in which each row counts as often as it is summed. The
# months that end from one day up to before another are as many as lie between the two.
_ENDS = "datediff('month', as_of, until)"
_WITHIN = f"datediff('month', date, date + {USED_DAYS})"
CHECKS: tuple[tuple[str, str], ...] = (
    (
        "SELECT sum(quantity), sum(value) FROM supply_item_month",
        "SELECT sum(quantity), sum(value) FROM supply_moves",
    ),
    (
        "SELECT sum(quantity), sum(unit_cost * quantity) FROM item_prices",
        "SELECT sum(quantity), sum(unit_cost * quantity) FROM supply_moves "
        "WHERE kind = 'receipt' AND unit_cost > 0",
    ),
    (
        "SELECT sum(value), sum(counted) FROM stock_ends",
        f"SELECT sum(value * {_ENDS}), nullif(sum({_ENDS} * CAST(first_lot AS INTEGER)), 0) "
        "FROM stock",
    ),
    # What reaches over several days counts by its share, and so is summed as it was there.
    (
        "SELECT sum(used) FROM supply_ends",
        f"SELECT sum(used) FROM (SELECT value * {_WITHIN} AS used FROM supply_moves "
        "WHERE kind IN ('issue', 'waste') AND last = date UNION ALL "
        f"SELECT {share('f.value', _SINCE)} FROM supply_moves f JOIN (SELECT DISTINCT stop "
        f"FROM supply_ends) p ON f.date <= p.stop AND f.last >= {_SINCE} "
        "WHERE f.kind IN ('issue', 'waste') AND f.last <> f.date)",
    ),
)
