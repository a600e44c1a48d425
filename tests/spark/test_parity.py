"""Spark over the lake says what DuckDB says, to the cent, on a cluster that loses workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.lake.write import write
from pipelines.metrics import METRICS
from pipelines.metrics.ask import COMPARISONS, ask
from pipelines.settings import Home
from pipelines.warehouse.publish import current_build
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.loading import load_text, rounds
from tests.spark.conftest import Cluster, Loaded

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore:PySpark")]

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))
# What else can be asked for besides comparisons, each by a metric that it matters to.
OTHERWISE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("paid_hours", {"by": ["site"], "basis": "check"}),
    # Days within months, which count pay periods by their share.
    ("paid_hours", {"by": ["site"], "period": Period(date(2026, 8, 10), date(2026, 9, 20))}),
    ("spend", {"by": ["site"], "same_sites": True, "compare": ["previous", "year"]}),
    ("visits", {"by": ["region", "month"], "per_day": "working", "compare": ["previous"]}),
    ("labor_cost", {"by": ["site_kind"], "adjust": "volume", "compare": ["year"]}),
    ("worked_hours", {"by": ["role", "fiscal_period"], "fiscal": Fiscal("4-4-5", month=2)}),
    ("supply_burn", {"by": ["category", "week"], "where": {"region": ["North", "Coast"]}}),
)
# Sums, a ratio, a balance and a median from rows: what `.ci/run` asks, with all comparisons.
FEW = "labor_cost", "nursing_hprd", "stock_value", "time_to_repair", "budget_variance"


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """Counts, whatever the width in which an engine sums them, as decimals; ratios to 1e-9."""
    decimal = pl.col(pl.Decimal, pl.Int32, pl.Int64, pl.Int128).cast(pl.Decimal(38, 4))
    return frame.with_columns(decimal).with_columns(pl.col(pl.Float64).round(9))


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    try:
        assert_frame_equal(comparable(ours), comparable(theirs), check_dtypes=False,
                           check_exact=True)  # fmt: skip
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(FEW, id="a few", marks=pytest.mark.thin),
        pytest.param([name for name in METRICS if name not in FEW], id="all others"),
    ],
)
def test_every_metric_and_comparison_is_the_same_while_a_worker_is_lost(
    cluster: Cluster, demo: Loaded, names: Sequence[str]
) -> None:
    from pipelines.spark.reader import lake_reader

    cluster.whole()
    ours, differ, told = open_build(demo.home), [], set[str]()
    asked: dict[str, Any] = {"period": QUARTER, "by": ["region", "month"]}
    asked |= {"compare": list(COMPARISONS), "rollups": False}
    loss = threading.Timer(0.5, cluster.lose_one)
    with lake_reader(demo.lake, master=cluster.master) as spark:
        assert spark.model.spark.sparkContext.master == cluster.master
        for number, name in enumerate(names):
            if number == 3:  # while its question is answered
                loss.start()
            a, b = (ask(reader, name, **asked).frame for reader in (ours, spark))
            told |= {one for one in COMPARISONS if one in a.columns and a[one].count()}
            if not same(a, b):
                differ.append(name)
    assert differ == []
    assert told == set(COMPARISONS)  # or the equality would say nothing
    assert cluster.left == 2


def test_what_else_can_be_asked_is_the_same(cluster: Cluster, demo: Loaded) -> None:
    from pipelines.spark.reader import lake_reader

    ours, differ = open_build(demo.home), []
    with lake_reader(demo.lake, master=cluster.master) as spark:
        for name, one in OTHERWISE:
            asked = {"period": QUARTER, "rollups": False, **one}
            a, b = (ask(reader, name, **asked).frame for reader in (ours, spark))
            if a.is_empty() or not same(a, b):
                differ.append(f"{name} {one}")
        with pytest.raises(UsageProblem, match="known now"):
            ask(spark, "spend", period=QUARTER, as_of=1)
    assert differ == []


def test_a_build_of_spark_is_that_of_duckdb_while_a_worker_is_lost(
    cluster: Cluster, demo: Loaded
) -> None:
    cluster.whole()
    before, work = current_build(demo.home), Path(demo.lake) / "_work"

    def lose_one() -> None:
        """Once some tables are made and others are not."""
        until = time.monotonic() + 900
        while len(list(work.glob("*/*"))) < 5 and time.monotonic() < until:
            time.sleep(0.1)
        cluster.lose_one()

    loss = threading.Thread(target=lose_one)
    loss.start()
    done = rounds("publish", "--engine", "spark", "--lake", demo.lake, "--master", cluster.master,
                  "--home", demo.home.root)  # fmt: skip
    left = cluster.left
    loss.join()
    assert done.exit_code == 0, done.output
    assert left == 2  # it was lost before the work was done
    after = current_build(demo.home)
    assert after != before
    differ = []
    with duckdb.connect() as sql:
        for name, build in (("a", before), ("b", after)):
            path = demo.home.warehouse / f"rounds-{build}.duckdb"
            sql.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        kinds = (
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = ? ORDER BY table_name, column_index"
        )
        assert sql.execute(kinds, ["a"]).fetchall() == sql.execute(kinds, ["b"]).fetchall()
        tables = sql.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'a'"
        ).fetchall()
        for (table,) in tables:
            odd = [
                sql.execute(
                    f"SELECT count(*) FROM (SELECT * FROM {x}.{table} "
                    f"EXCEPT ALL SELECT * FROM {y}.{table})"
                ).fetchall()
                for x, y in ("ab", "ba")
            ]
            if odd != [[(0,)], [(0,)]] and table != "build":  # which tells when it was published
                differ.append(table)
    assert differ == []
    assert len(tables) > 60
    # Nothing is left of the work but the lake.
    assert not list((Path(demo.lake) / "_work").glob("*"))


def test_homes_that_share_a_lake_are_asked_together(cluster: Cluster, tmp_path: Path) -> None:
    """Both have a site ELM, a load 2 and an invoice 1: neither is the other's."""
    sites = "site,name,region\nELM,Elmwood Clinic,{}\n"
    spend = (
        "site,supplier,document,line,date,account,amount,currency\n"
        "ELM,A,1,1,2026-09-01,5000,{},GBP\nXXX,A,2,1,2026-09-02,5000,{},GBP\n"
    )
    lake = str(tmp_path / "lake")
    for name, region, amounts in (("north", "North", (10.10, 1)), ("south", "South", (20.20, 2))):
        home = tmp_path / name
        load_text(home, sites.format(region), f"{name}-sites.csv")
        load_text(home, spend.format(*amounts), f"{name}-spend.csv")
        assert rounds("publish", "--home", home).exit_code == 0
        with Record.open(Home(home)) as record:
            write(record, lake)
    told = rounds(
        "kpi", "spend", "--by", "site", "--from", "2026-09-01", "--to", "2026-09-30", "--engine",
        "spark", "--lake", lake, "--master", cluster.master, "--format", "csv", "--home",
        tmp_path / "north",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    heads, *rows = (line.split(",") for line in told.stdout.strip().splitlines())
    found = {row[heads.index("site")]: row[heads.index("value")] for row in rows}
    assert {site: float(value) for site, value in found.items() if value} == {
        "north:ELM": 10.10, "south:ELM": 20.20, "~unmapped": 3.0,
    }  # fmt: skip


def test_what_spark_does_not_answer_is_refused(demo: Loaded) -> None:
    home = ("--home", demo.home.root)
    for option in (["--as-of", "2026-01-01"], ["--rows"], ["--passport"], ["--external"]):
        told = rounds("kpi", "spend", "--engine", "spark", "--lake", demo.lake, *option, *home)
        assert told.exit_code == 2
        assert "known now" in told.stderr
    told = rounds("kpi", "spend", "--engine", "spark", *home)
    assert "Say where the lake is" in told.stderr
    told = rounds("publish", "--engine", "spark", *home)
    assert "Say where the lake is" in told.stderr
    told = rounds("kpi", "spend", "--engine", "spark", "--lake", "s3://there/lake", *home)
    assert "folder" in told.stderr
