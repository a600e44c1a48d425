"""What public bodies publish of their payments and contracts: every record and penny accounted.

The sums were made with `csv`, `zipfile` and `Decimal` alone; for delimited files they are made
again here, file by file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from tests.loading import rounds, rows

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real-public")]

# Body: files that load, records, furniture, records set aside, money read.
TABLE = {
    "BHR": (1, 1169, 0, 0, "221229891.22"),
    "CHWE": (12, 1447, 0, 0, "275113921.57"),
    "CROY": (12, 1963, 0, 0, "91782079.82"),
    "GUYS": (12, 167107, 0, 0, "769397515.47"),
    "IMPC": (12, 2750, 0, 0, "647066767.67"),
    "KGST": (10, 498, 0, 0, "57818413.95"),
    "LEGR": (11, 1453, 0, 0, "169734964.58"),
    "LNWU": (11, 1401, 2, 0, "214202076.22"),
    "NCL": (12, 6356, 30, 40, "862182723.51"),
    "NEBD": (12, 2975, 0, 0, "358567004.24"),
    "NEHV": (12, 3217, 0, 0, "338237345.83"),
    "NENW": (10, 3617, 0, 0, "194101146.40"),
    "NEWF": (10, 2553, 0, 124, "225153072.94"),
    "NMID": (12, 893, 0, 0, "147732299.76"),
    "NWBR": (7, 1867, 0, 24, "144844025.81"),
    "NWCL": (8, 2080, 1, 35, "320201761.27"),
    "NWEA": (7, 4269, 0, 76, "301825071.08"),
    "NWHA": (8, 2571, 0, 26, "121675129.75"),
    "NWHF": (7, 1818, 0, 23, "159674874.27"),
    "NWHI": (8, 3315, 0, 53, "274481623.36"),
    "NWHO": (8, 2718, 0, 64, "250046371.93"),
    "NWWL": (8, 2789, 0, 62, "218543577.08"),
    "SEL": (8, 18467, 0, 0, "1763604247.01"),
    "SGEO": (1, 235, 1, 0, "25504940.66"),
    "WHIT": (8, 570, 0, 0, "56344371.65"),
    "uk_council_spend": (3, 28382, 1, 1, "223556805.35"),
    "city_checkbook": (7, 304307, 1, 0, "1241984915.00"),
}
# Their one misspelled heading, "Suppkuer" or "Suppklier", is matched where that is unambiguous.
MISSPELLED = {"NEWF 06 - September.pdf.csv", "NWBR 05 - August.pdf.csv"}
REFUSED = {
    # Its amounts are torn apart: half of them stand in the column of another.
    "SEL 10 - January.pdf.csv": "needs “Date”",
    "NEWF 12 - March.pdf.csv": "needs “Supplier”",
    "chicago_List_of_Contractors.csv": "lists vendors and their addresses",
    "toronto_All Solicitations.csv": "lists solicitations, which are no contracts yet",
}
AMOUNTS = {"amount", "amount in sterling", "amount in sterling £", "net amount", "invoice net amt"}


@pytest.fixture(scope="module")
def loaded(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    home = tmp_path_factory.mktemp("public") / "home"
    folders = ("nhs_spend", "uk_council_spend", "city_checkbook", "contracts")
    result = rounds("ingest", *(realdata / f for f in folders), "--home", home, "--json")
    return home, json.loads(result.stdout)["files"]


def cells(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


def number(cell: str) -> Decimal | None:
    plain = cell.replace("£", "").replace(",", "").strip()
    if not plain:
        return None
    return Decimal(f"-{plain[1:-1]}" if plain.startswith("(") else plain)


def amounts(path: Path) -> Iterator[Decimal]:
    """The numbers in the amount column of a delimited file, without those of its total rows."""
    head, *body = cells(path)
    names = [name.strip().lower() for name in head]
    [place] = [i for i, name in enumerate(names) if name in AMOUNTS]
    total = Decimal(0)
    for row in body:
        filled = [cell.strip() for cell in row if cell.strip()]
        try:
            amount = number(row[place]) if len(row) > place else None
        except InvalidOperation:
            continue
        lone = len(filled) == 1 and amount == total
        if amount is not None and not lone and "Sum:" not in filled:
            total += amount
            yield amount


def group(path: Path) -> str:
    return path.parent.name


def money(told: dict[str, Any], place: str = "read") -> Decimal:
    return Decimal(told["money"][place])


def test_every_body_is_told_to_the_penny(loaded: tuple[Path, list[Any]]) -> None:
    found: dict[str, list[dict[str, Any]]] = {}
    for told in loaded[1]:
        path = Path(told["path"].partition("#")[0])
        if told["status"] == "loaded" and path.name not in MISSPELLED:
            found.setdefault(group(path), []).append(told)
    table = {
        name: (
            len(files),
            *(sum(f[count] for f in files) for count in ("records", "furniture", "quarantined")),
            f"{sum(map(money, files)):.2f}",
        )
        for name, files in found.items()
        if name != "contracts"
    }
    assert table == TABLE


def test_every_file_is_told_to_the_penny(realdata: Path, loaded: tuple[Path, list[Any]]) -> None:
    tried = 0
    for told in loaded[1]:
        path = Path(told["path"].partition("#")[0])
        if told["status"] != "loaded" or path.suffix != ".csv" or group(path) == "contracts":
            continue
        tried += 1
        parts = [money(told, place) for place in ("accepted", "duplicate", "quarantined")]
        assert money(told) == sum(parts) == sum(amounts(path)), path.name
        places = ("accepted", "duplicate", "quarantined", "furniture")
        assert told["records"] == sum(told[p] for p in places) == len(cells(path)) - 1, path.name
        # No file takes another's month, but for one: what was published as October's says of every
        # line that it is September's, and has as many lines as September's own file.
        again = 240 if path.name == "NEWF 07 - October.pdf.csv" else 0
        assert told["superseded"] in (0, again), path.name
    assert tried >= 224


def test_what_is_refused_says_why(loaded: tuple[Path, list[Any]]) -> None:
    refused = {Path(f["path"]).name: f["problem"] for f in loaded[1] if f["status"] == "refused"}
    assert refused.keys() - MISSPELLED == REFUSED.keys()
    for name, said in REFUSED.items():
        assert said in refused[name].replace("also needs", "needs"), name


def test_october_2017_ties_to_phoenix_s_own_total(loaded: tuple[Path, list[Any]]) -> None:
    [october] = [f for f in loaded[1] if f["path"].endswith("phoenix_october-2017.csv")]
    assert (october["accepted"], october["furniture"]) == (44_839, 1)
    assert money(october) == money(october, "accepted") == Decimal("147396361.90")


def test_payers_that_no_column_names_stand_as_their_files_do(
    loaded: tuple[Path, list[Any]],
) -> None:
    found = rows(loaded[0], "SELECT DISTINCT entity FROM fact_spend WHERE length(entity) < 8")
    named = {name for (name,) in found}
    assert {"CROY", "WHIT", "NCL", "NENW", "CHWE", "NWBR", "phoenix"} <= named


def test_contracts(loaded: tuple[Path, list[Any]]) -> None:
    told = {Path(f["path"]).name: f for f in loaded[1] if f["status"] == "loaded"}
    assert told["montgomery_county_md_Contracts.csv"]["accepted"] == 2146
    toronto = told["toronto_Non-Competitive Contracts.csv"]
    assert (toronto["accepted"], toronto["quarantined"]) == (2931, 0)
    # 1,826,783,269.80 in plain numbers, one cell that says CAD and one that says USD.
    plain, canadian, american = Decimal("1826783269.80"), Decimal(82_500), Decimal(1_311_936)
    assert money(toronto) == plain + canadian + american
    sums = rows(loaded[0], "SELECT currency, sum(ceiling) FROM fact_contracts "
                "WHERE system = 'toronto' GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert sums == [("CAD", "1826865769.8"), ("USD", "1311936")]
