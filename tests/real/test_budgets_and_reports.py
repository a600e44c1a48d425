"""Public budgets and sample reports: every line spread to the cent, every report named."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.loading import facts, load, rows

pytestmark = pytest.mark.real


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_county_budget_with_a_column_a_year(realdata: Path, home: Path) -> None:
    path = realdata / "budgets/cook_county_budget_raw.csv"
    [outcome] = load(home, path)

    def summed(measure: str) -> Decimal:
        cells = (
            cell for row in lines(path) for name, cell in row.items() if name.startswith(measure)
        )
        return sum((Decimal(cell.replace(",", "")) for cell in cells if cell.strip()), Decimal(0))

    assert outcome.loaded is not None
    assert (outcome.loaded.records, outcome.loaded.accepted) == (178, 178)
    [(appropriated,)] = facts(home, "budget", "sum(amount)")
    [(spent,)] = facts(home, "ledger", "sum(amount)")
    assert Decimal(appropriated) == summed("Appropriations") == Decimal("75486942320.80")
    assert Decimal(spent) == summed("Expenditures") == Decimal("66329987297.77")


def test_city_budgets_by_line(realdata: Path, home: Path) -> None:
    found = load(home, *sorted((realdata / "budgets").glob("oakland*")))
    sizes = {o.loaded.records: o.loaded.quarantined for o in found if o.loaded}
    # One line of 2021-22 has no amount.
    assert sizes == {11_231: 0, 8_953: 0, 22_236: 1}
    for path in (realdata / "budgets").glob("oakland*.csv"):
        stated = sum((Decimal(row["amount"] or 0) for row in lines(path)), Decimal(0))
        standing = f"superseded_in IS NULL AND version LIKE '{path.name[8:15]}%'"
        assert facts(home, "budget", "sum(amount)", standing) == [(f"{stated.normalize():f}",)]


def test_sample_reports_are_named_for_what_they_are(realdata: Path, home: Path) -> None:
    found = load(home, *sorted((realdata / "report_exports").glob("*.xlsx")))
    assert {o.status for o in found} == {"refused"}
    kinds = ("is a balance sheet", "is a profit and loss", "matches no profile")
    told = [next((k for k in kinds if k in str(o.problem)), o.problem) for o in found]
    assert sorted(told) == sorted([*kinds[:2]] * 3 + [kinds[2]] * 2)


def test_every_total_of_the_attendances_ties(realdata: Path, home: Path) -> None:
    load(home, realdata / "patient_volume")
    tied = "SELECT count(*), count(*) FILTER (difference = 0) FROM totals"
    assert rows(home, tied) == [(90, 90)]
