"""Which site-months sent what they are expected to send."""

from __future__ import annotations

from pipelines.warehouse.needs import NEEDS

_COVERAGE = """
WITH arrived AS ({parts}),
ends AS (SELECT need, min(month) AS first, max(month) AS last FROM arrived GROUP BY need),
spans AS (
  SELECT p.need, p.site,
    CASE WHEN p.need IN ({periodic}) THEN min(p.month) ELSE any_value(e.first) END AS first,
    least(any_value(e.last), coalesce(any_value(s.closed), DATE '9999-12-31')) AS last
  FROM arrived p JOIN ends e ON e.need = p.need JOIN sites s ON s.site = p.site
  WHERE p.site NOT LIKE '~%' GROUP BY p.need, p.site
), expected AS (
  SELECT need, site, CAST(unnest(range(first, CAST(last + INTERVAL 1 DAY AS DATE),
    INTERVAL 1 MONTH)) AS DATE) AS month FROM spans
)
SELECT e.need, e.site, e.month,
  CASE WHEN e.need IN ({periodic}) THEN p.month IS NOT NULL
    ELSE EXISTS (SELECT 1 FROM arrived q WHERE q.need = e.need AND q.month = e.month) END AS present
FROM expected e
LEFT JOIN arrived p ON p.need = e.need AND p.site = e.site AND p.month = e.month
ORDER BY e.need, e.site, e.month
"""


def coverage_query() -> str:
    """(need, site, month, present) for every site-month in which something is expected.

    A site is expected to send what it has sent once, from its first month to the last month that
    any site has sent, while it is open. Single events (work orders, invoices) are expected of all
    sites together: a month without a fault is no missing export.
    """
    parts = " UNION ALL ".join(need.query for need in NEEDS.values())
    periodic = ", ".join(f"'{need.name}'" for need in NEEDS.values() if need.periodic)
    return _COVERAGE.format(parts=parts, periodic=periodic)
