"""What viewers of a part are told of loads, of their totals, and of what is open."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from pipelines.analysis.works import missed_maintenance, open_orders
from pipelines.warehouse import limits as scoping
from pipelines.warehouse import reader as reading
from pipelines.warehouse.limits import Limits, views
from pipelines.warehouse.reader import Reader, open_build
from tests.metrics.conftest import Home6


@pytest.fixture
def whole(group: Home6) -> Reader:
    """A reader of its own on the six-site group's build."""
    found = open_build(group.home)
    return Reader(found.path, found.build)


def of(*sites: str) -> Limits:
    return Limits(sites=frozenset(sites))


def test_the_loads_that_brought_a_site_s_rows_are_published(whole: Reader) -> None:
    """For each feed and site: the loads that the current and the superseded rows name."""
    for table in ("labor", "labor_history", "spend", "supply_moves", "work_orders_history"):
        ours = whole.query(
            'SELECT DISTINCT site, load FROM brought WHERE "table" = ? ORDER BY ALL', [table]
        )
        theirs = whole.query(f"SELECT DISTINCT site, load FROM {table} ORDER BY ALL")
        assert ours.rows() == theirs.rows(), table
    assert whole.query("SELECT * FROM brought WHERE site = 'ELM'").height > 0


def test_a_site_s_viewer_is_told_of_their_own_files_only(whole: Reader) -> None:
    mine = whole.query(
        "SELECT DISTINCT load FROM (SELECT site, load FROM labor UNION ALL SELECT site, load FROM "
        "labor_history) WHERE site = 'TOR'"
    )["load"].to_list()
    assert mine
    limited = whole.limited(Limits(sites=frozenset({"TOR"}), subjects=frozenset({"staffing"})))
    named = limited.query("SELECT event FROM loads WHERE path IS NOT NULL")["event"].to_list()
    others = {"labor", "positions", "volume", "sites", "budget", "spend", "ledger", "targets"}
    theirs = whole.query(
        "SELECT DISTINCT load, \"table\" AS feed FROM brought WHERE site = 'TOR'"
    ).rows()
    feeds = {feed.removesuffix("_history") for load, feed in theirs if load in named}
    assert set(mine) <= set(named)
    assert feeds <= others
    assert limited.query("SELECT * FROM brought").is_empty()


def test_who_sees_some_subjects_is_told_of_their_files_only(whole: Reader) -> None:
    """Of a payroll file its totals tell what all are paid, and its records set aside whom."""
    limited = whole.limited(Limits(subjects=frozenset({"supplies"})))
    of = "SELECT DISTINCT load FROM {0} UNION SELECT DISTINCT load FROM {0}_history"
    pay = set(whole.query(of.format("labor"))["load"])
    supplies = set(whole.query(of.format("supply_moves"))["load"])
    told = limited.query("SELECT event, path, accepted, money_read, money_accepted FROM loads")
    by_load = {event: rest for event, *rest in told.iter_rows()}
    assert min(len(pay), len(supplies)) > 0
    assert pay & supplies == set()
    assert {tuple(by_load[load]) for load in pay} == {(None, None, None, None)}
    assert all(by_load[load][0] for load in supplies)
    totals = set(whole.query("SELECT load FROM totals")["load"])
    assert set(limited.query("SELECT load FROM totals")["load"]) == totals & supplies


@pytest.mark.parametrize("limits", [of("RIV"), Limits(pay=False), Limits(rows=False)])
def test_a_part_lists_its_orders_as_the_whole_does(whole: Reader, limits: Limits) -> None:
    where = {"site": sorted(limits.sites)} if limits.sites else {}
    for day in (date(2025, 6, 30), date(2026, 3, 31)):
        part, year = whole.limited(limits), day.replace(year=day.year - 1)
        theirs = open_orders(whole, day, where)
        assert open_orders(part, day, {}).equals(theirs)
        assert limits.sites or theirs.height > 0
        missed = missed_maintenance(whole, year, day, where)
        assert missed_maintenance(part, year, day, {}).equals(missed)


def test_a_build_of_before_is_read_as_well(whole: Reader) -> None:
    """One that was published without the table: it is worked out once."""
    want = whole.limited(of("OAK")).query("SELECT event, path FROM loads ORDER BY ALL")
    old = Reader(whole.path, whole.build)
    old.columns = {name: found for name, found in old.columns.items() if name != "brought"}
    for _ in range(2):
        have = old.limited(of("OAK")).query("SELECT event, path FROM loads ORDER BY ALL")
        assert have.rows() == want.rows()
        old._limited.clear()


@pytest.mark.parametrize("pay", [True, False])
def test_small_and_large_builds_are_parted_alike(
    whole: Reader, monkeypatch: pytest.MonkeyPatch, pay: bool
) -> None:
    """Sought in a list, joined by an IN, or worked out once: the same rows of every table."""
    limits = Limits(sites=frozenset({"RIV", "OAK"}), pay=pay)
    found = []
    for sought, few in ((10**9, 0), (-1, -1), (10**9, 10**9)):
        monkeypatch.setattr(scoping, "SOUGHT", sought)
        monkeypatch.setattr(reading, "FEW", few)
        part = Reader(whole.path, whole.build).limited(limits)
        found.append({
            (table, ask.__name__): ask(f'SELECT count(*), sum(hash(t)) FROM "{table}" t').rows()
            for table in sorted(whole.columns)
            for ask in (part.query, part.figures)
        })  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert found[0]["labor", "query"] != found[0]["volume", "query"]
    assert (found[0]["labor", "query"] == found[0]["labor", "figures"]) is pay


@pytest.mark.parametrize("rows", [None, 5, 10**9])
@pytest.mark.parametrize("sites", [(), ("A",), ("A", "O'B"), ("~A", "a", "A ", "B")])
def test_a_row_without_one_of_the_sites_is_nobody_s(rows: int | None, sites: tuple[str]) -> None:
    """A transfer is theirs who have both its sites; a row of no site is of none of them."""
    codes = ("A", "O'B", "~A", "a", None, "", "%")
    with duckdb.connect() as sql:
        sql.execute("CREATE TYPE code AS ENUM ('A', 'O''B', '~A', 'a', '', '%')")
        sql.execute("CREATE TABLE supply_moves (site VARCHAR, other_site code)")
        both = [(one, other) for one in codes for other in codes]
        sql.executemany("INSERT INTO supply_moves VALUES (?, ?)", both)
        columns = {"supply_moves": frozenset({"site", "other_site"})}
        [(_, query)] = views(
            Limits(sites=frozenset(sites)), columns, own="own", source="main", pay=True,
            rows=None if rows is None else {"supply_moves": rows},
        )  # fmt: skip
        seen = set(sql.execute(query).fetchall())
    assert seen == {pair for pair in both if set(pair) <= set(sites)}
