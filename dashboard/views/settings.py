"""Settings: targets of measures and amounts of the budget: who set them, when, and how to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, store_data, viewing
from dashboard.components import Cell, Column, Row, link, responsive_table
from dashboard.desk import access, child, first, telling
from dashboard.sentences import SUBJECTS
from dashboard.units import written
from pipelines.access.roles import Right
from pipelines.calendar import add_months
from pipelines.metrics import METRICS, Metric, Unit
from pipelines.metrics.targets import Target
from pipelines.settings import Home

SAID, BUDGET_SAID = "target said", "budget said"
PLANNED = "staffing", "supplies", "facilities", "contracts"
ALL, OPEN = "All sites", "Until another takes over"
BACK, AHEAD = 24, 24  # months before and after the latest one, to choose from
UNITS = {
    Unit.MONEY: "a month, in {currency}",
    Unit.RATE: "in {currency}",
    Unit.SHARE: "in %",
    Unit.HOURS: "in hours a month",
    Unit.DAYS: "in days",
}


def page() -> None:
    """Draw the page."""
    if not store.is_loaded():
        first.draw()
        return
    stated = store.targets()
    standing = [target for target in stated if target.problem is None]
    layout.page_title(_title(standing), _explained(standing))
    if said := st.session_state.pop(SAID, None):
        layout.paragraph(said)
    _in_force(standing)
    if viewing.may(Right.DECIDE):
        left, right = st.columns(2, gap="large")
        with left:
            _set()
        with right:
            _end([target for target in standing if target.load is None])
    _faulty([target for target in stated if target.problem is not None])
    _versions()
    _budget()
    telling.section()
    access.section()


def _title(standing: Sequence[Target]) -> str:
    if not standing:
        return "No target is set yet"
    measures = len({target.metric for target in standing})
    verb = "is" if len(standing) == 1 else "are"
    return (
        f"{fmt.counted(len(standing), 'target')} {verb} set for {fmt.counted(measures, 'measure')}"
    )


def _explained(standing: Sequence[Target]) -> str:
    said = (
        "A site's own target goes before its region's, and that before the one of all sites. "
        "Targets of costs and counts are of the total that they name."
    )
    return said if standing else f"Set the first one below, or load a file of them. {said}"


def _place(target: Target) -> str:
    kind, name = target.place
    if kind == "all":
        return ALL
    return f"{name} region" if kind == "region" else store.name_of(name)


def _value(target: Target) -> str:
    return written(METRICS[target.metric], target.value, target.currency)


def _in_force(standing: Sequence[Target]) -> None:
    layout.section("Targets", "By measure, the widest first.")
    if not standing:
        layout.empty("Nothing is held against a target yet.")
        return
    order = list(METRICS)
    wide = ["all", "region", "site"]
    ranked = sorted(
        standing, key=lambda t: (order.index(t.metric), wide.index(t.place[0]), _place(t), t.first)
    )
    rows = [_row(t, _last(t, standing)) for t in ranked]
    responsive_table(_columns(), rows, key="targets", label="Targets")


def _last(target: Target, standing: Sequence[Target]) -> date | None:
    """The last month in which a target holds: another may take over before its end."""
    following = [
        add_months(t.first, -1)
        for t in standing
        if (t.metric, t.place, t.currency) == (target.metric, target.place, target.currency)
        and t.first > target.first
    ]
    return min([*following, *([target.last] if target.last else [])], default=None)


def _columns() -> list[Column]:
    return [
        Column("Measure", width="24%"),
        Column("For", phone="second", quiet=True),
        Column("Target", align="right", phone="value"),
        Column("From", align="right", phone="second"),
        Column("To", align="right", phone="second"),
        Column("Set by", phone="own", width="26%"),
    ]


def _row(target: Target, last: date | None) -> Row:
    who = f"load {target.load}" if target.load is not None else target.author or "unknown"
    return Row(
        [
            Cell(METRICS[target.metric].title, link=link("glossary", metric=target.metric)),
            _place(target),
            _value(target),
            fmt.month(target.first),
            fmt.month(last) if last else "open",
            Cell(f"{who}, {fmt.moment(target.moment)}", second=target.reason),
        ]
    )


def _set() -> None:
    """The form for a new target; what it says is what the command is given."""
    layout.section("Set a target")
    titles = {metric.title: metric for metric in METRICS.values()}
    chosen = layout.pick("Measure", titles, "Choose a measure", key="target measure")
    if chosen is None:
        layout.note("Each version is kept with its author and time.")
        return
    metric = titles[chosen]
    places = _places()
    place = st.selectbox("For", list(places), key="target place")
    left, right = st.columns(2)
    months = {fmt.month(month): month for month in _months()}
    with left:
        first = st.selectbox(
            "From", list(months), index=list(months).index(_now()), key="target from"
        )
    with right:
        last = st.selectbox("To", [OPEN, *months], key="target to")
    value = st.number_input(
        _asked(metric), value=None, format="%.10g", key=f"target value {metric.name}"
    )
    reason = st.text_input("Reason", placeholder="Who agreed, and why", key="target reason")
    if value is not None and st.button("Set this target", type="primary", key="set target"):
        until = [] if last == OPEN else ["--to", f"{months[last]:%Y-%m}"]
        unit = "%" if metric.unit is Unit.SHARE else ""
        _run(
            ["--from", f"{months[first]:%Y-%m}", *until, *places[place], "--reason", reason],
            [metric.name, f"{value:.10g}{unit}"],
        )


def _asked(metric: Metric) -> str:
    """ "Target, in %": the field's label says what the number is counted in."""
    said = UNITS.get(metric.unit, "").format(currency=store.currency())
    if not said and metric.per:
        said = metric.per if metric.per.startswith(("of ", "at ")) else f"per {metric.per}"
    good = {"up": "at least", "down": "at most", None: "about"}[metric.good]
    return f"Target, {good}{f' ({said})' if said else ''}"


