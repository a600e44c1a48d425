"""Public exports of stock, deliveries and works desks against counts and sums made without us.

What is expected is counted here with `csv` and `Decimal`, or with the spreadsheet library alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import fastexcel
import pytest

from pipelines.ingest.outcome import Outcome
from tests.loading import STANDING, facts, load, rows

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]

SHIPMENTS = "inventory/Supply_Chain_Shipment_Pricing_Data.csv"
OPENBOXES = "inventory/openboxes"
ATLAS = "workorders/atlas_cmms"
HERE = {"site": "BOS", "period": "2026-10-31"}


def records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def sheet(path: Path, heading: str) -> list[str]:
    """The cells of a column of the first sheet, as text."""
    table = fastexcel.read_excel(path).load_sheet(0, header_row=0, dtypes="string").to_polars()
    return [cell or "" for cell in table[heading].to_list()]


def find(realdata: Path, folder: str, name: str) -> Path:
    [path] = (realdata / folder).glob(f"*__{name}")
    return path


def told(outcome: Outcome) -> tuple[int, int, int, int, int]:
    loaded = outcome.loaded
    assert loaded is not None
    return (
        loaded.records, loaded.accepted, loaded.duplicate, loaded.quarantined, loaded.furniture,
    )  # fmt: skip


def test_deliveries_to_the_cent(realdata: Path, home: Path) -> None:
    lines = list(records(realdata / SHIPMENTS))
    money = sum(Decimal(line["line item value"]) for line in lines)
    assert (len(lines), money) == (10_324, Decimal("1627584457.29"))
    [outcome] = load(home, realdata / SHIPMENTS)
    assert told(outcome) == (10_324, 10_324, 0, 0, 0)
    assert Decimal(outcome.as_json()["money"]["accepted"]) == money
    by_country: Counter[str] = Counter()
    for line in lines:
        by_country[line["country"]] += Decimal(line["line item value"])  # type: ignore[assignment]
    found = rows(home, f"SELECT site, sum(amount) FROM fact_purchases WHERE {STANDING} GROUP BY 1")
    assert {site: Decimal(amount) for site, amount in found} == dict(by_country)


def test_deliveries_without_an_order_day_are_placed_by_their_quote(
    realdata: Path, home: Path
) -> None:
    def day(line: dict[str, str]) -> date:
        for column in ("po sent to vendor date", "pq first sent to client date"):
            if line[column][:1].isdigit():
                return datetime.strptime(line[column], "%m/%d/%Y").date()
        return datetime.strptime(line["scheduled delivery date"], "%d-%b-%y").date()

    lines = list(records(realdata / SHIPMENTS))
    load(home, realdata / SHIPMENTS)
    found = facts(home, "purchases", "line, ordered_on")
    assert found == sorted((line["id"], day(line)) for line in lines)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mainWarehouseInventory.csv", 57),
        ("bostonWarehouseInventory.csv", 57),
        ("chicagoWarehouseInventory.csv", 42),
    ],
)
def test_counted_stock(realdata: Path, home: Path, name: str, expected: int) -> None:
    path = find(realdata, OPENBOXES, name)
    lines = list(records(path))
    counted = sum(Decimal(line["Physical QOH"] or "0") for line in lines)
    assert len(lines) == expected
    [outcome] = load(home, path, **HERE)
    assert told(outcome) == (expected, expected, 0, 0, 0)
    assert facts(home, "stock", "count(*), sum(quantity)") == [(expected, f"{counted:f}")]


@pytest.mark.parametrize(
    ("name", "heading", "profile"),
    [
        ("import__inventory.xls", "Physical QOH", "openboxes_stock"),
        ("inventoryLevelImportData.xls", "Current quantity", "openboxes_levels"),
        ("inventoryLevelImportData-partial.xls", "Current quantity", "openboxes_levels"),
    ],
)
def test_stock_in_old_workbooks(
    realdata: Path, home: Path, name: str, heading: str, profile: str
) -> None:
    path = find(realdata, OPENBOXES, name)
    cells = [
        cell
        for code, cell in zip(sheet(path, "Product code"), sheet(path, heading), strict=True)
        if code
    ]
    [outcome] = load(home, path, **HERE)
    assert outcome.profile == profile
    assert told(outcome) == (len(cells), len(cells), 0, 0, 0)
    [(quantity,)] = facts(home, "stock", "sum(quantity)")
    assert Decimal(quantity) == sum(Decimal(cell) for cell in cells)


def test_least_quantities(realdata: Path, home: Path) -> None:
    path = find(realdata, OPENBOXES, "inventoryLevelImportData.xls")
    load(home, path, **HERE)
    least = [Decimal(cell) for cell in sheet(path, "Min quantity") if cell]
    found = facts(home, "stock", "count(minimum), sum(minimum)")
    assert found == [(len(least), f"{sum(least):f}")]


def test_levels_without_a_quantity_say_nothing_of_the_shelf(realdata: Path, home: Path) -> None:
    path = find(realdata, OPENBOXES, "inventoryLevels.csv")
    assert {line["Current quantity"] for line in records(path)} == {""}
    [outcome] = load(home, path, **HERE)
    assert told(outcome) == (52, 0, 0, 52, 0)


def test_what_openboxes_lists_beside_its_stock_is_refused_by_its_name(
    realdata: Path, home: Path
) -> None:
    outcomes = load(home, realdata / OPENBOXES)
    problems = [o.problem for o in outcomes if o.problem]
    kinds = Counter(
        kind
        for problem in problems
        for kind in (
            "is a list of products:", "is a list of product categories:", "is a list of names:",
            "is a list of items and quantities:", "is a replenishment plan:",
            "holds headings and no rows", "is a sheet of instructions:", "is a packing list:",
            "is a comparison of quotes:", "is a list of users and their roles:",
            "is a list of organisations:", "is a list of a catalogue's products:",
            "is a list of who supplies which product:", "does not say its location:",
        )
        if kind in problem
    )  # fmt: skip
    assert kinds == {
        "is a list of products:": 5, "is a list of product categories:": 3,
        "is a list of names:": 2, "is a list of items and quantities:": 2,
        "is a replenishment plan:": 2, "holds headings and no rows": 6,
        "is a sheet of instructions:": 2, "is a packing list:": 1, "is a comparison of quotes:": 1,
        "is a list of users and their roles:": 1, "is a list of organisations:": 1,
        "is a list of a catalogue's products:": 1, "is a list of who supplies which product:": 1,
        "does not say its location:": 9,
    }  # fmt: skip
    # Left are the importer's own test cells and a counting sheet in words of its own.
    unknown = [p.partition(" ")[0] for p in problems if "matches no profile" in p]
    assert len(unknown) == 8
    assert sum(("importer-spec" in name) or ("file-importer" in name) for name in unknown) == 7


@pytest.mark.parametrize("language", ["en", "fr", "tr"])
def test_atlas_templates(realdata: Path, home: Path, language: str) -> None:
    def load_one(kind: str) -> Outcome:
        path = find(realdata, ATLAS, f"{language}__{kind}.csv")
        counted = sum(1 for _ in records(path))
        [outcome] = load(home, path, **HERE)
        assert told(outcome) == (counted, counted, 0, 0, 0)
        return outcome

    assert load_one("asset").profile == "atlas_assets"
    assert load_one("location").profile == "atlas_locations"
    assert load_one("part").profile == "atlas_parts"
    statuses = facts(home, "assets", "status, count(*)", f"{STANDING} GROUP BY status")
    assert statuses == [("down", 1), ("in use", 2)]
    parts = facts(home, "stock", "item, quantity, minimum, unit_cost")
    path = find(realdata, ATLAS, f"{language}__part.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *lines = csv.reader(file)
    assert parts == sorted((line[0], line[7], line[10], line[2]) for line in lines)


def test_atlas_demonstration_data(realdata: Path, home: Path) -> None:
    [assets] = load(home, find(realdata, ATLAS, "telecom__Assets.csv"))
    lines = list(records(find(realdata, ATLAS, "telecom__Assets.csv")))
    assert told(assets) == (len(lines), len(lines), 0, 0, 0)
    assert facts(home, "assets", "count(*), count(warranty_end)") == [
        (len(lines), sum(line["Warranty Expiry Date"] != "N/A" for line in lines))
    ]
    [parts] = load(home, find(realdata, ATLAS, "telecom__Parts.csv"), period="2025-08-31")
    lines = list(records(find(realdata, ATLAS, "telecom__Parts.csv")))
    assert told(parts) == (len(lines), len(lines), 0, 0, 0)
    value = sum(Decimal(line["Quantity"]) * Decimal(line["Cost"]) for line in lines)
    [(found,)] = facts(home, "stock", "sum(quantity * unit_cost)")
    assert Decimal(found) == value


def test_work_orders_without_a_number_are_set_aside(realdata: Path, home: Path) -> None:
    path = find(realdata, ATLAS, "telecom__WorkOrders.csv")
    lines = list(records(path))
    assert {line["ID"] for line in lines} == {""}
    [outcome] = load(home, path)
    assert told(outcome) == (len(lines), 0, 0, len(lines), 0)
    assert rows(home, 'SELECT DISTINCT reason, "column" FROM quarantine') == [
        ("is blank, and every row needs it", "ID")
    ]


def test_what_stands_beside_the_stock_of_cote_divoire_is_refused_rightly(
    realdata: Path, home: Path
) -> None:
    folder = realdata / "inventory/usaid_cotedivoire"
    said = {
        name: load(home, folder / name)[0].problem
        for name in ("product.csv", "data_dictionary.csv", "monthly_cases.csv")
    }
    assert [str(problem).partition(":")[0] for problem in said.values()] == [
        "product.csv is a list of products",
        "data_dictionary.csv is a description of other files' columns",
        "monthly_cases.csv is a table of counts by district",
    ]
