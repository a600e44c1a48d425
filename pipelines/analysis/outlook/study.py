"""A group's costs as series, and every candidate tried on their past; kept beside the build.

A build never changes, so neither does what can be learned from it: it is asked for and tried once,
whatever page, command or process needs it first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.analysis.outlook.backtest import Trial, missed, trial_of, tried
from pipelines.analysis.outlook.methods import METHODS
from pipelines.analysis.outlook.panel import Floats, Panel, months_between, panel, working_days
from pipelines.calendar import Period, add_months, month_end
from pipelines.errors import UsageProblem
from pipelines.metrics import find
from pipelines.metrics.ask import Answer, ask
from pipelines.metrics.horizon import known_months, latest_month
from pipelines.warehouse.reader import Reader

SEASON = 12
MONEY = pl.Decimal(38, 4)
AHEAD = 11  # months: at the end of a fiscal year's first month, so many are left
UNKNOWN = "No month of costs has arrived whole yet, so no year can be landed."
UNIT = 10_000  # values are kept as whole numbers of this part of the currency
# Which need of total cost tells whether a subject's month is whole.
SUBJECTS = {
    "labor.pay": ("staffing",),
    "supply_moves.value": ("supplies",),
    "spend.mapped": ("facilities", "contracts"),
}
NEED_OF = {subject: need for need, subjects in SUBJECTS.items() for subject in subjects}


@dataclass(frozen=True, slots=True)
class Study:
    """Costs by site, subject and currency, up to the last whole month, and what was tried.

    `lines` has key, site, subject and currency in the order of the trial's series; `actual` key,
    month and value (money, to the cent; a month that did not arrive whole has no row). `months`
    are the panel's steps; `running` is the last month of which something has arrived, if that is
    not whole yet. `missed` (series, origins, horizon) is by how much forecasts missed that would
    really have been made (see `backtest.missed`).
    """

    lines: pl.DataFrame
    actual: pl.DataFrame
    months: tuple[date, ...]
    trial: Trial
    missed: Floats
    running: date | None = None

    def step(self, month: date) -> int:
        """How many steps are known at the end of a month. UsageProblem where it can't be one."""
        if month not in self.months:
            raise UsageProblem("A landing needs a month of which the whole costs are known.")
        return self.months.index(month) + 1


def study(reader: Reader, as_of: int | date | None = None) -> Study:
    """The study of a build, or of what was known at a vintage.

    That of the build is read from the file beside it, or made and kept there. UsageProblem where
    no whole month of costs is known.
    """
    path = place_of(reader)
    if as_of is None and (kept := _read(path)):
        return kept
    answer, months, running = _asked(reader, as_of)
    actual = _whole(answer, months)
    if actual.is_empty():
        raise UsageProblem(UNKNOWN)
    lines = actual.select("key", "site", "subject", "currency").unique().sort("key")
    costs = _panel(lines, actual, months)
    trial = tried(costs, origins_of(costs.steps), AHEAD)
    values = actual.select("key", "month", "value")
    found = Study(lines, values, tuple(months), trial, missed(trial), running)
    if as_of is None:
        _keep(path, found)
    return found


def place_of(reader: Reader) -> Path:
    """The file beside a build that keeps a scope's study for every page, command and process."""
    return reader.path.with_name(f"outlook-{reader.key}.npz")


def origins_of(steps: int, season: int = SEASON) -> list[int]:
    """From where forecasts are tried: a season on, or the last season at least.

    Methods are compared from one and a half seasons on, where series have a scale; what sums were
    missed by before that counts for their ranges, since long ones are few.
    """
    return list(range(max(1, min(season, steps - season + 1)), steps + 1))


def _asked(reader: Reader, as_of: int | date | None) -> tuple[Answer, list[date], date | None]:
    """Costs by site, subject and month, the months to the last that is whole, the running one."""
    needs = find("total_cost").needs
    known, latest = known_months(reader, needs), latest_month(reader, needs)
    if isinstance(as_of, date):
        known = [month for month in known if month_end(month) <= as_of]
        latest = min(latest, known[-1]) if latest and known else None
    if not known or latest is None:
        raise UsageProblem(UNKNOWN)
    months = months_between(known[0], latest)
    span = Period(months[0], month_end(months[-1]))
    by = ("site", "subject", "month")
    answer = ask(reader, "total_cost", period=span, by=by, as_of=as_of)
    return answer, months, known[-1] if known[-1] > latest else None


