"""Which method forecasts best, tried out on the past: rolling origin, and no look ahead.

Each candidate forecasts from every origin as if nothing later were known. At an origin, a family's
method is the one with the least mean absolute scaled error among the outcomes known *by then*; so
the figures of `judged` are those of forecasts that could really have been made.

Source: L. J. Tashman, Out-of-sample tests of forecasting accuracy, International Journal of
Forecasting 16 (2000) 437-450.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.analysis.outlook.methods import BASE, METHODS, UNTRIED, forecasts
from pipelines.analysis.outlook.panel import Floats, Panel, scales
from pipelines.analysis.outlook.ranges import bounds

ROUNDING = 1e-9
NEAR = 0.05
ENOUGH = 30  # outcomes of a family before a choice, or a range, rests on them


@dataclass(frozen=True, slots=True)
class Trial:
    """Every candidate's forecasts over the past of a panel, and what came.

    `said` holds (series, origins, horizon) for each method, `errors` outcome minus forecast in
    units of the series' scale at the origin, NaN where the outcome is not known (yet). `scale` is
    (series, origins).
    """

    panel: Panel
    origins: tuple[int, ...]
    horizon: int
    said: Mapping[str, Floats]
    errors: Mapping[str, Floats]
    scale: Floats

    def known_by(self, step: int) -> npt.NDArray[np.bool_]:
        """(origins, horizon): whether the outcome was known once so many steps were."""
        ahead = np.array(self.origins)[:, None] + np.arange(1, self.horizon + 1)
        return np.less_equal(ahead, step)


@dataclass(frozen=True, slots=True)
class Judged:
    """What forecasts made by choosing at each origin would have been worth.

    `error` is their pooled mean absolute scaled error, `base` that of the seasonal naive forecast
    on the same `outcomes`; `inside` the share of `ranged` outcomes within their 80 % range.
    """

    outcomes: int
    error: float
    base: float
    ranged: int
    inside: float

    @property
    def relative(self) -> float:
        """The error as a share of the seasonal naive forecast's."""
        return self.error / self.base


def tried(panel: Panel, origins: Sequence[int], horizon: int, *, least: int = 0) -> Trial:
    """Try every method from every origin (a count of known steps, rising).

    A series counts from an origin where `least` pairs of values a season apart are known there
    (half a season, if left out).
    """
    return trial_of(panel, origins, horizon, forecasts(panel, origins, horizon), least=least)


def trial_of(
    panel: Panel,
    origins: Sequence[int],
    horizon: int,
    said: Mapping[str, Floats],
    *,
    least: int = 0,
) -> Trial:
    """The trial of forecasts that were made already (see `tried`)."""
    values, came = panel.values, outcomes(panel, origins, horizon)
    least = least or panel.season // 2
    scale = np.stack(
        [scales(values[:, :origin], panel.season, least=least) for origin in origins], axis=1
    )
    errors = {name: _rounded((came - made) / scale[:, :, None]) for name, made in said.items()}
    return Trial(panel, tuple(origins), horizon, said, errors, scale)


def outcomes(panel: Panel, origins: Sequence[int], horizon: int) -> Floats:
    """(series, origins, horizon): what came after each origin; NaN where that is not known."""
    ahead = np.full((len(panel.keys), panel.steps + horizon), np.nan)
    ahead[:, : panel.steps] = panel.values
    return np.stack([ahead[:, origin : origin + horizon] for origin in origins], axis=1)


def _rounded(errors: Floats) -> Floats:
    """A forecast that is right to the last digit but one is right."""
    exact: Floats = np.where(np.abs(errors) < ROUNDING, 0.0, errors)
    return exact


def choice(trial: Trial, members: npt.NDArray[np.intp], step: int) -> tuple[str, dict[str, float]]:
    """The method of a family once `step` steps are known (see `choices`)."""
    return choices(trial, members, [step])[0]


