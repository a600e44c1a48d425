"""Which site-months sent what they are expected to send, and whether to the month's end."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.warehouse.needs import NEEDS, Need

# Days without a row that are no gap in an export: a clinic closed over the holidays. Where rows are
# pay periods, which follow each other, even three days without one are a gap.
CLOSED_DAYS = 9
BETWEEN_PERIODS = 2
# A month that a daily export reaches to within this many days is there to its end, once it is over:
# what was loaded on the 26th cannot hold the days that follow.
WEEK = 6

_COVERAGE = """
WITH arrived AS ({parts}),
ends AS (SELECT need, min(month) AS first, max(month) AS last FROM arrived GROUP BY need),
horizon AS (
  SELECT greatest((SELECT max(last) FROM ends WHERE need IN ({dated})),
    (SELECT CAST(date_trunc('month', max(moment)) AS DATE) FROM loads)) AS last,
    (SELECT CAST(max(moment) AS DATE) FROM loads) AS loaded
),
days AS ({days}),
runs AS (
  SELECT need, whose, date, last > date AS long,
    max(last) OVER (PARTITION BY need, whose ORDER BY date, last
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS upto,
    lag(last > date) OVER (PARTITION BY need, whose ORDER BY date, last) AS after_long
  FROM days
), reach AS (
  SELECT need, whose, min(date) AS first, max(last) AS last,
    min(CASE WHEN last > date THEN date ELSE date - {week} END) AS since,
    max(CASE WHEN last > date OR last_day(last) >= h.loaded THEN last ELSE last + {week} END)
      AS upto
  FROM days CROSS JOIN (SELECT loaded FROM horizon) h GROUP BY need, whose
), gaps AS (
  SELECT need, whose, upto + 1 AS first, date - 1 AS last FROM runs
  WHERE datediff('day', upto, date) - 1 >
    CASE WHEN long OR after_long THEN {between} ELSE {closed} END
  UNION ALL
  SELECT r.need, r.whose, CAST(date_trunc('month', r.first) AS DATE), r.first - 1
  FROM reach r LEFT JOIN sites s ON s.site = r.whose
  WHERE r.since > greatest(CAST(date_trunc('month', r.first) AS DATE), s.opened)
  UNION ALL
  SELECT r.need, r.whose, r.last + 1, last_day(r.last)
  FROM reach r LEFT JOIN sites s ON s.site = r.whose
  WHERE r.upto < least(last_day(r.last), s.closed)
), spans AS (
  SELECT p.need, p.site,
    CASE WHEN p.need IN ({periodic}) THEN min(p.month)
      ELSE greatest(any_value(e.first), least(min(p.month),
        CAST(date_trunc('month', any_value(s.opened)) AS DATE))) END AS first,
    CASE WHEN p.need IN ({periodic}) AND p.site LIKE '~%' THEN max(p.month) ELSE greatest(
      least(greatest(any_value(e.last), CASE WHEN p.need IN ({standing}) THEN any_value(h.last)
        END), any_value(s.closed)), max(p.month)) END AS last
  FROM arrived p JOIN ends e ON e.need = p.need JOIN sites s ON s.site = p.site CROSS JOIN horizon h
  GROUP BY p.need, p.site
), expected AS (
  SELECT need, site, CAST(unnest(range(first, CAST(last + INTERVAL 1 DAY AS DATE),
    INTERVAL 1 MONTH)) AS DATE) AS month FROM spans
), seen AS (
  SELECT e.need, e.site, e.month,
    CASE WHEN e.need IN ({periodic}) THEN p.month IS NOT NULL
      WHEN e.need IN ({standing}) THEN true ELSE q.month IS NOT NULL END AS present
  FROM expected e
  LEFT JOIN arrived p ON p.need = e.need AND p.site = e.site AND p.month = e.month
  LEFT JOIN (SELECT DISTINCT need, month FROM arrived) q
    ON q.need = e.need AND q.month = e.month
)
SELECT need, site, month, present, present AND (site LIKE '~%' OR NOT EXISTS (
    SELECT 1 FROM gaps g WHERE g.need = seen.need AND g.whose IN (seen.site, '')
    AND g.first <= last_day(seen.month) AND g.last >= seen.month)) AS whole
FROM seen WHERE present OR NOT (site LIKE '~%' AND need IN ({periodic}))
ORDER BY need, site, month
"""


def coverage_query() -> str:
    """(need, site, month, present, whole) for every site-month in which something is expected.

    A site is expected to send what it has sent once, from its first month to the last month that
    any site has sent, while it is open. Single events (work orders, invoices) are expected of all
    sites together: a month without a fault is no missing export. Of unmapped codes nothing is
    expected, but what came counts. `whole` is false where days are missing: the pay period that
    reaches into a month, and the next one not yet loaded.
    """
    needs = NEEDS.values()
    return _COVERAGE.format(
        parts=" UNION ALL ".join(need.query for need in needs),
        days=" UNION ALL ".join(need.days for need in needs if need.daily),
        periodic=_listed(need for need in needs if need.periodic),
        standing=_listed(need for need in needs if need.standing),
        dated=_listed(need for need in needs if not need.standing and need.name != "budget"),
        week=WEEK,
        between=BETWEEN_PERIODS,
        closed=CLOSED_DAYS,
    )


def _listed(needs: Iterable[Need]) -> str:
    return ", ".join(f"'{need.name}'" for need in needs)
