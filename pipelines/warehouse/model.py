"""The read model: what each published table is, as SQL over the facts.

Every feed becomes a table of the same name in two stages. The first (`ROWS`) looks at one fact at
a time: it resolves the site, places the row in months and values it. The second (`MARKS`) looks at
all rows of a vintage together and adds marks: which revision is the latest, which hours count
once. Publishing runs both over the current facts and the first over superseded ones, so that an
older vintage can be marked anew when someone asks for it.
"""

from __future__ import annotations

NURSING = (
    "RN", "LPN", "CNA", "RN DON", "RN administrative", "LPN administrative",
    "Nurse aide in training", "Medication aide", "Registered nurse", "Licensed practical nurse",
    "Nursing assistant",
)  # fmt: skip

# The parts of a pay period that fall into each month, in days up to and including that month;
# differences of rounded running shares make the parts add up to the whole, to the cent.
LABOR_ROWS = """
WITH spread AS (
  SELECT f.*, unnest(range(0, datediff('month', period_start, period_end) + 1)) AS step,
         datediff('day', period_start, period_end) + 1 AS days
  FROM {facts} f
), placed AS (
  SELECT s.*,
    CAST(date_trunc('month', period_start) + to_months(CAST(step AS INTEGER)) AS DATE) AS month,
    CASE WHEN step = 0 THEN 0 ELSE
      datediff('day', period_start, CAST(date_trunc('month', period_start)
        + to_months(CAST(step AS INTEGER)) AS DATE)) END AS before,
    least(days, datediff('day', period_start, CAST(date_trunc('month', period_start)
      + to_months(CAST(step AS INTEGER) + 1) AS DATE))) AS upto
  FROM spread s
)
SELECT {site} AS site, p.company, p.run, p.check_date, p.period_start, p.period_end, p.month,
  greatest(p.period_start, p.month) AS date,
  coalesce(p.role, 'Unstated') AS role, coalesce(p.kind, 'employee') AS kind,
  coalesce(p.basis, CASE WHEN p.kind = 'agency' THEN 'timesheet' ELSE 'payroll' END) AS basis,
  p.pay_code, coalesce(p.pay_class, 'regular') AS pay_class, p.worker,
  CAST(round(p.hours * upto / days, 4) - round(p.hours * before / days, 4) AS DECIMAL(18,4))
    AS hours,
  CAST(round(p.amount * upto / days, 2) - round(p.amount * before / days, 2)
    + CASE WHEN upto = days THEN p.amount - round(p.amount, 2) ELSE 0 END AS DECIMAL(18,4))
    AS amount,
  CAST(round(p.employer_cost * upto / days, 2) - round(p.employer_cost * before / days, 2)
    + CASE WHEN upto = days THEN p.employer_cost - round(p.employer_cost, 2) ELSE 0 END
    AS DECIMAL(18,4)) AS employer_cost,
  p.currency, days > 1 AND before + days - upto > 0 AS allocated,
  {provenance}
FROM placed p {codes}
"""

LABOR_MARKS = f"""
SELECT t.*,
  t.basis <> 'return' OR NOT bool_or(t.basis <> 'return') OVER (PARTITION BY t.site, t.month)
    AS counts,
  CASE WHEN bool_or(t.basis = 'return') OVER (PARTITION BY t.site, t.month)
    THEN t.basis = 'return'
    ELSE t.role IN ({", ".join(f"'{role}'" for role in NURSING)}) END AS nursing
FROM {{rows}} t
"""

VOLUME_ROWS = """
SELECT {site} AS site, p.date, CAST(date_trunc('month', p.date) AS DATE) AS month,
  coalesce(p.grain, 'day') AS grain, p.measure, p."count", {provenance}
FROM {facts} p {codes}
"""

STOCK_ROWS = """
SELECT {site} AS site, p.as_of, CAST(date_trunc('month', p.as_of) AS DATE) AS month, p.item,
  coalesce(p.item_name, p.item) AS item_name, p.category, p.lot, p.expiry, p.quantity, p.unit,
  coalesce(p.unit_cost, c.unit_cost) AS unit_cost, p.minimum, p.reorder, p.maximum, p.currency,
  CAST(p.quantity * coalesce(p.unit_cost, c.unit_cost) AS DECIMAL(18,4)) AS value, {provenance}
FROM {facts} p {codes} LEFT JOIN item_costs c ON c.item = p.item
"""

# The day on which the site's next count takes over; a count older than two months is stale.
STOCK_MARKS = """
SELECT t.*, CAST(least(coalesce(n.next_as_of, DATE '9999-12-31'),
  t.as_of + INTERVAL 62 DAY) AS DATE) AS until
FROM {rows} t LEFT JOIN (
  SELECT site, as_of, lead(as_of) OVER (PARTITION BY site ORDER BY as_of) AS next_as_of
  FROM (SELECT DISTINCT site, as_of FROM {rows})
) n ON n.site = t.site AND n.as_of = t.as_of
"""

