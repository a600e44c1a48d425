"""What the pages read about scenarios: the months ahead, played, and those that were kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import store, viewing
from dashboard.memory import remembered
from pipelines.analysis.causes.flex import Flex, flex_budget
from pipelines.analysis.scenarios import saved
from pipelines.analysis.scenarios.baseline import Baseline
from pipelines.analysis.scenarios.drivers import baseline_of
from pipelines.analysis.scenarios.elasticity import Fixed
from pipelines.analysis.scenarios.foreseen import foreseen
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.analysis.scenarios.what_if import Outcome
from pipelines.analysis.scenarios.what_if import what_if as play
from pipelines.calendar import Period


def what_if(
    scenario: Scenario, last: date, where: Mapping[str, Sequence[str]], year: int, *, waits: bool
) -> Outcome:
    """A scenario played on the months of a fiscal year that come after that of `last`.

    Where the landing `waits`, on a run rate. Whoever draws several on one page asks that once.
    """
    return _what_if(store.reader().key, scenario.code, last, store.frozen(where), year, waits)


@remembered(200)
def _what_if(
    build: str, code: str, last: date, where: store.Where, year: int, waits: bool
) -> Outcome:
    baseline = _baseline(build, last, where, year) if waits else _foreseen(build, last, where, year)
    return play(baseline, Scenario.parse(code))


@remembered(20)
def _foreseen(build: str, last: date, where: store.Where, year: int) -> Baseline:
    baseline = _baseline(build, last, where, year)
    told = store.landing(last, where=dict(where)) if baseline.start <= last else None
    return foreseen(baseline, told) if told else baseline


@remembered(20)
def _baseline(build: str, last: date, where: store.Where, year: int) -> Baseline:
    group = store.home().group()
    return baseline_of(
        store.reader(),
        dict(where),
        year=year,
        last=last,
        fiscal=group.calendar,
        fixed=Fixed.of(group),
    )


def flexed(period: Period, where: Mapping[str, Sequence[str]]) -> Flex:
    """The budget of a period for the volume that came."""
    return _flexed(store.reader().key, period, store.frozen(where))


@remembered(50)
def _flexed(build: str, period: Period, where: store.Where) -> Flex:
    return flex_budget(store.reader(), period, dict(where), fixed=Fixed.of(store.home().group()))


def scenarios() -> list[saved.Saved]:
    """The scenarios that were kept, by name, of which who looks may be told.

    They are read anew, since they are no part of a build.
    """
    return saved.saved(store.home(), store.reader(), viewing.viewer().login)


def recalled(name: str) -> Scenario:
    """The one of a name, or that a text writes out. UsageProblem where there is neither."""
    return saved.recalled(store.home(), name, store.reader(), viewing.viewer().login)


def keep(name: str, scenario: Scenario) -> saved.Saved:
    """Keep a scenario under a name. UsageProblem for a name that can't be."""
    return saved.save(store.home(), name, scenario, viewing.author_of_decisions())
