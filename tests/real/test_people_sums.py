"""Public payrolls, site registers and estates returns, summed apart with csv and Decimal.

The sums of Boston's three years also stand here as numbers, counted once outside of Rounds.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.loading import facts, load

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]

BOSTON = {
    2012: (21_140, "1315063303.35"),
    2017: (22_245, "1590905618.10"),
    2022: (23_204, "1930625175.57"),
}
KINDS = ("Regular", "Retro", "Other", "Overtime", "Injured", "Detail", "Quinn")


def records(path: Path) -> tuple[list[str], list[list[str]]]:
    """The headings and the records, as the csv module has them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        headings, *body = csv.reader(file)
    return headings, body


def amount(cell: str) -> Decimal:
    """`$1,234.50 `, `($5.00)`, `$-5.00` and blank, in the spelling of these files alone."""
    digits = re.sub(r"[^0-9.]", "", cell)
    minus = "(" in cell or "-" in cell
    return (-Decimal(digits) if minus else Decimal(digits)) if digits else Decimal(0)


def columns(path: Path) -> dict[str, list[str]]:
    headings, body = records(path)
    return {h.strip(): [row[i] for row in body] for i, h in enumerate(headings)}


@pytest.mark.parametrize("year", BOSTON)
def test_a_year_of_boston(home: Path, realdata: Path, year: int) -> None:
    path = realdata / f"payroll/boston/employee-earnings-report-{year}.csv"
    headings, body = records(path)
    total = sum(amount(row[10]) for row in body)
    assert (len(body), total) == (BOSTON[year][0], Decimal(BOSTON[year][1]))
    assert (headings[3], headings[9][:5]) == ("REGULAR", "QUINN")
    parts = {"Regular": 3, "Retro": 4, "Other": 5, "Overtime": 6, "Injured": 7, "Detail": 8,
             "Quinn": 9}  # fmt: skip
    expected = {kind: sum(amount(row[i]) for row in body) for kind, i in parts.items()}
    [outcome] = load(home, path)
    told = outcome.as_json()
    assert (told["records"], told["accepted"], told["quarantined"]) == (len(body), len(body), 0)
    assert Decimal(told["money"]["read"]) == Decimal(told["money"]["accepted"]) == total
    found: dict[str, str] = dict(
        facts(home, "labor", "pay_code, sum(amount)", "true GROUP BY pay_code")
    )
    assert {kind: Decimal(found[kind]) for kind in KINDS} == expected
    # Nine people's parts of 2012 do not come to their totals.
    rest = total - sum(expected.values())
    assert (
        Decimal(found.get("Not in the parts", "0")) == rest == (year == 2012) * Decimal("3372.74")
    )


def test_departments_of_boston(home: Path, realdata: Path) -> None:
    path = realdata / "payroll/boston/employee-earnings-report-2022.csv"
    table = columns(path)
    expected: Counter[str] = Counter()
    for department, total in zip(table["DEPARTMENT_NAME"], table["TOTAL_ GROSS"], strict=True):
        expected[department.strip()] += amount(total)  # type: ignore[assignment]
    load(home, path)
    found = facts(home, "labor", "site, sum(amount)", "true GROUP BY site")
    assert {site: Decimal(money) for site, money in found} == dict(expected)


def test_new_york(home: Path, realdata: Path) -> None:
    path = realdata / "payroll/nyc_Citywide_Payroll_Data__Fiscal_Year_.csv"
    table = columns(path)
    [outcome] = load(home, path)
    sums = {name: sum(map(Decimal, cells)) for name, cells in table.items() if "Paid" in name}
    sums["TotalOtherPay"] = sum(map(Decimal, table["TotalOtherPay"]))
    hours = {name: sum(map(Decimal, table[name])) for name in ("RegularHours", "OTHours")}
    told = outcome.as_json()
    assert told["records"] == told["accepted"] == len(table["AgencyName"]) == 18_067
    assert Decimal(told["money"]["read"]) == sum(sums.values()) == Decimal("1273471635.81")
    found = facts(
        home, "labor", "pay_class, sum(amount), sum(hours)", "true GROUP BY pay_class"
    )  # overtime of some is negative
    assert [(kind, Decimal(money)) for kind, money, _ in found] == [
        ("other", sums["TotalOtherPay"]),
        ("overtime", sums["TotalOTPaid"]),
        ("regular", sums["RegularGrossPaid"]),
    ]
    assert [Decimal(h) for _, _, h in found if h] == [hours["OTHours"], hours["RegularHours"]]
    agencies = {site for (site,) in facts(home, "labor", "site")}
    assert agencies == {name.strip() for name in table["AgencyName"]}


