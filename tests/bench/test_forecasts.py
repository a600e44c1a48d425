"""What the forecasts are worth, on public series and on the invented group. `make bench` prints it.

The scaled error is the mean of |outcome - forecast| over the mean change from season to season
within what was known (Hyndman and Koehler 2006), over all outcomes of a set. "Against last season"
divides it by that of the seasonal naive forecast on the same outcomes. Neither the methods chosen
nor the ranges have seen an outcome that came after their origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from pipelines.analysis.outlook.backtest import Judged, Trial, choice, judged, tried
from pipelines.analysis.outlook.spread import spreads
from pipelines.analysis.outlook.study import AHEAD, Study, origins_of, study
from pipelines.demo.load import load_demo
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader, open_build
from tests.real.panels import cote_divoire, nursing_hours

pytestmark = pytest.mark.bench

ENOUGH = 1000  # outcomes
Rows = npt.NDArray[np.intp]


def tell(what: str, trial: Trial, since: int) -> Judged:
    told = judged(trial, since=since)
    assert told is not None
    print(
        f"\n{what}: scaled error {told.error:.3f}, last season's {told.base:.3f}: "
        f"{told.relative:.3f} against last season (at most 1, aim 0.85), {told.outcomes:,} "
        f"outcomes; {100 * told.inside:.1f} % of {told.ranged:,} inside the 80 % range (75 to 85)"
    )
    for family in dict.fromkeys(trial.panel.families):
        name, errors = choice(trial, trial.panel.members(family), trial.panel.steps)
        listed = ", ".join(f"{one} {error:.3f}" for one, error in errors.items())
        print(f"  {family}: {name} ({listed})")
    return told


def check(told: Judged) -> None:
    assert min(told.outcomes, told.ranged) >= ENOUGH
    assert told.relative <= 1
    assert 0.75 <= told.inside <= 0.85


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, Study]:
    """The invented group as `make demo` makes it, up to 31 October 2026."""
    home = Home(tmp_path_factory.mktemp("forecasts"))
    load_demo(home, date(2026, 10, 31))
    reader = open_build(home)
    return reader, study(reader)


def test_consumption_by_site_and_product(realdata: Path) -> None:
    panel = cote_divoire(realdata)
    whole = tried(panel, list(range(18, panel.steps - 5)), 6)
    check(tell("Côte d'Ivoire, by site and product, six months ahead", whole, 24))


def test_nursing_hours_by_facility(realdata: Path) -> None:
    panel = nursing_hours(realdata)
    trial = tried(panel, list(range(16, panel.steps - 13)), 14)
    check(tell("PBJ, nursing hours by facility, 14 days ahead", trial, 28))


def test_accounts_of_the_group(group: tuple[Reader, Study]) -> None:
    _, found = group
    panel = found.trial.panel
    six = tried(panel, [o for o in origins_of(panel.steps) if o <= panel.steps - 6], 6)
    check(tell("Demo group, by site and subject, six months ahead", six, 24))
    check(tell("Demo group, up to eleven months ahead", found.trial, 24))


# By what lines are summed, as the pages and the command show them.
LEVELS = {
    "site and subject": ("site", "subject"),
    "site": ("site",),
    "region and subject": ("region", "subject"),
    "region": ("region",),
    "kind of site": ("kind",),
    "subject": ("subject",),
    "group": (),
}


def test_sums_of_the_rest_of_a_year(group: tuple[Reader, Study]) -> None:
    """The ranges of landings: what was left of a year, summed over months and over series."""
    reader, found = group
    sites = reader.query("SELECT site, region, kind FROM sites")
    lines = found.lines.join(sites, on="site", how="left", maintain_order="left").with_row_index()
    held: dict[str, list[bool]] = {}
    for name, by in LEVELS.items():
        rows = lines.group_by(by or pl.lit(0)).agg("index")["index"]
        held[name] = list(inside(found, [part.to_numpy().astype(np.intp) for part in rows]))
    contracts = lines.filter(pl.col("subject") == "contracts")["index"]
    held["contracts of a site"] = list(
        inside(found, [np.array([row], dtype=np.intp) for row in contracts])
    )
    for name, told in held.items():
        share = 100 * np.mean(told)
        print(f"\nSums by {name}: {share:.1f} % of {len(told):,} inside the 80 % range (75 to 85)")
        # What is summed to a few dozen outcomes has good and bad years.
        if len(told) >= ENOUGH:
            assert 75 <= share <= 85, name


def inside(found: Study, parts: list[Rows]) -> Iterator[bool]:
    """Whether each sum of the next one to eleven months lay in its range, from 24 months on."""
    trial = found.trial
    for at, origin in enumerate(trial.origins):
        if origin < 24:
            continue
        for ahead in range(1, min(AHEAD, trial.panel.steps - origin) + 1):
            missed = found.missed[:, at, :ahead].sum(axis=1)
            there = [rows[np.isfinite(missed[rows])] for rows in parts]
            there = [rows for rows in there if len(rows)]
            for rows, told in zip(
                there, spreads(trial, found.missed, there, at, ahead), strict=True
            ):
                yield bool(abs(missed[rows].sum()) <= told.width)
