"""The same questions by Rounds, and by hand in DuckDB and Polars; and the four traps."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.calendar import Period
from pipelines.ingest.run import ingest
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.record import Record
from tests.peers.star import START, STOP

TRIES = 5
SPAN = Period(START, STOP)
Values = dict[str, float | None]
WITHIN = f"month BETWEEN DATE '{START}' AND DATE '{STOP}'"
# Hours for each visit are formed of the site-months that have both.
BOTH = f"""
  FROM (SELECT site, month, sum(hours) AS hours FROM labor WHERE {WITHIN} GROUP BY ALL) l
  JOIN (SELECT site, month, sum(count) AS visits FROM volume WHERE {WITHIN} GROUP BY ALL) v
  USING (site, month) JOIN sites USING (site)
"""

# By question: Rounds' metric and what to group by; DuckDB's SQL, keys first; Polars.
QUESTIONS: dict[str, tuple[str, tuple[str, ...], str, Callable[[Any], pl.DataFrame]]] = {}


def _question(name: str, metric: str, by: tuple[str, ...], sql: str) -> Any:
    def keep(function: Callable[[Any], pl.DataFrame]) -> None:
        QUESTIONS[name] = metric, by, sql, function

    return keep


def _within(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.filter(pl.col("month").is_between(START, STOP))


@_question(
    "worked hours by month", "worked_hours", ("month",),
    f"SELECT month, sum(hours) FROM labor WHERE {WITHIN} GROUP BY 1",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    return _within(t["labor"]).group_by("month").agg(pl.col("hours").sum()).collect()


@_question(
    "worked hours by region and month", "worked_hours", ("region", "month"),
    f"SELECT region, month, sum(hours) FROM labor JOIN sites USING (site) WHERE {WITHIN} "
    "GROUP BY 1, 2",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    joined = _within(t["labor"]).join(t["sites"], on="site")
    return joined.group_by("region", "month").agg(pl.col("hours").sum()).collect()


@_question(
    "agency share by site", "agency_share", ("site",),
    "SELECT site, coalesce(sum(hours) FILTER (agency), 0) / sum(hours) FROM labor "
    f"WHERE {WITHIN} GROUP BY 1",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    lent = pl.col("hours").filter(pl.col("agency")).sum().cast(pl.Float64)
    share = lent / pl.col("hours").sum().cast(pl.Float64)
    return _within(t["labor"]).group_by("site").agg(share.alias("value")).collect()


@_question(
    "visits by month", "visits", ("month",),
    f"SELECT month, sum(count) FROM volume WHERE {WITHIN} GROUP BY 1",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    return _within(t["volume"]).group_by("month").agg(pl.col("count").sum()).collect()


@_question(
    "hours per visit by region and month", "hours_per_visit", ("region", "month"),
    f"SELECT region, month, sum(hours) / sum(visits) {BOTH} GROUP BY 1, 2",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    hours = _within(t["labor"]).group_by("site", "month").agg(pl.col("hours").sum())
    visits = _within(t["volume"]).group_by("site", "month").agg(pl.col("count").sum())
    both = hours.join(visits, on=["site", "month"]).join(t["sites"], on="site")
    ratio = pl.col("hours").sum().cast(pl.Float64) / pl.col("count").sum().cast(pl.Float64)
    return both.group_by("region", "month").agg(ratio.alias("value")).collect()


@_question(
    "spend by month", "spend", ("month",),
    f"SELECT month, sum(amount) FROM spend WHERE {WITHIN} GROUP BY 1",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    return _within(t["spend"]).group_by("month").agg(pl.col("amount").sum()).collect()


@_question(
    "spend by site", "spend", ("site",),
    f"SELECT site, sum(amount) FROM spend WHERE {WITHIN} GROUP BY 1",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    return _within(t["spend"]).group_by("site").agg(pl.col("amount").sum()).collect()


@_question(
    "stock value by month", "stock_value", ("month",),
    "SELECT m.month, sum(value) FROM (SELECT DISTINCT month FROM site_months) m JOIN stock s "
    "ON s.as_of <= last_day(m.month) AND s.until > last_day(m.month) GROUP BY 1",
)  # fmt: skip
def _(t: Any) -> pl.DataFrame:
    ends = pl.LazyFrame({"month": t["months"]}).with_columns(stop=pl.col("month").dt.month_end())
    held = ends.join_where(
        t["stock"], pl.col("as_of") <= pl.col("stop"), pl.col("until") > pl.col("stop")
    )
    return held.group_by("month").agg(pl.col("value").sum()).collect()


def _timed(run: Callable[[], pl.DataFrame], keys: int) -> dict[str, Any]:
    """The answer by key, and the best of five in milliseconds, of the clock and the processor."""
    wall, cpu = [], []
    for _ in range(TRIES):
        start, before = time.perf_counter(), time.process_time()
        frame = run()
        cpu.append(1000 * (time.process_time() - before))
        wall.append(1000 * (time.perf_counter() - start))
    values: Values = {
        "|".join(map(str, row[:keys])): None if row[keys] is None else float(row[keys])
        for row in frame.iter_rows()
    }
    return {"values": values, "cpu": min(cpu), "wall": min(wall)}


def by_rounds(home: Path) -> dict[str, Any]:
    reader = open_build(Home(home))

    def run(metric: str, by: tuple[str, ...]) -> pl.DataFrame:
        keys = ["start" if name == "month" else name for name in by]
        return ask(reader, metric, period=SPAN, by=by).frame.select(*keys, "value")

    return {
        name: _timed(lambda m=metric, b=by: run(m, b), len(by))  # type: ignore[misc]
        for name, (metric, by, _, _) in QUESTIONS.items()
    }


def by_duckdb(place: Path) -> dict[str, Any]:
    with duckdb.connect(str(place), read_only=True) as sql:
        sql.execute("SET threads = 2")
        return {
            name: _timed(lambda q=query: pl.DataFrame(sql.execute(q).to_arrow_table()), len(by))  # type: ignore[misc]
            for name, (_, by, query, _) in QUESTIONS.items()
        }


def by_polars(place: Path) -> dict[str, Any]:
    """Over frames in memory: to read them isn't counted."""
    with duckdb.connect(str(place), read_only=True) as sql:
        tables: dict[str, Any] = {
            name: pl.DataFrame(sql.execute(f"SELECT * FROM {name}").to_arrow_table()).lazy()
            for name in ("sites", "labor", "volume", "spend", "stock")
        }
    tables["months"] = pl.date_range(START, STOP, "1mo", eager=True)
    return {
        name: _timed(lambda f=function: f(tables), len(by))  # type: ignore[misc]
        for name, (_, by, _, function) in QUESTIONS.items()
    }


