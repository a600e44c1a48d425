"""`rounds bridge` tells why a cost changed, and its steps add up."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.calendar import Period
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.loading import rounds

SPAN = ("--from", "2026-08-01", "--to", "2026-10-31")


@pytest.mark.parametrize(("subject", "metric"), [("supplies", "supply_burn"), ("spend", "spend")])
@pytest.mark.parametrize("by", ["", "region"])
def test_the_steps_lead_from_the_cost_before_to_the_cost_now(
    demo_home: Path, subject: str, metric: str, by: str
) -> None:
    told = rounds("bridge", subject, *SPAN, "--by", by, "--format", "json", "--home", demo_home)
    rows = json.loads(told.stdout)["rows"]
    sums = {"before": Decimal(0), "after": Decimal(0), "between": Decimal(0)}
    for row in rows:
        step = row["step"] if row["step"] in sums else "between"
        sums[step] += Decimal(row["amount"])
    assert sums["before"] + sums["between"] == sums["after"]
    assert sums["between"] != 0
    reader = open_build(Home(demo_home))
    now = Period(date(2026, 8, 1), date(2026, 10, 31))
    answer = ask(reader, metric, period=now, compare=("year",)).frame
    assert abs(sums["after"] - answer["value"].item()) < Decimal("0.05")
    assert abs(sums["before"] - answer["year"].item()) < Decimal("0.05")


def test_the_price_that_creeps_is_named(demo_home: Path) -> None:
    told = rounds("bridge", "supplies", *SPAN, "--home", demo_home)
    assert told.stdout.startswith("Supplies: Aug 2026 to Oct 2026, against Aug 2025 to Oct 2025")
    assert "price" in told.stdout


def test_the_gap_to_budget_is_told_by_site_and_subject(demo_home: Path) -> None:
    month = ("--from", "2026-10-01", "--to", "2026-10-31")
    told = rounds("bridge", "timing", *month, "--by", "subject", "--format", "json",
                  "--home", demo_home)  # fmt: skip
    rows = json.loads(told.stdout)["rows"]
    sums: dict[str, Decimal] = {}
    for row in rows:
        step = row["step"] if row["step"] in ("budget", "actual") else "between"
        sums[step] = sums.get(step, Decimal(0)) + Decimal(row["amount"])
    assert sums["budget"] + sums["between"] == sums["actual"]
    period = Period(date(2026, 10, 1), date(2026, 10, 31))
    gap = ask(open_build(Home(demo_home)), "budget_variance", period=period).value
    assert abs(sums["between"] - Decimal(str(gap))) < Decimal("0.05")


def test_timing_is_told_as_it_is_known_now(demo_home: Path) -> None:
    told = rounds("bridge", "timing", *SPAN, "--as-of", "3", "--home", demo_home)
    assert told.exit_code == 2
    assert "leave out --as-of" in told.stderr


def test_supplies_are_bridged_from_their_budget(demo_home: Path) -> None:
    month = ("--from", "2026-10-01", "--to", "2026-10-31", "--than", "budget")
    told = rounds("bridge", "supplies", *month, "--home", demo_home)
    assert told.stdout.startswith("Supplies: Oct 2026, against their budget")
    assert "per visit" in told.stdout
    assert rounds("bridge", "spend", *month, "--home", demo_home).exit_code == 2
