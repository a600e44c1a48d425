"""Runs with the packages of `layers.lock`, without Rounds: a semantic layer, and a loading tool.

`python layered.py ask STAR` and `traps STAR` ask boring-semantic-layer on Ibis, `load FILE TARGET`
loads invoice lines with dlt. Each prints JSON.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

START, STOP = date(2024, 11, 1), date(2026, 10, 31)
TRIES = 5
MEMORY = "4GB"  # what a process of a peer may take of the machine


def model(place: str) -> dict[str, Any]:
    """The semantic tables over a star: facts, and the site-months that join them."""
    import ibis
    from boring_semantic_layer import to_semantic_table

    con = ibis.duckdb.connect(place, read_only=True)
    con.raw_sql("SET threads = 2")
    con.raw_sql(f"SET memory_limit = '{MEMORY}'")
    months = to_semantic_table(con.table("site_months"), name="months").with_dimensions(
        site=lambda t: t.site, region=lambda t: t.region, month=lambda t: t.month
    )
    sites = to_semantic_table(con.table("sites"), name="sites").with_dimensions(
        site=lambda t: t.site, region=lambda t: t.region
    )

    def facts(name: str, **measures: Any) -> Any:
        table = to_semantic_table(con.table(name), name=name)
        keys = {"site": lambda t: t.site, "month": lambda t: t.month}
        return table.with_dimensions(**keys).with_measures(**measures)

    labor = facts(
        "labor", worked=lambda t: t.hours.sum(), lent=lambda t: t.hours.sum(where=t.agency)
    ).with_measures(agency_share=lambda t: t.lent / t.worked)
    volume = facts("volume", visits=lambda t: t["count"].sum())
    spend = facts("spend", paid=lambda t: t.amount.sum())
    stock = facts("stock", held=lambda t: t.value.sum())
    both = months.join_many(labor, on=["site", "month"]).join_many(volume, on=["site", "month"])
    return {
        "labor": labor.join_one(sites, on="site"), "volume": volume, "spend": spend, "stock": stock,
        "both": both.with_measures(
            hours_per_visit=lambda t: t["labor.worked"] / t["volume.visits"]
        ),
    }  # fmt: skip


# By question: the model, what to group by, and the measure.
ASKED = {
    "worked hours by month": ("labor", ["labor.month"], "labor.worked"),
    "worked hours by region and month": ("labor", ["sites.region", "labor.month"], "labor.worked"),
    "agency share by site": ("labor", ["labor.site"], "labor.agency_share"),
    "visits by month": ("volume", ["month"], "visits"),
    "hours per visit by region and month": (
        "both", ["months.region", "months.month"], "hours_per_visit",
    ),
    "spend by month": ("spend", ["month"], "paid"),
    "spend by site": ("spend", ["site"], "paid"),
    "stock value by month": ("stock", ["month"], "held"),
}  # fmt: skip


def answered(
    known: dict[str, Any], name: str, by: list[str], measure: str, first: date, last: date
) -> Any:
    field = {"labor": "labor.month", "both": "months.month"}.get(name, "month")
    asked = known[name].filter(lambda t: (t[field] >= first) & (t[field] <= last))
    return (asked.group_by(*by) if by else asked).aggregate(measure).execute()


def ask(place: str) -> dict[str, Any]:
    """Each question's answer by key, and its best of five in milliseconds."""
    known = model(place)
    told: dict[str, Any] = {}
    for name, (table, by, measure) in ASKED.items():
        wall, cpu = [], []
        for _ in range(TRIES):
            start, before = time.perf_counter(), time.process_time()
            frame = answered(known, table, by, measure, START, STOP)
            cpu.append(1000 * (time.process_time() - before))
            wall.append(1000 * (time.perf_counter() - start))
        values = {
            "|".join(map(plain, row[:-1])): number(row[-1])
            for row in frame.itertuples(index=False, name=None)
        }
        told[name] = {"values": values, "cpu": min(cpu), "wall": min(wall)}
    return {"asked": told, "version": version("boring-semantic-layer") + " on Ibis "
            + version("ibis-framework")}  # fmt: skip


def traps(place: str) -> dict[str, Any]:
    """The four traps, as they are asked by whoever doesn't know of them."""
    known = model(place)
    january, february = date(2026, 1, 1), date(2026, 2, 1)

    def one(table: str, measure: str, first: date, last: date) -> Any:
        return number(answered(known, table, [], measure, first, last).iloc[0, 0])

    return {
        "fan-out": one("both", "hours_per_visit", january, january),
        "ratio": one("labor", "labor.agency_share", january, january),
        "balance": one("stock", "held", january, february),
        "missing": one("both", "hours_per_visit", february, february),
    }


def plain(cell: Any) -> str:
    return str(cell.date()) if hasattr(cell, "date") else str(cell)


def number(cell: Any) -> float | None:
    return None if cell is None or cell != cell else float(cell)


def load(path: str, target: str) -> dict[str, Any]:
    """Invoice lines through dlt into DuckDB, typed, records that don't fit being left out.

    Each record is parsed as dlt's own documentation does it: a generator of dictionaries with the
    types of columns as hints, and the contract that a record of another type is discarded.
    """
    import dlt

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    os.environ["DLT_DATA_DIR"] = str(Path(target).parent / "dlt")
    texts = ["site", "entity", "document", "line", "account", "supplier", "description", "currency"]
    hints = {name: {"data_type": "text"} for name in texts}
    hints |= {"quantity": {"data_type": "bigint"}, "amount": {"data_type": "decimal"},
              "date": {"data_type": "date"}, "due": {"data_type": "date"}}  # fmt: skip

    def typed(record: dict[str, Any]) -> dict[str, Any]:
        """A cell that can't be read stays text, which the contract then meets."""
        for name, read in (
            ("amount", lambda text: Decimal(text)),
            ("date", lambda text: datetime.strptime(text, "%m/%d/%Y").date()),
            ("due", lambda text: datetime.strptime(text, "%m/%d/%Y").date()),
            ("quantity", int),
        ):
            try:
                record[name] = read(record[name])
            except (ValueError, ArithmeticError):
                continue
        return record

    @dlt.resource(
        name="lines", columns=hints, write_disposition="append",
        schema_contract={"tables": "evolve", "columns": "freeze", "data_type": "discard_row"},
    )  # fmt: skip
    def lines() -> Iterator[dict[str, Any]]:
        with open(path, encoding="utf-8", newline="") as file:
            for record in csv.DictReader(file):
                yield typed(record)

    pipeline = dlt.pipeline("peer", destination=dlt.destinations.duckdb(target), dataset_name="p")
    pipeline.run(lines())
    with pipeline.sql_client() as sql:
        rows, money = sql.execute_sql("SELECT count(*), sum(amount) FROM lines")[0]
    return {"rows": rows, "money": float(money), "version": version("dlt")}


if __name__ == "__main__":
    began = time.monotonic()
    answer = {"ask": ask, "traps": traps, "load": load}[sys.argv[1]](*sys.argv[2:])
    used = os.times()
    with open("/proc/self/status", encoding="ascii") as status:
        most = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    answer |= {"total cpu": used.user + used.system + used.children_user + used.children_system,
               "total wall": time.monotonic() - began, "peak": most}  # fmt: skip
    print(json.dumps(answer))
