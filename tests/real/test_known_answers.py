"""The public exports, loaded by one command: known answers, and every record and penny accounted.

What is expected was counted and summed here with `csv` and `Decimal` alone, or stands in the
publisher's own total row.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.calendar import Period, month_span
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build
from tests.loading import rounds, rows

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]

PATHS = (
    "pbj", "nhs_spend/GUYS", "inventory/usaid_cotedivoire", "workorders",
    "contracts/montgomery_county_md_Contracts.csv", "patient_volume",
)  # fmt: skip
QUARTER = Period(date(2023, 4, 1), date(2023, 6, 30))
PBJ_2023 = "Payroll_Based_Journal_Daily_Nurse_Staffing_2023_Q2.csv"


@pytest.fixture(scope="session")
def loaded(
    realdata: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, Any]]]:
    """The home into which one command has loaded all of them, and what it told of each file."""
    home = tmp_path_factory.mktemp("real") / "home"
    result = rounds("ingest", *(realdata / p for p in PATHS), "--home", home, "--json")
    assert result.exit_code == 1  # the folders hold files of other kinds, too
    return home, json.loads(result.stdout)["files"]


@pytest.fixture
def real_home(loaded: tuple[Path, list[dict[str, Any]]]) -> Path:
    return loaded[0]


@pytest.fixture
def files(loaded: tuple[Path, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return {Path(file["path"]).name: file for file in loaded[1] if file["status"] == "loaded"}


@pytest.fixture
def reader(real_home: Path) -> Reader:
    return open_build(Home(real_home))


def records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def find(realdata: Path, name: str) -> Path:
    [path] = realdata.rglob(name)
    return path


def test_which_files_load_and_with_which_profile(files: dict[str, dict[str, Any]]) -> None:
    profiles = sorted(file["profile"] for file in files.values())
    assert {name: profiles.count(name) for name in profiles} == {
        "atlas_assets": 4, "atlas_locations": 4, "atlas_work_orders": 1, "cms_pbj_nurse": 2,
        "montgomery_contracts": 1, "nhs_ae": 5, "nyc311": 2, "uk_spend": 12,
        "usaid_sites": 1, "usaid_stock": 1,
    }  # fmt: skip


def test_every_record_of_every_loaded_file_is_accounted_for(
    realdata: Path, files: dict[str, dict[str, Any]]
) -> None:
    for name, told in files.items():
        places = ("accepted", "duplicate", "quarantined", "furniture")
        counted = sum(1 for _ in records(find(realdata, name)))
        assert told["records"] == counted == sum(told[place] for place in places), name


def test_what_is_refused_says_why(loaded: tuple[Path, list[dict[str, Any]]]) -> None:
    refused = [file for file in loaded[1] if file["status"] == "refused"]
    said = [
        "is a list of meters: ",
        "is a template for importing work orders: ",
        "is a list of maintenance plans: ",
        "does not say its ",
        "is a list of products: ",
        "is a description of other files' columns: ",
        "is a table of counts by district: ",
    ]
    why = {text: sum(text in file["problem"] for file in refused) for text in said}
    assert list(why.values()) == [4, 3, 1, 4, 1, 1, 1]
    assert len(refused) == sum(why.values())


def test_nurse_staffing(reader: Reader, files: dict[str, dict[str, Any]]) -> None:
    assert files[PBJ_2023]["records"] == files[PBJ_2023]["accepted"] == 17_745
    assert files[PBJ_2023]["rows"] == {"labor": 17_745 * 16, "volume": 17_745}
    answer = ask(reader, "nursing_hprd", period=QUARTER)
    row = answer.frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (Decimal("5167843.80"), Decimal(1_456_032))
    assert round(row["value"], 4) == 3.5493
    by_site = ask(reader, "nursing_hprd", period=QUARTER, by=["site"])
    assert by_site.frame.height == 195
    ratios = by_site.frame["value"].to_list()
    assert round(sum(ratios) / len(ratios), 4) != 3.5493  # no mean of ratios


def test_stock_of_cote_divoire_balances_on_every_row(real_home: Path) -> None:
    balances = """
        SELECT count(*),
          count(*) FILTER (m.opening + m.received - m.issued + m.adjusted = s.quantity)
        FROM fact_stock s JOIN (
          SELECT record, sum(quantity) FILTER (kind = 'opening') AS opening,
            sum(quantity) FILTER (kind = 'receipt') AS received,
            sum(quantity) FILTER (kind = 'issue') AS issued,
            sum(quantity) FILTER (kind = 'adjustment') AS adjusted
          FROM fact_supply_moves WHERE system = 'usaid_ci' GROUP BY record
        ) m USING (record) WHERE s.system = 'usaid_ci'
    """
    assert rows(real_home, balances) == [(35_753, 35_753)]


def test_emergency_attendances_are_the_publishers_own_total(
    realdata: Path, reader: Reader, files: dict[str, dict[str, Any]]
) -> None:
    months = {"October-2025": 10, "Nov-25": 11, "December-2025": 12, "January-2026": 1,
              "February-2026": 2}  # fmt: skip
    type_1 = "A&E attendances Type 1"
    for name, told in files.items():
        if told["profile"] != "nhs_ae":
            continue
        *trusts, total = records(find(realdata, name))
        assert total["Org Code"].upper() == "TOTAL"
        assert (told["records"], told["furniture"], told["quarantined"]) == (len(trusts) + 1, 1, 0)
        [month] = [number for word, number in months.items() if word in name]
        period = month_span(date(2025 if month > 2 else 2026, month, 1))
        found = reader.query(
            "SELECT sum(count) FROM volume WHERE measure = 'attendances_type_1' "
            "AND date BETWEEN ? AND ?",
            [period.start, period.stop],
        ).item()
        assert found == Decimal(total[type_1]) == sum(Decimal(t[type_1]) for t in trusts)
    february = reader.query(
        "SELECT sum(count) FROM volume "
        "WHERE measure = 'attendances_type_1' AND month = '2026-02-01'"
    )
    assert february.item() == 1_271_830


def test_spend_of_guys_to_the_penny(
    realdata: Path, real_home: Path, files: dict[str, dict[str, Any]]
) -> None:
    lines, money = 0, Decimal(0)
    for path in sorted((realdata / "nhs_spend/GUYS").glob("*.csv")):
        amounts = [Decimal(list(record.values())[-1]) for record in records(path)]
        told = files[path.name]
        parts = [Decimal(told["money"][p]) for p in ("accepted", "duplicate", "quarantined")]
        assert (told["records"], Decimal(told["money"]["read"])) == (len(amounts), sum(amounts))
        assert (sum(parts), told["money"]["unreadable"]) == (sum(amounts), 0)
        lines, money = lines + len(amounts), money + sum(amounts)
    # Eleven files were also summed on their own, and the one whose amount is spelled otherwise.
    assert (lines, money) == (167_107, Decimal("769397515.47"))
    standing = "SELECT count(*), sum(amount) FROM fact_spend WHERE superseded_in IS NULL"
    assert rows(real_home, standing) == [(lines, f"{money.normalize():f}")]


def test_contracts_and_work_orders(files: dict[str, dict[str, Any]], real_home: Path) -> None:
    assert files["montgomery_county_md_Contracts.csv"]["accepted"] == 2_146
    assert files["nyc311_2016_portal.csv"]["accepted"] == 117
    # Ten requests were closed before they were raised.
    assert files["nyc311_2018_portal.csv"]["quarantined"] == 10
    reasons = (
        "SELECT DISTINCT reason FROM quarantine JOIN loads ON event = load WHERE profile = 'nyc311'"
    )
    assert rows(real_home, reasons) == [("lies before the day of creation",)]


def test_the_second_time_nothing_changes(
    realdata: Path, loaded: tuple[Path, list[dict[str, Any]]]
) -> None:
    home, _ = loaded
    build = open_build(Home(home)).build
    result = rounds(
        "ingest", realdata / "pbj", realdata / "patient_volume", "--home", home, "--json"
    )
    told = json.loads(result.stdout)
    assert (result.exit_code, told["build"]) == (0, build)
    assert {file["status"] for file in told["files"]} == {"unchanged"}


def test_the_file_of_another_quarter_stays_beside_it(reader: Reader) -> None:
    found = reader.query(
        "SELECT CAST(date_trunc('quarter', date) AS DATE) AS q, count(DISTINCT site) AS sites "
        "FROM labor GROUP BY 1 ORDER BY 1"
    )
    assert found.rows() == [(date(2023, 4, 1), 195), (date(2024, 4, 1), 1)]
