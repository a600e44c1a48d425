"""The read model line by line: derived tables before they are summed, and what tells a line.

A figure's rows are found by the query that makes the figure, over these tables in place of the
summed ones. Each line carries its feed, load, record and fact, its day, and a few words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

# What a line is called, and the day that places it, in the table of each feed.
_WHAT = {
    "labor": ("date", "concat_ws(' · ', {f}.role, {f}.kind, {f}.pay_class, {f}.pay_code)"),
    "volume": ("date", "{f}.measure"),
    "supply_moves": ("date", "concat_ws(' · ', {f}.reference, {f}.kind, {f}.item_name)"),
    "stock": ("as_of", "concat_ws(' · ', {f}.item, {f}.item_name, {f}.lot)"),
    "work_orders": ("created", "concat_ws(' · ', {f}.work_order, {f}.status)"),
    "contracts": ("start", "concat_ws(' · ', {f}.contract, {f}.vendor, {f}.title)"),
    "spend": ("date", "concat_ws(' · ', {f}.supplier, {f}.document, {f}.account_title)"),
    "assets": ("acquired", "concat_ws(' · ', {f}.asset, {f}.name, {f}.risk)"),
    "purchases": ("date", "concat_ws(' · ', {f}.\"order\", {f}.supplier, {f}.item_name)"),
    "positions": ("as_of", "{f}.role"),
    "feedback": ("date", "{f}.kind"),
    "remits": ("month", "concat_ws(' · ', {f}.contract, {f}.payer)"),
    "ledger": ("month", "{f}.account"),
    "budget": ("month", "concat_ws(' · ', {f}.version, {f}.account)"),
}
DERIVED_LINES = ("feed", "load", "record", "fact", "day", "what")


def lines_of(table: str) -> tuple[str, ...]:
    """The columns, over rows `f`, that tell a line of a table: `DERIVED_LINES`."""
    if table in TRACED:
        return tuple(f"f.{column}" for column in DERIVED_LINES)
    day, what = _WHAT[table]
    return (
        f"'{table}' AS feed", "f.load", "f.record", "f.fact",
        f"CAST(f.{day} AS DATE) AS day", f"{what.format(f='f')} AS what",
    )  # fmt: skip


def _line(feed: str, alias: str) -> str:
    day, what = _WHAT[feed]
    return (
        f"'{feed}' AS feed, {alias}.load, {alias}.record, {alias}.fact, "
        f"CAST({alias}.{day} AS DATE) AS day, {what.format(f=alias)} AS what"
    )


# Each is the table of the same name in `model.DERIVED`, before it is summed.
_LABOUR_COSTS = f"""
SELECT l.site, l.month, l.month AS date, l.role, l.kind, l.basis, l.pay_class, l.currency,
  CAST(coalesce(l.amount, 0) + coalesce(l.employer_cost, 0) AS DECIMAL(38,4)) AS cost,
  {_line("labor", "l")}
FROM labor l WHERE l.counts AND (l.amount IS NOT NULL OR l.employer_cost IS NOT NULL)
UNION ALL
SELECT i.site, i.month, i.month, 'Agency, by invoice', 'agency', 'invoice', 'other', i.currency,
  CAST(i.amount AS DECIMAL(38,4)), {_line("spend", "i")}
FROM spend i WHERE i.subject = 'staffing' AND i.counts
"""

_CONTRACT_LINES = f"""
SELECT c.site, i.site AS spent_at, i.date, i.month, i.contract, i.supplier, i.amount, i.currency,
  c.start, c."end", c.ceiling, c.status, c.vendor, c.title, c.category, c.kind,
  {_line("spend", "i")}
FROM spend i JOIN contracts c ON c.contract = i.contract AND c.latest
WHERE c.ceiling IS NOT NULL
"""

# A line of the actual stands beside 0 of a budget where the site's month has one, and the other
# way about: what counts only where both are there counts here in the same lines.
_COSTS = f"""
WITH lines AS (
  SELECT t.site, t.month, 'staffing' AS subject, t.currency, t.cost AS actual,
    NULL::DECIMAL(38,4) AS budget, NULL::DECIMAL(38,4) AS budget_hours,
    NULL::DECIMAL(38,4) AS budget_volume, t.feed, t.load, t.record, t.fact, t.day, t.what
  FROM labour_costs t
  UNION ALL
  SELECT i.site, i.month, i.subject, i.currency, i.amount, NULL, NULL, NULL, {_line("spend", "i")}
  FROM spend i WHERE i.subject IN ('facilities', 'contracts')
  UNION ALL
  SELECT m.site, m.month, 'supplies', m.currency, m.value, NULL, NULL, NULL,
    {_line("supply_moves", "m")}
  FROM supply_moves m WHERE m.kind IN ('issue', 'waste') AND m.value IS NOT NULL
  UNION ALL
  SELECT b.site, b.month, b.subject, b.currency, NULL, b.amount, b.hours, b.volume,
    {_line("budget", "b")}
  FROM budget b WHERE b.in_force
), sides AS (
  SELECT site, month, subject, currency, count(actual) > 0 AS acted, count(budget) > 0 AS planned
  FROM lines GROUP BY ALL
)
SELECT l.* REPLACE (
  CASE WHEN s.acted THEN coalesce(l.actual, 0) END AS actual,
  CASE WHEN s.planned THEN coalesce(l.budget, 0) END AS budget
), coalesce(c.whole, l.subject <> 'staffing') AS whole
FROM lines l JOIN sides s ON s.site = l.site AND s.month = l.month AND s.subject = l.subject
  AND s.currency = l.currency
LEFT JOIN coverage c ON c.site = l.site AND c.month = l.month AND c.need =
  CASE l.subject WHEN 'staffing' THEN 'labor.pay' WHEN 'supplies' THEN 'supply_moves.value' END
"""

TRACED: dict[str, str] = {
    "labour_costs": _LABOUR_COSTS,
    "contract_lines": _CONTRACT_LINES,
    "costs": _COSTS,
}


def traced(months: tuple[date, date] | None = None, sites: Sequence[str] = ()) -> str:
    """The derived tables line by line: "name AS (…), name AS (…)".

    `months` keeps costs to those from the first to the last, `sites` to theirs where there are any:
    they are found far sooner than all of them.
    """
    tables = dict(TRACED)
    if months is not None:
        first, last = months
        tables["costs"] = (
            f"SELECT * FROM ({_COSTS}) WHERE month BETWEEN DATE '{first}' AND DATE '{last}'"
        )
        if sites:
            quoted = ", ".join("'" + site.replace("'", "''") + "'" for site in sites)
            tables["costs"] += f" AND site IN ({quoted})"
    return ", ".join(f"{name} AS ({query})" for name, query in tables.items())
