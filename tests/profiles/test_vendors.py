"""The same five facts as each vendor writes them: one table, whoever sent the file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.profiles import known_profiles
from tests.loading import EXPORTS, facts, load

HOURS = [
    ("ELM", "overtime", "4.25"),
    ("ELM", "regular", "72.5"),
    ("ELM", "regular", "80"),
    ("OAK", "overtime", "1.5"),
    ("OAK", "regular", "38"),
]


@pytest.mark.parametrize(
    ("export", "options"),
    [
        ("paychex_flex/paychex_GRP_2026-10-09.csv", {}),
        ("gusto_journal/payroll-journal.csv", {}),
        ("adp_wfn/PRGRPEPI_2026-10-03.csv", {}),
        ("adp_wfn/PRGRPEPI.csv", {}),
        ("adp_wfn/PRXYZEPI.csv", {"period": "2026-10-03"}),
        ("rounds_labor/pay.csv", {}),
    ],
)
def test_hours_of_a_pay_period(home: Path, export: str, options: dict[str, str]) -> None:
    [outcome] = load(home, EXPORTS / export, **options)
    assert outcome.profile == Path(export).parent.name
    found = facts(home, "labor", "site, pay_class, hours, period_end", "hours IS NOT NULL")
    assert [row[:3] for row in found] == HOURS
    assert {row[3] for row in found} == {date(2026, 10, 3)}


@pytest.mark.parametrize("export", ["paychex_flex", "gusto_journal", "rounds_labor/pay.csv"])
def test_pay_by_site(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert facts(home, "labor", "site, sum(amount)", "true GROUP BY site") == [
        ("ELM", "4755"),
        ("OAK", "1207.5"),
    ]
    assert outcome.loaded is not None
    assert outcome.as_json()["money"] == {
        "read": "5962.5000",
        "accepted": "5962.5000",
        "duplicate": "0.0000",
        "quarantined": "0.0000",
        "unreadable": 0,
    }


def test_adp_carries_hours_and_no_pay(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "adp_wfn" / "PRGRPEPI_2026-10-03.csv")
    found = facts(
        home, "labor", "site, pay_code, period_start, hours, amount", "pay_class <> 'overtime'"
    )
    assert found == [
        ("ELM", "Reg", date(2026, 9, 20), "72.5", None),
        ("ELM", "Reg", date(2026, 9, 20), "80", None),
        ("OAK", "Reg", date(2026, 9, 20), "38", None),
    ]
    # The fourth record holds a memo only: it is accepted, and states nothing.
    assert outcome.loaded is not None
    assert (outcome.loaded.records, outcome.loaded.accepted, outcome.loaded.rows) == (
        4, 4, {"labor": 5},
    )  # fmt: skip


def test_adp_without_a_date_asks_for_it(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "adp_wfn" / "PRXYZEPI.csv")
    assert outcome.problem == (
        "PRXYZEPI.csv does not say its period end: it stands neither in the file's name nor above "
        "the headings; give it with --period."
    )


RETURN = [
    ("01A009", date(2026, 7, 1), "CNA", "contract", "12.5"),
    ("01A009", date(2026, 7, 1), "CNA", "employee", "160.08"),
    ("01A009", date(2026, 7, 1), "RN", "employee", "55.7"),
    ("01A009", date(2026, 7, 2), "RN", "employee", "63.28"),
    ("335002", date(2026, 7, 1), "LPN", "contract", "24"),
]


@pytest.mark.parametrize("export", ["cms_pbj_nurse", "rounds_labor/staffing_return.csv"])
def test_hours_of_a_staffing_return(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = "site, period_end, role, kind, hours"
    assert facts(home, "labor", columns, "hours <> 0 AND basis = 'return'") == RETURN


CENSUS = [
    ("01A009", date(2026, 7, 1), "day", "resident_days", "51"),
    ("01A009", date(2026, 7, 2), "day", "resident_days", "52"),
    ("335002", date(2026, 7, 1), "day", "resident_days", "20"),
]
ATTENDANCES = [
    ("NX9", date(2026, 10, 1), "month", "attendances_other", "2999"),
    ("R1A", date(2026, 10, 1), "month", "attendances_type_1", "12010"),
    ("R1A", date(2026, 10, 1), "month", "attendances_type_2", "340"),
    ("R1B", date(2026, 10, 1), "month", "attendances_other", "1204"),
    ("R1B", date(2026, 10, 1), "month", "attendances_type_1", "8755"),
]


@pytest.mark.parametrize(
    ("export", "expected"),
    [
        ("cms_pbj_nurse", CENSUS),
        ("rounds_volume/census.csv", CENSUS),
        ("nhs_ae", ATTENDANCES),
        ("rounds_volume/attendances.csv", ATTENDANCES),
    ],
)
def test_counts(home: Path, export: str, expected: list[tuple[object, ...]]) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "volume", 'site, date, grain, measure, "count"', '"count" <> 0') == expected


def test_the_total_row_is_furniture(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "nhs_ae")
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.furniture) == (3, 1)


@pytest.mark.parametrize("export", ["openboxes_stock", "usaid_stock", "rounds_stock"])
def test_stock_on_hand(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    end = date(2026, 10, 31)
    assert facts(home, "stock", "site, as_of, item, quantity") == [
        ("ELM", end, "GAU-2", "0"),
        ("ELM", end, "GLV-M", "64"),
        ("ELM", end, "SYR-5", "1200"),
        ("OAK", end, "GLV-M", "7"),
        ("OAK", end, "SYR-5", "330.5"),
    ]


@pytest.mark.parametrize("export", ["openboxes_stock", "rounds_stock"])
def test_lots_and_expiry(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    found = facts(home, "stock", "lot, expiry, item_name", "expiry IS NOT NULL")
    assert found == [
        ("L2291", date(2027, 6, 30), "Nitrile gloves M, box of 100"),
        ("L2304", date(2027, 7, 31), "Nitrile gloves M, box of 100"),
    ]


def test_movements_of_the_stock_table(home: Path) -> None:
    load(home, EXPORTS / "usaid_stock")
    found = facts(home, "supply_moves", "item, kind, quantity, date", "site = 'OAK'")
    first = date(2026, 10, 1)
    assert [row for row in found if row[2] != "0"] == [
        ("GLV-M", "issue", "3", first),
        ("GLV-M", "opening", "10", first),
        ("SYR-5", "opening", "330.5", first),
    ]


ORDERS = [
    ("71", "ELM", "Dishwasher leaks", "open", datetime(2026, 10, 5, 9, 12),
     datetime(2026, 10, 12, 17), None),
    ("72", "ELM", "Lift stops between floors", "in progress", datetime(2026, 10, 6, 14, 30),
     None, None),
    ("73", "OAK", "Boiler pressure low", "on hold", datetime(2026, 10, 7, 8),
     datetime(2026, 10, 9, 12), None),
    ("74", "OAK", "Light out, room 4", "complete", datetime(2026, 10, 8, 10),
     datetime(2026, 10, 15, 10), datetime(2026, 10, 8, 11, 45)),
    ("75", "ELM", "Quarterly test of the generator", "complete", datetime(2026, 10, 1, 7),
     datetime(2026, 10, 31, 17), datetime(2026, 10, 20, 16, 5)),
]  # fmt: skip


@pytest.mark.parametrize(
    "export",
    [
        "atlas_work_orders/work_orders_en.csv",
        "atlas_work_orders/work_orders_fr.csv",
        "atlas_work_orders/work_orders_tr.csv",
        "nyc311/nyc311_2016.csv",
        "nyc311/nyc311_2018.csv",
        "rounds_work_orders",
    ],
)
def test_work_orders(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = "work_order, site, title, status, created, due, completed"
    assert facts(home, "work_orders", columns) == ORDERS


@pytest.mark.parametrize("export", ["uk_spend", "xero_bills", "rounds_spend"])
def test_spend(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert facts(home, "spend", "supplier, document, date, account, amount, currency") == [
        ("Brightway Cleaning", "INV-1", date(2026, 10, 5), "Cleaning", "7000", "GBP"),
        ("Brightway Cleaning", "INV-1", date(2026, 10, 5), "Waste", "250.1", "GBP"),
        ("Müller & Söhne", "4411", date(2026, 10, 31), "Agency", "26000", "GBP"),
        ("Total Energies Ltd", "98-7", date(2026, 10, 13), "Energy", "31204.55", "GBP"),
        ("Total Energies Ltd", "98-8", date(2026, 10, 14), "Energy", "-1204.55", "GBP"),
    ]
    money = outcome.as_json()["money"]
    assert (money["read"], money["accepted"]) == ("63250.1000", "63250.1000")


@pytest.mark.parametrize("export", ["xero_bills", "rounds_spend"])
def test_invoice_lines_carry_site_and_contract(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "spend", "site, contract, line", "document = 'INV-1'") == [
        ("ELM", "C-0311", "1"),
        ("OAK", "C-0311", "2"),
    ]


@pytest.mark.parametrize("export", ["montgomery_contracts", "rounds_contracts"])
def test_contracts(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "contracts", 'contract, title, vendor, category, start, "end"') == [
        ("1101", "Cleaning, clinics north", "Brightway Cleaning", "Services",
         date(2023, 12, 11), date(2026, 12, 31)),
        ("1102", "Lift maintenance", "Upward Lifts", "Services",
         date(2024, 2, 1), date(2027, 1, 31)),
        ("1103", "Gloves and syringes", "Medline & Sons", "Goods",
         date(2025, 1, 15), date(2026, 1, 14)),
        ("1104", "Elmwood Clinic, ground floor", "Harbour Estates", "Lease",
         date(2019, 4, 1), date(2029, 3, 31)),
        ("1105", "Interpreting", "Babel Partners", "Services",
         date(2026, 6, 30), date(2028, 6, 29)),
    ]  # fmt: skip


@pytest.mark.parametrize("export", ["usaid_sites", "rounds_sites"])
def test_sites(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "sites", "site, name, kind, region, codes") == [
        ("ELM", "Health Center ELM", "Health Center", "NORTH", "usaid_ci=ELM"),
        ("OAK", "Hospital OAK", "Hospital", "NORTH", "usaid_ci=OAK"),
    ]


def test_every_shipped_profile_has_a_sample_export() -> None:
    shipped = {name for name in known_profiles() if not name.startswith("rounds_")}
    assert shipped <= {path.name for path in EXPORTS.iterdir()}
