"""What changed since: which site, month and feed shows another amount, and which file made it so.

A change is one event's: a load, a correction or an undo moved the sum of a feed in a site's month
that was known before it. The first report of a month is no change.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from pipelines.feeds import FEEDS
from pipelines.warehouse import model
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.vintage import event_of

# What is summed in each feed, beside its rows.
MEASURES: dict[str, tuple[str, ...]] = {
    "labor": ("amount", "employer_cost", "hours"),
    "volume": ("count",),
    "stock": ("quantity",),
    "supply_moves": ("value", "quantity"),
    "assets": ("cost",),
    "work_orders": ("cost", "labour_hours"),
    "purchases": ("amount",),
    "contracts": ("annual_value", "ceiling"),
    "spend": ("amount",),
    "budget": ("amount", "hours", "volume"),
    "ledger": ("amount",),
    "remits": ("paid",),
}
AMOUNT = "DECIMAL(38,4)"

_CHANGES = """
WITH moved AS ({moved}),
deltas AS (
  SELECT feed, site, month, currency, measure, event, sum(delta) AS delta, sum(n) AS n
  FROM moved WHERE event > ? GROUP BY ALL
), bases AS (
  SELECT feed, site, month, currency, measure, sum(delta) AS base, sum(n) AS n
  FROM moved WHERE event <= ? GROUP BY ALL
), steps AS (
  SELECT d.*, coalesce(b.base, 0) + sum(d.delta) OVER w AS after,
    coalesce(b.n, 0) + sum(d.n) OVER w AS rows_after
  FROM deltas d LEFT JOIN bases b ON b.feed = d.feed AND b.measure = d.measure
    AND b.site IS NOT DISTINCT FROM d.site AND b.month IS NOT DISTINCT FROM d.month
    AND b.currency IS NOT DISTINCT FROM d.currency
  WINDOW w AS (PARTITION BY d.feed, d.site, d.month, d.currency, d.measure ORDER BY d.event)
)
SELECT t.event, l.moment, coalesce(l.what, 'load') AS what, l.undoes, l.corrects,
  coalesce(l.path, u.path) AS path, coalesce(l.part, u.part) AS part, t.feed, t.site,
  s.name AS site_name, t.month, t.measure, t.currency,
  CAST(t.after - t.delta AS {amount}) AS before, CAST(t.after AS {amount}) AS after,
  CAST(t.delta AS {amount}) AS change,
  CAST(t.rows_after - t.n AS BIGINT) AS rows_before, CAST(t.rows_after AS BIGINT) AS rows_after
FROM steps t JOIN loads l ON l.event = t.event LEFT JOIN loads u ON u.event = l.undoes
LEFT JOIN sites s ON s.site = t.site
WHERE t.rows_after - t.n > 0 AND t.delta <> 0
ORDER BY t.event, t.feed, t.site, t.month, t.measure, t.currency
"""


def changes(
    reader: Reader,
    since: int | date,
    feeds: Collection[str] | None = None,
    months: tuple[date, date] | None = None,
) -> pl.DataFrame:
    """Every change after a load's number or a day, oldest first, a row a measure.

    (event, moment, what, undoes, corrects, path, part, feed, site, site_name, month, measure,
    currency, before, after, change, rows_before, rows_after). `what` is load or undo; of an undo
    `path` is the file that was withdrawn. `measure` is a column of the feed, or "rows" where it has
    none. Sums are decimal. `feeds` keeps to some of them, `months` to those from the first to the
    last (and to what has no month). UsageProblem when nothing had been loaded by then.
    """
    event = event_of(reader, since)
    wanted = [feed for feed in model.ROWS if feeds is None or feed in feeds] or model.ROWS
    moved = " UNION ALL ".join(_moved(feed, reader.columns[feed]) for feed in wanted)
    if months is not None:
        first, last = months
        moved = (
            f"SELECT * FROM ({moved}) WHERE month IS NULL "
            f"OR month BETWEEN DATE '{first}' AND DATE '{last}'"
        )
    return reader.query(_CHANGES.format(moved=moved, amount=AMOUNT), [event, event])


def moved_by(reader: Reader, events: Sequence[int]) -> list[str]:
    """The feeds whose sums any of the events may have moved: adding all of them up takes long."""
    if not events:
        return []
    among = f"IN ({', '.join(map(str, events))})"
    return [
        feed
        for feed in model.ROWS
        if reader.query(
            f"SELECT 1 FROM {feed} WHERE loaded_in {among} UNION ALL "
            f"SELECT 1 FROM {feed}_history WHERE loaded_in {among} OR superseded_in {among} LIMIT 1"
        ).height
    ]


def _moved(feed: str, columns: frozenset[str]) -> str:
    """What each event added to a feed's sums and took from them.

    A row that a later file had already spoken for when it came has never counted.
    """
    site = "site" if "site" in columns else "NULL::VARCHAR"
    currency = "currency" if "currency" in columns else "NULL::VARCHAR"
    names = MEASURES.get(feed, ())
    parts = []
    for table, event, sign in (
        (feed, "loaded_in", 1), (f"{feed}_history", "loaded_in", 1),
        (f"{feed}_history", "superseded_in", -1),
    ):  # fmt: skip
        for name in names or ("rows",):
            value = f'CAST(coalesce("{name}", 0) AS {AMOUNT})' if names else f"CAST(1 AS {AMOUNT})"
            counted = f' AND "{name}" IS NOT NULL' if names else ""
            parts.append(
                f"SELECT '{feed}' AS feed, {site} AS site, {_month(feed, columns)} AS month, "
                f"{currency} AS currency, '{name}' AS measure, {event} AS event, "
                f"sum({sign} * {value}) AS delta, sum({sign}) AS n FROM {table} "
                f"WHERE superseded_in IS DISTINCT FROM loaded_in{counted} GROUP BY ALL"
            )
    return " UNION ALL ".join(parts)


def _month(feed: str, columns: frozenset[str]) -> str:
    """The month that a row of a feed belongs to; null in registers."""
    if "month" in columns:
        return "CAST(month AS DATE)"
    days = [name for name in FEEDS[feed].date if name in columns]
    return f"CAST(date_trunc('month', {days[0]}) AS DATE)" if days else "NULL::DATE"