MOVES_ROWS = """
SELECT {site} AS site, p.date, CAST(date_trunc('month', p.date) AS DATE) AS month, p.reference,
  p.item, coalesce(p.item_name, p.item) AS item_name, p.category, p.kind, p.quantity, p.unit,
  p.unit_cost, coalesce(p.value, CAST(p.quantity * p.unit_cost AS DECIMAL(18,4))) AS value,
  p.currency, {provenance}
FROM {facts} p {codes}
"""

ASSETS_ROWS = """
SELECT {site} AS site, p.asset, p.name, p."class", coalesce(p.risk, 'unstated') AS risk, p.status,
  p.acquired, p.cost, p.replacement_cost, p.useful_life, p.warranty_end, p.currency, {provenance}
FROM {facts} p {codes}
"""

WORK_ORDERS_ROWS = """
SELECT {site} AS site, p.work_order, p.title, coalesce(p.kind, 'repair') AS kind, p.priority,
  p.category, p.asset, p.risk AS stated_risk, p.status, p.created, p.due, p.completed, p.cancelled,
  coalesce(p.completed, p.cancelled,
    CASE WHEN p.status IN ('complete', 'cancelled') THEN p.created END) AS closed,
  CAST(date_trunc('month', p.created) AS DATE) AS month, p.labour_hours, p.cost, p.currency,
  {provenance}
FROM {facts} p {codes}
"""

WORK_ORDERS_MARKS = """
SELECT t.*, coalesce(t.stated_risk, a.risk, 'unstated') AS risk, a.name AS asset_name
FROM {rows} t LEFT JOIN (SELECT asset, min(risk) AS risk, min(name) AS name FROM assets GROUP BY 1)
  a ON a.asset = t.asset
"""

CONTRACTS_ROWS = """
SELECT {site} AS site, p.contract, coalesce(p.revision, 0) AS revision, p.title, p.vendor,
  coalesce(p.kind, 'vendor') AS kind, p.category, p.status, p.start, p."end", p.notice_days,
  p.auto_renew, p.renewal_months, p.annual_value, p.ceiling, p.escalator, p.executed, p.currency,
  CAST(p."end" - to_days(CAST(coalesce(p.notice_days, 0) AS INTEGER)) AS DATE) AS notice_date,
  {provenance}
FROM {facts} p {codes}
"""

CONTRACTS_MARKS = """
SELECT t.*, row_number() OVER (PARTITION BY t.system, t.contract ORDER BY t.revision DESC,
  t.load DESC, t.record DESC) = 1 AS latest
FROM {rows} t
"""

SPEND_ROWS = """
SELECT {site} AS site, p.entity, p.document, p.line AS document_line, p.date,
  CAST(date_trunc('month', p.date) AS DATE) AS month, p.due, p.paid,
  p.account, coalesce(a.title, p.account) AS account_title,
  coalesce(a.subject, 'unmapped') AS subject, p.area, p.supplier, p.description, p.contract,
  p.quantity, p.unit_price, p.amount, p.currency, {provenance}
FROM {facts} p {codes} LEFT JOIN accounts a ON a.system = p.system AND a.code = p.account
"""

# An agency invoice counts as labour cost only where no agency timesheet states the cost already.
SPEND_MARKS = """
SELECT t.*, c.contract IS NOT NULL AS on_contract, c.title AS contract_title,
  NOT (t.subject = 'staffing' AND g.site IS NOT NULL) AS counts
FROM {rows} t
LEFT JOIN (SELECT contract, min(title) AS title FROM contracts GROUP BY 1) c
  ON c.contract = t.contract
LEFT JOIN (SELECT DISTINCT site, month FROM labor WHERE kind = 'agency' AND amount IS NOT NULL) g
  ON g.site = t.site AND g.month = t.month
"""

BUDGET_ROWS = """
SELECT {site} AS site, p.version, p.account, coalesce(a.subject, 'unmapped') AS subject,
  CAST(date_trunc('month', p.month) AS DATE) AS month, p.amount, p.hours, p.volume, p.currency,
  {provenance}
FROM {facts} p {codes} LEFT JOIN accounts a ON a.system = p.system AND a.code = p.account
"""

# Of several versions of a month's budget, the one loaded last is in force.
BUDGET_MARKS = """
SELECT t.*, t.version = first(t.version) OVER (PARTITION BY t.site, t.month ORDER BY t.load DESC)
  AS in_force
FROM {rows} t
"""

