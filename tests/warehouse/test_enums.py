"""Texts of few values stand as codes in the read model, and nobody who reads it can tell."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.warehouse import enums
from tests.warehouse.test_publish import load_text, published

SPEND = "site,document,line,date,account,supplier,amount\n"
LINES = (
    "E,D1,1,2026-09-01,zebra,O'Brien & Co,1\nE,D2,1,2026-09-02,alpha,,2\n"
    "E,D3,1,2026-09-03,Alpha,O'Brien & Co,3\nE,D4,1,2026-09-04,zebra,Zoe,4\n"
)


def test_codes_sort_and_compare_as_their_texts(home: Path) -> None:
    load_text(home, SPEND + LINES)
    reader = published(home)
    kinds = reader.query("SELECT DISTINCT typeof(site), typeof(account) FROM spend").row(0)
    assert kinds == ("VARCHAR", "ENUM('Alpha', 'alpha', 'zebra')")
    found = reader.query("SELECT account, supplier FROM spend ORDER BY account, amount")
    assert found.schema == {"account": pl.String, "supplier": pl.String}
    assert found.rows() == [
        ("Alpha", "O'Brien & Co"), ("alpha", None), ("zebra", "O'Brien & Co"), ("zebra", "Zoe"),
    ]  # fmt: skip
    extremes = reader.query("SELECT min(account), max(account), list(account) FROM spend")
    assert extremes.row(0)[:2] == ("Alpha", "zebra")
    assert extremes.dtypes[2] == pl.List(pl.String)
    # A value that no row has is no error, it finds nothing.
    asked = "SELECT count(*) FROM spend WHERE account = ? OR supplier IN (?, ?)"
    assert reader.query(asked, ["nobody", "nobody", "Zoe"]).item() == 1


@pytest.mark.parametrize(
    ("limit", "few"), [({"FEW": 2}, False), ({"MOST": 2}, False), ({"FEW": 3, "MOST": 3}, True)]
)
def test_a_text_of_many_values_stays_one(
    limit: dict[str, int], few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(enums, name, value)
    with duckdb.connect() as sql:
        rows = "SELECT * FROM (VALUES ('c', 1), ('a', 2), ('b', 3), (NULL, 4)) t(name, number)"
        picked = enums.selected(sql, "t", rows)
        sql.execute(f"CREATE TABLE t AS SELECT {picked} FROM ({rows})")
        assert (enums.enums(sql) == {("t", "name")}) is few
        found = sql.execute("SELECT name FROM t ORDER BY number").fetchall()
    assert found == [("c",), ("a",), ("b",), (None,)]


def test_nothing_is_coded_where_there_is_nothing(home: Path) -> None:
    with duckdb.connect() as sql:
        assert enums.selected(sql, "t", "SELECT NULL::VARCHAR AS a, 1 AS b") == "*"
        assert enums.selected(sql, "t", "SELECT 1 AS b") == "*"
        assert enums.selected(sql, "t", "SELECT 'x' AS a WHERE false") == "*"
