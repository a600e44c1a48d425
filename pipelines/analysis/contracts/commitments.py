"""Commitments: when notice must be given, what renews by itself, how near a ceiling is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.analysis.contracts.terms import working_day_by
from pipelines.analysis.stock.consumption import Ends, Lasts, Pace, Paces, all_last
from pipelines.metrics.compile import Scope
from pipelines.metrics.contracts import BOUND, end_at, notice_at, renewed_end
from pipelines.warehouse.noticed import noticed
from pipelines.warehouse.reader import Reader

PACE = 90  # days of invoices from which a contract's pace is judged
STEP = 30  # days over which charges are summed, to tell how much they differ
YEAR = 365  # days of them that are the present rate, where there are twice as many

_NOTICES = """
WITH p AS (SELECT CAST($1 AS DATE) AS day), standing AS (
  SELECT f.site, s.name AS site_name, f.contract, f.title, f.vendor, f.kind, f.category,
    {end} AS "end", {notice} AS notice_date, f.notice_days, f.auto_renew, f.renewal_months,
    {noticed} AS noticed,
    {next} AS next_end, f.annual_value, f.escalator,
    f.escalator_index, f.escalator_steps, f.currency,
    f.auto_renew AND coalesce(f."end" < p.day, false) AS renewed, f."end" IS NULL AS open_ended,
    p.day
  FROM contracts f JOIN sites s ON s.site = f.site, p WHERE f.latest AND {bound} AND {conditions}
)
SELECT site, site_name, contract, title, vendor, kind, category, "end", notice_date,
  datediff('day', day, notice_date) AS days, auto_renew, renewal_months, next_end, annual_value,
  escalator, escalator_index, escalator_steps, currency, notice_date <= day AS locked, renewed,
  open_ended
