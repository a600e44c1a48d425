"""Pay by the day it is paid out: the read model's tables of labour cost, by check date.

By day worked, a payroll's line is split over the months that its pay period touches. By check date
the whole line belongs to the month in which it is paid: a month with three pay dates is dearer by
half. Both hold the same lines, so both add up to the payroll's total. What states no check date
(agency timesheets, invoices, staffing returns) stays in the months in which it was worked.
"""

from __future__ import annotations

from pipelines.warehouse.model import COSTS, LABOUR_COSTS

BY_CHECK = "l.check_date IS NOT NULL AND l.basis = 'payroll' AND l.kind <> 'agency'"
_MONTH = (
    f"CAST(CASE WHEN {BY_CHECK} THEN date_trunc('month', l.check_date) ELSE l.month END AS DATE)"
)

# Line by line, as the rows behind a figure.
LINES = f"""
SELECT l.* REPLACE ({_MONTH} AS month,
  CASE WHEN {BY_CHECK} THEN l.check_date ELSE l.date END AS date,
  CASE WHEN {BY_CHECK} THEN l.check_date ELSE l.last END AS last)
FROM main.labor l
"""

_LABOR = f"""
SELECT l.site, {_MONTH} AS month, {_MONTH} AS date, l.role, l.kind, l.basis, l.pay_class,
  l.currency, l.counts, l.nursing, l.system, sum(l.hours) AS hours, sum(l.amount) AS amount,
  sum(l.employer_cost) AS employer_cost
FROM labor l GROUP BY ALL
"""

# A site's checks follow each other at its usual distance. A month in which one was due that is not
# there is not whole: before its first check, between two, or after its last. `absent` holds the
# days on which they were due.
_COVERAGE = f"""
WITH checks AS (
  SELECT DISTINCT l.site, l.check_date AS day FROM labor l WHERE {BY_CHECK}
), steps AS (
  SELECT site, day, lead(day) OVER (PARTITION BY site ORDER BY day) AS next FROM checks
), rhythm AS (
  SELECT t.site, CAST(median(datediff('day', t.day, t.next)) AS INTEGER) AS usual,
    min(t.day) AS first, max(t.day) AS last, any_value(s.opened) AS opened,
    any_value(s.closed) AS closed
  FROM steps t JOIN sites s ON s.site = t.site GROUP BY t.site HAVING count(*) > 1
), absent AS (
  SELECT t.site, t.day + r.usual AS first, greatest(t.day, t.next - 2 * r.usual) + r.usual AS last
  FROM steps t JOIN rhythm r ON r.site = t.site
  WHERE datediff('day', t.day, t.next) > 1.5 * r.usual
  UNION ALL
  SELECT site, first - usual, first - usual FROM rhythm
  WHERE opened IS NULL OR first - usual > opened
  UNION ALL
  SELECT site, last + usual, DATE '9999-12-31' FROM rhythm WHERE closed IS NULL OR closed > last
), months AS (
  SELECT c.need, c.site, c.month FROM coverage c JOIN rhythm r ON r.site = c.site
  WHERE c.need IN ('labor', 'labor.coded', 'labor.pay')
    AND c.month >= date_trunc('month', r.first)
  UNION
  SELECT DISTINCT c.need, k.site, CAST(date_trunc('month', k.day) AS DATE)
  FROM checks k JOIN rhythm r ON r.site = k.site
  JOIN (SELECT DISTINCT need, site FROM coverage
    WHERE need IN ('labor', 'labor.coded', 'labor.pay')) c ON c.site = k.site
), seen AS (
  SELECT m.*,
    EXISTS (SELECT 1 FROM checks k WHERE k.site = m.site AND k.day >= m.month
      AND k.day <= last_day(m.month)) AS paid,
    NOT EXISTS (SELECT 1 FROM absent a WHERE a.site = m.site AND a.first <= last_day(m.month)
      AND a.last >= m.month) AS whole
  FROM months m
)
SELECT need, site, month, paid OR whole AS present, whole FROM seen
UNION ALL
SELECT c.need, c.site, c.month, c.present, c.whole FROM coverage c
WHERE c.need NOT IN ('labor', 'labor.coded', 'labor.pay')
  OR c.site NOT IN (SELECT site FROM rhythm)
ORDER BY 1, 2, 3
"""

# In order: those of the same name without `_paid` are what they stand in for.
TABLES: dict[str, str] = {
    "labor_paid": _LABOR,
    "coverage_paid": _COVERAGE,
    "labour_costs_paid": LABOUR_COSTS.replace("FROM labor ", "FROM labor_paid "),
    "costs_paid": COSTS.replace("FROM labour_costs ", "FROM labour_costs_paid ").replace(
        "JOIN coverage ", "JOIN coverage_paid "
    ),
}
SHIFTED = tuple(name.removesuffix("_paid") for name in TABLES)


def standing_in(known: str = "") -> str:
    """Common table expressions that put the tables by check date in the place of the others.

    `known` are those of a vintage, these tables among them; without, the published ones.
    """
    if not known:
        return ", ".join(f"{name} AS (SELECT * FROM main.{name}_paid)" for name in SHIFTED)
    tables = {name: f"{name}_paid" for name in SHIFTED} | {"targets": "targets", "budget": "budget"}
    return ", ".join(
        f"{name} AS (WITH {known} SELECT * FROM {table})" for name, table in tables.items()
    )
