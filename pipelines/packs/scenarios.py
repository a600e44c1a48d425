"""The page that sets the scenarios that were kept beside each other."""

from __future__ import annotations

from typing import Any

from pipelines import format as fmt
from pipelines.analysis.scenarios.assumed import assumptions, check
from pipelines.analysis.scenarios.baseline import Baseline
from pipelines.analysis.scenarios.drivers import baseline_of
from pipelines.analysis.scenarios.foreseen import foreseen
from pipelines.analysis.scenarios.saved import Saved, saved
from pipelines.analysis.scenarios.what_if import Outcome, what_if
from pipelines.calendar import add_months
from pipelines.errors import UsageProblem
from pipelines.packs.content import Cell, Chart, Column, Line, Page, Points, Row, Table, cells
from pipelines.packs.view import View, symbol, thousands
from pipelines.wording import levers

GRANTED = 4  # sentences of what is taken for granted
Played = list[tuple[Saved, Outcome]]


def scenarios_page(view: View) -> Page | None:
    """What each kept scenario changes of the year's landing; None where none was kept."""
    home = view.shared.home
    kept = saved(home, view.reader) if home else []
    if not kept:
        return None
    try:
        baseline = _baseline(view)
    except UsageProblem:
        return None
    currency = view.currency
    played, lost = _played(baseline, kept)
    if not played or currency not in baseline.currencies:
        return None
    played.sort(key=lambda pair: pair[1].change(currency))
    title = _title(view, played, currency)
    granted = dict.fromkeys(s for _, outcome in played for s in assumptions(outcome))
    lead = f"Each beside a landing of {fmt.money(baseline.landing(currency), currency)} if "
    lead += "nothing changes. All of it is an estimate."
    if lost:
        lead += f" {fmt.names(lost)} names what is no longer there, and is left out."
    blocks = (
        _chart(played, currency, title, baseline),
        _table(view, played, baseline, currency),
        Points("What is taken for granted", tuple(granted)[:GRANTED]),
    )
    return Page("Scenarios", title, lead, blocks, ("total_cost",))


def _baseline(view: View) -> Baseline:
    """The months ahead as the page What if has them: with the landing's forecast, if there is."""
    fiscal = view.group.calendar
    baseline = baseline_of(
        view.reader, dict(view.where), year=fiscal.number(add_months(view.month, 1)),
        last=view.month, fiscal=fiscal, fixed=view.fixed,
    )  # fmt: skip
    told = view.landing() if baseline.start <= view.month else None
    return foreseen(baseline, told) if told else baseline


def _played(baseline: Baseline, kept: list[Saved]) -> tuple[Played, list[str]]:
    """The scenarios played, and the names of those that name what is no longer there."""
    played: Played = []
    lost = []
    for one in kept:
        try:
            check(baseline, one.scenario)
            played.append((one, what_if(baseline, one.scenario)))
        except UsageProblem:
            lost.append(one.name)
    return played, lost


def _title(view: View, played: Played, currency: str) -> str:
    first, outcome = played[0]
    change = outcome.change(currency)
    if change >= 0:
        return f"None of {fmt.counted(len(played), 'kept scenario')} saves anything"
    said = f"{first.name} would save {fmt.money(abs(change), currency)}"
    return f"{said}, the most of {fmt.counted(len(played), 'scenario')}" if played[1:] else said


def _chart(played: Played, currency: str, title: str, baseline: Baseline) -> Chart:
    changes = [float(outcome.change(currency)) for _, outcome in played]
    labels = tuple(fmt.money(change, currency, signed=True) for change in changes)
    names = tuple(one.name for one, _ in played)
    return Chart(
        "bars",
        title="What each would change of the landing",
        subtitle=f"The year to {fmt.day(baseline.stop)}; bars to the left save",
        categories=names,
        series=(Line("Change", tuple(changes)),),
        kind_of="money",
        currency=currency,
        labels=labels,
        marked=names[:1] if changes[0] < 0 else (),
        zero=True,
        alt=f"{title}: "
        + ", ".join(f"{name} {label}" for name, label in zip(names, labels, strict=True))
        + ".",
    )


def _table(view: View, played: Played, baseline: Baseline, currency: str) -> Table:
    nothing = cells("If nothing changes", Cell("–", tone="muted"),
                    *_figures(baseline.landing(currency), None, None, currency))  # fmt: skip
    rows = [
        cells(
            one.name,
            _done(view, one),
            *_figures(outcome.landing(currency), outcome.change(currency),
                      outcome.reach(currency), currency),
        )
        for one, outcome in played
    ]  # fmt: skip
    return Table(
        title="Where the year would land",
        subtitle=f"{symbol(currency)}, the year to {fmt.day(baseline.stop)}",
        columns=(
            Column("Scenario", width=2.1), Column("What is done", width=2.4),
            Column("Change", True), Column("Landing", True), Column("Range", True, width=1.5),
        ),
        rows=(nothing, *rows),
        shown=9,
        noun=("scenario", "scenarios"),
    )  # fmt: skip


def _done(view: View, one: Saved) -> Cell:
    told = "; ".join(levers.sentence(lever, _named(view)) for lever in one.scenario.levers)
    return Cell(told, told)


def _named(view: View) -> levers.Named:
    return lambda site: str(view.names.get(site, site))


def _figures(landing: Any, change: Any, reach: Any, currency: str) -> Row:
    between = Cell("–", tone="muted")
    if reach:
        told = " to ".join(fmt.thousands(end) for end in reach)
        between = Cell(told, told)
    apart = Cell("–", tone="muted") if change is None else thousands(change, signed=True)
    return (apart, thousands(landing), between)