def same(one: Values, other: Values) -> bool:
    """Whether two answers agree; what one leaves out, the other may tell to be unknown or 0."""
    keys = set(one) | set(other)
    return all(
        abs((one.get(key) or 0) - (other.get(key) or 0)) <= 1e-6 * max(1, abs(one.get(key) or 0))
        for key in keys
    )


# --- traps: the little star of `star.TRAPS`, as files -----------------------------------------

LABOR = "site,company,period_start,period_end,role,kind,basis,pay_class,hours,amount,currency"
FILES = {
    "sites.csv": "site,name,region\nA,A,North\nB,B,South\n",
    "labor.csv": f"{LABOR}\n" + "".join(
        f"{site},Care,2026-{month}-01,2026-{month}-{last},Nurse {n},{kind},payroll,regular,"
        f"{hours},1,GBP\n"
        for n, (site, month, last, hours, kind) in enumerate((
            ("A", "01", 31, 62, "employee"), ("A", "01", 31, 31, "employee"),
            ("A", "01", 31, 31, "agency"), ("B", "01", 31, 31, "employee"),
            ("B", "01", 31, 31, "agency"), ("A", "02", 28, 56, "employee"),
            ("B", "02", 28, 90, "employee"),
        ))
    ),
    "volume.csv": "site,date,measure,count\n" + "".join(
        f"{site},{date(2026, 1, 1) + timedelta(n)},visits,{count}\n"
        for site, days, count in (("A", 59, 1), ("B", 31, 2)) for n in range(days)
    ),
    "stock.csv": "site,item,as_of,quantity,unit_cost,currency\n"
    "A,gloves,2026-01-31,1,500,GBP\nA,gloves,2026-02-28,1,300,GBP\n"
    "B,gloves,2026-01-31,1,100,GBP\nB,gloves,2026-02-28,1,200,GBP\n",
}  # fmt: skip
# By hand: (124 + 62) hours / (31 + 62) visits; (31 + 31) / 186 hours; 300 + 200; and 56 / 28, for
# of site B no count of visits has come for February.
RIGHT = {"fan-out": 2.0, "ratio": 1 / 3, "balance": 500.0, "missing": 2.0}
HAND = """
SELECT (SELECT sum(hours) FROM labor WHERE month = DATE '2026-01-01')
    / (SELECT sum(count) FROM volume WHERE month = DATE '2026-01-01') AS "fan-out",
  (SELECT sum(hours) FILTER (agency) / sum(hours) FROM labor
    WHERE month = DATE '2026-01-01') AS ratio,
  (SELECT sum(value) FROM stock WHERE month = DATE '2026-02-01') AS balance,
  (SELECT sum(hours) / sum(visits) FROM
    (SELECT site, sum(hours) AS hours FROM labor WHERE month = DATE '2026-02-01' GROUP BY 1)
    JOIN (SELECT site, sum(count) AS visits FROM volume WHERE month = DATE '2026-02-01' GROUP BY 1)
    USING (site)) AS missing
"""


def traps_by_rounds(folder: Path) -> dict[str, float]:
    """Asked as anybody would: the metric, and the span."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, text in FILES.items():
        (files / name).write_text(text, encoding="utf-8")
    home = Home(folder / "home")
    with Record.open(home) as record:
        outcomes = ingest(record, [files])
        assert {outcome.status for outcome in outcomes} == {"loaded"}, outcomes
        publish(record)
    reader = open_build(home)
    january = Period(date(2026, 1, 1), date(2026, 1, 31))
    february = Period(date(2026, 2, 1), date(2026, 2, 28))
    return {
        "fan-out": _one(reader, "hours_per_visit", january),
        "ratio": _one(reader, "agency_share", january),
        "balance": _one(reader, "stock_value", Period(january.start, february.stop)),
        "missing": _one(reader, "hours_per_visit", february),
    }


def _one(reader: Reader, metric: str, span: Period) -> float:
    return float(ask(reader, metric, period=span).frame["value"][0])


def traps_by_duckdb(place: Path) -> dict[str, float]:
    with duckdb.connect(str(place), read_only=True) as sql:
        frame = pl.DataFrame(sql.execute(HAND).to_arrow_table())
    return {name: float(value) for name, value in frame.row(0, named=True).items()}
