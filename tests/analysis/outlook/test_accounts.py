"""Landings by account: parts that sum to their subject's landing, and cents that are shared."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.analysis.outlook.accounts import missed, shared, year_by_account
from pipelines.analysis.outlook.backtest import tried
from pipelines.analysis.outlook.landing import landed, year_of
from pipelines.analysis.outlook.panel import Panel
from pipelines.analysis.outlook.planned import APART, NONE, WHOLE
from pipelines.analysis.outlook.study import Study, study
from pipelines.calendar import add_months, month_end
from pipelines.settings import Home
from pipelines.warehouse.codes import map_account
from pipelines.warehouse.decided import keep_budget
from pipelines.warehouse.reader import open_build
from tests.dashboard.opening import published
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


def monthly(site: str, account: str, amount: str) -> list[dict[str, str]]:
    """The budget of an account, the same each month of the year."""
    return [
        {"site": site, "version": "Original", "account": account, "currency": "USD",
         "month": add_months(YEAR.start, step).isoformat(), "amount": amount}
        for step in range(12)
    ]  # fmt: skip


def test_an_account_has_the_budget_of_its_own_name_or_a_reason(home: Path, tmp_path: Path) -> None:
    """OAK's contracts cost 300 for cleaning and 500 of rent each month; ELM's cleaning costs 200.

    OAK's budget is 280 for cleaning, 500 for RENT, and 40 for snow, which costs nothing: cleaning
    lands 12 x 20 = 240 over, rent on it, snow 480 under; its contracts at 9,600 of 9,840, which is
    what these are together. OAK's repairs have a budget for all facilities, ELM's contracts one for
    all contracts, and for OAK's licences none was made: no account has those.
    """
    lines = []
    for step in range(34):
        month = add_months(date(2024, 1, 1), step)
        lines += [
            invoice("OAK", "Cleaning", month, 300), invoice("OAK", "Rent", month, 500),
            invoice("OAK", "Repairs", month, 100), invoice("OAK", "Tiles", month, 10),
            invoice("ELM", "Cleaning", month, 200), invoice("ELM", "Lifts", month, 70),
        ]  # fmt: skip
    budget = [
        *monthly("OAK", "Cleaning", "280"), *monthly("OAK", "RENT", "500"),
        *monthly("OAK", "Snow", "40"), *monthly("OAK", "facilities", "90"),
        *monthly("ELM", "contracts", "260"),
    ]  # fmt: skip
    sites = [{"site": "OAK", "name": "Oakdale"}, {"site": "ELM", "name": "Elmwood"}]
    for feed, rows in {"sites": sites, "spend": lines, "budget": budget}.items():
        write(tmp_path / "files", feed, rows)
    reader = load_folder(tmp_path / "files", Home(home))
    for account in ("Cleaning", "Rent", "RENT", "Snow", "Lifts"):
        map_account(reader, Home(home), "rounds", account, "contracts")
    for account in ("Repairs", "Tiles"):
        map_account(reader, Home(home), "rounds", account, "facilities")
    published(Home(home))
    reader = open_build(Home(home))
    seen = year_of(reader, study(reader), YEAR)
    year = year_by_account(reader, seen)
    assert told(landed(year, by=("site", "account")).frame) == [
        ("ELM", "Cleaning", 2400, None, None, WHOLE), ("ELM", "Lifts", 840, None, None, WHOLE),
        ("OAK", "Cleaning", 3600, 3360, 240, None), ("OAK", "Rent", 6000, 6000, 0, None),
        ("OAK", "Repairs", 1200, None, None, WHOLE), ("OAK", "Snow", 0, 480, -480, None),
        ("OAK", "Tiles", 120, None, None, WHOLE),
    ]  # fmt: skip
    # Of both sites' cleaning OAK's alone is compared.
    both = landed(year, by=("account",)).frame.filter(account="Cleaning")
    assert both.select("landing", "compared", "budget", "gap").row(0) == (6000, 3600, 3360, 240)
    whole = landed(seen, by=("site", "subject")).frame.filter(site="OAK", subject="contracts")
    assert whole.select("budget", "gap", "no_budget").row(0) == (9840, -240, None)


def told(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    names = "site", "account", "landing", "budget", "gap", "no_budget"
    return frame.sort("site", "account").select(names).rows()


def test_why_an_account_of_a_budget_told_apart_otherwise_has_none(
    home: Path, tmp_path: Path
) -> None:
    """Staffing is told apart by whose staff it is. OAK's budget has agency staff and nurses.

    So its agency staff have one, its own staff don't; and ELM has no budget of staffing at all. An
    amount that somebody sets stands for the whole subject, in the place of both.
    """
    pay = [
        {"site": site, "period_start": str(month), "period_end": str(month_end(month)),
         "role": "RN", "kind": kind, "pay_class": "regular", "hours": "10", "amount": amount,
         "currency": "USD"}
        for step in range(34)
        for month in [add_months(date(2024, 1, 1), step)]
        for site in ("OAK", "ELM")
        for kind, amount in (("employee", "900"), ("agency", "100"))
    ]  # fmt: skip
    budget = [*monthly("OAK", "Agency staff", "90"), *monthly("OAK", "Nurses", "800")]
    sites = [{"site": "OAK", "name": "Oakdale"}, {"site": "ELM", "name": "Elmwood"}]
    for feed, rows in {"sites": sites, "labor": pay, "budget": budget}.items():
        write(tmp_path / "files", feed, rows)
    reader = load_folder(tmp_path / "files", Home(home))
    for account in ("Agency staff", "Nurses"):
        map_account(reader, Home(home), "rounds", account, "staffing")
    published(Home(home))

    def landing() -> list[tuple[object, ...]]:
        reader = open_build(Home(home))
        year = year_by_account(reader, year_of(reader, study(reader), YEAR))
        return told(landed(year, by=("site", "account")).frame)

    assert landing() == [
        ("ELM", "Agency staff", 1200, None, None, NONE),
        ("ELM", "Own staff", 10800, None, None, NONE),
        ("OAK", "Agency staff", 1200, 1080, 120, None),
        ("OAK", "Own staff", 10800, None, None, APART),
    ]
    keep_budget(Home(home), "OAK", "staffing", date(2026, 3, 1), "USD", Decimal(700))
    published(Home(home))
    assert [row[3:] for row in landing()[2:]] == [(None, None, WHOLE)] * 2


def test_a_range_is_of_what_the_scaled_forecasts_missed() -> None:
    """Two accounts are forecast at 30 and 10, their subject at 80: scaled, that is 60 and 20.

    They cost 50 and 40: 10 too much and 20 too little.
    """
    parts = Panel(("a", "b"), ("a", "b"), np.array([[30.0, 30, 50], [10, 10, 40]]), 1)
    whole = Panel(("s",), ("s",), np.array([[80.0, 80, 90]]), 1)
    line = {"site": ["OAK"], "subject": ["contracts"], "currency": ["USD"]}
    of, origins = pl.DataFrame(line), [2]
    subject = Study(of, pl.DataFrame(), (), tried(whole, origins, 1), np.zeros((1, 1, 1)))
    lines = pl.concat([of, of])
    off = missed(subject, lines, tried(parts, origins, 1))
    assert off[:, 0, 0].tolist() == pytest.approx([-10, 20])


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