def _whole(answer: Answer, months: list[date]) -> pl.DataFrame:
    """(key, site, subject, currency, month, value) of the months that arrived whole.

    Where a site's invoices of a month arrived and none is of a subject, that cost nothing; but not
    before its first.
    """
    partly = pl.DataFrame(
        [
            (gap.site, subject, gap.month)
            for gap in answer.missing
            for subject in SUBJECTS.get(gap.need, ())
        ],
        schema={"site": pl.String, "subject": pl.String, "month": pl.Date},
        orient="row",
    )
    keys = ["key", "site", "subject", "currency"]
    rows = (
        answer.frame.filter(pl.col("subject").is_not_null() & pl.col("value").is_not_null())
        .rename({"start": "month"})
        .with_columns(key=pl.concat_str("site", "subject", "currency", separator="|"))
    )
    need = pl.col("subject").replace_strict(NEED_OF, default=pl.col("subject"))
    rows = rows.with_columns(need=need)
    sent = rows.select("site", "need", "month").unique()
    first = rows.group_by(*keys, "need").agg(first=pl.col("month").min())
    return (
        first.join(sent, on=["site", "need"])
        .filter(pl.col("month") >= pl.col("first"))
        .join(rows.select("key", "month", "value"), on=["key", "month"], how="left")
        .with_columns(pl.col("value").fill_null(0))
        .join(partly, on=["site", "subject", "month"], how="anti")
        .select(*keys, "month", "value")
        .sort("key", "month")
    )


def _panel(lines: pl.DataFrame, actual: pl.DataFrame, months: Sequence[date]) -> Panel:
    place = {month: step for step, month in enumerate(months)}
    rows = actual.select("key", "month", "value").join(lines, on="key").select(
        "key", "value", family="subject",
        step=pl.col("month").replace_strict(place, return_dtype=pl.Int64),
    )  # fmt: skip
    ahead = [add_months(months[-1], step + 1) for step in range(AHEAD)]
    return panel(rows, SEASON, steps=len(months), work=working_days([*months, *ahead]))


def _form() -> str:
    """A fingerprint of all that makes a study: other code may forecast otherwise."""
    told = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        told.update(file.read_bytes())
    return told.hexdigest()[:16]


def _read(path: Path) -> Study | None:
    """What was kept of a build, if the methods of today made it."""
    with contextlib.suppress(OSError, ValueError, KeyError), np.load(path) as kept:
        if str(kept["form"]) != _form():
            return None
        first = date.fromisoformat(str(kept["first"]))
        months = [add_months(first, step) for step in range(int(kept["steps"]))]
        names = ("key", "site", "subject", "currency")
        lines = pl.DataFrame({name: kept[name].tolist() for name in names})
        actual = pl.DataFrame(
            {
                "key": lines["key"].gather(kept["rows"]),
                "month": pl.Series(months).gather(kept["at"]),
                "value": pl.Series(kept["value"]).cast(MONEY) / UNIT,
            }
        ).with_columns(pl.col("value").cast(MONEY))
        costs = _panel(lines, actual, months)
        said = {method.name: kept[f"said {method.name}"] for method in METHODS}
        trial = trial_of(costs, origins_of(costs.steps), AHEAD, said)
        running = str(kept["running"])
        return Study(
            lines, actual, tuple(months), trial, kept["missed"],
            date.fromisoformat(running) if running else None,
        )  # fmt: skip
    return None


def _keep(path: Path, found: Study) -> None:
    """Keep a study; a home that can't be written to goes without."""
    draft = path.with_name(f"{path.stem}-{os.getpid()}.draft.npz")
    places = {key: row for row, key in enumerate(found.lines["key"])}
    rows = found.actual["key"].replace_strict(places, return_dtype=pl.Int64)
    steps = {month: step for step, month in enumerate(found.months)}
    at = found.actual["month"].replace_strict(steps, return_dtype=pl.Int64)
    value = (found.actual["value"] * UNIT).cast(pl.Int64)
    arrays = {
        "form": np.array(_form()), "first": np.array(found.months[0].isoformat()),
        "running": np.array(found.running.isoformat() if found.running else ""),
        "steps": np.array(len(found.months)), "rows": rows.to_numpy(), "at": at.to_numpy(),
        "value": value.to_numpy(), "missed": found.missed,
        **{f"said {name}": made for name, made in found.trial.said.items()},
        **{name: np.array(found.lines[name].to_list()) for name in found.lines.columns},
    }  # fmt: skip
    try:
        np.savez(draft, allow_pickle=False, **arrays)
        os.replace(draft, path)
        _drop(path.parent.glob("outlook-*.npz"))
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _drop(files: Iterable[Path]) -> None:
    """Drop what was kept of builds that are gone."""
    for file in files:
        # Without its scope, and the event of which it tells.
        build = file.stem.removeprefix("outlook-").partition(".")[0].partition("@")[0]
        if (
            not file.stem.endswith(".draft")
            and not file.with_name(f"rounds-{build}.duckdb").exists()
        ):
            with contextlib.suppress(OSError):
                file.unlink()