def test_montgomery(home: Path, realdata: Path) -> None:
    path = realdata / "payroll/montgomery_Employee_Salaries_-_2016.csv"
    table = columns(path)
    gross, overtime = (
        sum(map(amount, table[f"2016 {name}"])) for name in ("Gross Pay Received", "Overtime Pay")
    )
    [outcome] = load(home, path)
    told = outcome.as_json()
    assert told["records"] == told["accepted"] == len(table["Department"]) == 9_228
    assert Decimal(told["money"]["read"]) == gross == Decimal("725712847.07")
    found = facts(home, "labor", "pay_class, sum(amount)", "true GROUP BY pay_class")
    assert [(kind, Decimal(money)) for kind, money in found] == [
        ("overtime", overtime),
        ("regular", gross - overtime),
    ]


def test_no_name_of_a_payroll_is_stored(home: Path, realdata: Path) -> None:
    path = realdata / "payroll/nyc_Citywide_Payroll_Data__Fiscal_Year_.csv"
    load(home, path)
    table = columns(path)
    # Long surnames only: a short one can stand in a department, a title or in packed bytes.
    names = {name.strip() for name in table["lastName"] if len(name.strip()) >= 9}
    allowed = " ".join({*table["AgencyName"], *table["TitleDescription"]})
    stored = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    missing = [n for n in names if n not in allowed and n.encode() in stored]
    assert len(names) > 1000
    assert missing == []


def test_site_registers(home: Path, realdata: Path) -> None:
    washington = realdata / "providers/NFListing_2020-03.csv"
    care = realdata / "providers/Long_Term_Care_Facility_Characteristics_Q4_2025.csv"
    outcomes = load(home, washington, care)
    assert [(o.profile, o.loaded and o.loaded.accepted) for o in outcomes] == [
        ("wa_nursing_facilities", 208), ("cms_ltc_facilities", 14_717),
    ]  # fmt: skip
    beds = sum(int(cell) for cell in columns(washington)["TOTAL_Beds_nf_bed_count"])
    found = facts(home, "sites", "count(DISTINCT site), sum(beds)", "system = 'wa_dshs'")
    assert [(sites, int(total)) for sites, total in found] == [(208, beds)]
    numbers = {number for (number,) in facts(home, "sites", "site", "system = 'cms_pbj'")}
    assert numbers == set(columns(care)["Provider Number"])


def test_tables_of_chains_are_turned_away(home: Path, realdata: Path) -> None:
    outcomes = load(home, *sorted((realdata / "providers").glob("*Chain*.csv")))
    assert len(outcomes) == 5
    assert all("is a table of nursing home chains" in str(o.problem) for o in outcomes)


def test_estates_return_by_site(home: Path, realdata: Path) -> None:
    path = realdata / "estates_eric/HospitalEstatesAndFacilitiesStatistics_12611.XLS"
    outcomes = {str(o.path).rpartition("#")[2]: o for o in load(home, path, period="2015")}
    assert {sheet: o.status for sheet, o in outcomes.items()} == {
        "Trust Data": "refused", "Site Data": "loaded", "PFI Data": "refused",
        "Disclaimer": "refused",
    }  # fmt: skip
    told = outcomes["Site Data"].as_json()
    # 1,214 sites, a sum for each of 238 bodies and the grand total
    assert (told["records"], told["accepted"], told["furniture"]) == (1_453, 1_214, 239)
    found: dict[str, str] = dict(
        facts(home, "ledger", "account, sum(amount)", "true GROUP BY account")
    )
    # The publisher's grand totals leave out one site, AGGRE of R1A, whose costs are 3,042,728 and
    # 801,894.
    assert Decimal(found["Estates and facilities finance costs"]) == 3_449_095_857 + 3_042_728
    assert Decimal(found["Maintenance"]) == 786_757_797 + 801_894
