"""Stock, movements, equipment, work orders and orders: the same rows from every system.

Each table below can be held against the sample exports by eye. Whoever sent the file, the facts
are these; what a system can't say (a lot, a day of acquisition) is left out of its table.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.profiles import known_profiles
from tests.loading import EXPORTS, STANDING, facts, load, load_text

END = date(2026, 10, 31)
OCTOBER = date(2026, 10, 1)
GLOVES = "Nitrile gloves M, box of 100"

ON_HAND = [
    ("ELM", END, "GAU-2", "0"),
    ("ELM", END, "GLV-M", "64"),
    ("ELM", END, "SYR-5", "1200"),
    ("OAK", END, "GLV-M", "7"),
    ("OAK", END, "SYR-5", "330.5"),
]
STOCK = {
    "rounds_stock", "openboxes_stock", "openboxes_stock_list", "openboxes_levels",
    "openboxes_transactions", "usaid_stock", "erpnext_stock_balance", "odoo_stock_quant",
    "atlas_parts", "atlas_parts_by_location",
}  # fmt: skip


@pytest.mark.parametrize("export", sorted(STOCK))
def test_stock_on_hand(home: Path, export: str) -> None:
    for outcome in load(home, EXPORTS / export):
        assert (outcome.profile, outcome.problem) == (export, None)
    assert facts(home, "stock", "site, as_of, item, quantity") == ON_HAND


@pytest.mark.parametrize(
    "export", sorted(STOCK - {"usaid_stock", "openboxes_transactions"} - {"openboxes_stock"})
)
def test_what_an_item_is_called(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    named = facts(home, "stock", "DISTINCT item, item_name")
    assert named == [("GAU-2", 'Gauze 2"'), ("GLV-M", GLOVES), ("SYR-5", "Syringe 5 ml")]


@pytest.mark.parametrize("export", ["rounds_stock", "openboxes_levels", "atlas_parts"])
def test_the_least_that_should_be_there(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "stock", "site, item, minimum", f"{STANDING} AND minimum IS NOT NULL") == [
        ("ELM", "GLV-M", "40"),
        ("OAK", "GLV-M", "40"),
    ]


MOVES = [
    ("ELM", "GAU-2", "issue", "5"),
    ("ELM", "GAU-2", "opening", "5"),
    ("ELM", "GLV-M", "adjustment", "-2"),
    ("ELM", "GLV-M", "issue", "24"),
    ("ELM", "GLV-M", "opening", "40"),
    ("ELM", "GLV-M", "receipt", "50"),
    ("ELM", "SYR-5", "issue", "300"),
    ("ELM", "SYR-5", "opening", "1000"),
    ("ELM", "SYR-5", "receipt", "500"),
    ("OAK", "GLV-M", "issue", "3"),
    ("OAK", "GLV-M", "opening", "10"),
    ("OAK", "SYR-5", "opening", "330.5"),
]


@pytest.mark.parametrize(
    "export", ["rounds_supply_moves/months.csv", "usaid_stock", "openboxes_transactions"]
)
def test_movements_of_a_month(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    some = f"{STANDING} AND quantity <> 0"
    assert facts(home, "supply_moves", "site, item, kind, quantity", some) == MOVES
    assert facts(home, "supply_moves", "DISTINCT date") == [(OCTOBER,)]


@pytest.mark.parametrize(
    "export", ["usaid_stock", "openboxes_transactions", "erpnext_stock_balance"]
)
def test_movements_end_in_the_stock_on_hand(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    signed = "sum(CASE kind WHEN 'issue' THEN -quantity ELSE quantity END)"
    ends = facts(home, "supply_moves", f"site, item, {signed}", f"{STANDING} GROUP BY site, item")
    assert ends == [(site, item, quantity) for site, _, item, quantity in ON_HAND]


PARTS = [
    ("9001", "FLT-2", date(2026, 10, 5), "issue", "2", "31"),
    ("9002", "BLB-9", date(2026, 10, 8), "issue", "12", "30"),
    ("9003", "BLB-9", date(2026, 10, 9), "receipt", "40", "100"),
    ("9004", "FLT-2", date(2026, 10, 10), "receipt", "1", "15.5"),
    ("9005", "SEA-1", date(2026, 10, 12), "issue", "1", "18.75"),
]


@pytest.mark.parametrize("export", ["rounds_supply_moves/parts.csv", "atlas_part_moves"])
def test_movements_of_parts(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "supply_moves", "reference, item, date, kind, quantity, value") == PARTS


ASSETS = [
    ("A-10442", "ELM", "Sterilisation", "in use", date(2027, 3, 11)),
    ("A-10443", "ELM", "Building", "down", None),
    ("A-10444", "OAK", "Building", "standby", date(2026, 12, 31)),
    ("A-10445", "OAK", "Kitchen", "in use", None),
    ("A-10446", "ELM", "Building", "emergency shutdown", date(2030, 6, 30)),
]


@pytest.mark.parametrize(
    "export",
    [
        "rounds_assets",
        "atlas_assets/assets_en.csv",
        "atlas_assets/assets_fr.csv",
        "atlas_assets/assets_tr.csv",
        "limble_assets",
    ],
)
def test_equipment(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.profile == export.partition("/")[0]
    assert facts(home, "assets", "asset, site, class, status, warranty_end") == ASSETS
    [name] = facts(home, "assets", "name", f"{STANDING} AND asset = 'A-10443'")
    assert name[0].endswith("Lift")


ORDERS = [
    ("71", "ELM", "Dishwasher leaks", "open", datetime(2026, 10, 5, 9, 12), None),
    ("72", "ELM", "Lift stops between floors", "in progress", datetime(2026, 10, 6, 14, 30), None),
    ("73", "OAK", "Boiler pressure low", "on hold", datetime(2026, 10, 7, 8), None),
    ("74", "OAK", "Light out, room 4", "complete", datetime(2026, 10, 8, 10),
     datetime(2026, 10, 8, 11, 45)),
    ("75", "ELM", "Quarterly test of the generator", "complete", datetime(2026, 10, 1, 7),
     datetime(2026, 10, 20, 16, 5)),
]  # fmt: skip


@pytest.mark.parametrize(
    "export",
    [
        "rounds_work_orders",
        "atlas_work_orders/work_orders_en.csv",
        "atlas_work_orders/work_orders_fr.csv",
        "atlas_work_orders/work_orders_tr.csv",
        "atlas_work_orders/work_orders_de.csv",
        "atlas_work_orders/work_orders_es.csv",
        "nyc311/nyc311_2016.csv",
        "nyc311/nyc311_2018.csv",
        "servicenow",
        "austin_work_orders",
    ],
)
def test_work_orders(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = "work_order, site, title, status, created, completed"
    assert facts(home, "work_orders", columns) == ORDERS


PURCHASES = [
    ("OAK", "PO-5522", date(2026, 10, 30), "Northline Medical", GLOVES, "10", "7.9", "79"),
    ("OAK", "PO-5523", date(2026, 10, 13), "Baker Surgical", "Scalpel no. 10", "3", "12.5", "37.5"),
    ("OAK", "SO-77", date(2026, 10, 5), "SCMS from RDC", 'Gauze 2"', "20", "2.2", "44"),
    ("ELM", "PO-5521", date(2026, 10, 2), "Northline Medical", GLOVES, "100", "7.9", "790"),
    ("ELM", "PO-5521", date(2026, 10, 2), "Northline Medical", "Syringe 5 ml", "500", "0.12", "60"),
]


@pytest.mark.parametrize("export", ["rounds_purchases", "scms_deliveries", "openboxes_purchases"])
def test_purchases(home: Path, export: str) -> None:
    outcomes = load(home, EXPORTS / export)
    columns = '"site", "order", ordered_on, supplier, item_name, quantity, unit_price, amount'
    assert facts(home, "purchases", columns) == sorted(PURCHASES)
    assert sum(Decimal(o.as_json()["money"]["accepted"]) for o in outcomes) == Decimal("1010.50")


LINES = [
    ("OAK", "PO-5522", "4", date(2026, 10, 30), date(2026, 10, 30), "10", "7.9"),
    ("OAK", "PO-5523", "5", date(2026, 10, 13), date(2026, 10, 30), "3", "12.5"),
    ("OAK", "SO-77", "3", date(2026, 10, 5), date(2026, 10, 20), "20", "2.2"),
    ("ELM", "PO-5521", "1", date(2026, 10, 2), date(2026, 10, 9), "100", "7.9"),
    ("ELM", "PO-5521", "2", date(2026, 10, 2), date(2026, 10, 9), "500", "0.12"),
]


@pytest.mark.parametrize(
    "export", ["rounds_purchases", "scms_deliveries", "coupa_order_lines", "erp_purchase_lines"]
)
def test_order_lines(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = '"site", "order", line, ordered_on, promised, quantity, unit_price'
    assert facts(home, "purchases", columns) == sorted(LINES)


def test_a_row_of_another_type_is_read_and_states_nothing(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "coupa_order_lines" / "coupa_OAK_2026-10-31.csv")
    assert outcome.loaded is not None
    assert (outcome.loaded.records, outcome.loaded.accepted) == (4, 4)
    assert outcome.loaded.rows == {"purchases": 3}


@pytest.mark.parametrize("export", ["rounds_purchases", "scms_deliveries", "erp_purchase_lines"])
def test_promised_and_received(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "purchases", '"order", line, promised, received_on') == [
        ("PO-5521", "1", date(2026, 10, 9), date(2026, 10, 8)),
        ("PO-5521", "2", date(2026, 10, 9), date(2026, 10, 15)),
        ("PO-5522", "4", date(2026, 10, 30), date(2026, 10, 29)),
        ("PO-5523", "5", date(2026, 10, 30), None),
        ("SO-77", "3", date(2026, 10, 20), None),
    ]


def test_every_profile_of_these_feeds_is_held_against_a_table() -> None:
    """A new profile of these feeds must be added to a table above."""
    feeds = {"stock", "supply_moves", "assets", "work_orders", "purchases"}
    told = Path(__file__).read_text(encoding="utf-8")
    filling = [name for name, p in known_profiles().items() if feeds & set(p.feeds)]
    assert [name for name in filling if f'"{name}' not in told] == []


def test_bins_and_suppliers_are_no_sites(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "openboxes_locations")
    assert facts(home, "sites", "site, name, kind, region") == [
        ("ELM", "Elm Store", "Depot", "NORTH"),
        ("ELM-W", "Elm Ward", "Ward", "NORTH"),
        ("OAK", "OAK", "Dispensary", "NORTH"),
    ]
    assert outcome.loaded is not None
    assert (outcome.loaded.records, outcome.loaded.accepted) == (5, 5)


def test_locations_of_the_works_desk_are_sites(home: Path) -> None:
    load(home, EXPORTS / "atlas_locations")
    assert facts(home, "sites", "site, name, region") == [
        ("Boiler room", "Boiler room", "OAK"),
        ("ELM", "ELM", "NORTH"),
        ("OAK", "OAK", "NORTH"),
    ]


def test_a_type_of_location_that_nobody_knows_is_set_aside(home: Path) -> None:
    text = (EXPORTS / "openboxes_locations" / "locations.csv").read_text(encoding="utf-8")
    outcome = load_text(home, text.replace("Dispensary", "Boat"))
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.quarantined) == (4, 1)


def test_what_was_counted_is_the_stock(home: Path) -> None:
    text = (
        "Product code,Product name,Lot number,Expiration date,Bin location,OB QOH,Physical QOH,"
        "Comment\n"
        "GLV-M,Gloves,L1,06/30/2027,A-1,64,60,four were torn\n"
        "SYR-5,Syringe,,,A-2,,330.5,\n"
        "GAU-2,Gauze,G7,01/31/2027,B-1,5,0,\n"
        "BLB-9,Bulb,,,B-2,12,,not counted\n"
        "SEA-1,Seal,,,B-3,,,\n"
    )
    load_text(home, text, "openboxes_ELM_2026-10-31.csv")
    assert facts(home, "stock", "item, quantity") == [
        ("BLB-9", "12"),
        ("GAU-2", "0"),
        ("GLV-M", "60"),
        ("SEA-1", "0"),
        ("SYR-5", "330.5"),
    ]


def test_the_total_of_a_balance_is_furniture(home: Path) -> None:
    path = EXPORTS / "erpnext_stock_balance" / "Stock Balance 2026-10-31.csv"
    total = "Total,,,,,1385.5,395.0,550.0,395.0,334.0,229.1,1601.5,560.9,\n"
    outcome = load_text(home, path.read_text(encoding="utf-8") + total, path.name)
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.furniture) == (5, 1)
    assert outcome.as_json()["money"]["accepted"] == "560.9000"


def test_parts_that_are_not_kept_state_no_stock(home: Path) -> None:
    [elm, _] = load(home, *sorted((EXPORTS / "atlas_parts").iterdir()))
    assert elm.loaded is not None
    assert (elm.loaded.accepted, elm.loaded.rows) == (4, {"stock": 3})


def test_an_earlier_revision_does_not_replace_a_later_one(home: Path) -> None:
    head = "type,created-at,line-number,order-header-id,internal-revision,price,quantity,total\n"
    later = head + "Line,2026-10-02,1,PO-1,3,7.50,90,675.00\n"
    earlier = head + "Line,2026-10-02,1,PO-1,2,7.90,100,790.00\n"
    load_text(home, later, "coupa_ELM_2026-10-31.csv")
    load_text(home, earlier, "coupa_ELM_2026-11-30.csv")
    # Each revision stands on its own; whoever asks for the order takes the highest.
    assert facts(home, "purchases", "revision, quantity, amount") == [
        (2, "100", "790"),
        (3, "90", "675"),
    ]
