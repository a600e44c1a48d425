"""Work orders by month: what was raised, finished and due, and what was open at each month's end.

A backlog is no sum: an order counts at the end of every month in which it waits. Looked up in the
orders themselves, that is a comparison of each order with each month; here it is done once, when
the read model is made. `orders_open` has a row for each repair at each month's end at which it was
open, so that medians are those of the orders; `orders_month` and `orders_lasting` are counts.
`orders_missed` has a row for each planned order that was not done on time. Both tell which order
it is by load, record and fact.
"""

from __future__ import annotations

# What can be told of an order that was due: a cancelled one can't be late, and what falls due after
# the system's last sign of life may yet be done in time.
DUE = "f.due IS NOT NULL AND f.cancelled IS NULL AND CAST(f.due AS DATE) <= f.known_until"
ON_TIME = "f.completed IS NOT NULL AND CAST(f.completed AS DATE) <= CAST(f.due AS DATE)"
# Days that an order was watched: until it was finished or cancelled, or the last day known.
WATCHED = (
    "greatest(datediff('day', CAST(f.created AS DATE), "
    "CAST(coalesce(f.completed, f.cancelled, f.known_until) AS DATE)), 0)"
)
OLD = 14  # days open after which a repair is an old one

# The month up to which states are told ahead: that of the last load. Later ones are worked out.
REACH = "SELECT CAST(date_trunc('month', max(moment)) AS DATE) AS last FROM loads"

_OPEN = f"""
SELECT f.site, CAST(unnest(range(date_trunc('month', f.created),
    least(date_trunc('month', f.closed), r.last + INTERVAL 1 MONTH), INTERVAL 1 MONTH)) AS DATE)
    AS month,
  f.kind, f.risk, f.category, f.priority, f.system, CAST(f.created AS DATE) AS raised_on,
  CAST(f.due AS DATE) AS due_on, f.load, f.record, f.fact
FROM work_orders f, ({REACH}) r WHERE f.kind = 'repair' ORDER BY month, f.site
"""

_MISSED = f"""
SELECT f.site, f.kind, f.risk, f.asset, CAST(f.due AS DATE) AS due_on, f.load, f.record, f.fact
FROM work_orders f WHERE f.kind = 'planned' AND {DUE} AND NOT ({ON_TIME})
ORDER BY due_on, f.site
"""


def _counted(what: str, month: str, table: str, where: str) -> str:
    return (
        f"SELECT f.site, CAST(date_trunc('month', {month}) AS DATE) AS month, '{what}' AS what, "
        f"f.kind, f.risk, f.category, f.system, count(*) AS orders "
        f"FROM {table} f WHERE {where} GROUP BY ALL"
    )


_END = "last_day(f.month)"
_MONTH = (
    " UNION ALL ".join(
        _counted(*part)
        for part in (
            ("raised", "f.created", "work_orders", "f.created IS NOT NULL"),
            ("finished", "f.completed", "work_orders", "f.completed IS NOT NULL"),
            ("due", "f.due", "work_orders", DUE),
            ("on time", "f.due", "work_orders", f"{DUE} AND {ON_TIME}"),
            ("open", "f.month", "orders_open", "true"),
            ("overdue", "f.month", "orders_open", f"f.due_on < {_END}"),
            ("old", "f.month", "orders_open", f"datediff('day', f.raised_on, {_END}) > {OLD}"),
        )
    )
    + " ORDER BY what, site, month"
)

_LASTING = f"""
SELECT f.site, CAST(date_trunc('month', f.created) AS DATE) AS month, f.kind, f.risk, f.category,
  f.system, f.completed IS NOT NULL AS done, {WATCHED} AS days, count(*) AS orders
FROM work_orders f WHERE f.created IS NOT NULL GROUP BY ALL ORDER BY site, month
"""

# In order: counts look at the open orders.
TABLES: dict[str, str] = {
    "orders_open": _OPEN,
    "orders_missed": _MISSED,
    "orders_month": _MONTH,
    "orders_lasting": _LASTING,
}

_AT_LAST = (
    f"FROM work_orders f, ({REACH}) r WHERE f.kind = 'repair' "
    "AND CAST(f.created AS DATE) <= last_day(r.last) "
    "AND (f.closed IS NULL OR CAST(f.closed AS DATE) > last_day(r.last))"
)
# What each holds, and the same of the orders: (over the table, over what it stands for).
CHECKS: tuple[tuple[str, str], ...] = (
    (
        "SELECT count(*), min(raised_on), max(raised_on) FROM orders_open "
        f"WHERE month = (SELECT last FROM ({REACH}))",
        "SELECT count(*), min(CAST(f.created AS DATE)), max(CAST(f.created AS DATE)) " + _AT_LAST,
    ),
    (
        "SELECT "
        + ", ".join(
            f"coalesce(sum(orders) FILTER (what = '{what}'), 0)"
            for what in ("raised", "finished", "due", "on time", "open")
        )
        + ", (SELECT count(*) FROM orders_missed) FROM orders_month",
        "SELECT count(created), count(completed), "
        f"count(*) FILTER ({DUE}), count(*) FILTER ({DUE} AND {ON_TIME}), "
        f"(SELECT count(*) FROM orders_open), "
        f"count(*) FILTER (f.kind = 'planned' AND {DUE} AND NOT ({ON_TIME})) "
        "FROM work_orders f",
    ),
    (
        "SELECT coalesce(sum(orders), 0), sum(orders * days) FROM orders_lasting",
        f"SELECT count(*), sum({WATCHED}) FROM work_orders f WHERE f.created IS NOT NULL",
    ),
)
