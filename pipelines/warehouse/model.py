"""The read model: what each published table is, as SQL over the facts.

Every feed becomes a table of the same name in two stages. The first (`ROWS`) looks at one fact at
a time: it resolves the site, places the row in months and values it. The second (`MARKS`) looks at
all rows of a vintage together and adds marks: which revision is the latest, which hours count
once. Publishing runs both over the current facts and the first over superseded ones, so that an
older vintage can be marked anew when someone asks for it.
"""

from __future__ import annotations

from pipelines.feeds import FEEDS
from pipelines.warehouse.noticed import last_day
from pipelines.warehouse.plans import BUDGET_MARKS, BUDGET_ROWS, TARGETS_ROWS

NURSING = (
    "RN", "LPN", "CNA", "RN DON", "RN administrative", "LPN administrative",
    "Nurse aide in training", "Medication aide", "Registered nurse", "Licensed practical nurse",
    "Nursing assistant",
)  # fmt: skip


def _part(column: str, digits: int) -> str:
    """A pay period's part in one month: the share up to its end less the share before it.

    Running shares are rounded and decimal, and the last is the whole, so that the parts add up to
    it exactly, whatever the division in between.
    """
    upto, before = (
        f"CAST(round(p.{column} * {days} / days, {digits}) AS DECIMAL(18,4))"
        for days in ("upto", "before")
    )
    return (
        f"CAST(CASE WHEN upto = days THEN p.{column} ELSE {upto} END "
        f"- CASE WHEN before = 0 THEN 0 ELSE {before} END AS DECIMAL(18,4)) AS {column}"
    )


# `upto` and `before`: the days of a pay period up to and including a month, and before it.
LABOR_ROWS = (
    """
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
  greatest(p.period_start, p.month) AS date, least(p.period_end, last_day(p.month)) AS last,
  coalesce(p.role, 'Unstated') AS role, coalesce(p.kind, 'employee') AS kind,
  coalesce(p.basis, CASE WHEN p.kind = 'agency' THEN 'timesheet' ELSE 'payroll' END) AS basis,
  p.pay_code, coalesce(p.pay_class, 'regular') AS pay_class, p.worker,
"""
    + f"  {_part('hours', 4)},\n  {_part('amount', 2)},\n  {_part('employer_cost', 2)},\n"
    + """
  p.currency, days > 1 AND before + days - upto > 0 AS allocated,
  {provenance}
FROM placed p {codes}
"""
)

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
  p.grain, p.measure, p."count", {provenance}
FROM {facts} p {codes}
"""

# Up to which day a count reaches. Counts of a site that all stand on first days are months'.
VOLUME_MARKS = """
SELECT t.* EXCLUDE (reach) REPLACE (t.reach AS grain),
  CASE WHEN t.reach = 'month' THEN last_day(t.date) ELSE t.date END AS last
FROM (SELECT r.*, coalesce(r.grain, CASE WHEN max(day(r.date))
  OVER (PARTITION BY r.system, r.site, r.measure) = 1 THEN 'month' ELSE 'day' END) AS reach
  FROM {rows} r) t
"""

STOCK_ROWS = """
SELECT {site} AS site, p.as_of, CAST(date_trunc('month', p.as_of) AS DATE) AS month, p.item,
  coalesce(p.item_name, p.item) AS item_name, p.category, p.lot, p.expiry, p.quantity, p.unit,
  p.unit_cost AS stated_cost, p.minimum, p.reorder, p.maximum, p.currency, {provenance}
FROM {facts} p {codes}
"""

# An item without a price is valued at what it had last cost when it was counted (else at what it
# first cost afterwards). `until` is the day on which the site's next count takes over; a count
# older than two months is stale. `on_hand` and `par` are the item's over all its lots, which
# `first_lot` counts once.
STOCK_MARKS = """
WITH costs_seen AS (
  SELECT item, currency, date, arg_max(unit_cost, (load, record)) AS unit_cost FROM supply_moves
  WHERE unit_cost IS NOT NULL GROUP BY ALL
), first_costs AS (
  SELECT item, currency, arg_min(unit_cost, date) AS unit_cost FROM costs_seen GROUP BY ALL
), counts_seen AS (
  SELECT site, as_of, lead(as_of) OVER (PARTITION BY site ORDER BY as_of) AS next_as_of
  FROM (SELECT DISTINCT site, as_of FROM {rows})
), priced AS (
  SELECT r.*, coalesce(r.stated_cost, c.unit_cost, o.unit_cost) AS unit_cost
  FROM {rows} r
  ASOF LEFT JOIN costs_seen c ON c.item = r.item AND c.currency = r.currency AND c.date <= r.as_of
  LEFT JOIN first_costs o ON o.item = r.item AND o.currency = r.currency
)
SELECT t.*, CAST(t.quantity * t.unit_cost AS DECIMAL(18,4)) AS value,
  CAST(least(coalesce(n.next_as_of, DATE '9999-12-31'), t.as_of + INTERVAL 62 DAY) AS DATE)
    AS until,
  sum(t.quantity) OVER item AS on_hand, max(t.minimum) OVER item AS par,
  row_number() OVER (item ORDER BY t.load, t.record, t.fact) = 1 AS first_lot
