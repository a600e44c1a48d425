"""The tables of what was planned: budgets and targets (see `pipelines.warehouse.model`)."""

BUDGET_ROWS = """
SELECT {site} AS site, p.version, p.account, coalesce(a.title, p.account) AS account_title,
  coalesce(a.subject, 'unmapped') AS subject,
  CAST(date_trunc('month', p.month) AS DATE) AS month, p.amount, p.hours, p.volume, p.currency,
  {provenance}
FROM {facts} p {codes} LEFT JOIN accounts a ON a.system = p.system AND a.code = p.account
"""

# Of several versions of a subject's month, the one loaded last is in force: a revision of staffing
# alone leaves the other subjects as they were. An amount that people set takes the place of theirs.
BUDGET_MARKS = """
WITH ranked AS (
  SELECT t.*, t.version = first(t.version) OVER (PARTITION BY t.site, t.month, t.subject,
    t.currency ORDER BY t.load DESC, t.record DESC) AS latest
  FROM {rows} t
), cells AS (
  SELECT site, month, subject, currency, sum(hours) AS hours, sum(volume) AS volume
  FROM ranked WHERE latest GROUP BY ALL
)
SELECT r.* EXCLUDE (latest), r.latest AND e.site IS NULL AS in_force, false AS edited
FROM ranked r LEFT JOIN budget_edits e USING (site, month, subject, currency)
UNION ALL BY NAME
SELECT e.site, 'edited' AS version, e.subject AS account, e.subject, e.month, e.amount, c.hours,
  c.volume, e.currency, true AS in_force, true AS edited
FROM budget_edits e LEFT JOIN cells c USING (site, month, subject, currency)
"""

TARGETS_ROWS = """
SELECT {site} AS site, p.metric, p.site AS site_code, p.region,
  CAST(date_trunc('month', p.from_month) AS DATE) AS from_month,
  CAST(date_trunc('month', p.to_month) AS DATE) AS to_month, p.value, p.unit, p.currency,
  {provenance}
FROM {facts} p {codes}
"""