FROM standing
WHERE "end" >= day AND ((notice_date > day AND notice_date <= day + INTERVAL {within} DAY) {passed})
ORDER BY notice_date, annual_value DESC NULLS LAST
"""


def notices(
    reader: Reader,
    day: date,
    where: Mapping[str, Sequence[str]],
    *,
    within: int = 90,
    missed: bool = True,
) -> pl.DataFrame:
    """Contracts by notice date: those due within some days, and those whose notice was missed.

    The day that matters is the notice date, not the end. A contract that renews by itself and
    whose notice date has passed is locked until its next term ends; one whose stated end has
    passed stands with the end of the term that it is in now, and one without an end ("evergreen")
    with the next anniversary of its start. Columns: site, site_name, contract, title, vendor,
    kind, category, end, notice_date, days (to notice; negative when passed), auto_renew,
    renewal_months, next_end (of the term after this one, null where its length isn't stated),
    annual_value, escalator, escalator_index, escalator_steps, currency, locked, renewed (its stated
    end has passed), open_ended (it states no end) and send_by (the last working day up to the
    notice date: no holiday of the group, and for contracts in dollars no federal one of the United
    States).
    """
    conditions, values = Scope(where).conditions(reader.columns["contracts"])
    late = "OR (auto_renew AND noticed AND notice_date <= day)" if missed else ""
    sql = _NOTICES.format(
        end=end_at("p.day"), notice=notice_at("p.day"), next=renewed_end("p.day"), bound=BOUND,
        conditions=conditions, within=int(within), passed=late, noticed=noticed("f"),
    )  # fmt: skip
    found = reader.query(sql.replace("$1", "?"), [day, *values])
    kept = frozenset(reader.once("SELECT day FROM holidays")["day"])
    send = [
        working_day_by(due, federal=currency in (None, "USD"), kept=kept)
        for due, currency in found.select("notice_date", "currency").iter_rows()
    ]
    return found.with_columns(pl.Series("send_by", send, pl.Date))


def ceilings(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Running contracts with a ceiling: how much of it is spent, and how much of the term is over.

    Columns: site, contract, title, vendor, start, end, ceiling, currency, spent (what the
    invoices since the start of the term say), since (the first month of which any contract has
    invoices), whole (that lies before the term), share (of the ceiling that is spent), term
    (share of the term that has passed), a_year (the present rate, in money a year), reached (the
    day on which the ceiling is reached at the present rate), early and late (the ends of its 80 %
    range, from how much the months differ; null with few months). The three days are null where
    they don't come before the end. The present rate is that of the term so far, or of a year
    where more than two are known. Where the term began before the first invoices, the time before
    is taken to have cost what the time since has; null with fewer than `PACE` days to judge by.
    Furthest ahead of its term first.
    """
    conditions, values = Scope(where).conditions(reader.columns["contracts"])
    frame = reader.query(
        "WITH p AS (SELECT CAST(? AS DATE) AS day), lines AS ("
        "  SELECT contract, sum(amount) AS spent FROM ("
        "    SELECT m.contract, m.amount FROM contract_month m, p "
        "    WHERE m.month < date_trunc('month', p.day) "
        "    UNION ALL SELECT l.contract, l.amount FROM contract_lines l, p "
        "    WHERE l.date BETWEEN date_trunc('month', p.day) AND p.day "
        "    AND l.date >= coalesce(l.start, DATE '1900-01-01')) GROUP BY 1"
        "), known AS (SELECT min(month) AS since FROM spend_month WHERE on_contract) "
        'SELECT f.site, f.contract, f.title, f.vendor, f.start, f."end", f.ceiling, f.currency, '
        "k.since, "
        "coalesce(n.spent, 0) AS spent, coalesce(k.since <= f.start, false) AS whole, "
        "datediff('day', f.start, p.day) + 1 AS days, "
        "datediff('day', greatest(f.start, k.since), p.day) + 1 AS known_days, "
        "datediff('day', f.start, f.\"end\") + 1 AS term_days "
        "FROM contracts f JOIN sites s ON s.site = f.site LEFT JOIN lines n USING (contract), "
        "p, known k "
        f'WHERE f.latest AND {BOUND} AND f.ceiling > 0 AND f.start <= p.day AND f."end" >= p.day '
        f"AND {conditions}",
        [day, *values],
    )
    spent = pl.col("spent").cast(pl.Float64) / pl.col("ceiling").cast(pl.Float64)
    share = (
        pl.when("whole")
        .then(spent)
        .when(pl.col("known_days") >= PACE)
        .then(spent * pl.col("days") / pl.col("known_days"))
    )
    frame = frame.with_columns(share=share, term=pl.col("days") / pl.col("term_days"))
    charges = _charges(reader, frame["contract"].to_list(), day)
    rows = frame.to_dicts()
    paces = [_pace(row, charges.get(row["contract"], {})) for row in rows]
    found = [
        _reached(row, pace, lasting, day)
        for row, pace, lasting in zip(rows, paces, _lasting(rows, paces), strict=True)
    ]
    schema = {"a_year": pl.Float64} | dict.fromkeys(("reached", "early", "late"), pl.Date)
    return (
        pl.concat([frame, pl.DataFrame(found, schema=schema)], how="horizontal")
        .sort(
            [pl.col("share") - pl.col("term"), "contract"], descending=[True, False],
            nulls_last=True,
        )
        .drop("known_days")
    )  # fmt: skip


def _charges(reader: Reader, contracts: Sequence[str], day: date) -> dict[str, dict[int, float]]:
    """What each contract was charged in the year up to a day, by steps of `STEP` days back."""
    frame = reader.query(
        f"SELECT contract, (CAST(? AS DATE) - date) // {STEP} AS step, "
        "CAST(sum(amount) AS DOUBLE) AS amount FROM contract_lines "
        f"WHERE date <= ? AND date > CAST(? AS DATE) - {YEAR} "
        "AND contract IN (SELECT unnest(?)) "
        "AND date >= coalesce(start, DATE '1900-01-01') GROUP BY ALL",
        [day, day, day, list(contracts)],
    )
    charges: dict[str, dict[int, float]] = {}
    for contract, step, amount in frame.iter_rows():
        charges.setdefault(contract, {})[step] = amount
    return charges


def _pace(row: Mapping[str, Any], charges: Mapping[int, float]) -> Pace | None:
    """The present rate of a contract; None where nothing was spent or too little is known."""
    if row["share"] is None or row["share"] <= 0:
        return None
    known: int = row["known_days"]
    window = YEAR if known >= 2 * YEAR else known
    used = sum(charges.values()) if window == YEAR else float(row["spent"])
    if used <= 0:
        return None
    return Pace(used / window, window, *_spread(charges, min(known, YEAR)))


def _lasting(rows: Sequence[Mapping[str, Any]], paces: Sequence[Pace | None]) -> list[Lasts | None]:
    """How long what is left of each ceiling lasts, all at once; None without a rate."""
    paced = [at for at, pace in enumerate(paces) if pace]
    left = np.array([float(rows[at]["ceiling"]) * (1 - rows[at]["share"]) for at in paced])
    ends: Ends = all_last(left, Paces.of([pace for pace in paces if pace]))
    found: list[Lasts | None] = [None] * len(rows)
    for place, at in enumerate(paced):
        found[at] = ends.one(place)
    return found


def _reached(
    row: Mapping[str, Any], pace: Pace | None, lasting: Lasts | None, day: date
) -> dict[str, float | date | None]:
    """The present rate of a contract and the days on which it reaches its ceiling."""
    none: dict[str, float | date | None] = dict.fromkeys(("a_year", "reached", "early", "late"))
    if pace is None:
        return none
    ends = (lasting.days, lasting.early, lasting.late) if lasting else (None, None, None)
    reached = [
        None if end is None or end > (row["end"] - day).days else day + timedelta(math.ceil(end))
        for end in ends
    ]
    # What ends on the last day of the term doesn't come before it.
    days = [on if on and on < row["end"] else None for on in reached]
    if row["share"] >= 1:
        days = [None, None, None]
    return dict(zip(none, (pace.a_day * YEAR, *days), strict=True))


def _spread(charges: Mapping[int, float], days: int) -> tuple[float | None, int]:
    """The variance of a day's charge, from the steps within some days, and how many there are."""
    steps = [charges.get(step, 0.0) for step in range(days // STEP)]
    if len(steps) < 2:
        return None, len(steps)
    mean = sum(steps) / len(steps)
    return sum((step - mean) ** 2 for step in steps) / STEP / (len(steps) - 1), len(steps)