def choices(
    trial: Trial, members: npt.NDArray[np.intp], steps: Sequence[int]
) -> list[tuple[str, dict[str, float]]]:
    """At each step the method of a family, and each candidate's error till then.

    All candidates are measured on the outcomes that all of them forecast. With fewer than `ENOUGH`
    of them it is `UNTRIED`, and there are no errors. Of two as good, the simpler one; but what
    can't know a season must do better by more than a hair (`NEAR` of the seasonal naive forecast's
    error): a price that rises each January stands still in all other months.
    """
    names = [method.name for method in METHODS if method.name in trial.said]
    errors = np.abs(np.stack([trial.errors[name][members] for name in names]))
    shared = np.isfinite(errors).all(axis=0)
    counts = shared.sum(axis=0)
    sums = np.where(shared, errors, 0.0).sum(axis=1)
    found = []
    for step in steps:
        known = trial.known_by(step)
        count = int(counts[known].sum())
        means = sums[:, known].sum(axis=1) / max(count, 1)
        told = dict(zip(names, map(float, means), strict=True)) if count >= ENOUGH else {}
        found.append((_least(told) if told else UNTRIED, told))
    return found


def _least(errors: Mapping[str, float]) -> str:
    best = min(errors.values())
    hair = NEAR * errors.get(BASE.name, 0.0)
    seasonal = {m.name for m in METHODS if m.seasonal and errors.get(m.name, np.inf) <= best + hair}
    return min(seasonal or errors, key=lambda name: errors[name])


def missed(trial: Trial) -> Floats:
    """(series, origins, horizon): outcome minus what would have been forecast, in the own unit.

    NaN where the outcome is not known (yet).
    """
    return outcomes(trial.panel, trial.origins, trial.horizon) - foreseen(trial)


def foreseen(trial: Trial) -> Floats:
    """(series, origins, horizon): what would have been forecast at each origin.

    That is by the method chosen there, on what was known.
    """
    said = np.empty((len(trial.panel.keys), len(trial.origins), trial.horizon))
    for family in dict.fromkeys(trial.panel.families):
        members = trial.panel.members(family)
        named = choices(trial, members, trial.origins)
        for at, (name, _) in enumerate(named):
            said[members, at] = said_by(trial, name, members, at)
    return said


def said_by(trial: Trial, name: str, rows: npt.NDArray[np.intp], at: int) -> Floats:
    """(rows, horizon): a method's forecasts; of a series too short for it, by one that needs less.

    `rows` are series, `at` is the number of the origin.
    """
    said = np.full((len(rows), trial.horizon), np.nan)
    for method in (name, UNTRIED, "last"):
        said = np.where(np.isnan(said), trial.said[method][rows, at], said)
    return said


def judged(
    trial: Trial, *, since: int, until: int | None = None, families: Sequence[str] = ()
) -> Judged | None:
    """What choosing by family at each origin from `since` on was worth, and how ranges held.

    Neither the choice nor the range of an origin has seen an outcome that came after it. Outcomes
    after step `until` are left aside. A series is measured from the origin on where it has a
    season of pairs to be scaled by. None where nothing can be measured.
    """
    errors, base, held = [], [], []
    naive, ripe = trial.errors[BASE.name], _ripe(trial)
    told = trial.known_by(trial.panel.steps if until is None else until)
    for family in families or dict.fromkeys(trial.panel.families):
        members = trial.panel.members(family)
        named = choices(trial, members, trial.origins)
        for at, origin in enumerate(trial.origins):
            if origin < since or not told[at].any():
                continue
            name, _ = named[at]
            of_all = trial.errors[name][members]
            mine, theirs = of_all[:, at], naive[members, at]
            both = np.isfinite(mine + theirs) & ripe[members, at, None] & told[at]
            low, high = bounds(of_all, trial.known_by(origin))
            ranged = both & np.isfinite(low + high)
            errors.append(mine[both])
            base.append(theirs[both])
            held.append(((mine >= low) & (mine <= high))[ranged])
    if not sum(map(len, errors)):
        return None
    pooled, naively, inside = (np.concatenate(part) for part in (errors, base, held))
    return Judged(
        outcomes=len(pooled),
        error=float(np.abs(pooled).mean()),
        base=float(np.abs(naively).mean()),
        ranged=len(inside),
        inside=float(inside.mean()) if len(inside) else float("nan"),
    )


def _ripe(trial: Trial) -> npt.NDArray[np.bool_]:
    """(series, origins): whether a whole season of pairs is known there."""
    season, values = trial.panel.season, trial.panel.values
    told = [scales(values[:, :origin], season, least=season) for origin in trial.origins]
    return np.isfinite(np.stack(told, axis=1))