def _places() -> dict[str, list[str]]:
    """What a target may be for, with the options of the command that say so."""
    sites = _sites()
    regions = sorted({site.region for site in sites.values()})
    return {
        ALL: [],
        **{f"{region} region": ["--region", region] for region in regions},
        **{f"{site.name} ({key})": ["--site", key] for key, site in sites.items()},
    }


def _sites() -> dict[str, store.Site]:
    """The real sites by their ids."""
    return {key: site for key, site in store.sites().items() if not key.startswith("~")}


def _months() -> list[date]:
    latest = store.months()[1] or date.today().replace(day=1)
    return [add_months(latest, step) for step in range(-BACK, AHEAD + 1)]


def _now() -> str:
    return fmt.month(_months()[BACK])


def _end(own: Sequence[Target]) -> None:
    """End a target with a month, or take it back as if it had never been."""
    layout.section("End a target")
    if not own:
        layout.empty("Targets from a file end with a later file; nobody has set one here.")
        return
    names = {
        f"{METRICS[t.metric].title}, {_place(t)}, {_value(t)} from {fmt.month(t.first)}": t
        for t in own
    }
    chosen = layout.pick("Target", names, "Choose a target", key="target to end")
    if chosen is None:
        layout.note("What it was stays known, and can be asked for.")
        return
    target = names[chosen]
    months = {fmt.month(month): month for month in _months() if month >= target.first}
    last = layout.pick("Last month", months, "Choose a month", key=f"last month {chosen}")
    reason = st.text_input("Reason", placeholder="Why it ends", key=f"end reason {chosen}")
    given = ["--from", f"{target.first:%Y-%m}", *_of(target), "--reason", reason]
    if last is not None and st.button("End this target", type="primary", key="end target"):
        _run([*given, "--to", f"{months[last]:%Y-%m}"], [target.metric, _plain(target)])
    if st.button("Take it back", key="take back"):
        _run([*given, "--undo"], [target.metric])


def _of(target: Target) -> list[str]:
    kind, name = target.place
    place = [] if kind == "all" else [f"--{kind}", name]
    return [*place, *(["--currency", target.currency] if target.currency else [])]


def _plain(target: Target) -> str:
    """The value as the command takes it, to the last digit."""
    if METRICS[target.metric].unit is Unit.SHARE:
        return f"{target.value:f} share"
    return f"{target.value:f}"


def _run(options: Sequence[str], words: Sequence[str]) -> None:
    _said(SAID, ["target", "set", *options, "--", *words])


