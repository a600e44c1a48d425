"""What looks alike in DuckDB and in Spark and means something else, carried over."""

from __future__ import annotations

import subprocess

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore:PySpark")]

CASES = {
    # The division of decimals and of whole numbers is one of doubles.
    "SELECT CAST(CAST(1 AS DECIMAL(18,4)) / 3 AS DECIMAL(18,10)) AS v": ["0.3333333333"],
    "SELECT CAST(7 / 2 AS DECIMAL(18,4)) AS v": ["3.5000"],
    "SELECT CAST(7 // 2 AS INTEGER) AS v": ["3"],
    # Months' ends between two days, not whole months: 31 January to 1 February is one.
    "SELECT datediff('month', DATE '2026-01-31', DATE '2026-02-01') AS v": ["1"],
    "SELECT datediff('month', DATE '2026-02-01', DATE '2026-02-28') AS v": ["0"],
    "SELECT datediff('day', DATE '2026-02-27', DATE '2026-03-02') AS v": ["3"],
    # 29 November 2026 is a Sunday: 7 by ISO, 0 by DuckDB's dayofweek.
    "SELECT isodow(DATE '2026-11-29') * 10 + dayofweek(DATE '2026-11-29') AS v": ["70"],
    "SELECT isodow(DATE '2026-11-30') * 10 + dayofweek(DATE '2026-11-30') AS v": ["11"],
    # A range ends before its end, and an empty one has no rows.
    "SELECT unnest(range(2, 5)) + 1 AS v": ["3", "4", "5"],
    "SELECT unnest(range(2, 2)) + 1 AS v": [],
    "SELECT CAST(unnest(range(DATE '2026-01-01', DATE '2026-03-01', INTERVAL 1 MONTH)) AS DATE)"
    " AS v": ["2026-01-01", "2026-02-01"],
    "SELECT step + n AS v FROM (SELECT 3 AS n) t, range(0, t.n) steps(step)": ["3", "4", "5"],
    # The greatest by another column among rows that have a value.
    "SELECT arg_max(x, y) AS v FROM (VALUES (1, 1), (NULL, 2)) t(x, y)": ["1"],
    # Of all columns one is replaced and one left out.
    "SELECT * EXCLUDE (b) REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b) t": ["2"],
    # The last list element by a negative place.
    "SELECT list_filter([4, 5, 6], lambda x: x < 6)[-1] AS v": ["5"],
    "SELECT a.v FROM (SELECT 1 AS k, 5 AS d) r ASOF JOIN (SELECT k, d, v FROM "
    "(VALUES (1, 1, 'x'), (1, 4, 'y'), (1, 6, 'z')) t(k, d, v)) a ON a.k = r.k AND a.d <= r.d":
        ["y"],
    "SELECT sum(x) OVER (w ORDER BY x) AS v FROM (VALUES (1), (2)) t(x) WINDOW w AS "
    "(PARTITION BY 1) ORDER BY 1": ["1", "3"],
}  # fmt: skip


@pytest.mark.parametrize("query", CASES)
def test_a_query_means_the_same(query: str) -> None:
    import duckdb

    from pipelines.spark.dialect import carried
    from pipelines.spark.session import session

    def texts(rows: list[object]) -> list[str]:
        return sorted(str(row[0]) for row in rows)  # type: ignore[index]

    assert texts(duckdb.sql(query).fetchall()) == sorted(CASES[query])
    assert texts(session().sql(carried(query)).collect()) == sorted(CASES[query])


def test_values_are_written_into_the_query() -> None:
    from datetime import date

    from pipelines.spark.dialect import carried
    from pipelines.spark.session import session

    query = "SELECT ? || '|' || CAST(CAST(? AS DATE) AS VARCHAR) || '|' || CAST(? AS VARCHAR) AS v"
    values = ["it's \\ 5 o'clock", date(2026, 2, 28), 7]
    assert session().sql(carried(query, values)).collect()[0][0] == (
        "it's \\ 5 o'clock|2026-02-28|7"
    )


def test_java_comes_along_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.spark import session as spark

    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/bin-of-nobody")
    found = spark.java_home()
    assert found == spark.packaged()
    monkeypatch.undo()
    assert spark.version(found / "bin" / "java") == 21
    # It starts with a module that it lacks, which Spark asks every Java for.
    asked = [found / "bin" / "java", "--add-modules=jdk.incubator.vector", "-version"]
    assert subprocess.run(asked, capture_output=True).returncode == 0
