"""Roll-ups: what the read model adds up ahead, so that a page of many months reads few rows.

Each stands for a table of facts in every query that uses its columns alone (see
`pipelines.metrics.compile`); of several, the smallest that has them. `pipelines.warehouse.publish`
holds each against what it sums before anyone can read it. The last ones are lists that pages show:
pairs of invoices, pay dates, the account that a contract's invoices are mostly on. No metric of
the catalogue counts distinct things, so none is counted ahead by grouping; how many invoices a
supplier sends in a month, which tells timing, is (`timed`).
"""

from __future__ import annotations

import duckdb

from pipelines.warehouse import model, orders, supplied

NEAR = 45  # days between two invoices that may be the same

_KINDS = """
SELECT site, month, date, kind, basis, pay_class, currency, counts, nursing, system,
  sum(hours) AS hours, sum(amount) AS amount, sum(employer_cost) AS employer_cost
FROM labor_month GROUP BY ALL ORDER BY site, month
"""

# Hours by day, for what looks at the days of a week; those of a fortnight keep its first and last.
_DAYS = """
SELECT site, month, date, last, kind, counts, nursing, system, sum(hours) AS hours
FROM labor GROUP BY ALL ORDER BY site, date
"""

_SPEND = """
SELECT site, month, month AS date, account, account_title, subject, area, on_contract, counts,
  currency, system, sum(amount) AS amount
FROM spend GROUP BY ALL ORDER BY site, month
"""

_VOLUME = """
SELECT site, month, month AS date, measure, grain, system, sum("count") AS "count"
FROM volume GROUP BY ALL ORDER BY site, month
"""

_COVERAGE = """
SELECT need, month, bool_or(present) AS present, count(*) AS sites,
  count(*) FILTER (whole) AS whole FROM coverage GROUP BY ALL ORDER BY need, month
"""

# Numbers are compared without blanks, punctuation and a trailing letter, which is how a second
# entry of the same paper usually differs. Few are alike: only their invoices are summed.
_PAID_TWICE = f"""
WITH numbers AS MATERIALIZED (
  SELECT document,
    regexp_replace(upper(document), '[^A-Z0-9]+|[A-Z][^A-Z0-9]*$', '', 'g') AS bare
  FROM (SELECT DISTINCT document FROM spend)
), papers AS MATERIALIZED (
  SELECT document, bare FROM numbers SEMI JOIN
    (SELECT bare FROM numbers WHERE length(bare) > 2 GROUP BY bare HAVING count(*) > 1) USING (bare)
), invoices AS (
  SELECT f.system, f.site, f.supplier, f.document, p.bare, f.currency, min(f.date) AS date,
    sum(f.amount) AS amount
  FROM spend f JOIN papers p ON p.document = f.document GROUP BY ALL HAVING sum(f.amount) > 0
)
SELECT a.site, b.site AS other_site, a.supplier, a.document, a.date, b.document AS other_document,
  b.date AS other_date, b.amount, b.currency
FROM invoices a JOIN invoices b ON b.system = a.system AND b.supplier = a.supplier
  AND b.bare = a.bare AND b.amount = a.amount AND b.currency = a.currency
  AND b.document <> a.document
  AND (b.date, b.document) > (a.date, a.document) AND b.date <= a.date + INTERVAL {NEAR} DAY
ORDER BY other_date
"""

# What a contract with a ceiling was charged since its term began.
_CHARGED = """
SELECT contract, month, sum(amount) AS amount FROM contract_lines
WHERE date >= coalesce(start, DATE '1900-01-01') GROUP BY ALL ORDER BY month, contract
"""

_PAY_DATES = """
SELECT DISTINCT site, system, check_date FROM labor WHERE check_date IS NOT NULL ORDER BY ALL
"""


def _accounts(of: str) -> str:
    return f"""
SELECT '{of}' AS whose, {of} AS code, arg_max(account_title, amount) AS account FROM
  (SELECT {of}, account_title, sum(amount) AS amount FROM spend WHERE {of} IS NOT NULL
   GROUP BY ALL) GROUP BY {of}
"""


# In order: some look at those above them, or at the tables of `model.DERIVED`.
TABLES: dict[str, str] = {
    "labor_kinds_month": _KINDS,
    "labor_day": _DAYS,
    "spend_month": _SPEND,
    "volume_month": _VOLUME,
    "coverage_months": _COVERAGE,
    **orders.TABLES,
    **supplied.TABLES,
    "contract_month": _CHARGED,
    "paid_twice": _PAID_TWICE,
    "pay_dates": _PAY_DATES,
    "billed_accounts": f"{_accounts('contract')} UNION ALL {_accounts('supplier')}",
}

# Which roll-ups stand for a table, the smallest first.
STANDING: dict[str, tuple[str, ...]] = {
    "labor": ("labor_kinds_month", "labor_month", "labor_day"),
    "supply_moves": ("supply_month", "supply_item_month"),
    "spend": ("spend_month",),
    "volume": ("volume_month",),
}

# What each holds, and the same of what it stands for.
CHECKS: tuple[tuple[str, str], ...] = (
    *(
        (f"SELECT {model.ROLLED[feed]} FROM {rollup}", f"SELECT {model.ROLLED[feed]} FROM {feed}")
        for feed, rollup in (
            ("labor", "labor_month"), ("labor", "labor_paid"), ("labor", "labor_kinds_month"),
            ("supply_moves", "supply_month"),
        )
    ),
    ("SELECT sum(hours) FROM labor_day", "SELECT sum(hours) FROM labor"),
    ("SELECT sum(amount) FROM spend_month", "SELECT sum(amount) FROM spend"),
    ('SELECT sum("count") FROM volume_month', 'SELECT sum("count") FROM volume'),
    (
        "SELECT sum(amount) FROM contract_month",
        "SELECT sum(amount) FROM contract_lines WHERE date >= coalesce(start, DATE '1900-01-01')",
    ),
    (
        "SELECT coalesce(sum(sites), 0), coalesce(sum(whole), 0) FROM coverage_months",
        "SELECT count(*), count(*) FILTER (whole) FROM coverage",
    ),
    *orders.CHECKS,
    *supplied.CHECKS,
)  # fmt: skip

_WIDE = "DECIMAL(38,4)"
_NARROW = "DECIMAL(18,4)"


def narrow(sql: duckdb.DuckDBPyConnection, table: str) -> None:
    """Keep sums of a table in as few bytes as they need: they are read many times faster.

    The engine gives every sum 38 digits. What has more than 14 before the point keeps them.
    """
    columns = sql.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'pub' AND table_name = ? "
        f"AND data_type = '{_WIDE}'",
        [table],
    ).fetchall()
    for (column,) in columns:
        fits = f'SELECT coalesce(max(abs("{column}")) < 1e14, true) FROM {table}'
        if sql.execute(fits).fetchall() == [(True,)]:
            sql.execute(f'ALTER TABLE {table} ALTER "{column}" TYPE {_NARROW}')
