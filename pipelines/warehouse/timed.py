"""What tells timing from run-rate, gathered once: regular billings and the largest single lines.

The pages that tell a variance apart (`analysis.causes.timing_facts`) need of a year's invoices and
supply movements only what is regular and what is large; asking all lines each time would take
seconds in a large group.
"""

from __future__ import annotations

REGULAR = 4  # months of six in which a supplier billed: fewer are never called regular
WITHIN = 6
SINGLES = 3  # of the lines of a site's month, as many as can be larger than a usual month

_CHARGED = "f.subject IN ('facilities', 'contracts') OR (f.subject = 'staffing' AND f.counts)"
_NAME = "coalesce(f.supplier, f.account_title, '')"
_AGREED = "coalesce(f.contract, f.account)"
_KEY = "site, subject, currency, name, agreed"

# Billings by supplier and contract or account: those with so many months of six at any time.
_BILLINGS = f"""
WITH billed AS (
  SELECT f.site, f.subject, f.currency, {_NAME} AS name, {_AGREED} AS agreed, f.month,
    count(DISTINCT f.document) AS invoices, sum(f.amount) AS amount, min(day(f.date)) AS first
  FROM spend f WHERE {_CHARGED} GROUP BY ALL
), steps AS (
  SELECT *, datediff('month', month, lead(month, {REGULAR - 1}) OVER (
    PARTITION BY {_KEY} ORDER BY month)) AS span FROM billed
)
SELECT * EXCLUDE (span) FROM steps
QUALIFY coalesce(min(span) OVER (PARTITION BY {_KEY}), {WITHIN}) < {WITHIN}
ORDER BY site, month
"""
# The largest lines of a site's month by subject; `before` is what the same supplier billed under
# the same contract or account in the same month a year before.
_SINGLES = f"""
WITH largest AS (
  SELECT f.site, f.subject, f.currency, f.month, {_NAME} AS name, {_AGREED} AS agreed, f.amount
  FROM spend f WHERE ({_CHARGED})
  QUALIFY row_number() OVER (PARTITION BY f.site, f.subject, f.currency, f.month
    ORDER BY abs(f.amount) DESC) <= {SINGLES}
), earlier AS (
  SELECT f.site, f.subject, f.currency, {_NAME} AS name, {_AGREED} AS agreed, f.month,
    sum(f.amount) AS amount
  FROM spend f WHERE ({_CHARGED}) AND (f.site, f.subject, f.currency, f.month) IN (
    SELECT (site, subject, currency, CAST(month - INTERVAL 1 YEAR AS DATE)) FROM largest)
  GROUP BY ALL
), supplies AS (
  SELECT f.site, 'supplies' AS subject, f.currency, f.month, f.item_name AS name,
    CAST(NULL AS VARCHAR) AS agreed, f.value AS amount, NULL AS before
  FROM supply_moves f WHERE f.kind IN ('issue', 'waste') AND f.value IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY f.site, f.currency, f.month
    ORDER BY abs(f.value) DESC) <= {SINGLES}
)
SELECT l.*, e.amount AS before FROM largest l LEFT JOIN earlier e
  ON e.site = l.site AND e.subject = l.subject AND e.currency = l.currency
  AND e.name = l.name AND e.agreed IS NOT DISTINCT FROM l.agreed
  AND e.month = CAST(l.month - INTERVAL 1 YEAR AS DATE)
UNION ALL SELECT * FROM supplies
ORDER BY site, month
"""

TABLES = {"billings": _BILLINGS, "single_lines": _SINGLES}

# The lines that `billings` sums, for the check before anyone can read it.
BILLED_LINES = f"""(
SELECT f.amount FROM spend f SEMI JOIN billings b
  ON b.site = f.site AND b.subject = f.subject AND b.currency = f.currency
  AND b.name = {_NAME} AND b.agreed IS NOT DISTINCT FROM {_AGREED} AND b.month = f.month
WHERE {_CHARGED}
)"""
