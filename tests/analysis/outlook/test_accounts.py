"""Landings by account: parts that sum to their subject's landing, and cents that are shared."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.analysis.outlook.accounts import shared, year_by_account
from pipelines.analysis.outlook.landing import landed, year_of
from pipelines.analysis.outlook.study import study
from pipelines.calendar import add_months
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.landings import YEAR, invoice
from tests.loading import rounds
from tests.metrics.conftest import load_folder, write

SUMS = "actual", "ahead", "landing"


def by_subject(frame: pl.DataFrame, *names: str) -> list[tuple[object, ...]]:
    sums = frame.group_by(*names, "currency").agg(pl.col(SUMS).sum()).sort(names)
    return sums.select(*names, *SUMS).rows()


@pytest.mark.parametrize("names", [("subject",), ("site", "subject"), ("region", "subject")])
def test_accounts_add_up_to_their_subject_to_the_cent(
    demo_home: Path, names: tuple[str, ...]
) -> None:
    reader = open_build(Home(demo_home))
    seen = year_of(reader, study(reader), YEAR)
    parts = landed(year_by_account(reader, seen), by=(*names, "account")).frame
    wholes = landed(seen, by=names).frame
    assert by_subject(parts, *names) == by_subject(wholes, *names)
    assert parts.filter(pl.col("subject") == "staffing")["account"].unique().sort().to_list() == [
        "Agency staff", "Own staff",
    ]  # fmt: skip
    assert (parts["low"] <= parts["landing"]).all()
    assert (parts["landing"] <= parts["high"]).all()


def test_an_account_lands_at_its_own_costs(home: Path, tmp_path: Path) -> None:
    """Cleaning costs 300 a month and rent 500, for thirty-four months to October 2026.

    So they land at 3,600 and 6,000, of which 3,000 and 5,000 are paid.
    """
    lines = []
    for step in range(34):
        month = add_months(date(2024, 1, 1), step)
        lines += [invoice("OAK", "Cleaning", month, 300), invoice("OAK", "Rent", month, 500)]
    write(tmp_path / "files", "sites", [{"site": "OAK", "name": "Oakdale"}])
    write(tmp_path / "files", "spend", lines)
    load_folder(tmp_path / "files", Home(home))
    for account in ("Cleaning", "Rent"):
        assert (
            rounds("map", "account", "rounds", account, "contracts", "--home", home).exit_code == 0
        )
    reader = open_build(Home(home))
    seen = year_of(reader, study(reader), YEAR)
    frame = landed(year_by_account(reader, seen), by=("account",)).frame
    assert frame.select("account", *SUMS).rows() == [
        ("Cleaning", Decimal(3000), Decimal(600), Decimal(3600)),
        ("Rent", Decimal(5000), Decimal(1000), Decimal(6000)),
    ]
    assert frame["estimated"].to_list() == [0, 0]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("10.00", (1, 1, 1), ("3.34", "3.33", "3.33")),
        ("0.05", (2, 1, 1), ("0.03", "0.01", "0.01")),  # 0.025, 0.0125 and 0.0125
        ("-10.00", (1, 1, 1), ("-3.34", "-3.33", "-3.33")),
        ("100.00", (0, 3, 1), ("0.00", "75.00", "25.00")),
    ],
)
def test_cents_go_to_the_largest_remainders(
    amount: str, weights: tuple[int, ...], parts: tuple[str, ...]
) -> None:
    made = shared(Decimal(amount), [Decimal(one) for one in weights])
    assert made == [Decimal(one) for one in parts]


def test_the_command_tells_accounts_of_subjects(demo_home: Path) -> None:
    whole = json.loads(rounds("landing", "--by", "subject", "--json", "--home", demo_home).stdout)
    told = json.loads(rounds("landing", "--by", "account", "--json", "--home", demo_home).stdout)
    for row in whole["rows"]:
        parts = [one for one in told["rows"] if one["subject"] == row["subject"]]
        assert len(parts) > 1
        assert sum(Decimal(one["landing"]) for one in parts) == Decimal(row["landing"])