FROM priced t LEFT JOIN counts_seen n ON n.site = t.site AND n.as_of = t.as_of
WINDOW item AS (PARTITION BY t.site, t.as_of, t.system, t.item)
"""

MOVES_ROWS = """
SELECT {site} AS site, p.date, CAST(date_trunc('month', p.date) AS DATE) AS month, p.reference,
  p.item, coalesce(p.item_name, p.item) AS item_name, p.category, p.kind, p.quantity, p.unit,
  p.unit_cost, coalesce(p.value, CAST(p.quantity * p.unit_cost AS DECIMAL(18,4))) AS value,
  p.currency, {provenance}
FROM {facts} p {codes}
"""

# Up to which day a movement reaches: where all of a site's stand on first days, they are sums of
# their months.
MOVES_MARKS = """
SELECT t.*, CASE WHEN max(day(t.date)) OVER (PARTITION BY t.system, t.site) = 1
  THEN last_day(t.date) ELSE t.date END AS last
FROM {rows} t
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

# The system's last sign of life: what was due later may yet be done in time.
WORK_ORDERS_MARKS = """
SELECT t.*, coalesce(t.stated_risk, a.risk, 'unstated') AS risk, a.name AS asset_name,
  CAST(max(greatest(t.created, t.completed, t.cancelled)) OVER (PARTITION BY t.system) AS DATE)
    AS known_until
FROM {rows} t LEFT JOIN (SELECT asset, min(risk) AS risk, min(name) AS name FROM assets GROUP BY 1)
  a ON a.asset = t.asset
"""

CONTRACTS_ROWS = """
SELECT {site} AS site, p.contract, coalesce(p.revision, 0) AS revision, p.title, p.vendor,
  coalesce(p.kind, 'vendor') AS kind, p.category, p.status, p.start, p."end", p.notice_days,
  p.notice_unit, p.notice_months, p.auto_renew, p.renewal_months, p.annual_value, p.ceiling,
  p.escalator, p.escalator_index, p.escalator_floor, p.escalator_cap, p.escalator_steps, p.executed,
  p.currency, @notice AS notice_date, {provenance}
FROM {facts} p {codes}
""".replace("@notice", last_day('p."end"', "p"))

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

# Of several revisions of an order's line, the latest counts. `known_until` is the system's last
# sign of life: what was promised for later may yet arrive in time.
PURCHASES_ROWS = """
SELECT {site} AS site, p."order", p.line, coalesce(p.revision, 0) AS revision, p.ordered_on,
  p.ordered_on AS date, CAST(date_trunc('month', p.ordered_on) AS DATE) AS month, p.promised,
  p.received_on, p.supplier, p.item, coalesce(p.item_name, p.item) AS item_name, p.quantity,
  coalesce(p.received, 0) AS received, coalesce(p.invoiced, 0) AS invoiced, p.unit, p.unit_price,
  p.amount, p.contract, p.currency, {provenance}
FROM {facts} p {codes}
"""
PURCHASES_MARKS = """
SELECT t.*, row_number() OVER (PARTITION BY t.system, t."order", t.line
    ORDER BY t.revision DESC, t.load DESC, t.record DESC) = 1 AS latest,
  max(greatest(t.date, t.received_on)) OVER (PARTITION BY t.system) AS known_until
FROM {rows} t
"""

# `until` is the day on which the site's next count takes over; one older than 92 days is stale.
POSITIONS_ROWS = """
SELECT {site} AS site, p.as_of, CAST(date_trunc('month', p.as_of) AS DATE) AS month, p.role,
  p.budgeted, p.filled, {provenance}
FROM {facts} p {codes}
"""
POSITIONS_MARKS = """
SELECT t.*, CAST(least(coalesce(n.next_as_of, DATE '9999-12-31'), t.as_of + INTERVAL 93 DAY)
  AS DATE) AS until
FROM {rows} t JOIN (
  SELECT site, as_of, lead(as_of) OVER (PARTITION BY site ORDER BY as_of) AS next_as_of
  FROM (SELECT DISTINCT site, as_of FROM {rows})
) n ON n.site = t.site AND n.as_of = t.as_of
"""

