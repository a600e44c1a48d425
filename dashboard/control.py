"""A measure's months with its usual range: whichever chart fits, with the reason for its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
import streamlit as st

from dashboard import blocks, charts, layout, noted, store, then, viewing
from dashboard import format as fmt
from dashboard.asking import months_of
from dashboard.charts.show import show
from dashboard.desk import child
from dashboard.scope import Scope
from dashboard.units import unit_of, written
from pipelines.access.roles import Right
from pipelines.analysis.control.points import Chart, Group
from pipelines.analysis.rebasing import CAUSE, LASTING, Suggestion, suggestion
from pipelines.analysis.signals import Series, whose
from pipelines.metrics import Metric, find
from pipelines.settings import Home
from pipelines.warehouse.rebases import Rebase

FIRM = 13  # points that a usual range rests on


def chart(
    name: str,
    scope: Scope,
    key: str,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    place: str = "",
    title: str = "",
    height: int = 320,
) -> None:
    """A measure's 24 months with its usual range, under a finding made from the last point."""
    metric = find(name)
    filters = scope.where if where is None else where
    series = store.series(name, scope.month, filters)
    if series.chart is None:
        layout.empty(f"{metric.title}: {blocks.wanting(metric.needs)}")
        return
    answer = store.ask(name, scope.period, where=filters)
    currency = answer.currency or "USD"
    between = series.fit == "between"
    called = f"Days between {metric.title.lower()}" if between else metric.title
    unit: fmt.Unit = "days" if between else unit_of(metric)
    show(
        charts.xmr(
            _frame(series, series.chart),
            name=f"{called}{f' at {place}' if place else ''}",
            unit=unit,
            currency=currency,
            decimals=2 if unit == "number" else None,
            events=[(one.month, "new range") for one in _drawn_rebases(series)],
            notes=[] if between else noted.marks(metric, filters, series.months),
            height=height,
        ),
        title or _title(metric, series, series.chart, place, scope),
        _subtitle(metric, series, series.chart, called, scope),
        key,
        note=_note(metric, series, series.chart),
        links=[] if between else months_of(metric, [p.label for p in series.chart.points], filters),
    )
    if said := st.session_state.pop(f"{key} rebased", None):
        layout.note(said)
    proposed = suggestion(series)
    site = whose(filters)
    if proposed is not None and site and viewing.may(Right.DECIDE) and then.event() is None:
        _propose(proposed, metric, site, currency, key)


def _frame(series: Series, drawn: Chart) -> pl.DataFrame:
    """The chart's points; those of too few months stand without a range, or without signals."""
    rows = drawn.frame()
    shown = [group.number for group in drawn.groups if _drawable(group, series)]
    firm = [group.number for group in drawn.groups if group.standing == "firm"]
    lines = [
        pl.when(pl.col("group").is_in(shown)).then(pl.col(line).cast(pl.Float64)).alias(line)
        for line in ("mean", "lower", "upper")
    ]
    kind = pl.when(pl.col("group").is_in(firm)).then("type").otherwise(pl.lit("common_cause"))
    targets = dict(zip(series.months, series.targets, strict=False))
    goals = [targets.get(day) for day in rows["label"]]
    return rows.with_columns(*lines, type=kind, target=pl.Series(goals, dtype=pl.Float64))


def _drawable(group: Group, series: Series) -> bool:
    """Too few months tell no range; after a rebase, or between events, it is drawn as a trial."""
    trial = bool(_drawn_rebases(series)) or series.fit == "between"
    return group.standing == "firm" or (group.standing == "trial" and trial)


def _drawn_rebases(series: Series) -> list[Rebase]:
    return [one for one in series.rebases if one.month in series.months[1:]]


def _title(metric: Metric, series: Series, drawn: Chart, place: str, scope: Scope) -> str:
    where = f" at {place}" if place else ""
    if series.last is None:
        be = blocks.be(metric.title)
        return f"{metric.title} of {fmt.month(scope.month)} {be} not known"
    if drawn.standing != "firm":
        return f"{metric.title} by month{where}"
    return _finding(metric.title, drawn.points[-1].type, where)


def _finding(title: str, kind: str, where: str) -> str:
    be = blocks.be(title)
    have, its = ("have", "their") if be == "are" else ("has", "its")
    match kind:
        case "concern":
            return f"{title}{where} {have} left {its} usual range"
        case "improvement":
            return f"{title}{where} {be} better than {its} usual range"
        case "neutral_high" | "neutral_low":
            return f"{title}{where} {be} outside {its} usual range"
    return f"{title}{where} {be} within {its} usual range"


def _subtitle(metric: Metric, series: Series, drawn: Chart, called: str, scope: Scope) -> str:
    if series.fit == "between":
        said = f"{called}, a point each, to {fmt.month(scope.month)}"
    else:
        said = f"{', '.join(filter(None, [called, blocks.per(metric)]))}, by month to "
        said += fmt.month(scope.month)
    if not any(_drawable(group, series) for group in drawn.groups):
        return f"{said}; a usual range needs {FIRM} months"
    uppers = {
        point.limits.upper for point in drawn.points if point.group == drawn.groups[-1].number
    }
    if series.fit in ("proportion", "rate") and len(uppers) > 1:
        return f"{said}; the band is the usual range, wider where there was less to count among"
    return f"{said}; the band is the usual range"


def _note(metric: Metric, series: Series, drawn: Chart) -> str:
    """Why this chart, since when the range holds and why, and whether it is a trial."""
    said = [series.reason] if metric.counted is not None else []
    for one in _drawn_rebases(series):
        said.append(
            f"From {fmt.month(one.month)} on it has a range of its own ({one.author}, "
            f"{fmt.day(one.moment.date())}): {one.reason.rstrip('.')}."
        )
    last = drawn.groups[-1]
    if last.standing == "trial" and _drawable(last, series):
        of = "times" if series.fit == "between" else "months"
        said.append(
            f"The range rests on {last.points} {of}, and is a trial until there are {FIRM}."
        )
    return " ".join(said)


def _propose(proposed: Suggestion, metric: Metric, site: str, currency: str, key: str) -> None:
    """Tell of a lasting shift, and take the decision to start the range anew with its reason."""
    now, before = (written(metric, value, currency) for value in (proposed.since, proposed.before))
    layout.note(
        f"Since {fmt.month(proposed.month)}, {fmt.counted(proposed.months, 'month')}, it has stood "
        f"near {now}; before that near {before}."
    )
    with (
        st.expander("Start the usual range anew", key=f"{key}-rebase"),
        st.form(f"{key}-rebase-form", border=False),
    ):
        layout.paragraph(
            f"The months say that it changed and has stayed so. {CAUSE} {LASTING} If so, say why: "
            "the reason will stand under the chart with your name."
        )
        reason = st.text_input("What changed, and why it will last", key=f"{key}-reason")
        name = viewing.signed(lambda: st.text_input("Your name", key=f"{key}-name"))
        pressed = st.form_submit_button(f"New range from {fmt.month(proposed.month)} on")
    if pressed:
        st.session_state[f"{key} rebased"] = _record(
            metric.name, site, proposed.month, reason, name
        )
        st.rerun()


def _record(metric: str, site: str, month: date, reason: str, name: str) -> str:
    by = [f"--by={name.strip()}"] if name.strip() else []
    with st.spinner("Making the figures anew"):
        done = child.run(
            Home.find(), "rebase", f"--reason={reason}", *by, "--", metric, site, f"{month:%Y-%m}"
        )
    return done.problem or f"The range starts anew with {fmt.month(month)}."
