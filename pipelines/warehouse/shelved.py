"""What each site holds of each item on a day, and how fast it uses it, as SQL over the read model.

The usual use is that of the 90 days before the site's last booking (to the booking before them,
so that a month's sum counts whole). Its variance is that of a year in steps of four weeks, from
booking to booking: q used in d days adds (q - a·d)²/d to s². Shorter steps would take for chance
what is only booked late, or used this week instead of next. An item that came to the site within
those days is judged since then. A site that has booked nothing for 62 days has no known use; an
item that its bookings don't show has none.

It takes seconds to work out over the movements of a large group, so it is worked out in advance
for the days that are mostly asked for: the last day known and the month ends of half a year.
"""

from __future__ import annotations

from datetime import date

import duckdb

WINDOW = 90  # days over which the usual use is measured
STEP = 28  # days of a step: long enough for weekdays and late bookings to even out
YEAR = 365  # days over which its variance and lead times are
STALE = 62  # days after which bookings, like counts, say nothing any more
MONTHS = 6  # month ends before the latest for which it is worked out in advance
# Steps that end within a year reach back to the day before the first of them is over.
_REACH = -(-YEAR // STEP) * STEP

# Use by the day up to which it reaches, and how an item first came to a site.
USED = """
SELECT site, item, last, sum(quantity) AS quantity FROM supply_moves
WHERE kind IN ('issue', 'waste') GROUP BY ALL
"""
FIRSTS = """
SELECT site, item, min(date) AS first, arg_min(kind, (date, kind = 'issue', kind)) AS kind,
  min(date) FILTER (kind = 'receipt') AS received
FROM supply_moves GROUP BY ALL
"""

# Over relations `used` and `firsts`. Bookings in steps back from the site's last; each step
# reaches back to the last booking before it. `moved` is what came and went since a site's count,
# where its export books what comes.
_LEVELS = f"""
days AS (
  SELECT DISTINCT site, last FROM used
  WHERE last <= $day AND last > $day - INTERVAL {2 * YEAR} DAY
), reached AS (
  SELECT site, max(last) AS until FROM days GROUP BY site
  HAVING max(last) > $day - INTERVAL {STALE} DAY
), stepped AS (
  SELECT d.site, d.last, datediff('day', d.last, r.until) // {STEP} AS step
  FROM days d JOIN reached r USING (site)
), ends AS (
  SELECT site, step, max(last) AS stop, lead(max(last)) OVER (PARTITION BY site ORDER BY step)
    AS since FROM stepped GROUP BY site, step
), intervals AS (
  SELECT site, step, stop, since, datediff('day', since, stop) AS days FROM ends
  WHERE since IS NOT NULL
), windows AS (
  SELECT r.site, r.until, coalesce(max(d.last), r.until - INTERVAL {WINDOW} DAY) AS begun
  FROM reached r LEFT JOIN days d
    ON d.site = r.site AND d.last <= r.until - INTERVAL {WINDOW} DAY
    AND d.last > r.until - INTERVAL {WINDOW} DAY - INTERVAL 1 MONTH GROUP BY r.site, r.until
), items AS (
  SELECT c.site, c.item, w.until, CAST(greatest(w.begun, CASE WHEN c.kind IN
    ('receipt', 'transfer_in') THEN c.first - 1 END) AS DATE) AS begun,
    CASE WHEN c.kind IN ('receipt', 'transfer_in') THEN c.first END AS first
  FROM firsts c JOIN windows w USING (site) WHERE c.first <= $day
), sums AS (
  SELECT i.site, i.item, datediff('day', u.last, i.until) // {STEP} AS step,
    sum(u.quantity) AS used, sum(u.quantity) FILTER (u.last > i.begun) AS lately
  FROM items i JOIN used u ON u.site = i.site AND u.item = i.item
  WHERE u.last <= $day AND u.last > $day - INTERVAL {STALE + _REACH} DAY
    AND u.last > i.until - INTERVAL {_REACH} DAY GROUP BY ALL
), rates AS (
  SELECT i.site, i.item, i.until, i.first, greatest(datediff('day', i.begun, i.until), 1) AS days,
    coalesce(s.used, 0) AS used
  FROM items i LEFT JOIN (SELECT site, item, sum(lately) AS used FROM sums GROUP BY ALL) s
    USING (site, item)
), spread AS (
  SELECT r.site, r.item, count(*) AS bookings, sum(n.days) AS whole, sum(s.used) AS used,
    sum(s.used * s.used / n.days) AS squares
  FROM rates r JOIN intervals n ON n.site = r.site AND (r.first IS NULL OR n.since >= r.first - 1)
    LEFT JOIN sums s ON s.site = r.site AND s.item = r.item AND s.step = n.step
  WHERE n.stop > r.until - INTERVAL {YEAR} DAY GROUP BY r.site, r.item
), paces AS (
  SELECT r.site, r.item, r.until, r.days AS "window", CAST(r.used / r.days AS DOUBLE) AS a_day,
    coalesce(p.bookings, 0) AS bookings,
    CAST((p.squares - p.used * p.used / p.whole) / nullif(p.bookings - 1, 0) AS DOUBLE) AS variance
  FROM rates r LEFT JOIN spread p USING (site, item)
), held AS (
  SELECT f.site, f.item, any_value(f.item_name) AS item_name, max(f.as_of) AS as_of,
    CAST(sum(f.quantity) FILTER (f.expiry IS NULL OR f.expiry > $day) AS DOUBLE) AS quantity,
    CAST(sum(f.quantity) FILTER (f.expiry <= $day) AS DOUBLE) AS expired,
    any_value(f.unit) AS unit, max(f.unit_cost) AS unit_cost,
    CAST(max(f.minimum) AS DOUBLE) AS minimum, CAST(max(f.maximum) AS DOUBLE) AS maximum,
    any_value(f.currency) AS currency
  FROM stock f WHERE f.as_of <= $day AND f.until > $day GROUP BY f.site, f.item
), since AS (
  SELECT h.site, h.item, CAST(sum(CASE WHEN m.kind IN ('issue', 'waste', 'transfer_out')
    THEN -m.quantity ELSE m.quantity END) AS DOUBLE) AS moved
  FROM held h JOIN supply_moves m ON m.site = h.site AND m.item = h.item
    AND m.date > h.as_of AND m.date > $day - INTERVAL {STALE} DAY AND m.last <= $day
    AND m.kind <> 'opening'
  WHERE h.site IN (SELECT site FROM firsts WHERE received <= $day) GROUP BY h.site, h.item
)
SELECT h.*, p.until, p."window", p.a_day, p.bookings, p.variance, r.site IS NOT NULL AS booking,
  s.moved
FROM held h LEFT JOIN paces p ON p.site = h.site AND p.item = h.item
LEFT JOIN (SELECT DISTINCT site FROM paces) r ON r.site = h.site
LEFT JOIN since s ON s.site = h.site AND s.item = h.item
"""
# A day that was not worked out in advance.
ANY_DAY = f"WITH used AS ({USED}), firsts AS ({FIRSTS}), {_LEVELS}"

# A row for each day that was, so that a day on which nothing was held is told from one that
# was not worked out.
_DAYS = f"""
CREATE TABLE level_days AS
SELECT DISTINCT day FROM (
  SELECT day FROM known_day UNION ALL
  SELECT last_day(CAST(k.day - to_months(CAST(step AS INTEGER)) AS DATE))
  FROM known_day k, range(0, {MONTHS + 1}) steps(step)
) WHERE day IS NOT NULL ORDER BY day
"""


def stage(sql: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `level_days` and `levels`: the rows of `ANY_DAY` for each of the days."""
    sql.execute(_DAYS)
    sql.execute(f"CREATE OR REPLACE TEMP TABLE used AS {USED}")
    sql.execute(f"CREATE OR REPLACE TEMP TABLE firsts AS {FIRSTS}")
    days = [row[0] for row in sql.execute("SELECT day FROM level_days ORDER BY day").fetchall()]
    rows = f"SELECT CAST($day AS DATE) AS day, l.* FROM (WITH {_LEVELS}) l"
    sql.execute(f"CREATE TABLE levels AS {rows} LIMIT 0", {"day": date.min})
    for day in days:
        sql.execute(f"INSERT INTO levels {rows} ORDER BY l.site, l.item", {"day": day})
    sql.execute("DROP TABLE temp.used")
    sql.execute("DROP TABLE temp.firsts")


def fingerprint() -> str:
    """A text that changes whenever the tables are made otherwise."""
    return _DAYS + ANY_DAY
