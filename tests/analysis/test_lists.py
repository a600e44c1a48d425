"""The lists behind the pages, on rows that fit on a screen."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.analysis import health, works
from pipelines.analysis.stock import shelves
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.record import Record
from tests.loading import load_text

DAY = date(2026, 10, 31)
SITES = "site,name,kind,region\nOAK,Oakdale,Clinic,North\nELM,Elmwood,Clinic,South\n"
MOVES = """site,date,reference,item,kind,quantity
OAK,2026-10-10,1,GLV,issue,90
ELM,2026-10-10,2,GLV,issue,90
"""
STOCK = """site,as_of,item,quantity,unit_cost
OAK,2026-10-31,GLV,3,2.00
ELM,2026-10-31,GLV,290,2.00
"""
ORDER_HEADS = "site,order,line,revision,ordered_on,promised,received_on,item,quantity,received\n"


def build(home: Path, **texts: str) -> Reader:
    for name, text in texts.items():
        assert load_text(home, text, f"{name}.csv").status == "loaded"
    with Record.open(Home(home)) as record:
        publish(record)
    return open_build(Home(home))


@pytest.mark.parametrize(
    ("orders", "on_order", "promised"),
    [
        ("OAK,P1,1,0,2026-10-20,2026-11-02,,GLV,50,0", 50, date(2026, 11, 2)),
        ("OAK,P1,1,0,2026-10-20,,,GLV,50,0", 50, None),
        ("OAK,P1,1,0,2026-10-20,2026-10-25,2026-10-24,GLV,50,50", None, None),  # received
        ("OAK,P1,1,0,2026-10-20,2026-11-05,2026-11-04,GLV,50,50", 50, date(2026, 11, 5)),
        ("OAK,P1,1,0,2026-11-02,2026-11-05,,GLV,50,0", None, None),  # ordered later
        ("OAK,P1,1,0,2026-05-02,2026-05-05,,GLV,50,0", None, None),  # lost
        ("OAK,P1,1,0,2026-10-20,2026-11-02,,GLV,50,0\n"
         "OAK,P1,1,1,2026-10-20,2026-11-09,,GLV,30,0", 30, date(2026, 11, 9)),  # revised
        ("ELM,P1,1,0,2026-10-20,2026-11-02,,GLV,50,0", None, None),  # another site's
    ],
)  # fmt: skip
def test_an_order_counts_from_its_day_until_it_is_received(
    home: Path, orders: str, on_order: int | None, promised: date | None
) -> None:
    reader = build(home, sites=SITES, moves=MOVES, stock=STOCK, orders=ORDER_HEADS + orders + "\n")
    [row] = shelves.running_out(reader, DAY, {}).to_dicts()
    assert (row["site"], row["runs_out"]) == ("OAK", date(2026, 11, 3))
    assert (row["on_order"], row["promised"]) == (on_order, promised)
    assert (row["spare_site"], row["spare"]) == ("ELM", 200)


def test_orders_of_a_site_that_sends_none_are_not_known(home: Path) -> None:
    reader = build(home, sites=SITES, moves=MOVES, stock=STOCK)
    [row] = shelves.running_out(reader, DAY, {}).to_dicts()
    assert row["orders_known"] is False


@pytest.mark.parametrize(("held", "spare"), [("90.5", None), ("91", 1)])
def test_a_part_of_a_unit_is_nothing_to_spare(home: Path, held: str, spare: int | None) -> None:
    """ELM uses one a day, as 90 days before tell, and keeps ninety for its own next ninety days."""
    count = STOCK.replace("GLV,290", f"GLV,{held}")
    reader = build(home, sites=SITES, moves=MOVES, stock=count)
    [row] = shelves.running_out(reader, DAY, {}).to_dicts()
    assert (row["spare_site"], row["spare"]) == ("ELM" if spare else None, spare)


def test_stock_by_item_adds_sites_and_counts_the_empty_ones(home: Path) -> None:
    more = STOCK + "OAK,2026-10-31,GZE,0,1.00\n"
    reader = build(home, sites=SITES, moves=MOVES, stock=more)
    rows = shelves.by_item(reader, DAY, {}).select(
        "item", "quantity", "sites", "out", "a_day", "days_left"
    )
    assert rows.rows() == [("GLV", 293, 2, 0, 2.0, 146.5), ("GZE", 0, 1, 1, None, None)]
    [only] = shelves.by_item(reader, DAY, {"region": ["North"]}).filter(item="GLV").to_dicts()
    assert (only["quantity"], only["a_day"]) == (3, 1.0)


def test_what_is_too_much_lies_beyond_ninety_days_of_use(home: Path) -> None:
    reader = build(home, sites=SITES, moves=MOVES, stock=STOCK)
    [row] = shelves.overstocked(reader, DAY, {}).to_dicts()
    assert (row["site"], row["days_left"], row["excess"]) == ("ELM", 290.0, 400.0)


def test_ages_fall_into_buckets_with_both_ends(home: Path) -> None:
    ages = [0, 7, 8, 14, 15, 30, 31, 90, 91, 365, 366, 900]
    lines = [f"OAK,{age},Lamp,repair,{DAY - timedelta(age)} 09:00,open" for age in ages]
    works_text = "site,work_order,title,kind,created,status\n" + "\n".join(lines) + "\n"
    reader = build(home, sites=SITES, works=works_text)
    found = works.ages(reader, DAY, {})
    assert found.rows() == [
        (0, 7, 2), (8, 14, 2), (15, 30, 2), (31, 90, 2), (91, 365, 2), (366, None, 2),
    ]  # fmt: skip
    assert works.ages(reader, DAY, {"region": ["South"]})["count"].sum() == 0


ORDERS = """site,work_order,title,kind,risk,created,due,completed,status
ELM,1,Lamp,repair,low,2026-08-03 09:00,2026-08-10,,open
ELM,2,Lift,repair,high,2026-10-30 09:00,2026-11-15,,open
OAK,3,Door,repair,high,2026-09-02 09:00,2026-10-30,,open
OAK,4,Roof,repair,low,2026-09-01 09:00,,2026-10-20 08:00,complete
OAK,5,Check,planned,high,2026-07-01 09:00,2026-08-20,2026-09-01 10:00,complete
OAK,6,Check,planned,high,2026-07-01 09:00,2026-09-20,,open
ELM,7,Check,planned,low,2026-07-01 09:00,2026-09-25,2026-10-01 10:00,complete
ELM,8,Check,planned,high,2026-07-01 09:00,2026-09-25,2026-09-25 10:00,complete
"""


def test_a_list_holds_its_first_orders_and_counts_them_all(home: Path) -> None:
    reader = build(home, sites=SITES, works=ORDERS)

    def listed(day: date, where: dict[str, list[str]], most: int | None = None) -> list[Any]:
        frame = works.open_orders(reader, day, where, most=most)
        return frame.select("work_order", "age", "late").rows()

    whole = [("3", 59, 1), ("2", 1, None), ("1", 89, 82)]
    assert listed(DAY, {}) == whole
    assert listed(DAY, {}, most=2) == whole[:2]
    assert listed(DAY, {"site": ["ELM"]}) == whole[1:]
    assert works.open_counts(reader, DAY, {}) == works.Counts(orders=3, high=2, late=2)
    # The day before the roof was mended, which is no month's end.
    then = date(2026, 10, 19)
    assert listed(then, {}) == [("3", 47, None), ("1", 77, 70), ("4", 48, None)]
    assert works.open_counts(reader, then, {}) == works.Counts(orders=3, high=1, late=1)


def test_missed_maintenance_is_listed_and_counted_by_site(home: Path) -> None:
    reader = build(home, sites=SITES, works=ORDERS)
    span = date(2026, 8, 1), DAY
    found = works.missed_maintenance(reader, *span, {}).select("work_order", "late").rows()
    assert found == [("5", 12), ("6", 41), ("7", 6)]
    first = works.missed_maintenance(reader, *span, {}, most=1)["work_order"].to_list()
    assert first == ["5"]
    assert works.missed_counts(reader, *span, {}) == works.Counts(orders=3, high=2, late=3)
    by_site = works.missed_by_site(reader, *span, {}).select("site", "count", "since", "assets")
    assert by_site.rows() == [("OAK", 2, date(2026, 8, 20), 1)]
    assert works.missed_counts(reader, date(2026, 9, 21), DAY, {}).orders == 1


def test_the_feeds_of_a_site_reach_to_its_own_last_month(home: Path) -> None:
    earlier = MOVES + "ELM,2026-09-10,3,GLV,issue,1\n"
    stock = STOCK.replace("OAK,2026-10-31", "OAK,2026-09-30")
    reader = build(home, sites=SITES, moves=earlier, stock=stock)
    reach = health.site_feeds(reader, {"site": ["OAK"]})
    assert reach.select("need", "last").rows() == [
        ("supply_moves", date(2026, 10, 1)),
        ("stock", date(2026, 9, 1)),
    ]
