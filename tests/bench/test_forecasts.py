"""What the forecasts are worth, on public series and on the invented group. `make bench` prints it.

The scaled error is the mean of |outcome - forecast| over the mean change from season to season
within what was known (Hyndman and Koehler 2006), over all outcomes of a set. "Against last season"
divides it by that of the seasonal naive forecast on the same outcomes. Neither the methods chosen
nor the ranges have seen an outcome that came after their origin.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from pipelines.analysis.outlook.accounts import year_by_account
from pipelines.analysis.outlook.backtest import Judged, Trial, choice, judged, tried
from pipelines.analysis.outlook.landing import year_of
from pipelines.analysis.outlook.spread import spreads
from pipelines.analysis.outlook.study import AHEAD, Study, origins_of, study
from pipelines.calendar import Period
from pipelines.demo import write_demo
from pipelines.demo.load import load_demo
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.record import Record
from tests.real.panels import cote_divoire, nursing_hours

pytestmark = pytest.mark.bench

ENOUGH = 1000  # outcomes
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
HELD_OUT = (5, 6, 9, 10, 11, *range(13, 21))  # see `spread`, which was made on others
# Where the homes of these groups are kept from one run to the next; making them takes most of it.
KEPT = os.environ.get("ROUNDS_BENCH_GROUPS")
# Exports of the invented group that no cost is made of.
NO_COST = (
    "budget", "feedback", "ledger", "maintenance", "payroll/pbj", "positions", "remits",
    "supplies/purchases", "supplies/stock", "volumes",
)  # fmt: skip
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
    for name, told in held(reader, found).items():
        tell_sums(name, told)
        # What is summed to a few dozen outcomes has good and bad years.
        if len(told) >= ENOUGH:
            assert 0.75 <= np.mean(told) <= 0.85, name


def test_sums_of_groups_that_nothing_was_chosen_on(tmp_path: Path) -> None:
    """The same for groups of other seeds than those that `spread` was made on.

    So many that every level has a thousand outcomes, the whole group too: each group's has 77,
    one to eleven months from each origin from 24 months on. Their exports are those that costs are
    made of, which gives the same costs and spares half the time.
    """
    levels: dict[str, list[bool]] = {}
    for seed in HELD_OUT:
        home = Home((Path(KEPT) if KEPT else tmp_path) / str(seed))
        if not (home.root / "warehouse/CURRENT").exists():
            make(home, seed)
        reader = open_build(home)
        found = study(reader)
        for name, told in {**held(reader, found), **held_by_account(reader, found)}.items():
            levels.setdefault(name, []).extend(told)
        if not KEPT:
            shutil.rmtree(home.root)
    for name, told in levels.items():
        tell_sums(f"{name}, held out", told)
    for name, told in levels.items():
        assert len(told) >= ENOUGH, name
        assert 0.75 <= np.mean(told) <= 0.85, name


def test_accounts_stay_in_their_ranges(group: tuple[Reader, Study]) -> None:
    """Of this one group: what hits an account in its one year hits it at all sites."""
    for name, told in held_by_account(*group).items():
        tell_sums(name, told)
        assert len(told) >= ENOUGH
        assert 0.7 <= np.mean(told) <= 0.9, name


def make(home: Home, seed: int) -> None:
    """Load those exports of a group that its costs are made of."""
    home.make()
    write_demo(home.inbox, seed=seed, today=date(2026, 10, 31))
    for folder in NO_COST:
        shutil.rmtree(home.inbox / folder)
    with Record.open(home) as record:
        ingest(record, [home.inbox])
        publish(record)


def held_by_account(reader: Reader, found: Study) -> dict[str, list[bool]]:
    """Whether each account lay in its range, at single sites and at all together."""
    year = year_by_account(reader, year_of(reader, found, YEAR))
    lines = year.lines.filter(pl.col("row") < len(year.trial.panel.keys))
    return {
        name: list(
            inside(year.found, [part.to_numpy().astype(np.intp) for part in lines.group_by(
                by, maintain_order=True).agg("row")["row"]])
        )
        for name, by in {
            "account of a site": ("site", "subject", "account"),
            "account": ("subject", "account"),
        }.items()
    }  # fmt: skip


def held(reader: Reader, found: Study) -> dict[str, list[bool]]:
    """For each level of sums, whether each lay in its range."""
    sites = reader.query("SELECT site, region, kind FROM sites")
    lines = found.lines.join(sites, on="site", how="left", maintain_order="left").with_row_index()
    levels: dict[str, list[bool]] = {}
    for name, by in LEVELS.items():
        rows = lines.group_by(by or pl.lit(0)).agg("index")["index"]
        levels[name] = list(inside(found, [part.to_numpy().astype(np.intp) for part in rows]))
    contracts = lines.filter(pl.col("subject") == "contracts")["index"]
    levels["contracts of a site"] = list(
        inside(found, [np.array([row], dtype=np.intp) for row in contracts])
    )
    return levels


def tell_sums(name: str, told: list[bool]) -> None:
    share = 100 * np.mean(told)
    print(f"\nSums by {name}: {share:.1f} % of {len(told):,} inside the 80 % range (75 to 85)")


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