FEEDBACK_ROWS = """
SELECT {site} AS site, p.date, CAST(date_trunc('month', p.date) AS DATE) AS month, p.kind,
  p.received, p.due, p.on_time, {provenance}
FROM {facts} p {codes}
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
    "purchases": PURCHASES_ROWS,
    "ledger": OTHER_ROWS,
    "positions": POSITIONS_ROWS,
    "feedback": FEEDBACK_ROWS,
    "remits": OTHER_ROWS,
    "targets": TARGETS_ROWS,
}
MARKS: dict[str, str] = {
    "labor": LABOR_MARKS,
    "volume": VOLUME_MARKS,
    "supply_moves": MOVES_MARKS,
    "stock": STOCK_MARKS,
    "work_orders": WORK_ORDERS_MARKS,
    "contracts": CONTRACTS_MARKS,
    "spend": SPEND_MARKS,
    "budget": BUDGET_MARKS,
    "purchases": PURCHASES_MARKS,
    "positions": POSITIONS_MARKS,
}

# Actual cost of each subject, site and month, beside its budget. A budget line without an actual
# keeps a null actual: no file is not no cost. `whole` is false where the export of the actual is
# missing or ends within the month: agency invoices alone are not what the site's staff cost, also
# where no payroll of the site has come yet, so that nothing is expected of it.
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
), joined AS (
  SELECT coalesce(s.site, b.site) AS site, coalesce(s.month, b.month) AS month,
    coalesce(s.subject, b.subject) AS subject, coalesce(s.currency, b.currency) AS currency,
    CAST(s.actual AS DECIMAL(38,4)) AS actual, CAST(b.budget AS DECIMAL(38,4)) AS budget,
    b.budget_hours, b.budget_volume
  FROM summed s FULL JOIN budgets b ON b.site = s.site AND b.month = s.month
    AND b.subject = s.subject AND b.currency = s.currency
)
SELECT j.*, coalesce(c.whole, j.subject <> 'staffing') AS whole
FROM joined j LEFT JOIN coverage c ON c.site = j.site AND c.month = j.month AND c.need =
  CASE j.subject WHEN 'staffing' THEN 'labor.pay' WHEN 'supplies' THEN 'supply_moves.value' END
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

# Invoice lines under contracts that have a ceiling, with the contract's term. They belong to the
# contract's site, as its ceiling does, wherever the money was spent.
CONTRACT_LINES = """
SELECT c.site, f.site AS spent_at, f.date, f.month, f.contract, f.supplier, f.amount, f.currency,
  c.start, c."end", c.ceiling, c.status, c.vendor, c.title, c.category, c.kind
FROM spend f JOIN contracts c ON c.contract = f.contract AND c.latest
WHERE c.ceiling IS NOT NULL
"""

# Monthly sums, so that a ratio over 36 months and all sites needs no fact.
ROLLUPS: dict[str, tuple[str, str]] = {
    "labor": (
        "labor_month",
        "SELECT site, month, month AS date, role, kind, basis, pay_class, currency, counts, "
        "nursing, system, sum(hours) AS hours, sum(amount) AS amount, "
        "sum(employer_cost) AS employer_cost FROM labor GROUP BY ALL ORDER BY site, month",
    ),
    "supply_moves": (
        "supply_month",
        "SELECT site, month, month AS date, category, kind, currency, system, "
        "value IS NULL AS unpriced, sum(quantity) AS quantity, sum(value) AS value "
        "FROM supply_moves GROUP BY ALL",
    ),
}

# What must be the same in a roll-up and in the facts it sums.
ROLLED = {
    "labor": "sum(hours), sum(amount), sum(employer_cost)",
    "supply_moves": "sum(quantity), sum(value)",
}


def sums(feed: str) -> str:
    """What must be the same in a feed's table and in the record.

    Pay periods are split over months, and so have more rows than facts. A movement without a
    value gets one from its unit cost.
    """
    if feed == "labor":
        return ROLLED["labor"]
    measures = {"supply_moves": "quantity", "volume": '"count"', "stock": "quantity"}
    measure = measures.get(feed, FEEDS[feed].money)
    return f"count(*), sum({measure})" if measure else "count(*)"


# The last day on which something happened; what is planned or due may lie ahead.
KNOWN_DAY = (
    "SELECT max(day) AS day FROM ("
    + " UNION ALL ".join(
        f"SELECT max(CAST({day} AS DATE)) AS day FROM {table} "
        f"WHERE CAST({day} AS DATE) <= (SELECT CAST(max(moment) AS DATE) FROM loads)"
        for table, day in (
            ("labor", "date"), ("volume", "date"), ("supply_moves", "date"), ("stock", "as_of"),
            ("work_orders", "created"), ("spend", "date"),
        )
    )
    + ")"
)  # fmt: skip

# Tables made of others, in order.
DERIVED: dict[str, str] = {
    "known_day": KNOWN_DAY,
    "labour_costs": LABOUR_COSTS,
    "contract_lines": CONTRACT_LINES,
    "costs": COSTS,
    **dict(ROLLUPS.values()),
}