OTHER_ROWS = "SELECT {site} AS site, p.* EXCLUDE (site) FROM {facts} p {codes}"
SAME_MARKS = "SELECT t.* FROM {rows} t"

# In the order in which they are made: marks may look at tables above them.
ROWS: dict[str, str] = {
    "labor": LABOR_ROWS,
    "volume": VOLUME_ROWS,
    "supply_moves": MOVES_ROWS,
    "stock": STOCK_ROWS,
    "assets": ASSETS_ROWS,
    "work_orders": WORK_ORDERS_ROWS,
    "contracts": CONTRACTS_ROWS,
    "spend": SPEND_ROWS,
    "budget": BUDGET_ROWS,
    "purchases": OTHER_ROWS,
    "ledger": OTHER_ROWS,
    "positions": OTHER_ROWS,
    "feedback": OTHER_ROWS,
    "remits": OTHER_ROWS,
}
MARKS: dict[str, str] = {
    "labor": LABOR_MARKS,
    "stock": STOCK_MARKS,
    "work_orders": WORK_ORDERS_MARKS,
    "contracts": CONTRACTS_MARKS,
    "spend": SPEND_MARKS,
    "budget": BUDGET_MARKS,
}

# Actual cost of each subject, site and month, beside its budget. A budget line without an actual
# keeps a null actual: no file is not no cost.
COSTS = """
WITH actuals AS (
  SELECT site, month, 'staffing' AS subject, currency, sum(cost) AS actual
  FROM labour_costs GROUP BY ALL
  UNION ALL
  SELECT site, month, subject, currency, sum(amount) FROM spend
  WHERE subject IN ('facilities', 'contracts') GROUP BY ALL
  UNION ALL
  SELECT site, month, 'supplies', currency, sum(value) FROM supply_moves
  WHERE kind IN ('issue', 'waste') AND value IS NOT NULL GROUP BY ALL
), summed AS (
  SELECT site, month, subject, currency, sum(actual) AS actual FROM actuals GROUP BY ALL
), budgets AS (
  SELECT site, month, subject, currency, sum(amount) AS budget, sum(hours) AS budget_hours,
    sum(volume) AS budget_volume
  FROM budget WHERE in_force GROUP BY ALL
)
SELECT coalesce(s.site, b.site) AS site, coalesce(s.month, b.month) AS month,
  coalesce(s.subject, b.subject) AS subject, coalesce(s.currency, b.currency) AS currency,
  CAST(s.actual AS DECIMAL(38,4)) AS actual, CAST(b.budget AS DECIMAL(38,4)) AS budget,
  b.budget_hours, b.budget_volume
FROM summed s FULL JOIN budgets b ON b.site = s.site AND b.month = s.month
  AND b.subject = s.subject AND b.currency = s.currency
"""

# All labour cost by month: payroll and timesheets, and agency invoices where no timesheet
# states the cost already.
LABOUR_COSTS = """
SELECT site, month, month AS date, role, kind, basis, pay_class, currency,
  CAST(sum(coalesce(amount, 0) + coalesce(employer_cost, 0)) AS DECIMAL(38,4)) AS cost
FROM labor WHERE counts AND (amount IS NOT NULL OR employer_cost IS NOT NULL) GROUP BY ALL
UNION ALL
SELECT site, month, month, 'Agency, by invoice', 'agency', 'invoice', 'other', currency,
  CAST(sum(amount) AS DECIMAL(38,4))
FROM spend WHERE subject = 'staffing' AND counts GROUP BY ALL
"""

# Invoice lines under contracts that have a ceiling, with the contract's term.
CONTRACT_LINES = """
SELECT f.site, f.date, f.month, f.contract, f.supplier, f.amount, f.currency, c.start, c."end",
  c.ceiling
FROM spend f JOIN contracts c ON c.contract = f.contract AND c.latest
WHERE c.ceiling IS NOT NULL
"""

# Monthly sums, so that a ratio over 36 months and all sites needs no fact.
ROLLUPS: dict[str, tuple[str, str]] = {
    "labor": (
        "labor_month",
        "SELECT site, month, month AS date, role, kind, basis, pay_class, currency, counts, "
        "nursing, system, sum(hours) AS hours, sum(amount) AS amount, "
        "sum(employer_cost) AS employer_cost FROM labor GROUP BY ALL",
    ),
    "supply_moves": (
        "supply_month",
        "SELECT site, month, month AS date, category, kind, currency, system, "
        "sum(quantity) AS quantity, sum(value) AS value FROM supply_moves GROUP BY ALL",
    ),
}

# Tables made of others, in order.
DERIVED: dict[str, str] = {
    "labour_costs": LABOUR_COSTS,
    "contract_lines": CONTRACT_LINES,
    "costs": COSTS,
    **dict(ROLLUPS.values()),
}
