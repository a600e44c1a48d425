"""Commitments: when notice must be given, what renews by itself, how near a ceiling is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.metrics.compile import Scope
from pipelines.metrics.contracts import BOUND
from pipelines.warehouse.reader import Reader

PACE = 90  # days of invoices from which a contract's pace is judged


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
    whose notice date has passed is locked until its next term ends. Columns: site, site_name,
    contract, title, vendor, kind, category, end, notice_date, days (to notice; negative when
    passed), auto_renew, renewal_months, next_end (of the term after this one, null where its
    length isn't stated), annual_value, escalator, currency, locked.
    """
    conditions, values = Scope(where).conditions(reader.columns["contracts"])
    passed = "OR (f.auto_renew AND f.notice_days > 0 AND f.notice_date <= p.day)" if missed else ""
    return reader.query(
        "WITH p AS (SELECT CAST(? AS DATE) AS day) "
        "SELECT f.site, s.name AS site_name, f.contract, f.title, f.vendor, f.kind, f.category, "
        "f.\"end\", f.notice_date, datediff('day', p.day, f.notice_date) AS days, f.auto_renew, "
        'f.renewal_months, CAST(f."end" + to_months(CAST(f.renewal_months AS INTEGER)) AS DATE) '
        "AS next_end, f.annual_value, f.escalator, f.currency, "
        "f.notice_date <= p.day AS locked "
        "FROM contracts f JOIN sites s ON s.site = f.site, p "
        f'WHERE f.latest AND {BOUND} AND f."end" >= p.day '
        f"AND ((f.notice_date > p.day AND f.notice_date <= p.day + INTERVAL {int(within)} DAY) "
        f"{passed}) AND {conditions} ORDER BY f.notice_date, f.annual_value DESC NULLS LAST",
        [day, *values],
    )


def ceilings(reader: Reader, day: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Running contracts with a ceiling: how much of it is spent, and how much of the term is over.

    Columns: contract, title, vendor, start, end, ceiling, currency, spent (what the invoices
    since the start of the term say), since (the first month of which any contract has invoices),
    whole (that lies before the term), share (of the ceiling that is spent), term (share of the
    term that has passed), reached (the day on which the ceiling is reached at the pace so far;
    null where it isn't before the end). Where the term began before the first invoices, `share`
    and `reached` are estimates: the time before is taken to have cost what the time since has;
    null with fewer than `PACE` days to judge by. Furthest ahead of its term first.
    """
    conditions, values = Scope(where).conditions(reader.columns["contracts"])
    frame = reader.query(
        "WITH p AS (SELECT CAST(? AS DATE) AS day), lines AS ("
        "  SELECT l.contract, sum(l.amount) AS spent FROM contract_lines l, p "
        "  WHERE l.date <= p.day AND l.date >= coalesce(l.start, DATE '1900-01-01') GROUP BY 1"
        "), known AS (SELECT min(month) AS since FROM spend WHERE on_contract) "
        'SELECT f.contract, f.title, f.vendor, f.start, f."end", f.ceiling, f.currency, k.since, '
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
    ahead = pl.when(pl.col("share") > 0).then((pl.col("days") / pl.col("share")).ceil())
    return (
        frame.with_columns(share=share, term=pl.col("days") / pl.col("term_days"))
        .with_columns(
            reached=pl.when(ahead < pl.col("term_days")).then(
                pl.col("start") + pl.duration(days=ahead.cast(pl.Int64))
            )
        )
        .sort(pl.col("share") - pl.col("term"), descending=True, nulls_last=True)
        .drop("known_days")
    )