def _faulty(faulty: Sequence[Target]) -> None:
    """Targets of files that can't be meant as they stand: they hold for nothing."""
    if not faulty:
        return
    layout.section("Not understood", "These came with a file, and are held against nothing.")
    rows = [
        Row([t.metric, _place(t), fmt.month(t.first), f"load {t.load}", t.problem or ""])
        for t in faulty
    ]
    columns = [
        Column("Measure"),
        Column("For", phone="second", quiet=True),
        Column("From", phone="second"),
        Column("File", phone="second", quiet=True),
        Column("What is wrong", phone="own"),
    ]
    responsive_table(columns, rows, key="faulty", label="Targets that are not understood")


def _versions() -> None:
    versions = store.target_versions()
    if not versions:
        return
    title = f"Every version that was set here ({fmt.count(len(versions))})"
    with st.expander(title, on_change="rerun", key="versions") as more:
        if more.open:
            rows = [_row(t, t.last) for t in reversed(versions) if t.metric in METRICS]
            responsive_table(_columns(), rows, key="ever", label="Targets, newest version first")


def _budget() -> None:
    """Amounts that stand over the budget's file, and the form to set one."""
    layout.section(
        "Budget amounts",
        "Amounts set here stand over the file's, and are marked as edited where they are compared.",
    )
    if said := st.session_state.pop(BUDGET_SAID, None):
        layout.paragraph(said)
    edits = store_data.table("budget edits")
    if edits.is_empty():
        layout.empty("Every amount of the budget is its file's.")
    else:
        rows = [_edit(row) for row in edits.iter_rows(named=True)]
        columns = [
            Column("Site", width="24%"),
            Column("Subject", phone="second", quiet=True),
            Column("Month", align="right", phone="second"),
            Column("File", align="right", phone="second"),
            Column("Set to", align="right", phone="value"),
            Column("Set by", phone="own", width="26%"),
        ]
        responsive_table(columns, rows, key="edits", label="Budget amounts that were set")
    if not viewing.may(Right.DECIDE):
        return
    left, _ = st.columns(2, gap="large")
    with left:
        layout.block("Set an amount")
        _set_amount({(e["site"], e["subject"], e["month"]) for e in edits.to_dicts()})


def _edit(row: dict[str, Any]) -> Row:
    return Row(
        [
            store.name_of(row["site"]),
            SUBJECTS[row["subject"]],
            fmt.month(row["month"]),
            fmt.money(row["file"], row["currency"]),
            fmt.money(row["amount"], row["currency"]),
            Cell(f"{row['author']}, {fmt.moment(row['moment'])}", second=row["reason"] or ""),
        ]
    )


def _set_amount(edited: set[tuple[str, str, date]]) -> None:
    """The form for an amount, and the way back to the file's where one was set."""
    sites = {f"{site.name} ({key})": key for key, site in _sites().items()}
    chosen = layout.pick("Site", sites, "Choose a site", key="budget site")
    if chosen is None:
        return
    named = {title: subject for subject, title in SUBJECTS.items() if subject in PLANNED}
    months = {fmt.month(month): month for month in _months()}
    left, right = st.columns(2)
    with left:
        subject = st.selectbox("Subject", list(named), key="budget subject")
    with right:
        at = st.selectbox("Month", list(months), index=list(months).index(_now()),
                          key="budget month")  # fmt: skip
    amount = st.number_input(
        f"Amount, in {store.currency()}", value=None, format="%.2f", key="budget amount"
    )
    reason = st.text_input("Reason", placeholder="Who agreed, and why", key="budget reason")
    site, kind, month = sites[chosen], named[subject], months[at]
    given = ["budget", "set", "--month", f"{month:%Y-%m}", "--reason", reason]
    if amount is not None and st.button("Set this amount", type="primary", key="set amount"):
        _said(BUDGET_SAID, [*given, "--", site, kind, f"{amount:.2f}"])
    if (site, kind, month) in edited and st.button("Return to the file's", key="undo amount"):
        _said(BUDGET_SAID, [*given, "--undo", "--", site, kind])


def _said(key: str, command: Sequence[str]) -> None:
    """Run a command, and keep what it says for the page drawn anew."""
    with st.spinner("Keeping it, and making the figures anew"):
        done = child.run(Home.find(), *command)
    st.session_state[key] = done.problem or done.text.partition("\n")[0]
    st.rerun()
